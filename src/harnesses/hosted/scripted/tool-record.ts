/** What the tools have been asked and have answered since the user last spoke, read from a prompt. */
import type { LanguageModelV4Prompt, LanguageModelV4ToolResultPart } from "@ai-sdk/provider";
import { messageText } from "./script.ts";

export interface ToolUse {
  readonly name: string;
  readonly input: Readonly<Record<string, unknown>>;
  readonly output: string;
  readonly isError: boolean;
}

export interface Request {
  readonly text: string;
  readonly uses: readonly ToolUse[];
}

function outputOf({ output }: LanguageModelV4ToolResultPart): Pick<ToolUse, "output" | "isError"> {
  switch (output.type) {
    case "text":
      return { output: output.value, isError: false };
    case "error-text":
      return { output: output.value, isError: true };
    case "content":
      return { output: output.value.map((part) => (part.type === "text" ? part.text : "")).join("\n"), isError: false };
    default:
      return { output: JSON.stringify(output), isError: output.type !== "json" };
  }
}

function inputsOf(prompt: LanguageModelV4Prompt): ReadonlyMap<string, Readonly<Record<string, unknown>>> {
  const calls = prompt.flatMap((message) => (message.role === "assistant" ? message.content : []));
  return new Map(
    calls.flatMap((part) => {
      if (part.type !== "tool-call" || typeof part.input !== "object" || part.input === null) return [];
      return [[part.toolCallId, { ...part.input }] as const];
    }),
  );
}

export function readRequest(prompt: LanguageModelV4Prompt): Request | undefined {
  const at = prompt.findLastIndex(({ role }) => role === "user");
  const asked = prompt[at];
  if (asked === undefined) return undefined;
  const inputs = inputsOf(prompt);
  const results = prompt.slice(at + 1).flatMap((message) => (message.role === "tool" ? message.content : []));
  const uses = results.flatMap((part): ToolUse[] => {
    if (part.type !== "tool-result") return [];
    return [{ name: part.toolName, input: inputs.get(part.toolCallId) ?? {}, ...outputOf(part) }];
  });
  return { text: messageText(asked), uses };
}
