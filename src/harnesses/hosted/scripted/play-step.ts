/** Plays one step as the stream of a model: deltas with their delays, calls, faults, the end. */
import type { LanguageModelV4FinishReason, LanguageModelV4StreamPart, LanguageModelV4Usage } from "@ai-sdk/provider";
import { sleep } from "../../../lib/deadline.ts";
import type { ScriptStep } from "./script.ts";

export interface Playing {
  readonly step: ScriptStep;
  /** Makes ids of calls differ between the answers of a conversation. */
  readonly turn: number;
  readonly promptLength: number;
  readonly signal: AbortSignal | undefined;
}

const MOST_CHUNKS = 8;
const CHARACTERS_PER_TOKEN = 4;

/** What a vendor's package throws for an answer that is an error, as far as anybody looks at it. */
export class ScriptedFault extends Error {
  override readonly name = "ScriptedFault";
  readonly statusCode: number;
  readonly responseHeaders: Readonly<Record<string, string>>;
  readonly data: unknown;

  constructor({ status = 500, errorCode, errorMessage, retryAfter, headers }: ScriptStep) {
    const message = errorMessage ?? `Scripted fault ${status}`;
    super(message);
    this.statusCode = status;
    this.responseHeaders = { ...headers, ...(retryAfter === undefined ? {} : { "retry-after": String(retryAfter) }) };
    this.data = { error: { message, code: errorCode } };
  }
}

/** Pieces of equal length, split at words where there is no number asked for; together the text. */
export function chunksOf(text: string, count: number | undefined): readonly string[] {
  if (text === "") return [];
  const units = count === undefined ? (text.match(/\s*\S+\s*/g) ?? [text]) : Array.from(text);
  const pieces = Math.min(count ?? MOST_CHUNKS, units.length);
  return Array.from({ length: pieces }, (_, index) => {
    const from = Math.floor((index * units.length) / pieces);
    return units.slice(from, Math.floor(((index + 1) * units.length) / pieces)).join("");
  });
}

function usageOf({ step, promptLength }: Playing): LanguageModelV4Usage {
  const said = `${step.text ?? ""}${step.thinking ?? ""}${JSON.stringify(step.tools ?? "")}`;
  const input = step.usage?.input ?? Math.ceil(promptLength / CHARACTERS_PER_TOKEN);
  const output = step.usage?.output ?? Math.ceil(said.length / CHARACTERS_PER_TOKEN);
  const { cacheRead = 0, cacheWrite = 0, reasoning } = step.usage ?? {};
  return {
    inputTokens: { total: input, noCache: input - cacheRead - cacheWrite, cacheRead, cacheWrite },
    outputTokens: { total: output, text: undefined, reasoning },
  };
}

function finishOf({ stop, tools }: ScriptStep): LanguageModelV4FinishReason {
  if (stop === "length") return { unified: "length", raw: "length" };
  if (stop === "filter") return { unified: "content-filter", raw: "filter" };
  return (tools?.length ?? 0) > 0 ? { unified: "tool-calls", raw: "tools" } : { unified: "stop", raw: "stop" };
}

function* deltasOf(kind: "text" | "reasoning", chunks: readonly string[]): Generator<LanguageModelV4StreamPart> {
  if (chunks.length === 0) return;
  const id = kind;
  yield { type: `${kind}-start`, id };
  for (const delta of chunks) yield { type: `${kind}-delta`, id, delta };
  yield { type: `${kind}-end`, id };
}

function* contentOf({ step, turn }: Playing): Generator<LanguageModelV4StreamPart> {
  yield* deltasOf("reasoning", chunksOf(step.thinking ?? "", undefined));
  yield* deltasOf("text", chunksOf(step.text ?? "", step.chunks));
  for (const [index, { name, input, rawInput }] of (step.tools ?? []).entries()) {
    const text = rawInput ?? JSON.stringify(input ?? {});
    yield { type: "tool-call", toolCallId: `call_${turn}_${index}`, toolName: name, input: text };
  }
}

function isDelta({ type }: LanguageModelV4StreamPart): boolean {
  return type === "text-delta" || type === "reasoning-delta" || type === "tool-call";
}

/** Contract: throws the fault of a step that fails before it says anything, and the abort reason of the signal. */
export async function* playStep(playing: Playing): AsyncGenerator<LanguageModelV4StreamPart, void> {
  const { step, signal } = playing;
  let said = 0;
  for (const part of contentOf(playing)) {
    if (isDelta(part)) {
      if (said === step.cutAfterChunks) return;
      if (said === step.failAfterChunks) {
        yield { type: "error", error: new ScriptedFault(step) };
        return;
      }
      if (said > 0 && step.chunkDelayMs !== undefined) await sleep(step.chunkDelayMs, signal);
      said += 1;
    }
    yield part;
  }
  if (step.cutAfterChunks !== undefined) return;
  if (step.hang === true) await untilAborted(signal);
  yield { type: "finish", finishReason: finishOf(step), usage: usageOf(playing) };
}

export function untilAborted(signal: AbortSignal | undefined): Promise<never> {
  return new Promise((_, reject) => {
    const abort = () => reject(new DOMException("Aborted", "AbortError"));
    if (signal?.aborted === true) abort();
    else signal?.addEventListener("abort", abort, { once: true });
  });
}
