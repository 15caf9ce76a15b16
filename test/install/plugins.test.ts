/** The plugins as they are written to disk, loaded as their hosts load them, in hosts that do what the hosts do. */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from "vitest";
import { pluginText } from "../../src/install/plugin-text.ts";
import { openHookDouble } from "./hook-double.ts";
import type { HookDouble } from "./hook-double.ts";
import { HookWorld } from "./hook-world.ts";

let world: HookWorld;
let server: HookDouble;
beforeEach(async () => {
  world = new HookWorld();
  server = await openHookDouble();
  world.putHooks(server.url);
  world.git("init", "-q", "-b", "main");
});
afterEach(async () => {
  vi.useRealTimers();
  await server[Symbol.asyncDispose]();
  world[Symbol.dispose]();
});

interface Loadable {
  readonly isStrict?: boolean;
}

async function load(asset: string, { isStrict = false }: Loadable = {}): Promise<Readonly<Record<string, unknown>>> {
  const folder = join(world.root, `plugin-${asset}`);
  mkdirSync(folder, { recursive: true });
  const path = join(folder, "serai.mjs");
  writeFileSync(path, pluginText(asset, { folder: world.folder.path, server: "double", isStrict }));
  return (await import(pathToFileURL(path).href)) as Readonly<Record<string, unknown>>;
}

type Hook = (input: object, output?: object) => Promise<unknown>;
type Opencode = Readonly<Record<string, Hook>>;

async function openOpencode(options: Loadable = {}): Promise<Opencode> {
  const loaded = await load("opencode-plugin.js", options);
  // opencode calls every export as a plugin.
  expect(Object.keys(loaded)).toEqual(["Serai"]);
  return (loaded["Serai"] as (input: object) => Promise<Opencode>)({ directory: world.project });
}

const asked = () => server.asked.map(({ body }) => JSON.parse(body) as Readonly<Record<string, unknown>>);
const call = (sessionID: string, tool = "write") => ({ tool, sessionID, callID: "call_1" });
const args = { filePath: "a.ts", content: "x" };

describe("the plugin of opencode", () => {
  it("throws at what another holds, and lets its holder go on", async () => {
    const one = await openOpencode();
    await one["tool.execute.before"]?.(call("A"), { args });
    await expect(one["tool.execute.before"]?.(call("B"), { args })).rejects.toThrow("a.ts is reserved by A");
    await one["tool.execute.before"]?.(call("B", "read"), { args });
    expect(asked()).toEqual([
      {
        cwd: world.project,
        event: "tool.execute.before",
        conversation_id: "A",
        tool_name: "write",
        tool_input: args,
        tool_use_id: "call_1",
      },
      expect.objectContaining({ conversation_id: "B" }),
    ]);
    expect(server.asked[0]).toMatchObject({
      url: "/hooks/opencode",
      headers: {
        authorization: "Bearer srk_of-the-hooks",
        "x-serai-agent": "opencode",
        "x-serai-host": "hst_of-this-host",
        "x-serai-root": world.project,
        "x-serai-branch": "main",
        "x-serai-ignore-case": "false",
      },
    });
  });

  it("puts the briefing before the model, the news behind it, and what came of a tool into its output", async () => {
    const one = await openOpencode();
    server.answerWith({ body: '{"context":"Team briefing"}' });
    await one["event"]?.({
      event: { type: "session.created", properties: { info: { id: "A", directory: world.project } } },
    });
    server.answerWith({ body: '{"permission":"allow","context":"B has a.ts"}' });
    await one["chat.message"]?.({ sessionID: "A" }, { parts: [{ type: "text", text: "go" }, { type: "file" }] });
    const output = { system: ["You are"] };
    await one["experimental.chat.system.transform"]?.({ sessionID: "A" }, output);
    expect(output.system).toEqual(["You are", "Team briefing", "B has a.ts"]);
    const done = { title: "t", output: "written", metadata: {} };
    await one["tool.execute.after"]?.({ ...call("A"), args }, done);
    expect(done.output).toBe("written\n\nB has a.ts");
    expect(asked().map(({ event, prompt }) => [event, prompt])).toEqual([
      ["session.created", undefined],
      ["chat.message", "go"],
      ["tool.execute.after", undefined],
    ]);
  });

  it("speaks for a child session in its parent's name, ends what ends, and closes with its host", async () => {
    const one = await openOpencode();
    const created = { id: "C", parentID: "A" };
    await one["event"]?.({ event: { type: "session.created", properties: { info: created } } });
    await one["event"]?.({ event: { type: "session.idle", properties: { sessionID: "C" } } });
    await one["event"]?.({ event: { type: "message.updated", properties: {} } });
    await one["event"]?.({ event: { type: "session.deleted", properties: { info: created } } });
    await one["chat.message"]?.({ sessionID: "D" }, { parts: [] });
    await one["dispose"]?.({});
    expect(
      asked().map(({ event, conversation_id, parent_conversation_id }) => [
        event,
        conversation_id,
        parent_conversation_id,
      ]),
    ).toEqual([
      ["session.created", "C", "A"],
      ["session.idle", "C", "A"],
      ["session.deleted", "C", "A"],
      ["chat.message", "D", undefined],
      ["dispose", "D", undefined],
    ]);
  });

  it("never gets in the way when the server is away, and says so in the log alone (R9)", async () => {
    const one = await openOpencode();
    for (const answer of [{ status: 500 }, { body: "<html>" }, { status: 200 }]) {
      server.answerWith(answer);
      await one["tool.execute.before"]?.(call("A"), { args });
    }
    // The third found it left alone.
    expect(server.asked).toHaveLength(2);
    expect(readFileSync(world.folder.log, "utf8").trim().split("\n")).toHaveLength(2);
  });

  it("lets nothing be written without an answer when it is strict (R9)", async () => {
    const one = await openOpencode({ isStrict: true });
    server.answerWith({ status: 500 });
    await expect(one["tool.execute.before"]?.(call("A"), { args })).rejects.toThrow("its hooks are strict");
    await one["tool.execute.after"]?.({ ...call("A"), args }, { output: "" });
    expect(server.asked[0]?.url).toBe("/hooks/opencode?strict=1");
  });

  it("shows every 30 seconds that its sessions are alive, and tells afterwards what the server missed", async () => {
    vi.useFakeTimers({ toFake: ["setInterval", "clearInterval", "Date"] });
    const one = await openOpencode();
    await one["chat.message"]?.({ sessionID: "A" }, { parts: [] });
    vi.advanceTimersByTime(30_000);
    await vi.waitFor(() => expect(asked().at(-1)).toMatchObject({ event: "heartbeat", conversation_id: "A" }));
    server.answerWith({ status: 500 });
    await one["chat.message"]?.({ sessionID: "A" }, { parts: [] });
    server.answerWith(null);
    await one["chat.message"]?.({ sessionID: "A" }, { parts: [] });
    expect(server.asked.at(-1)?.headers["x-serai-gap"]).toBe("1");
    await one["dispose"]?.({});
    const before = server.asked.length;
    vi.advanceTimersByTime(90_000);
    expect(server.asked).toHaveLength(before);
  });
});

