/** Bad input at the hook doors of a whole server: no IDE is ever broken by it, and no path is two (issue 4). */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ideNames } from "../../../src/doors/hooks/dialects/dialect.ts";
import { readPayload } from "../../doors/hooks/payloads.ts";
import { replySchemas } from "../../doors/hooks/reply-schemas.ts";
import { openTeamServer, openTree, reasonOf, tellTree } from "./team-server.ts";
import type { TeamServer } from "./team-server.ts";

let team: TeamServer;
beforeAll(async () => {
  team = await openTeamServer();
});
afterAll(async () => {
  await team[Symbol.asyncDispose]();
  expect(team.faults).toEqual([]);
});

const GARBAGE = ["", "{", "null", "[]", '"text"', "{}", '{"session_id":7}', "\u0000\u0001", "[".repeat(100_000)];

describe("garbage on a hook", () => {
  it.each(ideNames)("is allowed in the shape of %s", async (ide) => {
    for (const body of GARBAGE) {
      const response = await team.fetch(`/hooks/${ide}`, { method: "POST", body });
      expect(response.status, body.slice(0, 20)).toBe(200);
      expect(response.headers.get("x-serai-note"), body.slice(0, 20)).not.toBeNull();
      const said = await response.text();
      // Windsurf reads the code and no text.
      if (ide === "windsurf") expect(said).toBe("");
      else expect(replySchemas[ide].parse(JSON.parse(said))).toEqual({});
    }
  });

  it("is refused where the page of Enagrams refuses it, and known for what it is", async () => {
    for (const body of ["", "{", "[]"]) {
      const response = await team.fetch("/workspaces/sessions/hook", { method: "POST", body });
      expect(response.status).toBe(400);
      expect(await response.json()).toEqual({ error: expect.any(String), message: expect.any(String) });
    }
  });
});

describe("a path", () => {
  const folded = () => openTree(team, tellTree(`/home/dev/folded-${Math.random()}`, { "X-Serai-Ignore-Case": "true" }));

  it("in other cases and decomposed is the same one where the repository says so (R1)", async () => {
    const { wrote, pre, preBash } = folded();
    await wrote("p1", "src/Bücher.ts");
    for (const path of ["src/bücher.ts", "SRC/BÜCHER.TS", "src/Bu\u0308cher.ts", "./src//../src/bücher.ts"])
      expect(reasonOf(await pre("p1-other", path, path)), path).toContain("is reserved");
    expect(reasonOf(await preBash("p1-other", "rm SRC/bücher.ts"))).toContain("is reserved");
  });

  it("in another case is another one where it does not (R1)", async () => {
    const { wrote, pre } = openTree(team);
    await wrote("p2", "src/a.ts");
    expect(await pre("p2-other", "src/A.ts")).toEqual({});
  });

  it("outside of the repository, or that can be none, is let through and nobody's (R1)", async () => {
    const { pre, root } = openTree(team);
    const odd = ["/etc/passwd", `${root}/../../../../../../etc/passwd`, `${root}/..`, "../x", "/", "", "a\u0000b"];
    for (const path of [...odd, "x".repeat(10_000), "\ud800.ts"])
      expect(reasonOf(await pre("p3", path))).toBeUndefined();
    const held = (await team.listed()).find(({ conversation_id }) => conversation_id === "p3")?.reserved_files ?? [];
    expect(held.filter((path) => path.includes("..") || path.startsWith("/"))).toEqual([]);
  });

  it("below or above a directory that is held is held (D1)", async () => {
    const { wrote, preBash, pre } = openTree(team);
    await wrote("p4", "src/deep/a.ts");
    for (const command of ["rm -rf src", "rm -r src/", "rm -rf ."])
      expect(reasonOf(await preBash("p4-other", command)), command).toContain("reserved");
    await preBash("p4", "rm -rf gen");
    expect(reasonOf(await pre("p4-other", "gen/new.ts"))).toContain("reserved");
  });
});

