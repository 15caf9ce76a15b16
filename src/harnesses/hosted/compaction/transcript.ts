/**
 * A conversation as text for the model that is to summarise it: one JSON line per entry, so nothing in it can be taken
 * for an instruction's structure, and no vendor's rules about roles, calls and signatures apply. Bounded.
 */
import type { Entry } from "../../../core/conversation.ts";
import type { ContentPart } from "../../../core/events/content.ts";
import { cutUtf8 } from "../../../lib/well-formed.ts";

const LONGEST_ENTRY_BYTES = 8 * 1024;
const SHORTEST_ENTRY_BYTES = 256;

function textOf(content: readonly ContentPart[]): string {
  return content.map((part) => (part.type === "text" ? part.text : `(${part.type})`)).join("\n");
}

function cut(text: string, maxBytes: number): string {
  const kept = cutUtf8(text, maxBytes);
  return kept.length === text.length ? text : `${kept} … (${text.length - kept.length} more characters)`;
}

function lineOf(entry: Entry, maxBytes: number): string {
  if (entry.kind === "tool") {
    const result = cut(entry.error ?? textOf(entry.content), maxBytes);
    return JSON.stringify({ tool: entry.toolName, result: entry.isMasked ? "(left out earlier)" : result });
  }
  const { content } = entry.message;
  const text = cut(textOf(content.filter(({ type }) => type !== "tool_call")), maxBytes);
  const calls = content.flatMap((part) =>
    part.type === "tool_call"
      ? [{ name: part.name, arguments: cut(JSON.stringify(part.arguments ?? null), maxBytes) }]
      : [],
  );
  return JSON.stringify({ [entry.kind]: text, ...(calls.length === 0 ? {} : { calls }) });
}

/** Entries are shortened until they fit together; if the shortest do not, the oldest are left out. */
export function transcriptOf(entries: readonly Entry[], maxBytes: number): string {
  for (let each = LONGEST_ENTRY_BYTES; each >= SHORTEST_ENTRY_BYTES; each /= 2) {
    const text = entries.map((entry) => lineOf(entry, each)).join("\n");
    if (Buffer.byteLength(text) <= maxBytes) return text;
  }
  const lines: string[] = [];
  let room = maxBytes;
  for (const entry of entries.toReversed()) {
    const line = lineOf(entry, SHORTEST_ENTRY_BYTES);
    room -= Buffer.byteLength(line) + 1;
    if (room < 0) break;
    lines.push(line);
  }
  return lines.toReversed().join("\n");
}

/** The last thing the user asked for, in their words: a summary must never lose it. */
export function lastRequest(entries: readonly Entry[]): string {
  const entry = entries.findLast((each) => each.kind === "user");
  return entry?.kind === "user" ? cut(textOf(entry.message.content), LONGEST_ENTRY_BYTES) : "";
}
