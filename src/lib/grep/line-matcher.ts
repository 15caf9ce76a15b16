/**
 * Finds the lines of a text that match a pattern, without looking at each line. Two ways:
 *
 *   by a part   What must be in a match is searched for in the whole block; the lines it is in are held against the
 *               pattern. As fast as the platform searches, as long as few lines are looked at in vain.
 *   by halving  A pattern that matches a line, taken alone, also matches every block of whole lines around it, because
 *               `^` and `$` of a multiline expression hold at line breaks. So a block without a match is done with in
 *               one test, and one with a match is halved at a line break.
 *
 * Invariant: exactly the lines that match by themselves are found, in order; lines end at LF.
 */
import { compileLinearRegex } from "../linear-regex.ts";
import type { LinearRegex, LinearRegexRefusal } from "../linear-regex.ts";
import { necessaryPart } from "./necessary.ts";
import type { NecessaryPart } from "./necessary.ts";

export type LineMatcherOutcome = { readonly kind: "compiled"; readonly matcher: LineMatcher } | LinearRegexRefusal;
export type Place = { readonly start: number; readonly end: number };

/** `\A`, `\z`, quoting that hides them, and a flag that is taken away: what they say of a line is not true of a block. */
const SPEAKS_OF_THE_TEXT = /\\[AzQ]|\(\?\w*-/;
/** A line looked at in vain costs as much as the automaton needs for this many characters. */
const MISS_CHARACTERS = 200;
/** Seldom enough that one bad file decides nothing. */
const FREE_MISSES = 200;

export function compileLineMatcher(pattern: string): LineMatcherOutcome {
  const outcome = compileLinearRegex(pattern, { multiline: true });
  if (outcome.kind === "refused") return outcome;
  const canHalve = !SPEAKS_OF_THE_TEXT.test(pattern);
  return { kind: "compiled", matcher: new LineMatcher(outcome.regex, necessaryPart(pattern), canHalve) };
}

export class LineMatcher {
  readonly #regex: LinearRegex;
  readonly #canHalve: boolean;
  #part: NecessaryPart | undefined;
  #misses = 0;
  #passed = 0;

  constructor(regex: LinearRegex, part: NecessaryPart | undefined, canHalve: boolean) {
    this.#regex = regex;
    this.#part = part;
    this.#canHalve = canHalve;
  }

  matches(line: string): boolean {
    return this.#regex.testLine(line);
  }

  /** The matching lines of a block of whole lines; a last line break ends the last line and begins no other. */
  *linesOf(block: string): Generator<Place, undefined> {
    if (block === "") return;
    const end = block.endsWith("\n") ? block.length - 1 : block.length;
    const rest = this.#part === undefined ? 0 : yield* this.#byPart(block, end, this.#part);
    if (rest <= end && this.#mayHold(block.slice(rest, end))) yield* this.#byHalving(block, { start: rest, end });
  }

  /** Gives the place from which the part is of no use; past the end if it was to the end. */
  *#byPart(block: string, end: number, { regExp, isExact }: NecessaryPart): Generator<Place, number> {
    for (let at = 0; at <= end;) {
      regExp.lastIndex = at;
      const found = regExp.exec(block);
      if (found === null || found.index > end) {
        this.#passed += end + 1 - at;
        break;
      }
      const line = lineAround(block, found.index);
      const isInLine = found.index + found[0].length <= line.end;
      const isMatch = (isExact && isInLine) || this.matches(block.slice(line.start, line.end));
      this.#passed += line.end + 1 - at;
      at = line.end + 1;
      if (isMatch) yield line;
      else if (!this.#isWorth()) return at;
    }
    return end + 1;
  }

  #isWorth(): boolean {
    this.#misses++;
    if ((this.#misses - FREE_MISSES) * MISS_CHARACTERS < this.#passed) return true;
    this.#part = undefined;
    return false;
  }

  /** Of a block that may hold a match. If its first half may not, the second half is not asked: it must be there. */
  *#byHalving(block: string, { start, end }: Place): Generator<Place, undefined> {
    const cut = lineBreakNear(block, { start, end });
    if (cut === -1) {
      if (this.matches(block.slice(start, end))) yield { start, end };
      return;
    }
    const isFirst = this.#mayHold(block.slice(start, cut));
    if (isFirst) yield* this.#byHalving(block, { start, end: cut });
    if (!isFirst || this.#mayHold(block.slice(cut + 1, end))) yield* this.#byHalving(block, { start: cut + 1, end });
  }

  #mayHold(block: string): boolean {
    return !this.#canHalve || this.matches(block);
  }
}

function lineAround(block: string, index: number): Place {
  const end = block.indexOf("\n", index);
  const start = index === 0 ? 0 : block.lastIndexOf("\n", index - 1) + 1;
  return { start, end: end === -1 ? block.length : end };
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
