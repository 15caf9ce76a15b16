/**
 * What is shown of an output that may be too long: its beginning and its end, where the answer usually is.
 *
 * Invariant: the shown parts take at most `maxBytes` as JSON text, and are well formed.
 */
import { fitJsonBytes, jsonBytes } from "../json-size.ts";
import type { ShownOutput } from "./messages.ts";

export function showOutput(output: string, maxBytes: number): ShownOutput {
  const text = output.toWellFormed();
  if (text.length <= maxBytes && jsonBytes(text) <= maxBytes) return { head: text, omittedChars: 0, tail: "" };
  const head = wholeLines(fitJsonBytes(text, maxBytes / 2), "head");
  const tail = wholeLines(fitJsonBytes(text.slice(head.length), maxBytes - jsonBytes(head), "tail"), "tail");
  return { head, omittedChars: text.length - head.length - tail.length, tail };
}

/** Without the line that was cut, if that leaves most of it. */
function wholeLines(text: string, side: "head" | "tail"): string {
  const cut = side === "head" ? text.lastIndexOf("\n") + 1 : text.indexOf("\n") + 1;
  const whole = side === "head" ? text.slice(0, cut) : text.slice(cut);
  return cut > 0 && whole.length > text.length / 2 ? whole : text;
}
