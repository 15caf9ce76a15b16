/**
 * Looks through the bytes of one file, given piece by piece, and names the lines that match.
 *
 * Invariant: memory is bounded by a piece and the longest line, and that by `MAX_LINE_BYTES`: a longer line is searched
 * in parts of that size, so a match that lies across two parts is missed. Binary files (a NUL early on) are not searched.
 */
import { excerptOf } from "./excerpt.ts";
import type { LineMatcher } from "./line-matcher.ts";

export const MAX_LINE_BYTES = 1024 * 1024;
const SNIFFED_BYTES = 8192;
const LF = 0x0a;

export type FoundLine = { readonly lineNumber: number; readonly text: string };

export class FileScan {
  readonly #matcher: LineMatcher;
  readonly #take: (line: FoundLine) => boolean;
  #isBinary = false;
  #isEnough = false;
  #seenBytes = 0;
  /** Copied, because pieces may share memory that is used again. */
  #rest: Buffer | null = null;
  #lineNumber = 1;
  /** What lies between that line and the next block; counted only if there is one, and most files are one block. */
  #uncounted: { readonly text: string; readonly at: number } | null = null;
  #lastFound = 0;

  /** Contract: `take` says no to a line that it has no room for; the scan then does nothing more. */
  constructor(matcher: LineMatcher, take: (line: FoundLine) => boolean) {
    this.#matcher = matcher;
    this.#take = take;
  }

  get isBinary(): boolean {
    return this.#isBinary;
  }

  /** A line was found that was not taken. */
  get isEnough(): boolean {
    return this.#isEnough;
  }

  add(piece: Buffer): void {
    this.#sniff(piece);
    if (this.#isBinary || this.#isEnough) return;
    const bytes = this.#rest === null ? piece : Buffer.concat([this.#rest, piece]);
    const end = bytes.lastIndexOf(LF) + 1;
    if (end > 0) this.#search(bytes.subarray(0, end));
    let rest = bytes.subarray(end);
    for (; rest.length > MAX_LINE_BYTES; rest = rest.subarray(MAX_LINE_BYTES)) {
      this.#search(rest.subarray(0, MAX_LINE_BYTES));
    }
    this.#rest = rest.length === 0 ? null : Buffer.from(rest);
  }

  end(): void {
    if (this.#rest !== null && !this.#isBinary && !this.#isEnough) this.#search(this.#rest);
    this.#rest = null;
  }

  #sniff(piece: Buffer): void {
    if (this.#seenBytes < SNIFFED_BYTES && piece.subarray(0, SNIFFED_BYTES - this.#seenBytes).includes(0)) {
      this.#isBinary = true;
    }
    this.#seenBytes += piece.length;
  }

  #search(bytes: Buffer): void {
    if (this.#uncounted !== null) this.#countTo(this.#uncounted.text, this.#uncounted.at, Number.POSITIVE_INFINITY);
    const text = textOf(bytes);
    let at = 0;
    for (const { start, end } of this.#matcher.linesOf(text)) {
      this.#countTo(text, at, start);
      at = start;
      this.#offer(text.slice(start, end));
      if (this.#isEnough) return;
    }
    this.#uncounted = { text, at };
  }

  #offer(line: string): void {
    // Parts of a long line are one line.
    if (this.#lineNumber === this.#lastFound) return;
    this.#lastFound = this.#lineNumber;
    this.#isEnough = !this.#take({
      lineNumber: this.#lineNumber,
      text: excerptOf(line, (text) => this.#matcher.matches(text)),
    });
  }

  #countTo(text: string, start: number, end: number): void {
    for (let at = text.indexOf("\n", start); at !== -1 && at < end; at = text.indexOf("\n", at + 1)) this.#lineNumber++;
  }
}

function textOf(bytes: Buffer): string {
  const text = bytes.toString("utf8");
  const plain = text.charCodeAt(0) === 0xfeff ? text.slice(1) : text;
  return plain.includes("\r\n") ? plain.replaceAll("\r\n", "\n") : plain;
}
