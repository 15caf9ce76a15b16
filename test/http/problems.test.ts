/** The one table from refusals to problems. */
import { describe, expect, it } from "vitest";
import { formatId } from "../../src/core/ids.ts";
import { StorageFull } from "../../src/core/ports/store.ts";
import type { Refusal, RefusalCode } from "../../src/core/refusal.ts";
import { problemOfFault, problemOfRefusal } from "../../src/http/problems.ts";

const sessionId = formatId("session", 1, "0".repeat(20));

/** One of each; total by type, so a new code needs a line here. */
const one: { readonly [C in RefusalCode]: readonly [Extract<Refusal, { code: C }>, number, readonly string[]] } = {
  not_found: [{ code: "not_found", kind: "queued_message", id: "msg_1" }, 404, ["Queued message", "msg_1"]],
  invalid_input: [{ code: "invalid_input", path: "/title", reason: "is too long" }, 400, ["/title", "too long"]],
  invalid_cursor: [{ code: "invalid_cursor", path: "since_id", reason: "is gone" }, 400, ["since_id", "leave it out"]],
  turn_running: [{ code: "turn_running", sessionId }, 400, [sessionId, "turn.completed", "cancel", "when_busy=queue"]],
  on_hold: [{ code: "on_hold", sessionId }, 409, [sessionId, "resume"]],
  budget_exhausted: [{ code: "budget_exhausted", sessionId }, 402, [sessionId, "raise"]],
  not_allowed: [
    { code: "not_allowed", sessionId, action: "pause", state: "killed", allowed: ["delete"] },
    409,
    [sessionId, "killed", "pause it", "delete it"],
  ],
  reserved: [
    {
      code: "reserved",
      reason: "File a is reserved by B (6 min remaining)",
      advice: "File a is reserved by B (Cursor) (6 min remaining). Work on another file",
      holders: [
        {
          path: "a",
          reservationId: "rsv_1",
          sessionId,
          heldPath: "a",
          userName: "B",
          agentName: "Cursor",
          task: null,
          branch: null,
          expiresAt: "2026-01-01T00:00:00.000Z",
          remaining: "6 min remaining",
        },
      ],
    },
    409,
    ["Cursor", "Work on another file"],
  ],
  not_waiting: [
    { code: "not_waiting", sessionId, need: "tool_results", state: "idle", allowed: ["send"] },
    409,
    [sessionId, "not waiting for tool results", "idle", "send a message"],
  ],
  already_answered: [
    { code: "already_answered", approvalId: "apr_1", answer: "deny" },
    409,
    ["apr_1", "deny", "stays as it is"],
  ],
  idempotency_mismatch: [{ code: "idempotency_mismatch", key: "k" }, 422, ['"k"', "new key"]],
  already_exists: [{ code: "already_exists", kind: "agent", name: "helper" }, 409, ["Agent", "helper"]],
  version_conflict: [{ code: "version_conflict", kind: "file", name: "/a" }, 409, ["/a", "try again"]],
  read_only: [{ code: "read_only", kind: "harness", name: "generic" }, 403, ["Harness", "generic"]],
  too_large: [
    { code: "too_large", what: "message", limit: 5, setting: "messageBytes" },
    413,
    ["Message", "5", "messageBytes"],
  ],
  quota_exceeded: [
    { code: "quota_exceeded", what: "queued messages", limit: 3, setting: "queuedMessages" },
    409,
    ["3", "queued messages", "queuedMessages"],
  ],
  invalid_document: [
    {
      code: "invalid_document",
      what: "the skill",
      faults: [{ file: "SKILL.md", path: "/name", line: 2, message: "must not be empty" }],
    },
    422,
    ["The skill cannot be taken", "SKILL.md /name (line 2) must not be empty"],
  ],
  unsupported_content: [
    { code: "unsupported_content", what: 'image "a.png"', reason: "is no PNG" },
    415,
    ['Image "a.png" is no PNG'],
  ],
  not_installed: [
    { code: "not_installed", what: "thumbnails", packageName: "sharp" },
    501,
    ["Thumbnails", "npm install sharp"],
  ],
  storage_full: [{ code: "storage_full" }, 507, ["full", "nothing was written"]],
  unauthenticated: [{ code: "unauthenticated", reason: "the key expired" }, 401, ["The key expired", "Bearer"]],
  forbidden: [{ code: "forbidden", reason: "viewers may only read" }, 403, ["Viewers may only read"]],
  in_use: [{ code: "in_use", kind: "model", name: "gpt", by: "agent helper" }, 409, ["gpt", "agent helper"]],
  provider_failed: [{ code: "provider_failed", name: "mine", reason: "401: bad key" }, 502, ["mine", "401: bad key"]],
  branch_in_use: [
    { code: "branch_in_use", branch: "fix", path: "/trees/a" },
    409,
    ["fix", "/trees/a", "another branch"],
  ],
  repository_unusable: [
    { code: "repository_unusable", reason: '"/a" has no commit yet: make the first one' },
    409,
    ["/a", "make the first one"],
  ],
  setup_failed: [{ code: "setup_failed", command: "npm ci", output: "ENOENT" }, 409, ["npm ci", "ENOENT", "setup"]],
  no_checkout: [{ code: "no_checkout", sessionId, reason: "has no checkout yet" }, 409, [sessionId, "no checkout yet"]],
  has_checkout: [
    { code: "has_checkout", sessionId, branch: "serai/fix" },
    409,
    [sessionId, "serai/fix", "make a new session"],
  ],
  nothing_to_commit: [{ code: "nothing_to_commit", sessionId }, 409, [sessionId, "not committed"]],
  merge_refused: [
    { code: "merge_refused", reason: "the branch and its base changed the same lines", paths: ["a.txt"] },
    409,
    ["same lines", "a.txt"],
  ],
  would_lose: [{ code: "would_lose", changes: ["a", "b"], commits: 3 }, 409, ["2 uncommitted", "3 commits", "merge"]],
  project_budget_exhausted: [
    { code: "project_budget_exhausted", project: "web", unit: "usd", limit: 5, spent: 5 },
    402,
    ["web", "5 usd", "raise budget.usd"],
  ],
  timed_out: [{ code: "timed_out", what: "git", afterMs: 5_000 }, 504, ["Git", "5000 ms"]],
};

describe("a problem", () => {
  it.each(Object.values(one))("of %j has status %i and names the thing and the way out", (refusal, status, words) => {
    const problem = problemOfRefusal(refusal);
    expect(problem.status).toBe(status);
    expect(problem.code).toBe(refusal.code);
    for (const word of words) expect(problem.detail).toContain(word);
    expect(problem.detail).toMatch(/^[A-Z/s]/);
    expect(problem.detail.endsWith(".")).toBe(false);
  });

  it("says what is left when nothing is allowed any more", () => {
    const problem = problemOfRefusal({ code: "not_allowed", sessionId, action: "send", state: "killed", allowed: [] });
    expect(problem.detail).toContain("nothing can be done with it any more");
  });

  it("of a fault says nothing about its cause, except that a disk is full (P3)", () => {
    expect(JSON.stringify(problemOfFault(new Error("SELECT secret FROM keys")))).not.toContain("secret");
    expect(problemOfFault(new Error("x"))).toMatchObject({ status: 500, code: "internal_error" });
    expect(problemOfFault(new StorageFull("disk"))).toMatchObject({ status: 507, code: "storage_full" });
  });
});
