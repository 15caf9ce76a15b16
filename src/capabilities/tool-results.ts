/** How a tool says what came of it: one text for the model, or one sentence of what went wrong and how to go on. */
import type { ToolResult } from "../core/ports/tools.ts";

/**
 * Bytes that one page of a tool's answer may take in the log, as JSON text. An event holds 64 KiB; what is left is for
 * its other fields and for the sentence that says how to read on.
 */
export const PAGE_BYTES = 48 * 1024;

export function say(text: string): ToolResult {
  return { status: "success", content: [{ type: "text", text }] };
}

export function fail(error: string): ToolResult {
  return { status: "error", content: [{ type: "text", text: error }], error };
}

/** Control characters take six bytes each; a page is measured as it will be stored. */
export function encodedBytes(text: string): number {
  return Buffer.byteLength(JSON.stringify(text)) - 2;
}

/** As many of the lines, from the first, as fit on a page. */
export function pageOf(lines: readonly string[]): readonly string[] {
  let bytes = 0;
  const tooMany = lines.findIndex((line) => (bytes += encodedBytes(line) + 2) > PAGE_BYTES);
  return tooMany === -1 ? lines : lines.slice(0, tooMany);
}

export function countOf(count: number, noun: string, plural = `${noun}s`): string {
  return `${count.toLocaleString("en-US")} ${count === 1 ? noun : plural}`;
}
