/**
 * Keeps an answer within what one event may hold (E4). What has to go is said in its place: long thinking and what only
 * the provider wanted go first, then the longest arguments, then the end of the text.
 */
import type { ContentPart, ToolCall } from "../../core/events/content.ts";
import { cutUtf8 } from "../../lib/well-formed.ts";
import type { ProviderContent } from "./prompt/provider-content.ts";

/** Below the 256 KiB of an event, with room for its other fields. */
export const MAX_MESSAGE_BYTES = 250 * 1024;
const MAX_THINKING_BYTES = 16 * 1024;
/** In `act.started` and `tool.started`; the whole stands in the message. */
export const MAX_SHOWN_ARGUMENTS_BYTES = 8 * 1024;
const MAX_SHOWN_TOGETHER_BYTES = 40 * 1024;
const MAX_CALLS = 256;
const MAX_NAME_LENGTH = 200;

const CUT_NOTE = "\n\n[The rest of this answer was cut off: it was too long to be kept.]";

export interface Said {
  readonly content: readonly ContentPart[];
  readonly thinking: string;
  readonly providerContent: ProviderContent | null;
}

/** Bytes as JSON. `undefined`, which JSON has no word for, counts as nothing. */
export function jsonBytes(value: unknown): number {
  return Buffer.byteLength(JSON.stringify(value) ?? "");
}

/** Never below the truth, and cheap: six bytes is the most that one UTF-16 unit becomes. */
function mayBeTooLong(said: Said): boolean {
  const units = said.content.reduce((sum, part) => sum + (part.type === "text" ? part.text.length : 0), 0);
  return (
    (units + said.thinking.length) * 6 > MAX_MESSAGE_BYTES / 2 ||
    said.content.some(isCall) ||
    said.providerContent !== null
  );
}

function isCall(part: ContentPart): part is Extract<ContentPart, { type: "tool_call" }> {
  return part.type === "tool_call";
}

export function omitted(value: unknown): { readonly $omitted_bytes: number } {
  return { $omitted_bytes: jsonBytes(value) };
}

/** Whether arguments were too long to be kept, and how long they were. */
export function omittedBytes(value: unknown): number | undefined {
  if (typeof value !== "object" || value === null || !("$omitted_bytes" in value)) return undefined;
  const { $omitted_bytes: bytes } = value;
  return typeof bytes === "number" && Object.keys(value).length === 1 ? bytes : undefined;
}

/** The longest beginning of `text` that is at most so long as JSON. */
export function cutToJson(text: string, maxBytes: number): string {
  let cut = cutUtf8(text, maxBytes);
  for (let bytes = jsonBytes(cut); bytes > maxBytes && cut !== ""; bytes = jsonBytes(cut)) {
    cut = cutUtf8(cut, Math.floor((Buffer.byteLength(cut) * maxBytes) / bytes) - 1);
  }
  return cut;
}

function withoutLongestArguments(content: readonly ContentPart[]): readonly ContentPart[] | undefined {
  let longest = -1;
  let longestBytes = MAX_SHOWN_ARGUMENTS_BYTES;
  for (const [index, part] of content.entries()) {
    const bytes = isCall(part) ? jsonBytes(part.arguments) : 0;
    if (bytes > longestBytes) [longest, longestBytes] = [index, bytes];
  }
  if (longest < 0) return undefined;
  return content.map((part, index) =>
    index === longest && isCall(part) ? { ...part, arguments: omitted(part.arguments) } : part,
  );
}

function cutText(content: readonly ContentPart[], excessBytes: number): readonly ContentPart[] {
  let over = excessBytes + Buffer.byteLength(CUT_NOTE);
  return content
    .toReversed()
    .flatMap((part): ContentPart[] => {
      if (part.type !== "text" || over <= 0) return [part];
      const keep = jsonBytes(part.text) - over;
      over -= jsonBytes(part.text);
      const text = keep > 0 ? cutToJson(part.text, keep) : "";
      return over <= 0 ? [{ type: "text", text: text + CUT_NOTE }] : [];
    })
    .toReversed();
}

/** Names and counts that no model in its right mind reaches, but that a log must survive. */
function boundCalls(content: readonly ContentPart[]): readonly ContentPart[] {
  const calls = content.filter(isCall);
  if (calls.length <= MAX_CALLS && calls.every(({ name }) => name.length <= MAX_NAME_LENGTH)) return content;
  const kept = new Set<ContentPart>(calls.slice(0, MAX_CALLS));
  return content
    .filter((part) => !isCall(part) || kept.has(part))
    .map((part) => (isCall(part) ? { ...part, name: part.name.slice(0, MAX_NAME_LENGTH).toWellFormed() } : part));
}

export function fitMessage(said: Said): Said {
  if (!mayBeTooLong(said)) return said;
  const content = boundCalls(said.content);
  let fitted: Said = content === said.content ? said : { ...said, content, providerContent: null };
  if (jsonBytes(fitted) <= MAX_MESSAGE_BYTES) return fitted;
  fitted = { ...fitted, thinking: cutToJson(said.thinking, MAX_THINKING_BYTES), providerContent: null };
  while (jsonBytes(fitted) > MAX_MESSAGE_BYTES) {
    const lighter = withoutLongestArguments(fitted.content);
    if (lighter === undefined) break;
    fitted = { ...fitted, content: lighter };
  }
  const excess = jsonBytes(fitted) - MAX_MESSAGE_BYTES;
  return excess > 0 ? { ...fitted, content: cutText(fitted.content, excess) } : fitted;
}

/** How much of arguments events show. */
export interface ShownBytes {
  readonly each: number;
  readonly together: number;
}

const SHOWN: ShownBytes = { each: MAX_SHOWN_ARGUMENTS_BYTES, together: MAX_SHOWN_TOGETHER_BYTES };

/** The calls as the events about them show them: what is long is named by its length. */
export function shownCalls(calls: readonly ToolCall[], { each, together } = SHOWN): readonly ToolCall[] {
  let room = together;
  return calls.map((call) => {
    const bytes = jsonBytes(call.arguments);
    const fits = bytes <= each && bytes <= room;
    if (fits) room -= bytes;
    return fits ? call : { ...call, arguments: omitted(call.arguments) };
  });
}
