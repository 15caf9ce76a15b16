/** What a turn's controls and a model's limits come to in a request, vendor by vendor. */
import type {
  LanguageModelV4CallOptions,
  LanguageModelV4FunctionTool,
  SharedV4ProviderOptions,
} from "@ai-sdk/provider";
import type { TurnInput } from "../../core/ports/harness.ts";

export type CallSettings = Omit<LanguageModelV4CallOptions, "prompt" | "abortSignal">;

const MIN_OUTPUT_TOKENS = 1_024;

/**
 * Anthropic must be told a limit and refuses one that does not fit beside the prompt; for the others the vendor's own
 * is right unless somebody asked for less.
 */
function outputTokens({ controls, model }: TurnInput, promptTokens: number): number | undefined {
  const asked = controls.max_tokens === undefined ? undefined : Math.min(controls.max_tokens, model.maxOutputTokens);
  if (model.providerType !== "anthropic") return asked;
  const room = Math.max(MIN_OUTPUT_TOKENS, model.contextTokens - promptTokens);
  return asked ?? Math.min(model.maxOutputTokens, room);
}

function providerOptions({ sessionId, model, controls }: TurnInput): SharedV4ProviderOptions {
  const isThinking = controls.reasoning?.effort !== undefined && controls.reasoning.effort !== "none";
  switch (model.providerType) {
    // Nothing is kept at the vendor: the log has the conversation, and reasoning comes back to us encrypted.
    case "openai":
      return { openai: { store: false, promptCacheKey: sessionId } };
    case "openai_completions":
      return { openai: { promptCacheKey: sessionId } };
    case "gemini":
      return isThinking ? { google: { thinkingConfig: { includeThoughts: true } } } : {};
    default:
      return {};
  }
}

function toolOf({
  name,
  description,
  parameters,
}: TurnInput["tools"]["definitions"][number]): LanguageModelV4FunctionTool {
  return { type: "function", name, description, inputSchema: parameters };
}

/** @param promptTokens an estimate of what the prompt takes of the context */
export function callSettings(input: TurnInput, promptTokens: number): CallSettings {
  const { controls, tools } = input;
  const maxOutputTokens = outputTokens(input, promptTokens);
  const effort = controls.reasoning?.effort;
  return {
    ...(maxOutputTokens === undefined ? {} : { maxOutputTokens }),
    ...(controls.temperature === undefined ? {} : { temperature: controls.temperature }),
    ...(effort === undefined ? {} : { reasoning: effort }),
    ...(tools.definitions.length === 0
      ? {}
      : { tools: tools.definitions.map(toolOf), toolChoice: { type: "auto" as const } }),
    providerOptions: providerOptions(input),
  };
}