type PiHandler = (event: object, ctx: object) => Promise<unknown>;

async function openPi(options: Loadable = {}) {
  const loaded = await load("pi-extension.js", options);
  const handlers = new Map<string, PiHandler>();
  (loaded["default"] as (pi: object) => void)({
    on: (name: string, handler: PiHandler) => handlers.set(name, handler),
  });
  return (id: string, type: string, event: object = {}) => {
    const ctx = { cwd: world.project, sessionManager: { getSessionId: () => id } };
    return handlers.get(type)?.({ type, ...event }, ctx);
  };
}

describe("the extension of pi", () => {
  const write = { toolName: "write", toolCallId: "call_1", input: { path: "a.ts", content: "x" } };

  it("blocks what another holds with who holds it, and lets its holder go on", async () => {
    const pi = await openPi();
    expect(await pi("A", "tool_call", write)).toBeUndefined();
    expect(await pi("B", "tool_call", write)).toEqual({ block: true, reason: "a.ts is reserved by A" });
    expect(await pi("B", "tool_call", { ...write, toolName: "read" })).toBeUndefined();
    expect(asked()).toMatchObject([
      {
        event: "tool_call",
        conversation_id: "A",
        tool_name: "write",
        tool_input: { path: "a.ts" },
        tool_use_id: "call_1",
      },
      { conversation_id: "B" },
    ]);
    expect(server.asked[0]?.headers).toMatchObject({ "x-serai-agent": "pi", "x-serai-root": world.project });
  });

  it("says for which session its agent was started, where Serai has started it", async () => {
    onTestFinished(() => void vi.unstubAllEnvs());
    vi.stubEnv("SERAI_SESSION", "ses_00000000000070008000000000000009");
    await (
      await openPi()
    )("A", "tool_call", write);
    vi.stubEnv("SERAI_SESSION", "not\none");
    await (
      await openPi()
    )("A", "tool_call", write);
    const named = server.asked.map(({ headers }) => headers["x-serai-session"]);
    expect([named[0], named.at(-1)]).toEqual(["ses_00000000000070008000000000000009", undefined]);
  });

  it("puts the briefing before the model once, and the news into a tool's result", async () => {
    const pi = await openPi();
    server.answerWith({ body: '{"context":"Team briefing"}' });
    await pi("A", "session_start", { reason: "startup" });
    server.answerWith({ body: '{"permission":"allow","context":"news"}' });
    const message = { customType: "serai", content: "Team briefing\n\nnews", display: true };
    expect(await pi("A", "before_agent_start", { prompt: "go" })).toEqual({ message });
    expect(await pi("A", "before_agent_start", { prompt: "go" })).toEqual({ message: { ...message, content: "news" } });
    const text = { type: "text", text: "done" };
    const result = await pi("A", "tool_result", { ...write, content: [text], isError: true });
    expect(result).toEqual({ content: [text, { type: "text", text: "news" }] });
    await pi("A", "agent_end");
    await pi("A", "session_shutdown", { reason: "quit" });
    expect(asked().map(({ event }) => event)).toEqual([
      "session_start",
      "before_agent_start",
      "before_agent_start",
      "tool_failed",
      "agent_end",
      "session_shutdown",
    ]);
  });

  it("goes on without the server, and blocks without it when it is strict (R9)", async () => {
    server.answerWith({ status: 500 });
    const pi = await openPi();
    expect(await pi("A", "tool_call", write)).toBeUndefined();
    expect(await pi("A", "before_agent_start", { prompt: "go" })).toBeUndefined();
    const strict = await openPi({ isStrict: true });
    expect(await strict("A", "session_start", {})).toBeUndefined();
  });
});
