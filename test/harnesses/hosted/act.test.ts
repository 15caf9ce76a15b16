import { describe, expect, it } from "vitest";
import type { Hint } from "../../../src/core/ports/harness.ts";
import { fenced } from "../../model-server/server.ts";
import { drive, Log, scripted } from "./drive.ts";
import { beginScript, resultTexts } from "./scripts.ts";
import { makeTools } from "./tools.ts";

const MIB = 1024 * 1024;
/** Scripts that are longer than a message may be stand in the system prompt. */
const roomy = { ...scripted, contextTokens: 100 * MIB };

describe("calls of one answer", () => {
  it("of one class run one after the other, each after the result before it is committed", async () => {
    const log = beginScript([{ tools: [{ name: "a" }, { name: "b" }, { name: "free" }] }, { text: "done" }]);
    const committed: string[][] = [];
    const seen = () => (committed.push(log.all("tool.completed").map(({ data }) => data.tool_name)), "ok");
    const { toolSet, trace } = makeTools({
      a: { run: seen, concurrencyClass: "files" },
      b: { run: seen, concurrencyClass: "files" },
      free: {},
    });
    await drive(log, { tools: toolSet });
    expect(trace.indexOf("begin b")).toBeGreaterThan(trace.indexOf("end a"));
    expect(trace.indexOf("begin free")).toBeLessThan(trace.indexOf("begin b"));
    expect(committed).toEqual([[], expect.arrayContaining(["a"])]);
  });

  it("that end at different times are said as they end, the last with the next step", async () => {
    const log = beginScript([{ tools: [{ name: "slow" }, { name: "fast" }] }, { text: "done" }]);
    const { toolSet } = makeTools({
      slow: {
        run: async () => {
          while (log.all("tool.completed").length === 0) await new Promise(setImmediate);
          return "at last";
        },
      },
      fast: {},
    });
    const { commits } = await drive(log, { tools: toolSet });
    expect(commits.slice(1, 3)).toEqual([
      ["tool.completed"],
      ["tool.completed", "act.completed", "reason.started", "output.message.started"],
    ]);
  });

  it("print while they run", async () => {
    const log = beginScript([{ tools: [{ name: "make" }] }, { text: "done" }]);
    const { toolSet } = makeTools({
      make: { run: (_, { print }) => (print("compiling\n"), print("\ud800 linking\n"), "built") },
    });
    const { hints } = await drive(log, { tools: toolSet });
    const output = hints.filter((hint): hint is Extract<Hint, { kind: "tool" }> => hint.kind === "tool");
    expect(output.map(({ toolName, stream, delta }) => [toolName, stream, delta])).toEqual([
      ["make", "stdout", "compiling\n"],
      ["make", "stdout", "\ufffd linking\n"],
    ]);
  });

  it("get ids of their own where a model uses one twice", async () => {
    const same = { tools: [{ name: "read" }, { name: "read" }] };
    const log = beginScript([same, same, { text: "done" }]);
    const { toolSet, calls } = makeTools({ read: {} });
    // A model that forgets what it has said counts its calls from the beginning again.
    await drive(log, { tools: toolSet });
    expect(new Set(calls.map(({ id }) => id)).size).toBe(4);
    expect(log.all("tool.completed")).toHaveLength(4);
  });
});

describe("what a tool cannot do goes back to the model (T5)", () => {
  it("its own error, and the turn goes on", async () => {
    const log = beginScript([{ tools: [{ name: "fail" }, { name: "work" }] }, { text: "I see" }]);
    const { toolSet } = makeTools({
      fail: { run: () => ({ status: "error", content: [], error: "No such file" }) },
      work: {},
    });
    await drive(log, { tools: toolSet });
    expect(log.all("tool.completed").find(({ data }) => !data.success)?.data).toMatchObject({
      status: "error",
      error: "No such file",
    });
    expect(log.last("act.completed")).toMatchObject({ success_count: 1, error_count: 1 });
    expect(log.last("turn.completed").stop_reason).toBe("end_turn");
  });

  it("a fault of the tool, without its words", async () => {
    const log = beginScript([{ tools: [{ name: "broken" }] }, { text: "I see" }]);
    const { toolSet } = makeTools({ broken: { run: () => Promise.reject(new Error("secret path /home/x")) } });
    const logged: string[] = [];
    await drive(log, { tools: toolSet, hosted: { log: (message) => void logged.push(message) } });
    expect(resultTexts(log)).toEqual(["The tool broken failed by a fault of its own"]);
    expect(logged).toContain("A tool broke its contract");
  });

  it("arguments that are no JSON object, without a run", async () => {
    const broken = ['{"path": "/a', "[1, 2]", "null"];
    const log = beginScript([{ tools: broken.map((rawInput) => ({ name: "read", rawInput })) }, { text: "Sorry" }]);
    const { toolSet, calls } = makeTools({ read: {} });
    await drive(log, { tools: toolSet });
    expect(calls).toEqual([]);
    expect(resultTexts(log)).toEqual(broken.map(() => expect.stringContaining("not a JSON object")));
    expect(log.last("turn.completed").stop_reason).toBe("end_turn");
  });

  it("no arguments at all are an empty object", async () => {
    const log = beginScript([{ tools: [{ name: "read", rawInput: "" }] }, { text: "Fine" }]);
    const { toolSet, calls } = makeTools({ read: {} });
    await drive(log, { tools: toolSet });
    expect(calls[0]?.arguments).toEqual({});
  });
});

