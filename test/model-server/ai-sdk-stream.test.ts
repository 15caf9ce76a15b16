import type { ModelMessage } from "ai";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { partsOfType, prompt, runStep, SDK_PATHS, textDeltas } from "./sdk-paths.ts";
import { fenced, openModelServer, type ModelServer } from "./server.ts";

let server: ModelServer;

beforeAll(async () => {
  server = await openModelServer();
});

afterAll(async () => {
  await server[Symbol.asyncDispose]();
});

const USAGE = { input: 100, output: 20, cacheRead: 30, cacheWrite: 10, reasoning: 5 };

describe.each(SDK_PATHS)("the AI SDK over $name", (path) => {
  it("gets the text in as many deltas as the script says", async () => {
    const run = await runStep(server, path, {
      messages: [prompt([{ text: "Grüße, 🐫 and all the others", chunks: 5 }])],
    });
    expect(textDeltas(run)).toHaveLength(5);
    expect(textDeltas(run).join("")).toBe("Grüße, 🐫 and all the others");
    expect(partsOfType(run, "finish-step")[0]).toMatchObject({ finishReason: "stop" });
    expect(run.thrown).toBeUndefined();
  });

  it("gets thinking before the text, where the SDK knows it on this wire", async () => {
    const run = await runStep(server, path, {
      messages: [prompt([{ thinking: "first this, then that", text: "Done" }])],
    });
    const thoughts = partsOfType(run, "reasoning-delta").map((part) => part.text);
    expect(thoughts.join("")).toBe(path.showsThinking ? "first this, then that" : "");
    expect(thoughts.length > 1).toBe(path.showsThinking);
    const types = run.parts.map((part) => part.type);
    expect(types.indexOf("reasoning-end")).toBeLessThan(types.indexOf("text-delta"));
    expect(textDeltas(run).join("")).toBe("Done");
  });

  it("gets the script's token counts, split alike on every wire", async () => {
    const run = await runStep(server, path, { messages: [prompt([{ thinking: "hm", text: "Done", usage: USAGE }])] });
    expect(partsOfType(run, "finish-step")[0]?.usage).toMatchObject({
      inputTokens: 100,
      outputTokens: 20,
      totalTokens: 120,
      inputTokenDetails: path.showsCacheWrites
        ? { noCacheTokens: 60, cacheReadTokens: 30, cacheWriteTokens: 10 }
        : { noCacheTokens: 70, cacheReadTokens: 30 },
      outputTokenDetails: { textTokens: 15, reasoningTokens: 5 },
    });
  });

  it("gets a tool call with its input", async () => {
    const script = prompt([{ tools: [{ name: "read_file", input: { path: "src/a.ts" } }] }]);
    const run = await runStep(server, path, { messages: [script] });
    const calls = partsOfType(run, "tool-call");
    expect(calls).toMatchObject([{ toolName: "read_file", input: { path: "src/a.ts" } }]);
    const written = partsOfType(run, "tool-input-delta").map((part) => part.delta);
    expect(JSON.parse(written.join(""))).toEqual({ path: "src/a.ts" });
    expect(textDeltas(run)).toEqual([]);
    expect(partsOfType(run, "finish-step")[0]).toMatchObject({ finishReason: "tool-calls" });
  });

  it("gets two parallel calls and goes on to the next step after their results", async () => {
    const steps = [
      {
        thinking: "both at once",
        text: "Looking",
        tools: [
          { name: "read_file", input: { path: "a" } },
          { name: "list_directory", input: { path: "b" } },
        ],
      },
      { tools: [{ name: "read_file", input: { path: "c" } }] },
      { text: "All read" },
    ];
    const messages: ModelMessage[] = [prompt(steps)];
    const seen: string[][] = [];
    for (let turn = 0; turn < 4; turn += 1) {
      const run = await runStep(server, path, { messages });
      const calls = partsOfType(run, "tool-call");
      seen.push(calls.length === 0 ? [textDeltas(run).join("")] : calls.map((call) => call.toolName));
      messages.push(...(await run.responseMessages()));
      if (calls.length === 0) {
        messages.push({ role: "user", content: "And now?" });
        continue;
      }
      expect(new Set(calls.map((call) => call.toolCallId)).size).toBe(calls.length);
      messages.push({
        role: "tool",
        content: calls.map(({ toolCallId, toolName }) => ({
          type: "tool-result" as const,
          toolCallId,
          toolName,
          output: { type: "text" as const, value: `result of ${toolName}` },
        })),
      });
    }
    expect(seen).toEqual([["read_file", "list_directory"], ["read_file"], ["All read"], ["done"]]);
    const results = server.requests
      .at(-1)
      ?.request?.messages.flatMap((message) =>
        message.parts.flatMap((part) => (part.kind === "tool-result" ? [part.output] : [])),
      );
    expect(results).toEqual(["result of read_file", "result of list_directory", "result of read_file"]);
  });

  it("tells a tool that was never offered and arguments that do not fit the schema as invalid calls", async () => {
    const tools = [
      { name: "drop_database", input: {}, unlisted: true },
      { name: "read_file", input: { path: 3 } },
    ];
    const run = await runStep(server, path, { messages: [prompt([{ tools }])] });
    const calls = partsOfType(run, "tool-call");
    expect(calls).toMatchObject([
      { toolName: "drop_database", invalid: true, error: { name: "AI_NoSuchToolError" } },
      { toolName: "read_file", invalid: true, error: { name: "AI_InvalidToolInputError" } },
    ]);
  });

  it("tells arguments that are not JSON as an invalid call; Gemini, which parses them itself, ends the step instead", async () => {
    const tools = [{ name: "read_file", rawInput: '{"path": ' }];
    const run = await runStep(server, path, { messages: [prompt([{ tools }])] });
    const calls = partsOfType(run, "tool-call");
    if (path.protocol === "gemini") {
      expect(calls).toEqual([]);
      expect(partsOfType(run, "finish-step")[0]).toMatchObject({ rawFinishReason: "MALFORMED_FUNCTION_CALL" });
    } else {
      expect(calls).toMatchObject([{ invalid: true, input: '{"path": ' }]);
    }
  });

  it("sees why a step ended early", async () => {
    const length = await runStep(server, path, { messages: [prompt([{ text: "half a sen", stop: "length" }])] });
    const filter = await runStep(server, path, { messages: [prompt([{ text: "", stop: "filter" }])] });
    expect(partsOfType(length, "finish-step")[0]).toMatchObject({ finishReason: "length" });
    expect(partsOfType(filter, "finish-step")[0]).toMatchObject({ finishReason: "content-filter" });
  });

  it("sees a slow stream as it comes, not at its end", async () => {
    const arrivals: number[] = [];
    const run = await runStep(server, path, {
      messages: [prompt([{ text: "one two three four", chunks: 4, delayMs: 30, chunkDelayMs: 40 }])],
      onPart: (part) => {
        if (part.type === "text-delta") arrivals.push(performance.now());
      },
    });
    expect(textDeltas(run)).toHaveLength(4);
    // Three pauses of 40 ms; timers may fire a millisecond early.
    expect((arrivals.at(-1) ?? 0) - (arrivals[0] ?? 0)).toBeGreaterThan(100);
  });

  it("plays a script from the system prompt over the whole conversation", async () => {
    const instructions = `Be brief.\n${fenced([{ text: "first" }, { text: "second" }])}`;
    const messages: ModelMessage[] = [{ role: "user", content: "One" }];
    const first = await runStep(server, path, { instructions, messages });
    messages.push(...(await first.responseMessages()), { role: "user", content: "Two" });
    const second = await runStep(server, path, { instructions, messages });
    expect([first, second].map((run) => textDeltas(run).join(""))).toEqual(["first", "second"]);
  });

  it("reaches the server with its key, instructions and tools", async () => {
    await runStep(server, path, { instructions: "Be brief.", messages: [prompt([{ text: "ok" }])] });
    const request = server.requests.at(-1)?.request;
    expect(request).toMatchObject({
      protocol: path.protocol,
      apiKey: "test-key",
      system: "Be brief.",
      stream: true,
      tools: [{ name: "read_file" }, { name: "list_directory" }],
    });
    expect(request?.tools[0]?.schema).toMatchObject({ properties: { path: {} }, required: ["path"] });
  });
});
