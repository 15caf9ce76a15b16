/**
 * Finds the lines of a text that match a pattern, without looking at each line.
 *
 * A pattern that matches a line, taken alone, also matches every block of whole lines around it, because `^` and `$` of a
 * multiline expression hold at line breaks. So a block without a match is done with in one test, at the speed of the
 * engine's automaton or of its search for a required literal; a block with one is halved at a line break.
 *
 * Invariant: exactly the lines that match by themselves are found, in order; lines end at LF or CR LF.
 */
import { compileLinearRegex } from "../linear-regex.ts";
import type { LinearRegexRefusal } from "../linear-regex.ts";
import { necessaryPart } from "./necessary.ts";

export type LineMatcher = {
  /** Contract: false only if no line of the block matches. */
  mayHold(block: string): boolean;
  matches(line: string): boolean;
};

export type LineMatcherOutcome = { readonly kind: "compiled"; readonly matcher: LineMatcher } | LinearRegexRefusal;

/** `\A`, `\z` and a flag that is taken away: what they say of a line is not true of a block. */
const SPEAKS_OF_THE_TEXT = /\\[AzQ]|\(\?\w*-/;

export function compileLineMatcher(pattern: string): LineMatcherOutcome {
  const outcome = compileLinearRegex(pattern, { multiline: true });
  if (outcome.kind === "refused") return outcome;
  const matches = (line: string) => outcome.regex.testLine(line);
  const part = necessaryPart(pattern);
  const mayHoldPart = (block: string) => part === undefined || part.test(block);
  const mayHold = SPEAKS_OF_THE_TEXT.test(pattern)
    ? mayHoldPart
    : (block: string) => mayHoldPart(block) && matches(block);
  return { kind: "compiled", matcher: { mayHold, matches } };
}

export type Place = { readonly start: number; readonly end: number };

/** The matching lines of a block of whole lines; a last line break ends the last line and begins no other. */
export function* findLines(block: string, matcher: LineMatcher): Generator<Place, undefined> {
  if (block === "") return;
  const end = block.endsWith("\n") ? block.length - 1 : block.length;
  if (matcher.mayHold(block.slice(0, end))) yield* findWithin(block, { start: 0, end }, matcher);
}

/** Of a part that may hold a match. If its first half may not, the second half is not asked: it must be there. */
function* findWithin(block: string, { start, end }: Place, matcher: LineMatcher): Generator<Place, undefined> {
  const cut = lineBreakNear(block, { start, end });
  if (cut === -1) {
    if (matcher.matches(block.slice(start, end))) yield { start, end };
    return;
  }
  const isFirst = matcher.mayHold(block.slice(start, cut));
  if (isFirst) yield* findWithin(block, { start, end: cut }, matcher);
  if (!isFirst || matcher.mayHold(block.slice(cut + 1, end))) {
    yield* findWithin(block, { start: cut + 1, end }, matcher);
  }
}

/** The line break that halves the block best, within what one look each way can find; -1 for a single line. */
function lineBreakNear(block: string, { start, end }: Place): number {
  if (start === end) return -1;
  const middle = (start + end) >>> 1;
  const after = block.indexOf("\n", middle);
  if (after !== -1 && after < end) return after;
  const before = block.lastIndexOf("\n", middle);
  return before >= start ? before : -1;
}

const SHOWN_BEFORE = 200;
const SHOWN_AFTER = 200;

/** The line as it is shown: whole, or what stands around the end of its first match. */
export function excerptOf(line: string, matcher: LineMatcher): string {
  if (line.length <= SHOWN_BEFORE + SHOWN_AFTER) return line;
  const match = endOfMatch(line, matcher);
  const start = Math.max(0, match - SHOWN_BEFORE);
  const end = Math.min(line.length, match + SHOWN_AFTER);
  const shown = line.slice(start, end).toWellFormed();
  return `${start > 0 ? "…" : ""}${shown}${end < line.length ? "…" : ""}`;
}

/**
 * The shortest beginning of the line that matches, by halving: 20 tests for a million characters. A pattern that ends in
 * an assertion may match a beginning where it does not match the line there; then something else is shown, no harm done.
 */
function endOfMatch(line: string, matcher: LineMatcher): number {
  let shorter = 0;
  let matching = line.length;
  while (matching - shorter > 1) {
    const middle = (shorter + matching) >>> 1;
    if (matcher.matches(line.slice(0, middle))) matching = middle;
    else shorter = middle;
  }
  return matching;
}
