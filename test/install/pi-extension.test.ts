/** The extension of pi in a host that does what pi does. */
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from "vitest";
import { openHookDouble } from "./hook-double.ts";
import type { HookDouble } from "./hook-double.ts";
import { HookWorld } from "./hook-world.ts";
import { loadPlugin } from "./load-plugin.ts";
import type { LoadedAs } from "./load-plugin.ts";

let world: HookWorld;
let server: HookDouble;
beforeEach(async () => {
  world = new HookWorld();
  server = await openHookDouble();
  world.putHooks(server.url);
  world.git("init", "-q", "-b", "main");
});
afterEach(async () => {
  await server[Symbol.asyncDispose]();
  world[Symbol.dispose]();
});

const asked = () => server.asked.map(({ body }) => JSON.parse(body) as Readonly<Record<string, unknown>>);

type PiHandler = (event: object, ctx: object) => Promise<unknown>;

async function handlersOf(options: LoadedAs): Promise<ReadonlyMap<string, PiHandler>> {
  const loaded = await loadPlugin(world, "pi-extension.js", options);
  const handlers = new Map<string, PiHandler>();
  (loaded["default"] as (pi: object) => void)({
    on: (name: string, handler: PiHandler) => handlers.set(name, handler),
  });
  return handlers;
}

const contextOf = (id: string) => ({ cwd: world.project, sessionManager: { getSessionId: () => id } });

async function openPi(options: LoadedAs = {}) {
  const handlers = await handlersOf(options);
  return (id: string, type: string, event: object = {}) => handlers.get(type)?.({ type, ...event }, contextOf(id));
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
    const message = { customType: "serai", content: "<serai>\nTeam briefing\n\nnews\n</serai>", display: true };
    expect(await pi("A", "before_agent_start", { prompt: "go" })).toEqual({ message });
    expect(await pi("A", "before_agent_start", { prompt: "go" })).toEqual({
      message: { ...message, content: "<serai>\nnews\n</serai>" },
    });
    const text = { type: "text", text: "done" };
    const news = { type: "text", text: "news\n\nnews" };
    await pi("A", "tool_call", write);
    const result = await pi("A", "tool_result", { ...write, content: [text], isError: true });
    expect(result).toEqual({ content: [text, news] });
    expect(await pi("A", "tool_result", { ...write, toolName: "read", content: [text] })).toBeUndefined();
    await pi("A", "session_shutdown", { reason: "reload" });
    await pi("A", "agent_end");
    await pi("A", "session_shutdown", { reason: "quit" });
    expect(asked().map(({ event }) => event)).toEqual([
      "session_start",
      "before_agent_start",
      "before_agent_start",
      "tool_call",
      "tool_failed",
      "agent_end",
      "session_shutdown",
    ]);
  });

  it("hears a start and a prompt once, where the user and the project both have it", async () => {
    const both = [await handlersOf({}), await handlersOf({ name: "project" })];
    for (const type of ["session_start", "before_agent_start", "before_agent_start"]) {
      // pi makes one for each event.
      const ctx = contextOf("A");
      for (const each of both) await each.get(type)?.({ type, prompt: "go" }, ctx);
    }
    expect(asked().map(({ event }) => event)).toEqual(["session_start", "before_agent_start", "before_agent_start"]);
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
