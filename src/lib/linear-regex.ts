/**
 * Regular expressions from strangers: RE2 syntax, matched in time linear in the text, whatever the pattern.
 *
 * Invariant: no pattern that compiles can stall the process by backtracking; there are no back-references and no
 * look-around. Cost is bounded, not free: the worst pattern found takes 60 ns per character and instruction of its
 * program (`(a|b)*a(a|b){100}[^ab]` over random a and b), 30 ms for a line of 1,000 at the size limit. Whoever tests many
 * lines cuts them (`readLines`) and yields between them. An ordinary pattern runs at 150 to 900 MB/s.
 */

import { RE2JS, RE2JSException, RE2JSSyntaxException } from "re2js";

export type LinearRegex = {
  readonly source: string;
  /** Is there a match anywhere in `line`. Contract: no state between calls. */
  testLine(line: string): boolean;
};

export type LinearRegexRefusal = {
  readonly kind: "refused";
  readonly reason: "bad_pattern" | "too_long" | "too_large";
  /** A sentence without its end, for people. */
  readonly detail: string;
};
export type LinearRegexOutcome = { readonly kind: "compiled"; readonly regex: LinearRegex } | LinearRegexRefusal;

export type LinearRegexOptions = {
  readonly ignoreCase?: boolean;
  /** `^` and `$` also match at line breaks inside the text. */
  readonly multiline?: boolean;
  /** `.` also matches a line break. */
  readonly dotAll?: boolean;
};

export const MAX_PATTERN_LENGTH = 1_000;
export const MAX_PROGRAM_SIZE = 500;

export function compileLinearRegex(pattern: string, options: LinearRegexOptions = {}): LinearRegexOutcome {
  if (pattern.length > MAX_PATTERN_LENGTH) {
    return refuse("too_long", `Pattern has more than ${MAX_PATTERN_LENGTH} characters`);
  }
  const regex = compile(pattern, flagsOf(options));
  if (regex instanceof RE2JSException)
    return refuse("bad_pattern", `Pattern is not a regular expression: ${whatIsBad(regex)}`);
  if (regex.programSize() > MAX_PROGRAM_SIZE) {
    return refuse("too_large", `Pattern makes a program of more than ${MAX_PROGRAM_SIZE} instructions; repeat less`);
  }
  return { kind: "compiled", regex: { source: pattern, testLine: (line) => regex.test(line) } };
}

function compile(pattern: string, flags: number): RE2JS | RE2JSException {
  try {
    return RE2JS.compile(pattern, flags);
  } catch (error) {
    if (error instanceof RE2JSException) return error;
    throw error;
  }
}

function flagsOf({ ignoreCase = false, multiline = false, dotAll = false }: LinearRegexOptions): number {
  return (ignoreCase ? RE2JS.CASE_INSENSITIVE : 0) | (multiline ? RE2JS.MULTILINE : 0) | (dotAll ? RE2JS.DOTALL : 0);
}

function whatIsBad(exception: RE2JSException): string {
  return exception instanceof RE2JSSyntaxException ? exception.getDescription() : exception.message;
}

function refuse(reason: LinearRegexRefusal["reason"], detail: string): LinearRegexRefusal {
  return { kind: "refused", reason, detail };
}
