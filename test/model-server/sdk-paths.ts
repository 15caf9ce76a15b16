// The five ways the AI SDK reaches a model, each on the scripted server, and one way to run a step and keep what came out.
// What differs between the paths stands here as data, so that a test can be one table.
import { createAnthropic } from "@ai-sdk/anthropic";
import { createGoogle } from "@ai-sdk/google";
import { createOpenAI } from "@ai-sdk/openai";
import { createOpenAICompatible } from "@ai-sdk/openai-compatible";
import { streamText, type LanguageModel, type ModelMessage, type TextStreamPart, type ToolSet } from "ai";
import { z } from "zod";
import type { ProtocolName } from "./exchange.ts";
import { fenced, type ModelServer, type Step } from "./server.ts";

export interface SdkPath {
  readonly name: string;
  readonly protocol: ProtocolName;
  readonly open: (url: string) => LanguageModel;
  /** `@ai-sdk/openai` drops `reasoning_content` of chat completions. */
  readonly showsThinking: boolean;
  readonly showsCacheWrites: boolean;
  /** Gemini tells its wait in the body (RetryInfo), which the SDK does not read: it backs off by its own 2 s. */
  readonly tellsRetryAfter: boolean;
  /** The status this vendor says "overloaded" with. */
  readonly overloaded: number;
  /** Whether the SDK knows that an overload told inside a stream may be tried again. */
  readonly knowsStreamErrors: boolean;
}

const apiKey = "test-key";

export const SDK_PATHS: readonly SdkPath[] = [
  {
    name: "anthropic",
    protocol: "anthropic",
    open: (url) => createAnthropic({ baseURL: `${url}/v1`, apiKey })("claude-sonnet-4-5"),
    showsThinking: true,
    showsCacheWrites: true,
    tellsRetryAfter: true,
    overloaded: 529,
    knowsStreamErrors: true,
  },
  {
    name: "openai responses",
    protocol: "openai-responses",
    open: (url) => createOpenAI({ baseURL: `${url}/v1`, apiKey }).responses("gpt-5.5"),
    showsThinking: true,
    showsCacheWrites: true,
    tellsRetryAfter: true,
    overloaded: 503,
    knowsStreamErrors: true,
  },
  {
    name: "openai chat",
    protocol: "openai-chat",
    open: (url) => createOpenAI({ baseURL: `${url}/v1`, apiKey }).chat("gpt-4.1"),
    showsThinking: false,
    showsCacheWrites: true,
    tellsRetryAfter: true,
    overloaded: 503,
    knowsStreamErrors: true,
  },
  {
    name: "google",
    protocol: "gemini",
    open: (url) => createGoogle({ baseURL: `${url}/v1beta`, apiKey })("gemini-2.5-flash"),
    showsThinking: true,
    showsCacheWrites: false,
    tellsRetryAfter: false,
    overloaded: 503,
    knowsStreamErrors: true,
  },
  {
    name: "openai compatible",
    protocol: "openai-chat",
    open: (url) =>
      createOpenAICompatible({
        name: "local",
        baseURL: `${url}/v1`,
        apiKey,
        includeUsage: true,
        supportsStructuredOutputs: true,
      })("llama"),
    showsThinking: true,
    showsCacheWrites: false,
    tellsRetryAfter: true,
    overloaded: 503,
    knowsStreamErrors: false,
  },
];

// Without execute, as the hosted harness gives them: every step is the caller's to commit. Plain objects, because what
// `tool()` makes of a zod schema does not fit ToolSet under exactOptionalPropertyTypes.
export const TOOLS = {
  read_file: { description: "Reads a file", inputSchema: z.object({ path: z.string() }) },
  list_directory: { description: "Lists a directory", inputSchema: z.object({ path: z.string() }) },
} satisfies ToolSet;

export type SdkPart = TextStreamPart<typeof TOOLS>;

export interface Run {
  readonly parts: readonly SdkPart[];
  /** What the iteration of the stream threw, if it did. */
  readonly thrown: unknown;
  readonly messages: readonly ModelMessage[];
  readonly responseMessages: () => PromiseLike<readonly ModelMessage[]>;
}

export interface RunOptions {
  readonly instructions?: string;
  readonly messages?: readonly ModelMessage[];
  readonly maxRetries?: number;
  readonly abortSignal?: AbortSignal;
  readonly onPart?: (part: SdkPart) => void;
}

/** The prompt that holds a script. */
export function prompt(steps: readonly Step[], words = "Do it"): ModelMessage {
  return { role: "user", content: `${words}\n${fenced(steps)}` };
}

export async function runStep(server: ModelServer, path: SdkPath, options: RunOptions): Promise<Run> {
  const { instructions, messages = [], maxRetries = 0, abortSignal, onPart } = options;
  const result = streamText({
    model: path.open(server.url),
    messages: [...messages],
    tools: TOOLS,
    maxRetries,
    ...(instructions === undefined ? {} : { instructions }),
    ...(abortSignal === undefined ? {} : { abortSignal }),
    // The default prints every error.
    onError: () => undefined,
  });
  const parts: SdkPart[] = [];
  let thrown: unknown;
  try {
    for await (const part of result.stream) {
      parts.push(part);
      onPart?.(part);
    }
  } catch (error) {
    thrown = error;
  }
  return { parts, thrown, messages, responseMessages: () => result.responseMessages };
}

export function partsOfType<T extends SdkPart["type"]>(run: Run, type: T): Extract<SdkPart, { type: T }>[] {
  return run.parts.filter((part): part is Extract<SdkPart, { type: T }> => part.type === type);
}

export function textDeltas(run: Run): string[] {
  return partsOfType(run, "text-delta").map((part) => part.text);
}
