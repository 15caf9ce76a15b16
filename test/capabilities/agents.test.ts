/** The tools over other sessions, against a port that keeps what it was asked: what a model is told, and what it is not. */
import { describe, expect, test } from "vitest";
import { agents } from "../../src/capabilities/agents/capability.ts";
import type { ChildSession } from "../../src/core/child-sessions.ts";
import type { Sessions, ToolPorts } from "../../src/core/ports/tools.ts";
import { noStorage } from "./no-storage.ts";

const nothing = {
  parentId: null,
  agent: "agt_1",
  title: null,
  needs: [],
  text: "",
  usage: null,
  lastEventSeq: 9,
} as const;

const child = (sessionId: string, more: Partial<ChildSession> = {}): ChildSession => ({
  ...nothing,
  sessionId,
  status: "completed",
  isAtRest: true,
  ...more,
});

const running = (sessionId: string) => child(sessionId, { status: "running", isAtRest: false });

function open(given: Partial<Sessions> = {}, config: unknown = {}) {
  const asked: unknown[] = [];
  const no = () => Promise.resolve({ ok: false, reason: "Not now" } as const);
  const sessions: Sessions = {
    maxWaitMs: 60_000,
    start: (order) => (asked.push(order), no()),
    send: (order) => (asked.push(order), no()),
    look: (ids) => (asked.push(ids), no()),
    cancel: (id) => (asked.push(id), no()),
    list: () => Promise.resolve([]),
    ...given,
  };
  const tools = agents.tools(config);
  const run = (name: string, args: unknown = {}, port: Sessions | null = sessions) => {
    const tool = tools.find(({ definition }) => definition.name === name);
    if (tool === undefined) throw new Error(`There is no tool ${name}`);
    // Only the port to other sessions is used by these tools.
    const bare = { ...noStorage, ...(port === null ? {} : { sessions: port }) } as unknown as ToolPorts;
    return tool.run(args, { callId: "call_7", ports: bare, signal: new AbortController().signal });
  };
  return { asked, run, tools };
}

const textOf = (result: Awaited<ReturnType<ReturnType<typeof open>["run"]>>) => JSON.stringify(result.content);

describe("await_session", () => {
  test("A5: tells at once of those that have come to rest", async () => {
    const look = () => Promise.resolve({ ok: true, value: [child("ses_1", { text: "42" })] } as const);
    const result = await open({ look }).run("await_session", { session_id: "ses_1" });
    expect(result.awaits).toBeUndefined();
    expect(textOf(result)).toContain("42");
  });

  test("A5: waits for all of them when one still runs", async () => {
    const look = () => Promise.resolve({ ok: true, value: [child("ses_1"), running("ses_2")] } as const);
    const result = await open({ look }).run("await_session", { session_ids: ["ses_1", "ses_2"] });
    expect(result).toEqual({
      status: "success",
      content: [],
      awaits: { sessionIds: ["ses_1", "ses_2"], timeoutMs: 60_000 },
    });
  });

  test("waits for those that still run when none is named", async () => {
    const list = () => Promise.resolve([child("ses_1"), running("ses_2")]);
    expect((await open({ list }).run("await_session")).awaits?.sessionIds).toEqual(["ses_2"]);
    const rested = await open({ list: () => Promise.resolve([child("ses_1")]) }).run("await_session");
    expect(textOf(rested)).toContain("ses_1");
    expect(await open().run("await_session")).toMatchObject({
      status: "error",
      error: expect.stringContaining("start_session"),
    });
  });

  test("waits no longer than is asked for, nor than is allowed", async () => {
    const look = () => Promise.resolve({ ok: true, value: [running("ses_1")] } as const);
    const waitOf = async (timeout: number) =>
      (await open({ look }).run("await_session", { session_id: "ses_1", timeout })).awaits?.timeoutMs;
    expect(await waitOf(1.5)).toBe(1_500);
    expect(await waitOf(1e9)).toBe(60_000);
  });

  test("names each session once", async () => {
    const { asked, run } = open();
    await run("await_session", { session_id: "ses_1", session_ids: ["ses_1", "ses_2"] });
    expect(asked).toEqual([["ses_1", "ses_2"]]);
  });
});

describe("start_session and send_message", () => {
  test("T4: carry the call they come from, so that it is done once", async () => {
    const { asked, run } = open({}, { agents: ["helper"] });
    await run("start_session", { agent: "helper", prompt: "Do it", title: "It" });
    await run("send_message", { session_id: "ses_1", text: "More" });
    expect(asked).toEqual([
      { callId: "call_7", agent: "helper", text: "Do it", title: "It", allowed: ["helper"] },
      { callId: "call_7", sessionId: "ses_1", text: "More" },
    ]);
  });

  test("T4: are safe to be run again, all of them", () => {
    const { tools } = open();
    expect(tools.map(({ definition }) => [definition.name, definition.hints.isRepeatable])).toEqual([
      ["start_session", true],
      ["send_message", true],
      ["await_session", true],
      ["cancel_session", true],
      ["list_sessions", true],
    ]);
  });

  test("say which agents there are, when they are named", () => {
    const [start] = open({}, { agents: ["one", "two"] }).tools;
    expect(start?.definition.description).toContain("one, two");
    expect(open().tools[0]?.definition.description).not.toContain("Agents that can be started");
  });
});

test("what is refused is told as a sentence", async () => {
  const { run } = open();
  for (const [name, args] of [
    ["start_session", { agent: "a", prompt: "p" }],
    ["send_message", { session_id: "s", text: "t" }],
    ["await_session", { session_id: "s" }],
    ["cancel_session", { session_id: "s" }],
  ] as const) {
    expect(await run(name, args)).toMatchObject({ status: "error", error: expect.stringContaining("Not now") });
  }
});

test("where sessions can start no others, every tool says so", async () => {
  const { run, tools } = open();
  for (const { definition } of tools) {
    const args = { agent: "a", prompt: "p", session_id: "s", text: "t" };
    expect((await run(definition.name, args, null)).error).toContain("No other sessions");
  }
});

test("list_sessions shows the beginning of what each said", async () => {
  const list = () => Promise.resolve([child("ses_1", { text: "x".repeat(1_000) })]);
  const text = textOf(await open({ list }).run("list_sessions"));
  expect(text).toContain("x".repeat(200));
  expect(text).not.toContain("x".repeat(201));
});

test.each([{ agents: "a" }, { agents: [""] }, { agent: ["a"] }])("refuses the configuration %j", (config) => {
  expect(agents.checkConfig(config).ok).toBe(false);
});
