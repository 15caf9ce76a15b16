import { generateText, Output, type LanguageModel } from "ai";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { prompt, SDK_PATHS, TOOLS } from "./sdk-paths.ts";
import { openModelServer, type ModelServer, type Step } from "./server.ts";

let server: ModelServer;

beforeAll(async () => {
  server = await openModelServer();
});

afterAll(async () => {
  await server[Symbol.asyncDispose]();
});

function ask(model: LanguageModel, steps: readonly Step[]): ReturnType<typeof generateText<typeof TOOLS>> {
  return generateText({ model, messages: [prompt(steps)], tools: TOOLS, maxRetries: 0 });
}

const route = z.object({ reasoning: z.string(), model_choice: z.enum(["flash", "pro"]), isSure: z.boolean() });

describe.each(SDK_PATHS)("the AI SDK without a stream over $name", (path) => {
  it("gets thinking, text and calls in one body", async () => {
    const usage = { input: 40, output: 9, reasoning: 2 };
    const tools = [{ name: "read_file", input: { path: "a" } }];
    const result = await ask(path.open(server.url), [{ thinking: "hm, hm", text: "Reading", tools, usage }]);
    expect(result.text).toBe("Reading");
    expect(result.reasoningText).toBe(path.showsThinking ? "hm, hm" : undefined);
    expect(result.toolCalls).toMatchObject([{ toolName: "read_file", input: { path: "a" } }]);
    expect(result.finishReason).toBe("tool-calls");
    expect(result.usage).toMatchObject({ inputTokens: 40, outputTokens: 9 });
    expect(server.requests.at(-1)?.request?.stream).toBe(false);
  });

  it("gets an error for a body that is cut in the middle", async () => {
    await expect(ask(path.open(server.url), [{ text: "one two three", cutAfterChunks: 1 }])).rejects.toMatchObject({
      isRetryable: true,
    });
    expect(server.requests.at(-1)?.outcome).toBe("cut");
  });

  it("gets an instance of the schema it asks for, also when the script is about something else", async () => {
    const result = await generateText({
      model: path.open(server.url),
      messages: [prompt([{ text: "Not JSON at all" }])],
      output: Output.object({ schema: route }),
      maxRetries: 0,
    });
    expect(result.output).toEqual({ reasoning: "x", model_choice: "flash", isSure: false });
  });

  it("gets the scripted JSON where the script has some", async () => {
    const scripted = { reasoning: "it is hard", model_choice: "pro", isSure: true };
    const result = await generateText({
      model: path.open(server.url),
      messages: [prompt([{ text: JSON.stringify(scripted) }])],
      output: Output.object({ schema: route }),
      maxRetries: 0,
    });
    expect(result.output).toEqual(scripted);
  });
});
