/** Agents in IDEs on a whole server, over its socket: who may write, who is told what, and Enagrams' page for real. */
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { readPayload } from "../doors/hooks/payloads.ts";
import { openWholeServer } from "./whole-server.ts";
import type { WholeServer } from "./whole-server.ts";

let whole: WholeServer;
let slug: string;
let count = 0;

beforeAll(async () => {
  whole = await openWholeServer();
  const { body } = await whole.as.owner.get<{ data: readonly { name: string }[] }>("/workspaces");
  slug = body.data[0]?.name ?? "";
});
afterAll(async () => {
  await whole[Symbol.asyncDispose]();
  expect(whole.faults).toEqual([]);
});

async function send(path: string, body: unknown, headers: Readonly<Record<string, string>> = {}) {
  const response = await whole.as.owner.fetch(path, { method: "POST", body: JSON.stringify(body), headers });
  return JSON.parse(await response.text()) as Record<string, unknown>;
}

/** A repository of its own for each test. */
function makeRepository() {
  const root = `/home/dev/app-${++count}`;
  const facts = {
    "X-Serai-Root": root,
    "X-Serai-Common-Dir": `${root}/.git`,
    "X-Serai-Origin": `git@github.com:acme/app-${count}.git`,
    "X-Serai-Branch": "main",
    "X-Serai-Host": "laptop",
  };
  const base = (session_id: string) => ({
    session_id,
    cwd: root,
    transcript_path: `/home/dev/.claude/projects/x/${session_id}.jsonl`,
  });
  const claude = (session_id: string, hook_event_name: string, more: object = {}) =>
    send("/hooks/claude-code", { ...base(session_id), hook_event_name, ...more }, facts);
  const write = (session: string, file: string, use: string) =>
    claude(session, "PreToolUse", {
      tool_name: "Write",
      tool_input: { file_path: `${root}/${file}` },
      tool_use_id: use,
    });
  const wrote = (session: string, file: string, use: string) =>
    claude(session, "PostToolUse", {
      tool_name: "Write",
      tool_input: { file_path: `${root}/${file}` },
      tool_use_id: use,
    });
  const run = (session: string, command: string, use: string) =>
    claude(session, "PreToolUse", { tool_name: "Bash", tool_input: { command }, tool_use_id: use });
  const codex = (session_id: string, patch: string) =>
    send(
      "/hooks/codex",
      {
        ...readPayload("codex", "PreToolUse.apply_patch.json"),
        ...{ session_id, cwd: root, tool_input: { command: patch }, tool_use_id: `call-${++count}` },
      },
      facts,
    );
  return { root, facts, claude, write, wrote, run, codex };
}

async function listed(conversation: string) {
  const all = (await (await whole.as.owner.fetch(`/workspaces/${slug}/sessions`)).json()) as readonly {
    readonly id: string;
    readonly conversation_id: string;
  }[];
  return { sessions: all.filter(({ conversation_id }) => conversation_id === conversation) };
}

const reasonOf = (reply: Record<string, unknown>) =>
  (reply["hookSpecificOutput"] as Record<string, string> | undefined)?.["permissionDecisionReason"];

