// Makes the one internal reply out of a step: text in deltas, tool calls with ids, token counts.
// Invariant: what a client adds up from the deltas is exactly the text of the step; no code point is ever split.
import { randomBytes } from "node:crypto";
import type { ModelRequest, Reply, ToolCall, ToolOffer, Usage } from "./exchange.ts";
import type { Step } from "./script.ts";

const DEFAULT_DELTAS = 8;
const ARGUMENT_DELTAS = 3;
// The rule of thumb for English; exact enough for budgets and bars in tests, and the same on every protocol.
const CHARACTERS_PER_TOKEN = 4;

export function estimateTokens(text: string): number {
  return Math.ceil(text.length / CHARACTERS_PER_TOKEN);
}

export function estimateInputTokens(request: ModelRequest): number {
  return Math.max(1, estimateTokens(request.system + JSON.stringify(request.messages)));
}

/** The text in so many pieces of nearly equal length, fewer when there are fewer code points, none when it is empty. */
export function pieces(text: string, wanted: number): string[] {
  // Array.from, because it keeps surrogate pairs together; a split inside a grapheme is what vendors do too.
  const points = Array.from(text);
  const parts = Math.min(wanted, points.length);
  return Array.from({ length: parts }, (_, at) =>
    points.slice(Math.floor((at * points.length) / parts), Math.floor(((at + 1) * points.length) / parts)).join(""),
  );
}

function words(text: string): number {
  return Math.min(DEFAULT_DELTAS, text.split(/\s+/).filter(Boolean).length || 1);
}

/** The offer a scripted tool name means, with or without its namespace. */
export function offerOf(request: ModelRequest, name: string): ToolOffer | undefined {
  return request.tools.find((tool) => tool.name === name || `${tool.namespace ?? ""}.${tool.name}` === name);
}

type ScriptedTool = NonNullable<Step["tools"]>[number];

function makeCall(tool: ScriptedTool, id: string, offer: ToolOffer | undefined): ToolCall {
  const kind = offer?.kind ?? "function";
  const input = tool.input ?? {};
  const written = kind === "custom" && typeof input === "string" ? input : JSON.stringify(input);
  const raw = tool.rawInput ?? written;
  return {
    id,
    name: offer?.name ?? tool.name,
    kind,
    ...(offer?.namespace === undefined ? {} : { namespace: offer.namespace }),
    input,
    raw,
    deltas: pieces(raw, ARGUMENT_DELTAS),
    isMalformed: tool.rawInput !== undefined && kind === "function",
  };
}

function makeUsage(step: Step, request: ModelRequest, calls: readonly ToolCall[]): Usage {
  const thinking = estimateTokens(step.thinking ?? "");
  const spoken = estimateTokens((step.text ?? "") + calls.map((call) => call.raw).join(""));
  const { input, output, cacheRead, cacheWrite, reasoning } = step.usage ?? {
    input: estimateInputTokens(request),
    output: Math.max(1, thinking + spoken),
  };
  return {
    input,
    output,
    cacheRead: cacheRead ?? 0,
    cacheWrite: cacheWrite ?? 0,
    reasoning: reasoning ?? Math.min(thinking, output),
  };
}

export function makeReply(step: Step, request: ModelRequest): Reply {
  const key = randomBytes(6).toString("hex");
  const calls = (step.tools ?? []).map((tool, at) => makeCall(tool, `call_${key}_${at}`, offerOf(request, tool.name)));
  const text = step.text ?? (calls.length === 0 ? "" : undefined);
  const thinking = step.thinking ?? "";
  return {
    key,
    thinking: pieces(thinking, words(thinking)),
    text: text === undefined ? undefined : pieces(text, step.chunks ?? words(text)),
    calls,
    usage: makeUsage(step, request, calls),
    stop: step.stop ?? (calls.length === 0 ? "end" : "tools"),
  };
}
