/**
 * A tool's result as the log can hold it: well-formed text, cut where the event would become too large, with a sentence
 * that says so. NUL stays; it is stored as `\u0000`.
 */
import type { ContentPart } from "../core/events/content.ts";
import type { ToolResult } from "../core/ports/tools.ts";
import { toWellFormedJson, toWellFormedText, cutUtf8 } from "../lib/well-formed.ts";
import type { JsonValue } from "../lib/json.ts";

const MAX_ERROR_BYTES = 1024;
/** For the sentence that says what was cut. */
const NOTE_BYTES = 256;

export function fitResult(result: ToolResult, maxBytes: number): ToolResult {
  const error =
    result.error === undefined ? {} : { error: cutEncoded(toWellFormedText(result.error), MAX_ERROR_BYTES) };
  const room = maxBytes - encodedBytes(error);
  const whole = result.content.map(wellFormed);
  const content = encodedBytes(whole) <= room ? whole : cutParts(whole, room - NOTE_BYTES);
  const awaits = result.awaits === undefined ? {} : { awaits: result.awaits };
  return { status: result.status, content, ...error, ...awaits };
}

function cutParts(parts: readonly ContentPart[], room: number): readonly ContentPart[] {
  const kept: ContentPart[] = [];
  let left = room;
  for (const part of parts) {
    const bytes = encodedBytes(part) + 1;
    if (bytes <= left) {
      kept.push(part);
      left -= bytes;
      continue;
    }
    const shown =
      part.type === "text" ? cutEncoded(part.text, Math.max(0, left - encodedBytes({ type: "text", text: "" }))) : "";
    if (shown !== "") kept.push({ type: "text", text: shown });
    return [...kept, { type: "text", text: noteFor(part, shown, parts.length - kept.length) }];
  }
  return kept;
}

function noteFor(part: ContentPart, shown: string, left: number): string {
  if (part.type !== "text") return `[The result was too large: ${left} parts of it are left out]`;
  const of = `the first ${shown.length.toLocaleString("en-US")} of ${part.text.length.toLocaleString("en-US")} characters`;
  return `[The result was too large and was cut: ${of} are shown. Ask for less at a time to read on]`;
}

/** The longest beginning whose JSON text has at most `maxBytes`, without its quotes. */
function cutEncoded(text: string, maxBytes: number): string {
  // JSON text is never shorter than UTF-8, so what does not fit even so need not be encoded.
  const candidate = cutUtf8(text, maxBytes);
  if (encodedBytes(candidate) - 2 <= maxBytes) return candidate;
  let fits = 0;
  let tooLong = candidate.length;
  while (tooLong - fits > 1) {
    const middle = (fits + tooLong) >>> 1;
    if (encodedBytes(candidate.slice(0, middle)) - 2 <= maxBytes) fits = middle;
    else tooLong = middle;
  }
  const isInPair = /[\uD800-\uDBFF]/.test(candidate.charAt(fits - 1));
  return candidate.slice(0, isInPair ? fits - 1 : fits);
}

function encodedBytes(value: unknown): number {
  return Buffer.byteLength(JSON.stringify(value));
}

function wellFormed(part: ContentPart): ContentPart {
  // Parts are JSON by their schema; only strings inside them change, none of them a literal.
  return toWellFormedJson(part as JsonValue) as ContentPart;
}