describe("agents of one repository", () => {
  it("race for one file, and exactly one is let through; the other is told who holds it (R2, R5)", async () => {
    const { claude, write } = makeRepository();
    await claude("race-a", "UserPromptSubmit", { prompt: "Build JWT auth flow" });
    await claude("race-b", "UserPromptSubmit", { prompt: "Fix the login" });
    const replies = await Promise.all([write("race-a", "src/login.ts", "1"), write("race-b", "src/login.ts", "2")]);
    const reasons = replies.map(reasonOf).filter((reason) => reason !== undefined);
    expect(reasons).toHaveLength(1);
    expect(reasons[0]).toMatch(/^File src\/login\.ts is reserved by .*(?:Build JWT auth flow|Fix the login)/);
  });

  it("hold what they wrote over three ends of turns, and free it at the session's end (hooks.md 9.1)", async () => {
    const { claude, write, wrote } = makeRepository();
    await claude("keeps", "SessionStart", { source: "startup" });
    await write("keeps", "a.ts", "1");
    await wrote("keeps", "a.ts", "1");
    for (let turn = 0; turn < 3; turn++) expect(await claude("keeps", "Stop")).toEqual({});
    expect(reasonOf(await write("waits", "a.ts", "2"))).toContain("a.ts is reserved");
    expect(await claude("keeps", "SessionEnd", { reason: "other" })).toEqual({});
    expect(await write("waits", "a.ts", "3")).toEqual({});
  });

  it("take all files of a patch or none (R7)", async () => {
    const { write, codex } = makeRepository();
    await write("has-b", "b.ts", "1");
    const patch = "*** Begin Patch\n*** Add File: a.ts\n+x\n*** Update File: b.ts\n@@\n-x\n+y\n*** End Patch\n";
    expect(reasonOf(await codex("patches", patch))).toContain("b.ts is reserved");
    expect(await write("has-b", "a.ts", "2")).toEqual({});
  });

  it("are not let around it by a shell (R6)", async () => {
    const { write, run } = makeRepository();
    await write("has-it", "src/a.ts", "1");
    for (const command of ["sed -i s/a/b/ src/a.ts", "echo x | tee src/a.ts", "cd src && rm a.ts", "rm -rf src"]) {
      expect(reasonOf(await run("tries", command, command))).toContain("reserved");
    }
    expect(await run("tries", "cat src/a.ts | grep x", "reads")).toEqual({});
  });

  it("mean one file by every way of writing its path (R1)", async () => {
    const { root, write, claude } = makeRepository();
    await write("plain", "src/a.ts", "1");
    const odd = { tool_name: "Edit", tool_input: { file_path: `${root}/src/../src/./a.ts` }, tool_use_id: "odd" };
    expect(reasonOf(await claude("odd", "PreToolUse", odd))).toContain("src/a.ts is reserved");
  });

  it("count once however many files of hooks fire for one edit, and each is answered in Cursor's words (R8)", async () => {
    const { root, facts } = makeRepository();
    const edit = { tool_name: "Write", tool_input: { file_path: `${root}/a.ts` }, tool_use_id: "twice" };
    const payload = {
      ...{ conversation_id: "doubled", session_id: "doubled", cursor_version: "3.20.17", workspace_roots: [root] },
      ...{ hook_event_name: "preToolUse", cwd: root, ...edit },
    };
    const replies = await Promise.all([
      send("/hooks/cursor", payload, facts),
      send("/hooks/claude-code", payload, facts),
      send("/hooks/claude-code", { ...payload, hook_event_name: "PreToolUse" }, facts),
    ]);
    expect(replies).toEqual([{ permission: "allow" }, { permission: "allow" }, { permission: "allow" }]);
    const { sessions } = await listed("doubled");
    expect(sessions).toHaveLength(1);
    const events = `/sessions/${sessions[0]?.id}/events`;
    // That the tool ran is recorded behind the answer (I9).
    await vi.waitFor(async () => {
      const { body } = await whole.as.owner.get<{ data: readonly { type: string }[] }>(events);
      const types = body.data.map(({ type }) => type);
      expect(types.filter((type) => type === "reservation.acquired")).toHaveLength(1);
      expect(types.filter((type) => type === "tool.started")).toHaveLength(1);
    });
  });

  it("share with their sub-agents what they hold (R2)", async () => {
    const { root, claude, write } = makeRepository();
    await write("parent", "a.ts", "1");
    const edit = { tool_name: "Edit", tool_input: { file_path: `${root}/a.ts` }, tool_use_id: "2" };
    expect(await claude("parent", "PreToolUse", { ...edit, agent_id: "sub-1", agent_type: "Explore" })).toEqual({});
  });

  it("are told at a prompt and at a start what the others do", async () => {
    const { claude, write } = makeRepository();
    await claude("works", "UserPromptSubmit", { prompt: "Rewrite the parser" });
    await write("works", "parser.ts", "1");
    const started = await claude("comes", "SessionStart", { source: "startup" });
    const output = started["hookSpecificOutput"] as Record<string, string>;
    expect(output["hookEventName"]).toBe("SessionStart");
    expect(output["additionalContext"]).toContain("Rewrite the parser");
    expect(output["additionalContext"]).toContain("parser.ts");
  });

  it("S4: are idle while a message waits for one that has nothing to do, in the list too, and can be forked", async () => {
    const { claude } = makeRepository();
    const { owner } = whole.as;
    const name = `reader-${count}`;
    await claude(name, "UserPromptSubmit", { prompt: "Look around" });
    const listed = async (query: string) => {
      type Listed = { id: string; status: string; queued_count: number; turn_count: number };
      return (await owner.get<{ data: Listed[] }>(`/sessions?limit=100&${query}`)).body.data;
    };
    const [{ id } = { id: "" }] = await listed("status=active&harness=observed");
    const message = { content: [{ type: "text", text: "Mind the tests" }] };
    await owner.post(`/sessions/${id}/messages`, { message, when_busy: "queue" });
    expect((await listed("status=active")).map((each) => each.id)).toContain(id);
    await claude(name, "Stop");
    const idle = (await listed("status=idle")).find((each) => each.id === id);
    expect(idle).toMatchObject({ status: "idle", queued_count: 1 });
    expect((await listed("status=active")).map((each) => each.id)).not.toContain(id);
    const fork = await owner.post<{ id: string; queued_count: number }>(`/sessions/${id}/fork`, {});
    expect(fork).toMatchObject({ status: 201, body: { queued_count: 0 } });
    const heard = await claude(name, "UserPromptSubmit", { prompt: "Go on" });
    expect(JSON.stringify(heard)).toContain("Mind the tests");
  });

  it("are answered without a key as if nothing were there", async () => {
    const payload = readPayload("claude-code", "PreToolUse.Edit.json");
    const response = await whole.as.none.fetch("/hooks/claude-code", { method: "POST", body: JSON.stringify(payload) });
    expect([response.status, await response.text()]).toEqual([200, "{}"]);
  });
});

