/**
 * The peers of a hosted turn: the same model, the same tool, the same deltas, and nothing kept.
 *
 *   stream_text  the AI SDK's own loop, which is what a program without a server would use
 *   do_stream    the provider's package alone, which is what our harness calls: less than anybody runs
 */
import type { LanguageModelV4, LanguageModelV4Prompt } from "@ai-sdk/provider";
import { isStepCount, jsonSchema, streamText, tool } from "ai";
import { getCurrentTime } from "../../src/capabilities/current-time/get-current-time.ts";
import type { ToolContext } from "../../src/core/ports/tools.ts";
import { verify } from "../bench.ts";
import { DELTAS, LAST_TEXT, scriptOf } from "./script.ts";

const { definition } = getCurrentTime;

// The tool asks for the time and for nothing else.
const context = { ports: { now: () => Date.now() }, signal: new AbortController().signal } as unknown as ToolContext;

function runTool(input: unknown) {
  return getCurrentTime.run(input, context);
}

export async function streamTextTurn(model: LanguageModelV4, steps: number): Promise<void> {
  const clock = tool({
    description: definition.description,
    inputSchema: jsonSchema(definition.parameters),
    execute: runTool,
  });
  const { stream } = streamText({
    model,
    messages: [{ role: "user", content: scriptOf(steps) }],
    tools: { [definition.name]: clock },
    stopWhen: isStepCount(steps + 1),
  });
  let deltas = 0;
  let text = "";
  for await (const part of stream) {
    if (part.type === "text-start") text = "";
    if (part.type !== "text-delta") continue;
    deltas++;
    text += part.text;
  }
  check(text, deltas, steps);
}

export async function doStreamTurn(model: LanguageModelV4, steps: number): Promise<void> {
  const { name, description, parameters: inputSchema } = definition;
  const tools = [{ type: "function" as const, name, description, inputSchema }];
  const prompt: LanguageModelV4Prompt = [{ role: "user", content: [{ type: "text", text: scriptOf(steps) }] }];
  let deltas = 0;
  for (;;) {
    const { stream } = await model.doStream({ prompt, tools });
    let text = "";
    const calls: { readonly toolCallId: string; readonly input: unknown }[] = [];
    for await (const part of stream) {
      if (part.type === "tool-call") calls.push({ toolCallId: part.toolCallId, input: JSON.parse(part.input) });
      if (part.type !== "text-delta") continue;
      deltas++;
      text += part.delta;
    }
    if (calls.length === 0) return check(text, deltas, steps);
    const parts = calls.map((call) => ({ type: "tool-call" as const, toolName: name, ...call }));
    prompt.push({ role: "assistant", content: [{ type: "text", text }, ...parts] });
    for (const { toolCallId, input } of calls) {
      const value = JSON.stringify((await runTool(input)).content);
      const result = {
        type: "tool-result" as const,
        toolCallId,
        toolName: name,
        output: { type: "text" as const, value },
      };
      prompt.push({ role: "tool", content: [result] });
    }
  }
}

function check(text: string, deltas: number, steps: number): void {
  verify(text === LAST_TEXT, `the bare turn ended with "${text}"`);
  verify(deltas === DELTAS * (steps + 1), `the bare turn had ${deltas} deltas`);
}
