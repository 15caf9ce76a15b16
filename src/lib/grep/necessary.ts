/**
 * What a text must contain to match a pattern, as a RegExp of the platform: 500 MB/s and more, where the linear engine's
 * automaton does 150.
 *
 *   foo[a-z]+bar\d{3}   must contain   bar\d\d\d        (the heaviest run of neighbours that none can be left out of)
 *
 * Invariant: whatever the pattern matches, the RegExp finds something in; never the other way round. It has no quantifier
 * and no group, at most 8 alternatives of at most 16 characters, so its time is linear whatever the text.
 * What is not surely understood makes a run end, or the answer "nothing known". Never refuses a pattern.
 */

/**
 * Read one after the other; what fits none is not understood. As text, because a sticky RegExp object has a position.
 * The syntax is RE2's; only what means the same in both, or more in a RegExp, is let through.
 */
const TOKEN = [
  String.raw`(?<nowhere>\^|\$|\\[bB])`,
  String.raw`(?<class>\\[dws]|\[(?:[^\\\]\[^]|\\[dws\-\^$.*+?(){}\[\]|/\\])(?:[^\\\]\[]|\\[dws\-\^$.*+?(){}\[\]|/\\])*\])`,
  String.raw`(?<not>\[\^[^\\\]\[]+\])`,
  String.raw`(?<dot>\.)`,
  String.raw`(?<open>\()`,
  String.raw`(?<close>\))`,
  String.raw`(?<or>\|)`,
  String.raw`\\(?<escaped>[^A-Za-z0-9])`,
  String.raw`(?<control>\\[tnrf])`,
  String.raw`(?<plain>[^\\^$.|?*+()\[\]{}])`,
].join("|");
const QUANTIFIER = String.raw`(?:(?<sign>[*+?])|\{(?<min>\d{1,4})(?:(?<open>,)(?<max>\d{1,4})?)?\})?\??`;

type Atom = { readonly source: string; readonly weight: number };
type Repeat = { readonly min: number; readonly isExact: boolean };

const MAX_ATOMS = 16;
const MAX_BRANCHES = 8;
const LITERAL_WEIGHT = 4;
/** Less says too little: nearly every text has a digit. */
const MIN_WEIGHT = 3;

export function necessaryPart(pattern: string): RegExp | undefined {
  const ignoresCase = pattern.startsWith("(?i)");
  const reading = new Reading(ignoresCase ? pattern.slice(4) : pattern, ignoresCase);
  const branches = reading.branches();
  if (branches === undefined || branches.length > MAX_BRANCHES) return undefined;
  const runs = branches.map(heaviest);
  if (runs.some((run) => weightOf(run) < MIN_WEIGHT)) return undefined;
  const source = runs.map((run) => run.map((atom) => atom.source).join("")).join("|");
  return compile(source, ignoresCase);
}

function compile(source: string, ignoresCase: boolean): RegExp | undefined {
  try {
    // Folding of letters is the same with these flags as in RE2: K, k and the Kelvin sign are one.
    return new RegExp(source, ignoresCase ? "iu" : "u");
  } catch (error) {
    // A set that only RE2 takes, such as one with a range from a class.
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

type Run = readonly Atom[];

function weightOf(run: Run): number {
  return run.reduce((sum, { weight }) => sum + weight, 0);
}

function heaviest(runs: readonly Run[]): Run {
  return runs.reduce((best, run) => (weightOf(run) > weightOf(best) ? run : best), []);
}

/** One pass over a pattern: runs of atoms that must stand side by side, for each alternative at the top. */
class Reading {
  readonly #pattern: string;
  readonly #ignoresCase: boolean;
  readonly #token = new RegExp(TOKEN, "suy");
  readonly #quantifier = new RegExp(QUANTIFIER, "suy");
  #at = 0;
  #runs: Run[] = [];
  #run: Atom[] = [];

  constructor(pattern: string, ignoresCase: boolean) {
    this.#pattern = pattern;
    this.#ignoresCase = ignoresCase;
  }

  /** Nothing, if a part of the pattern is not understood. */
  branches(): readonly (readonly Run[])[] | undefined {
    const branches: Run[][] = [];
    while (this.#at < this.#pattern.length) {
      const token = this.#read(this.#token);
      if (token === undefined || token["close"] !== undefined) return undefined;
      if (token["or"] !== undefined) branches.push(this.#endBranch());
      else if (token["open"] !== undefined) {
        if (!this.#skipGroup()) return undefined;
      } else if (token["nowhere"] === undefined) this.#place(this.#atomOf(token));
    }
    branches.push(this.#endBranch());
    return branches;
  }

  #endBranch(): Run[] {
    this.#endRun();
    const runs = this.#runs;
    this.#runs = [];
    return runs;
  }

  #endRun(): void {
    if (this.#run.length > 0) this.#runs.push(this.#run);
    this.#run = [];
  }

  #place(atom: Atom): void {
    const { min, isExact } = this.#repeat();
    const copies = Array.from({ length: Math.min(min, MAX_ATOMS) }, () => atom);
    for (const copy of copies) this.#push(copy);
    if (isExact && min <= MAX_ATOMS) return;
    this.#endRun();
    for (const copy of copies) this.#push(copy);
  }

  #push(atom: Atom): void {
    if (this.#run.length === MAX_ATOMS) this.#endRun();
    this.#run.push(atom);
  }

  /** A group with a flag would change the meaning of what follows; every other group is skipped, its mark as a repeat. */
  #skipGroup(): boolean {
    if (/^\?(?!:|P<|<)/.test(this.#pattern.slice(this.#at, this.#at + 3))) return false;
    this.#endRun();
    this.#repeat();
    for (let depth = 1; depth > 0;) {
      const token = this.#read(this.#token);
      if (token === undefined) return false;
      if (token["open"] !== undefined) depth++;
      if (token["close"] !== undefined) depth--;
      this.#repeat();
    }
    return true;
  }

  #repeat(): Repeat {
    const { sign, min, open, max } = this.#read(this.#quantifier) ?? {};
    if (sign !== undefined) return { min: sign === "+" ? 1 : 0, isExact: false };
    if (min === undefined) return { min: 1, isExact: true };
    return { min: Number(min), isExact: open === undefined || max === min };
  }

  #read(expression: RegExp): Partial<Record<string, string>> | undefined {
    expression.lastIndex = this.#at;
    const found = expression.exec(this.#pattern);
    if (found === null) return undefined;
    this.#at = expression.lastIndex;
    return found.groups;
  }

  #atomOf(token: Partial<Record<string, string>>): Atom {
    if (token["class"] !== undefined) return { source: token["class"], weight: 1 };
    // Letters without case make what a folded negation leaves out differ between the engines.
    if (token["not"] !== undefined && !this.#ignoresCase) return { source: token["not"], weight: 0.25 };
    if (token["control"] !== undefined) return { source: token["control"], weight: LITERAL_WEIGHT };
    const literal = token["escaped"] ?? token["plain"];
    if (literal === undefined) return { source: String.raw`[^\n]`, weight: 0 };
    return { source: literal.replace(/[\\^$.|?*+()[\]{}/]/, String.raw`\$&`), weight: LITERAL_WEIGHT };
  }
}
