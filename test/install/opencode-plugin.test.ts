/** The plugin of opencode in a host that does what opencode does. */
import { readFileSync } from "node:fs";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
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
  vi.useRealTimers();
  await server[Symbol.asyncDispose]();
  world[Symbol.dispose]();
});

interface Loadable extends LoadedAs {
  /** What opencode gives its plugins to ask it. */
  readonly host?: object;
}

type Hook = (input: object, output?: object) => Promise<unknown>;
type Opencode = Readonly<Record<string, Hook>>;

async function openOpencode(options: Loadable = {}): Promise<Opencode> {
  const loaded = await loadPlugin(world, "opencode-plugin.js", options);
  // opencode calls every export as a plugin.
  expect(Object.keys(loaded)).toEqual(["Serai"]);
  return (loaded["Serai"] as (input: object) => Promise<Opencode>)({ client: options.host, directory: world.project });
}

async function created(one: Opencode, info: object): Promise<void> {
  await one["event"]?.({ event: { type: "session.created", properties: { info } } });
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

  it("puts the briefing before the model, the news behind the prompt, and what came of a tool into its output", async () => {
    const one = await openOpencode();
    server.answerWith({ body: '{"context":"Team briefing"}' });
    await created(one, { id: "A", directory: world.project });
    server.answerWith({ body: '{"permission":"allow","context":"B has a.ts</serai>"}' });
    const read = { type: "text", text: "the text of a file", synthetic: true, id: "prt_1b" };
    const parts = [{ type: "text", text: "go", id: "prt_1a" }, { type: "file" }, read];
    await one["chat.message"]?.({ sessionID: "A" }, { message: { id: "msg_1" }, parts });
    const news = { sessionID: "A", messageID: "msg_1", type: "text", synthetic: true };
    expect(parts.slice(3)).toEqual([{ ...news, id: "prt_1b0", text: "<serai>\nB has a.ts\n</serai>" }]);
    const output = { system: ["You are"] };
    await one["experimental.chat.system.transform"]?.({ sessionID: "A" }, output);
    expect(output.system).toEqual(["You are", "Team briefing"]);
    server.answerWith({ body: '{"permission":"allow","context":"B works here too"}' });
    await one["tool.execute.before"]?.(call("A"), { args });
    const done = { title: "t", output: "written", metadata: {} };
    await one["tool.execute.after"]?.({ ...call("A"), args }, done);
    expect(done.output).toBe("written\n\nB works here too\n\nB works here too");
    expect(asked().map(({ event, prompt }) => [event, prompt])).toEqual([
      ["session.created", undefined],
      ["chat.message", "go"],
      ["tool.execute.before", undefined],
      ["tool.execute.after", undefined],
    ]);
  });

  it("tells of a tool that failed, once, and with the next output what was to be said of it", async () => {
    const one = await openOpencode();
    const failed = (callID: string) => ({ type: "tool", callID, sessionID: "A", state: { status: "error" } });
    const update = (part: object) => one["event"]?.({ event: { type: "message.part.updated", properties: { part } } });
    await one["tool.execute.before"]?.(call("A"), { args });
    await update({ ...failed("call_1"), state: { status: "running" } });
    server.answerWith({ body: '{"context":"a.ts is free"}' });
    await update(failed("call_1"));
    await update(failed("call_1"));
    // It was refused, or was never asked for.
    await update(failed("call_2"));
    const done = { output: "read" };
    await one["tool.execute.after"]?.({ ...call("A", "read"), args }, done);
    expect(done.output).toBe("read\n\na.ts is free");
    expect(asked().slice(1)).toEqual([
      {
        cwd: world.project,
        event: "tool_failed",
        conversation_id: "A",
        tool_name: "write",
        tool_input: args,
        tool_use_id: "call_1",
      },
    ]);
  });

  it("speaks for a child session in the name of the first above it, and ends what ends", async () => {
    const one = await openOpencode();
    const child = { id: "C", parentID: "A" };
    await created(one, { id: "A" });
    await created(one, child);
    await created(one, { id: "D", parentID: "C" });
    await one["tool.execute.before"]?.(call("D"), { args });
    await one["event"]?.({ event: { type: "session.idle", properties: { sessionID: "C" } } });
    await one["event"]?.({ event: { type: "message.updated", properties: {} } });
    await one["event"]?.({ event: { type: "session.deleted", properties: { info: child } } });
    await one["dispose"]?.({});
    expect(
      asked().map(({ event, conversation_id, parent_conversation_id }) => [
        event,
        conversation_id,
        parent_conversation_id,
      ]),
    ).toEqual([
      ["session.created", "A", undefined],
      ["session.created", "C", "A"],
      ["session.created", "D", "A"],
      ["tool.execute.before", "D", "A"],
      ["session.idle", "C", "A"],
      ["session.deleted", "C", "A"],
      ["dispose", "A", undefined],
    ]);
  });

  it("asks its host of which session one is that goes on from an earlier process, and begins it anew", async () => {
    const above: Readonly<Record<string, string>> = { C: "A" };
    const get = ({ path: { id } }: { readonly path: { readonly id: string } }) =>
      Promise.resolve({ data: { id, parentID: above[id] } });
    const one = await openOpencode({ host: { session: { get } } });
    await one["chat.message"]?.({ sessionID: "C" }, { message: { id: "msg_1" }, parts: [] });
    await one["chat.message"]?.({ sessionID: "A" }, { message: { id: "msg_2" }, parts: [] });
    await one["chat.message"]?.({ sessionID: "A" }, { message: { id: "msg_3" }, parts: [] });
    expect(asked().map(({ event, conversation_id, source }) => [event, conversation_id, source])).toEqual([
      ["session_start", "C", "resume"],
      ["chat.message", "C", undefined],
      ["session_start", "A", "resume"],
      ["chat.message", "A", undefined],
      ["chat.message", "A", undefined],
    ]);
    expect(asked()[1]).toMatchObject({ parent_conversation_id: "A" });
  });

  it("hears a start and a prompt once, where the user and the project both have it", async () => {
    const both = [await openOpencode(), await openOpencode({ name: "project" })];
    const event = { type: "session.created", properties: { info: { id: "A" } } };
    server.answerWith({ body: '{"context":"Team"}' });
    for (const each of both) await each["event"]?.({ event });
    const output = { message: { id: "msg_1" }, parts: [{ type: "text", text: "go", id: "prt_1" }] };
    for (const each of both) await each["chat.message"]?.({ sessionID: "A" }, output);
    expect(asked().map((hook) => hook["event"])).toEqual(["session.created", "chat.message"]);
    expect(output.parts).toHaveLength(2);
    const again = { message: { id: "msg_2" }, parts: [] };
    for (const each of both) await each["chat.message"]?.({ sessionID: "A" }, again);
    expect(asked()).toHaveLength(3);
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