describe("a wrong key", () => {
  const edit = () => readPayload("claude-code", "PreToolUse.Edit.json");
  const asked = (path: string, key: string) =>
    team.fetch(path, { method: "POST", body: JSON.stringify(edit()), headers: { Authorization: `Bearer ${key}` } });

  it.each(["srk_wrong", "", "ü".normalize()])("(%j) gives a readable reason and lets the edit through", async (key) => {
    const response = await asked("/hooks/claude-code", encodeURIComponent(key));
    expect([response.status, await response.text()]).toEqual([200, "{}"]);
    expect(decodeURIComponent(response.headers.get("x-serai-note") ?? "")).toMatch(
      /^Serai is not guarding this: .*key/i,
    );
  });

  it("refuses the edit where the hook is strict, with the reason", async () => {
    const response = await asked("/hooks/claude-code?strict=1", "srk_wrong");
    expect(response.status).toBe(200);
    expect(reasonOf((await response.json()) as Record<string, unknown>)).toMatch(/key.*strict/i);
  });

  it("that was good until it was revoked in mid-session guards no more, and its session ends, so its files are free (1.2)", async () => {
    const { root, facts, pre } = openTree(team);
    const made = await team.json<{ readonly id: string; readonly key: string }>("POST", "/api/v1/keys", {
      ...{ name: "laptop", role: "member" },
    });
    const call = (use: string) => {
      const tool = { tool_name: "Write", tool_input: { file_path: `${root}/a.ts` }, tool_use_id: use };
      const base = { session_id: "revoked", cwd: root, transcript_path: "/x/.claude/projects/y/revoked.jsonl" };
      return team.fetch("/hooks/claude-code", {
        ...{ method: "POST", body: JSON.stringify({ ...base, hook_event_name: "PreToolUse", ...tool }) },
        headers: { ...facts, Authorization: `Bearer ${made.body.key}` },
      });
    };
    expect(await (await call("1")).json()).toEqual({});
    expect(reasonOf(await pre("after", "a.ts", "1"))).toContain("a.ts is reserved");
    expect((await team.json("DELETE", `/api/v1/keys/${made.body.id}`)).status).toBe(204);
    const response = await call("2");
    expect([response.status, await response.text()]).toEqual([200, "{}"]);
    expect(decodeURIComponent(response.headers.get("x-serai-note") ?? "")).toContain("key");
    expect(await pre("after", "a.ts", "2")).toEqual({});
    const ended = await team.json<{ readonly data: readonly { readonly status: string; readonly activity: string }[] }>(
      "GET",
      "/api/v1/sessions?limit=100",
    );
    expect(ended.body.data.filter(({ status }) => status === "completed")).toEqual([
      expect.objectContaining({ activity: "exited" }),
    ]);
  });
});

describe("a key of another workspace", () => {
  it("knows a conversation of the same name as another one, and meets nobody's files", async () => {
    const { root, facts, wrote } = openTree(team);
    await wrote("shared-name", "a.ts");
    const other = await team.json<{ readonly key: string }>("POST", "/api/v1/workspaces", { name: "stranger" });
    const edit = { tool_name: "Write", tool_input: { file_path: `${root}/a.ts` }, tool_use_id: "1" };
    const base = { session_id: "shared-name", cwd: root, transcript_path: "/x/.claude/projects/y/z.jsonl" };
    const response = await team.fetch("/hooks/claude-code", {
      ...{ method: "POST", body: JSON.stringify({ ...base, hook_event_name: "PreToolUse", ...edit }) },
      headers: { ...facts, Authorization: `Bearer ${other.body.key}` },
    });
    expect(await response.json()).toEqual({});
    expect((await team.listed()).filter(({ conversation_id }) => conversation_id === "shared-name")).toHaveLength(1);
  });
});

describe("a large prompt", () => {
  it("of half a megabyte is heard, kept in part, and its secrets are not", async () => {
    const { prompt } = openTree(team);
    const secret = `token=${"x9".repeat(20)}`;
    expect(reasonOf(await prompt("large", `${secret} ${"words and words ".repeat(40_000)}`))).toBeUndefined();
    const events = await team.events("large");
    expect(JSON.stringify(events).length).toBeLessThan(60_000);
    expect(JSON.stringify(events)).not.toContain("x9x9x9");
  });
});