describe("a client written against Enagrams' page", () => {
  const hook = (event: string, conversation_id: string, more: object = {}) =>
    send("/workspaces/sessions/hook", {
      ...{ event, agent_type: "cursor", workspace_slug: slug, conversation_id },
      ...more,
    });

  it("starts, is denied, is listed, keeps alive and ends", async () => {
    const { facts } = makeRepository();
    const place = { repo_url: facts["X-Serai-Origin"] };
    const started = await hook("sessionStart", "conv_1", { task: "Build user authentication", ...place });
    expect(started).toEqual({
      session_id: expect.stringMatching(/^ses_/),
      additional_context: expect.stringContaining("Team briefing"),
    });
    const file = { file_path: "src/auth/login.ts", ...place };
    expect(await hook("preToolUse", "conv_1", file)).toEqual({ permission: "allow" });
    await hook("postToolUse", "conv_1", file);
    const denied = await hook("preToolUse", "conv_2", file);
    expect(denied["permission"]).toBe("deny");
    expect(denied["message"]).toMatch(
      /^File src\/auth\/login\.ts is reserved by .+ — 'Build user authentication' \(\d+ min remaining\)$/,
    );
    const list = await (await whole.as.owner.fetch(`/workspaces/${slug}/sessions`)).json();
    expect(list).toContainEqual({
      id: started["session_id"],
      user_name: expect.stringMatching(/\S/),
      agent_type: "cursor",
      current_task: "Build user authentication",
      current_file: "src/auth/login.ts",
      branch: null,
      conversation_id: "conv_1",
      last_heartbeat: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:]{8}\.\d{3}Z$/),
      reserved_files: ["src/auth/login.ts"],
    });
    const named = { workspace_slug: slug, session_id: started["session_id"] };
    expect(await send("/workspaces/sessions/heartbeat", named)).toEqual({ ok: true });
    expect(await send("/workspaces/sessions/end", named)).toEqual({ ok: true, released_files: ["src/auth/login.ts"] });
    expect(await hook("preToolUse", "conv_2", file)).toEqual({ permission: "allow" });
  });

  it("is ended by `Stop` in Claude Code, and goes on as the same session (ruling 28)", async () => {
    const claude = { agent_type: "claude_code", file_path: "b.ts" };
    const { session_id } = await hook("SessionStart", "conv_3", claude);
    await hook("PreToolUse", "conv_3", claude);
    await hook("Stop", "conv_3", claude);
    expect(await hook("PreToolUse", "conv_4", claude)).toEqual({ permission: "allow" });
    expect(await hook("UserPromptSubmit", "conv_3", { ...claude, task: "More" })).toMatchObject({ session_id });
  });
});
