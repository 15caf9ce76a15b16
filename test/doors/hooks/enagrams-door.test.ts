/** Enagrams' sessions page: its examples byte for byte, and what it leaves open as the rulings have it. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { refuse } from "../../../src/core/refusal.ts";
import { openHttpServer } from "../../../src/http/server.ts";
import type { HttpServer } from "../../../src/http/server.ts";
import { transcripts } from "./enagrams-transcripts.ts";
import type { Transcript } from "./enagrams-transcripts.ts";
import { keyOf, openHooks, replied, sessionId } from "./open-hooks.ts";
import type { Hooks } from "./open-hooks.ts";

const hook = "/workspaces/sessions/hook";
const base = { agent_type: "cursor", workspace_slug: "my-startup", conversation_id: "conv_abc123" };
const named = { workspace_slug: "my-startup", session_id: sessionId };
const edit = { ...base, event: "preToolUse", file_path: "src/a.ts" };

let hooks: Hooks;
beforeEach(async () => {
  hooks = await openHooks({ patienceMs: 40 });
});

async function sent(path: string, body: unknown, key: string = keyOf("member")) {
  const response = await hooks.post(path, body, { authorization: `Bearer ${key}` });
  return { status: response.status, body: (await response.json()) as Record<string, string> };
}
const event = () => hooks.told.at(-1)?.call.event;

describe("the examples of the page", () => {
  const opened: HttpServer[] = [];
  afterEach(async () => {
    await Promise.all(opened.splice(0).map((server) => server[Symbol.asyncDispose]()));
  });

  async function play({ method, path, body, said = {}, present = [] }: Transcript, send: typeof fetch) {
    hooks.reply = () => replied(said);
    hooks.present = present;
    const headers = { authorization: `Bearer ${keyOf("member")}`, "content-type": "application/json" };
    const init = body === undefined ? {} : { body: JSON.stringify(body) };
    const response = await send(path, { method, headers, ...init });
    return { status: response.status, type: response.headers.get("content-type"), answer: await response.text() };
  }

  it.each(transcripts)("$name, in process", async (transcript) => {
    const { status, answer } = transcript;
    expect(await play(transcript, hooks.fetch as typeof fetch)).toEqual({ status, type: "application/json", answer });
  });

  it.each(transcripts)("$name, over a socket", async (transcript) => {
    const server = await openHttpServer({ app: hooks.app, host: "127.0.0.1", port: 0 });
    opened.push(server);
    const { status, answer } = transcript;
    const send = ((path: string, init: RequestInit) => fetch(`${server.url}${path}`, init)) as typeof fetch;
    expect(await play(transcript, send)).toEqual({ status, type: "application/json", answer });
  });
});

describe("an event", () => {
  it.each([
    ["sessionStart", "session_start"],
    ["SessionStart", "session_start"],
    ["preToolUse", "pre_tool"],
    ["PreToolUse", "pre_tool"],
    ["postToolUse", "post_tool"],
    ["PostToolUse", "post_tool"],
    ["beforeSubmitPrompt", "turn_start"],
    ["UserPromptSubmit", "turn_start"],
    ["sessionEnd", "session_end"],
    ["SessionEnd", "session_end"],
    ["Stop", "turn_end"],
    ["file_check", "heartbeat"],
    ["somethingElse", "heartbeat"],
    ["constructor", "heartbeat"],
  ])("%s is taken for %s", async (name, moment) => {
    expect((await sent(hook, { ...base, event: name })).status).toBe(200);
    expect(event()).toMatchObject({ moment, rawEvent: name, agentType: "cursor", conversationId: "conv_abc123" });
  });

  it("denies on other branches unless the workspace says otherwise, as its page knows no branches (R4)", async () => {
    await sent(hook, edit);
    expect(hooks.told[0]?.call.options).toEqual({ isStrict: false, branchDefault: "deny", endsAtTurnEnd: false });
  });

  it.each([
    ["claude_code", "Stop", true],
    ["Claude Code", "Stop", true],
    ["codex", "Stop", true],
    ["cursor", "Stop", false],
    ["cursor", "stop", false],
    ["claude_code", "SessionEnd", false],
  ])("of %s called %s ends the session at a turn's end: %s (ruling 28)", async (agent_type, name, ends) => {
    await sent(hook, { ...base, agent_type, event: name });
    expect(hooks.told[0]?.call.options.endsAtTurnEnd).toBe(ends);
  });

  it("may say where it is, and what it is about (ruling 26)", async () => {
    const place = { cwd: "/r/sub", repo_root: "/r", repo_url: "git@x:a/b.git", root_commit: "0a", branch: "main" };
    const tool = { tool_name: "Write", tool_input: { file_path: "/r/a" }, tool_use_id: "t1", files: ["/r/a", "/r/b"] };
    await sent(hook, { ...base, event: "preToolUse", ...place, ...tool });
    expect(hooks.told[0]?.call).toMatchObject({
      event: { cwd: "/r/sub", toolUseId: "t1", tool: { name: "Write", kind: "edit" } },
      report: { root: "/r", origin: "git@x:a/b.git", branch: "main" },
    });
    expect(event()?.files.map(({ path }) => path)).toEqual(["/r/a", "/r/b"]);
  });

  it("is about an edit when it names a file and no tool, and about nothing when it names neither", async () => {
    await sent(hook, edit);
    expect(event()).toMatchObject({ tool: { kind: "edit" }, files: [{ path: "src/a.ts", operation: "write" }] });
    await sent(hook, { ...base, event: "preToolUse" });
    expect(event()?.files).toEqual([]);
    await sent(hook, { ...base, event: "preToolUse", tool_name: "Bash", tool_input: { command: "rm a" } });
    expect(event()).toMatchObject({ tool: { kind: "shell" }, command: "rm a", files: [] });
    await sent(hook, { ...edit, tool_name: "Read" });
    expect(event()?.files).toEqual([]);
  });

  it("takes the prompt before the task, and null for nothing", async () => {
    await sent(hook, { ...base, event: "beforeSubmitPrompt", task: "T", prompt: "P" });
    expect(event()?.prompt).toBe("P");
    await sent(hook, { ...base, event: "beforeSubmitPrompt", task: "T", prompt: null, branch: null });
    expect(event()?.prompt).toBe("T");
  });

  it("is allowed with a message for a warning", async () => {
    hooks.reply = () => replied({ context: "B works on this file on another branch" });
    expect((await sent(hook, edit)).body).toEqual({
      permission: "allow",
      message: "B works on this file on another branch",
    });
  });

  it("is let go after two seconds where an editor waits (R9)", async () => {
    hooks.reply = () => new Promise(() => undefined);
    expect((await sent(hook, edit)).body["permission"]).toBe("allow");
  });

  it("is read whatever a file holds that it is about", async () => {
    const tool_input = { file_path: "/a", content: "\0\uD800" };
    expect((await sent(hook, { ...base, event: "PreToolUse", tool_name: "Write", tool_input })).status).toBe(200);
    expect(event()?.files).toEqual([{ path: "/a", operation: "write" }]);
  });
});

describe("errors are {error, message} (ruling 13)", () => {
  it.each([
    ["garbage", hook, "{nonsense", 400, "malformed_json"],
    ["no object", hook, "[]", 400, "invalid_input"],
    ["no event", hook, base, 400, "invalid_input"],
    ["no conversation", hook, { event: "file_check", workspace_slug: "my-startup" }, 400, "invalid_input"],
    ["no workspace", hook, { event: "file_check", conversation_id: "c" }, 400, "invalid_input"],
    ["a number for a name", hook, { ...base, event: 1 }, 400, "invalid_input"],
    ["another's workspace", hook, { ...edit, workspace_slug: "theirs" }, 404, "not_found"],
    ["a heartbeat without a session", "/workspaces/sessions/heartbeat", { workspace_slug: "x" }, 400, "invalid_input"],
    ["a heartbeat of nobody", "/workspaces/sessions/heartbeat", { ...named, session_id: "sess_x" }, 404, "not_found"],
    ["the end of nobody", "/workspaces/sessions/end", { ...named, session_id: "sess_x" }, 404, "not_found"],
    ["the end in no workspace", "/workspaces/sessions/end", { ...named, workspace_slug: "x" }, 404, "not_found"],
    ["a route that is not there", "/workspaces/sessions/pause", named, 404, "route_not_found"],
  ])("%s", async (_, path, body, status, error) => {
    const answer = await sent(path, body);
    expect(answer).toEqual({ status, body: { error, message: expect.stringMatching(/\S/) } });
  });

  it("a method that a route does not take, an unknown workspace in a path", async () => {
    expect(await (await hooks.fetch(hook, { method: "PUT" })).json()).toMatchObject({ error: "method_not_allowed" });
    const list = await hooks.fetch("/workspaces/theirs/sessions");
    expect([list.status, await list.json()]).toEqual([404, { error: "not_found", message: expect.any(String) }]);
  });

  it("a refusal of the use case, and a fault, of which only the number of the request is told", async () => {
    hooks.reply = () => Promise.resolve(refuse({ code: "storage_full" }));
    expect(await sent(hook, edit)).toMatchObject({ status: 507, body: { error: "storage_full" } });
    hooks.reply = () => Promise.reject(new Error("secret words"));
    const { status, body } = await sent(hook, edit);
    expect([status, body["error"]]).toEqual([500, "internal_error"]);
    expect(JSON.stringify(body)).not.toContain("secret");
    expect(hooks.faults).toHaveLength(1);
  });
});