describe("what is too long for an event (E4)", () => {
  it("is named by its length where a call is shown, and whole where it is run", async () => {
    const content = "x".repeat(20_000);
    const log = beginScript([{ tools: [{ name: "write", input: { content } }] }, { text: "done" }]);
    const { toolSet, calls } = makeTools({ write: {} });
    await drive(log, { tools: toolSet });
    expect(calls[0]?.arguments).toEqual({ content });
    expect(log.last("act.started").tool_calls[0]?.arguments).toEqual({ $omitted_bytes: 20_014 });
    expect(log.last("tool.started").tool_call.arguments).toEqual({ $omitted_bytes: 20_014 });
  });

  it("keeps act.started small for many calls of middling length", async () => {
    const tools = Array.from({ length: 40 }, () => ({ name: "write", input: { content: "y".repeat(4_000) } }));
    const log = beginScript([{ tools }, { text: "done" }]);
    const { toolSet, calls } = makeTools({ write: {} });
    await drive(log, { tools: toolSet });
    expect(calls).toHaveLength(40);
    expect(calls.every(({ arguments: input }) => JSON.stringify(input).length > 4_000)).toBe(true);
  });

  it("is not run when not even the message can hold its arguments, and the model is told to do it in parts", async () => {
    const log = Log.begin("Go");
    const instructions = fenced([
      {
        tools: [
          { name: "write", input: { content: "z".repeat(MIB) } },
          { name: "write", input: { content: "short" } },
        ],
      },
      { text: "In parts, then" },
    ]);
    const { toolSet, calls } = makeTools({ write: {} });
    await drive(log, { tools: toolSet, instructions, model: roomy });
    expect(calls.map(({ arguments: input }) => input)).toEqual([{ content: "short" }]);
    expect(resultTexts(log)).toContainEqual(expect.stringContaining("in several calls"));
    const [part] = log.all("output.message.completed")[0]?.data.message.content ?? [];
    expect(part).toMatchObject({ type: "tool_call", arguments: { $omitted_bytes: MIB + 14 } });
  });

  it.each(["long plain text ", "ünïcödé 🙂 ", '"quoted" \u0001\n'])("cuts text like %j with a note", async (piece) => {
    const log = Log.begin("Go");
    const instructions = fenced([{ text: piece.repeat(MIB / piece.length), chunks: 3 }]);
    await drive(log, { instructions, model: roomy });
    const [part] = log.last("output.message.completed").message.content;
    const text = part?.type === "text" ? part.text : "";
    expect(text).toContain("was cut off");
    expect(Buffer.byteLength(JSON.stringify(text))).toBeGreaterThan(200 * 1024);
  });

  it("gives up long thinking before it gives up the answer", async () => {
    const log = Log.begin("Go");
    const instructions = fenced([{ thinking: "hm ".repeat(200_000), text: "The answer ".repeat(10_000) }]);
    await drive(log, { instructions, model: roomy });
    const { message } = log.last("output.message.completed");
    expect(message.content).toEqual([{ type: "text", text: "The answer ".repeat(10_000) }]);
    expect(message.thinking?.length).toBeLessThan(20_000);
    expect(log.last("reason.thinking.completed").thinking.length).toBeGreaterThan(200_000);
  });

  it("survives a model that asks for a thousand calls at once", async () => {
    const log = Log.begin("Go");
    const instructions = fenced([
      { tools: Array.from({ length: 1_000 }, () => ({ name: "n".repeat(5_000) })) },
      { text: "done" },
    ]);
    const { toolSet } = makeTools({});
    await drive(log, { tools: toolSet, instructions, model: roomy });
    expect(log.all("tool.completed")).toHaveLength(256);
    expect(log.last("turn.completed").stop_reason).toBe("end_turn");
  });
});
