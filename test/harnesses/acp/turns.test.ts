/** What an agent says becomes the events of a turn, in the order of E5. */
import { readFile } from "node:fs/promises";
import { describe, expect, it, onTestFinished } from "vitest";
import { shown } from "../hosted/drive.ts";
import { openWorld } from "./world.ts";

async function world(options: Parameters<typeof openWorld>[0] = {}) {
  const opened = await openWorld(options);
  onTestFinished(() => opened[Symbol.asyncDispose]());
  return opened;
}

describe("a turn of a spawned agent", () => {
  it("E5: streams text and ends with the message whole", async () => {
    const session = await (await world()).session();
    const driven = await session.turn([{ think: "Hm. " }, { think: "Yes." }, { say: "Hello there", chunks: 4 }]);
    expect(session.log.types).toEqual([
      ...["input.message", "turn.started", "session.activated", "reason.started", "output.message.started"],
      ...["process.started", "reason.thinking.completed", "llm.generation", "output.message.completed"],
      ...["reason.completed", "turn.completed", "session.idled"],
    ]);
    expect(shown(driven.hints)).toBe("Hello there");
    expect(shown(driven.hints, "thinking")).toBe("Hm. Yes.");
    expect(session.lastText).toBe("Hello there");
    expect(session.log.last("turn.completed")).toMatchObject({ stop_reason: "end_turn", iterations: 1 });
    expect(session.log.last("process.started")).toMatchObject({ version: "1.2.3", isolation: "none", resumed: false });
  });

  it("keeps the program between turns", async () => {
    const session = await (await world()).session();
    await session.turn("one");
    await session.turn("two");
    expect(session.lastText).toBe("You said: two");
    expect(session.log.all("process.started")).toHaveLength(1);
  });

  it("E5: makes acts of tool calls, with diffs and places", async () => {
    const session = await (await world()).session();
    const path = `${session.spawned.folder}/a.txt`;
    const call = { toolCallId: "t1", title: "Write a.txt", kind: "edit" as const, status: "pending" as const };
    const diff = { type: "diff" as const, path, oldText: "one\ntwo\n", newText: "one\n2\n" };
    await session.turn([
      { say: "I write." },
      { update: { sessionUpdate: "tool_call", ...call, rawInput: { path: "a.txt" }, locations: [{ path, line: 2 }] } },
      { update: { sessionUpdate: "tool_call_update", toolCallId: "t1", status: "in_progress" } },
      { write: { path: "a.txt", text: "one\n2\n" } },
      { update: { sessionUpdate: "tool_call_update", toolCallId: "t1", status: "completed", content: [diff] } },
      { say: "Done." },
    ]);
    expect(session.log.types.slice(5)).toEqual([
      ...["process.started", "output.message.completed", "reason.completed", "act.started", "tool.started"],
      ...["tool.completed", "act.completed", "reason.started", "output.message.started"],
      ...["llm.generation", "output.message.completed", "reason.completed", "turn.completed", "session.idled"],
    ]);
    const [started] = session.log.all("tool.started");
    expect(started?.data).toEqual({
      display_name: "Write a.txt",
      tool_call: { id: "t1", name: "edit", arguments: { path: "a.txt", locations: [{ path: "a.txt", line: 2 }] } },
    });
    const [completed] = session.log.all("tool.completed");
    const text = "--- a/a.txt\n+++ b/a.txt\n@@ -1,2 +1,2 @@\n one\n-two\n+2";
    expect(completed?.data).toMatchObject({ tool_name: "edit", success: true, result: [{ type: "text", text }] });
    expect(session.log.last("act.completed")).toMatchObject({ success_count: 1, error_count: 0 });
    expect(session.log.last("turn.completed")).toMatchObject({ iterations: 2, tool_call_count: 1 });
  });

  it("lets calls join the act that is open, and closes it with the last of them", async () => {
    const session = await (await world()).session();
    const call = (toolCallId: string) => ({
      update: { sessionUpdate: "tool_call" as const, toolCallId, title: toolCallId, status: "in_progress" as const },
    });
    const done = (toolCallId: string, status: string) => ({ sessionUpdate: "tool_call_update", toolCallId, status });
    await session.turn([
      call("a"),
      call("b"),
      { say: "Meanwhile." },
      call("c"),
      { update: done("b", "failed") },
      { update: done("a", "completed") },
      { update: done("c", "completed") },
    ]);
    expect(session.log.all("act.started").map(({ data }) => data.tool_calls.map(({ id }) => id))).toEqual([
      ["a"],
      ["b"],
      ["c"],
    ]);
    expect(session.log.all("act.completed").map(({ data }) => data)).toMatchObject([
      { success_count: 2, error_count: 1 },
    ]);
    expect(session.log.last("turn.completed").tool_call_count).toBe(3);
    expect(session.log.state.turn).toBeNull();
  });

  it("T7: says a call once its arguments are known, so that calls can be told apart", async () => {
    const session = await (await world()).session();
    const call = { sessionUpdate: "tool_call" as const, title: "Preparing…", kind: "execute" as const };
    const steps = Array.from({ length: 6 }, (_, index) => {
      const toolCallId = `t${index}`;
      const done = { sessionUpdate: "tool_call_update", toolCallId, rawInput: { command: `mkdir ${index}` } };
      return [
        { update: { ...call, toolCallId, rawInput: {} } },
        { update: done },
        { update: { ...done, status: "completed" } },
      ];
    });
    await session.turn([...steps.flat(), { update: { ...call, toolCallId: "never", rawInput: {} } }]);
    const [first] = session.log.all("act.started");
    expect(first?.data.tool_calls).toEqual([{ id: "t0", name: "execute", arguments: { command: "mkdir 0" } }]);
    expect(session.log.all("tool.completed")).toHaveLength(6);
    expect(session.log.types).not.toContain("turn.failed");
  });

  it("gives a call a new id when the agent uses one twice", async () => {
    const session = await (await world()).session();
    const call = {
      sessionUpdate: "tool_call" as const,
      toolCallId: "call_0",
      title: "Look",
      status: "completed" as const,
    };
    await session.turn([{ update: call }]);
    await session.turn([{ update: call }]);
    expect(session.log.all("tool.completed").map(({ data }) => data.tool_call_id)).toEqual(["call_0", "call_0-2"]);
  });

  it("closes calls that the agent leaves open, as errors", async () => {
    const session = await (await world()).session();
    await session.turn([
      { update: { sessionUpdate: "tool_call", toolCallId: "x", title: "X", status: "in_progress" } },
    ]);
    expect(session.log.last("tool.completed")).toMatchObject({
      status: "error",
      error: "The agent did not say how this ended",
    });
    expect(session.log.last("turn.completed").stop_reason).toBe("end_turn");
  });

  it("says plans, each once", async () => {
    const session = await (await world()).session();
    const entries = [{ content: "Look", priority: "high" as const, status: "pending" as const }];
    await session.turn([{ plan: entries }, { plan: entries }, { plan: [{ ...entries[0]!, status: "completed" }] }]);
    expect(session.log.all("plan.updated").map(({ data }) => data.entries[0]?.status)).toEqual([
      "pending",
      "completed",
    ]);
  });

  it("takes usage from wherever the agent says it", async () => {
    const session = await (await world()).session();
    const usage = { inputTokens: 10, outputTokens: 5, cachedReadTokens: 3, totalTokens: 18 };
    const cost = (amount: number) => ({
      update: { sessionUpdate: "usage_update" as const, used: 1, size: 2, cost: { amount, currency: "USD" } },
    });
    await session.turn([cost(0.5), { say: "a" }, { end: { usage } }]);
    await session.turn([cost(0.75), { say: "b" }]);
    const quota = { model_usage: [{ token_count: { input_tokens: 7, output_tokens: 2 } }] };
    await session.turn([{ say: "c" }, { end: { _meta: { quota } } }]);
    expect(session.log.all("llm.generation").map(({ data }) => data.metadata.usage)).toEqual([
      { input_tokens: 13, output_tokens: 5, cache_read_tokens: 3, cost_usd: 0.5 },
      { input_tokens: 0, output_tokens: 0, cost_usd: 0.25 },
      { input_tokens: 7, output_tokens: 2 },
    ]);
  });

  it("passes over what it does not know, empty pieces and words of other sessions", async () => {
    const session = await (await world()).session();
    await session.turn([
      { notify: "_auth/status_update", params: { x: 1 } },
      { update: { sessionUpdate: "invented_tomorrow" } },
      { say: "" },
      { update: { sessionUpdate: "tool_call_update", toolCallId: "" } },
      { raw: "not json at all" },
      { raw: '{"jsonrpc":"2.0","id":999,"result":{}}' },
      { say: "Still here" },
    ]);
    expect(session.lastText).toContain("Still here");
    expect(session.log.types).toContain("turn.completed");
  });

  it("survives a flood, and loses nothing of it", async () => {
    const session = await (await world()).session();
    const driven = await session.turn([{ flood: 20_000, bytes: 40 }]);
    const texts = session.log.all("output.message.completed").map(({ data }) => data.message.content);
    const whole = texts
      .flat()
      .map((part) => (part.type === "text" ? part.text : ""))
      .join("");
    expect(whole.length).toBe(800_000);
    expect(whole).toMatch(/^0 \.+1 /);
    expect(whole.endsWith("19999 ".padEnd(40, "."))).toBe(true);
    expect(driven.hints.length).toBeLessThan(20_000);
  });

  it("chooses mode and model where they are offered, and says so when a model is not", async () => {
    const { session: make } = await world();
    const session = await make(["--modes"], { harness: "codex", model: "large" });
    await session.turn([{ recall: true }]);
    expect(session.lastText).toMatch(/^user: mode read-only\|user: model large\|/);
    const other = await make(["--modes"], { model: "huge" });
    await other.turn("hello");
    expect(other.log.last("turn.failed")).toMatchObject({
      error_code: "agent_error",
      error: 'The agent does not offer the model "huge"; it offers small, large',
    });
    expect(await other.processes()).toEqual([]);
  });

  it("has an agent ask before it writes whose first mode lets a model decide that", async () => {
    const session = await (await world()).session(["--modes", "--first-mode=auto"]);
    await session.turn([{ recall: true }]);
    expect(session.lastText).toMatch(/^user: mode default\|/);
  });

  it("passes MCP servers on", async () => {
    const { session: make } = await world();
    const mcpServers = [{ name: "serai", url: "http://127.0.0.1:1/mcp", headers: { authorization: "Bearer x" } }];
    const session = await make([], { mcpServers });
    await session.turn([{ recall: true }]);
    expect(session.lastText).toContain(
      JSON.stringify({ headers: [{ name: "authorization", value: "Bearer x" }], type: "http" }).slice(1, -1),
    );
  });

  it("gives the agent a home of its own and nothing of our environment", async () => {
    const { session: make } = await world({ environment: { ...process.env, SERAI_ADMIN_KEY: "hush" } });
    const session = await make();
    await session.turn([{ run: ["/bin/sh", "-c", "env > env.txt"], wait: true }]);
    const env = await readFile(`${session.spawned.folder}/env.txt`, "utf8");
    expect(env).toContain(`HOME=${session.spawned.stateFolder}/home`);
    expect(env).toContain(`TMPDIR=${session.spawned.stateFolder}/tmp`);
    expect(env).toContain(`SERAI_SESSION=${session.log.sessionId}`);
    expect(env).not.toContain("hush");
    expect(env).not.toContain("VITEST");
  });

  it("asks again for what was said while the agent worked", async () => {
    const session = await (await world()).session();
    const running = session.turn([{ say: "first" }, { waitMs: 300 }]);
    await session.until("process.started");
    session.log.say("and this too");
    await running;
    const texts = session.log.all("output.message.completed").map(({ data }) => data.message.content[0]);
    expect(texts).toEqual([
      { type: "text", text: "first" },
      { type: "text", text: "You said: and this too" },
    ]);
    expect(session.log.all("turn.completed")).toHaveLength(1);
  });
});
