/**
 * What a text must contain to match a pattern, as a RegExp of the platform: 500 MB/s and more, where the linear engine's
 * automaton does 150.
 *
 *   foo[a-z]+bar\d{3}   must contain   bar\d\d\d        (the heaviest run of neighbours that none can be left out of)
 *   (TODO|FIXME):+x     must contain   (?:TODO|FIXME)   (a group is a run by itself)
 *
 * Invariant: whatever the pattern matches, the RegExp finds something in; the other way round only if it says so. It has
 * no quantifier, nothing follows a group, and its alternatives are few and short, so its time is linear in the text.
 * What is not surely understood ends a run, or the answer is "nothing known". Never refuses a pattern.
 */

export interface NecessaryPart {
  readonly regExp: RegExp;
  /** It finds something only where the pattern matches. */
  readonly isExact: boolean;
}

type Run = { readonly source: string; readonly weight: number; readonly branches: number };
type Atom = { readonly source: string; readonly weight: number; readonly isExact: boolean };
type Repeat = { readonly min: number; readonly isExact: boolean };
type Groups = Partial<Record<string, string>>;

/**
 * Read one after the other; what fits none is not understood. As text, because a sticky RegExp object has a position.
 * The syntax is RE2's; only what means the same in both, or more in a RegExp, is let through.
 */
const TOKEN = [
  String.raw`(?<edge>\^|\$|\\[bB])`,
  String.raw`(?<set>\[[^\\\]\[^][^\\\]\[]*\])`,
  String.raw`(?<class>\\[dws]|\[(?:[^\\\]\[^]|\\[dws\-\^$.*+?(){}\[\]|/\\])(?:[^\\\]\[]|\\[dws\-\^$.*+?(){}\[\]|/\\])*\])`,
  String.raw`(?<not>\[\^[^\\\]\[]+\])`,
  String.raw`(?<dot>\.)`,
  String.raw`(?<open>\((?:\?:|\?P?<\w+>)?(?!\?))`,
  String.raw`(?<close>\))`,
  String.raw`(?<or>\|)`,
  String.raw`\\(?<escaped>[^A-Za-z0-9])`,
  String.raw`(?<control>\\[tnrf])`,
  String.raw`(?<plain>[^\\^$.|?*+()\[\]{}])`,
].join("|");
const QUANTIFIER = String.raw`(?:(?<sign>[*+?])|\{(?<min>\d{1,4})(?:(?<open>,)(?<max>\d{1,4})?)?\})?\??`;

const MAX_ATOMS = 32;
const MAX_BRANCHES = 16;
const LITERAL_WEIGHT = 4;
/** Less says too little: nearly every text has a digit. */
const MIN_WEIGHT = 3;
const NO_RUN: Run = { source: "", weight: 0, branches: 0 };

export function necessaryPart(pattern: string): NecessaryPart | undefined {
  const ignoresCase = pattern.startsWith("(?i)");
  const reading = new Reading(ignoresCase ? pattern.slice(4) : pattern, ignoresCase);
  const run = reading.whole();
  if (run === undefined || run.weight < MIN_WEIGHT || run.branches > MAX_BRANCHES) return undefined;
  const regExp = compile(run.source, ignoresCase);
  return regExp === undefined ? undefined : { regExp, isExact: reading.isExact };
}

function compile(source: string, ignoresCase: boolean): RegExp | undefined {
  try {
    // Folding of letters is the same with these flags as in RE2: K, k and the Kelvin sign are one.
    return new RegExp(source, ignoresCase ? "giu" : "gu");
  } catch (error) {
    // A set that only RE2 takes, such as one with a range from a class.
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** One pass over a pattern. Once something is not understood, nothing is. */
class Reading {
  readonly #pattern: string;
  readonly #ignoresCase: boolean;
  readonly #token = new RegExp(TOKEN, "suy");
  readonly #quantifier = new RegExp(QUANTIFIER, "suy");
  #at = 0;
  #isExact = true;

  constructor(pattern: string, ignoresCase: boolean) {
    this.#pattern = pattern;
    this.#ignoresCase = ignoresCase;
  }

  get isExact(): boolean {
    return this.#isExact;
  }

  whole(): Run | undefined {
    return this.#alternativesTo("end");
  }

  /** Up to the end, or to the parenthesis that closes the group: one of the heaviest runs of each alternative. */
  #alternativesTo(last: "close" | "end"): Run | undefined {
    const branches: Run[] = [];
    for (;;) {
      const branch = new Branch();
      const end = this.#branch(branch);
      if (end !== "or" && end !== last) return undefined;
      const { heaviest, isWhole } = branch.end();
      this.#isExact &&= isWhole;
      branches.push(heaviest);
      if (end !== "or") return joined(branches);
    }
  }

  #branch(branch: Branch): "or" | "close" | "end" | undefined {
    while (this.#at < this.#pattern.length) {
      const token = this.#read(this.#token);
      if (token === undefined) return undefined;
      if (token["or"] !== undefined) return "or";
      if (token["close"] !== undefined) return "close";
      if (token["open"] !== undefined) {
        if (!this.#group(branch)) return undefined;
      } else if (token["edge"] !== undefined) this.#isExact = false;
      else this.#atom(branch, this.#atomOf(token));
    }
    return "end";
  }

  #group(branch: Branch): boolean {
    const run = this.#alternativesTo("close");
    if (run === undefined) return false;
    const { min } = this.#repeat();
    this.#isExact = false;
    branch.group(min > 0 ? run : NO_RUN);
    return true;
  }

  #atom(branch: Branch, atom: Atom): void {
    const repeat = this.#repeat();
    this.#isExact &&= atom.isExact && repeat.isExact && repeat.min <= MAX_ATOMS;
    branch.atom(atom, repeat);
  }

  #repeat(): Repeat {
    const { sign, min, open, max } = this.#read(this.#quantifier) ?? {};
    if (sign !== undefined) return { min: sign === "+" ? 1 : 0, isExact: false };
    if (min === undefined) return { min: 1, isExact: true };
    return { min: Number(min), isExact: open === undefined || max === min };
  }

  #read(expression: RegExp): Groups | undefined {
    expression.lastIndex = this.#at;
    const found = expression.exec(this.#pattern);
    if (found === null) return undefined;
    this.#at = expression.lastIndex;
    return found.groups;
  }

  #atomOf(token: Groups): Atom {
    if (token["set"] !== undefined) return { source: token["set"], weight: 1, isExact: true };
    if (token["class"] !== undefined) return { source: token["class"], weight: 1, isExact: false };
    // Letters without case make what a folded negation leaves out differ between the engines.
    if (token["not"] !== undefined && !this.#ignoresCase) return { source: token["not"], weight: 0.25, isExact: false };
    if (token["control"] !== undefined) return { source: token["control"], weight: LITERAL_WEIGHT, isExact: true };
    const literal = token["escaped"] ?? token["plain"];
    if (literal === undefined) return { source: String.raw`[^\n]`, weight: 0, isExact: false };
    const source = literal.replace(/[\\^$.|?*+()[\]{}/]/, String.raw`\$&`);
    return { source, weight: LITERAL_WEIGHT, isExact: true };
  }
}

/** The runs of one alternative, while it is read; only the heaviest is remembered. */
class Branch {
  #heaviest = NO_RUN;
  #run: Atom[] = [];
  #runs = 0;

  atom(atom: Atom, { min, isExact }: Repeat): void {
    const copies = Array.from({ length: Math.min(min, MAX_ATOMS) }, () => atom);
    for (const copy of copies) this.#push(copy);
    if (isExact && min <= MAX_ATOMS) return;
    this.#endRun();
    for (const copy of copies) this.#push(copy);
  }

  group(run: Run): void {
    this.#endRun();
    this.#take(run);
  }

  end(): { readonly heaviest: Run; readonly isWhole: boolean } {
    this.#endRun();
    return { heaviest: this.#heaviest, isWhole: this.#runs === 1 };
  }

  #push(atom: Atom): void {
    if (this.#run.length === MAX_ATOMS) this.#endRun();
    this.#run.push(atom);
  }

  #endRun(): void {
    if (this.#run.length === 0) return;
    const weight = this.#run.reduce((sum, atom) => sum + atom.weight, 0);
    this.#take({ source: this.#run.map(({ source }) => source).join(""), weight, branches: 1 });
    this.#run = [];
  }

  #take(run: Run): void {
    this.#runs++;
    if (run.weight > this.#heaviest.weight) this.#heaviest = run;
  }
}

/** A set of alternatives is as good as its worst. */
function joined(runs: readonly Run[]): Run {
  const [only] = runs;
  if (only !== undefined && runs.length === 1) return only;
  return {
    source: `(?:${runs.map(({ source }) => source).join("|")})`,
    weight: Math.min(...runs.map(({ weight }) => weight)),
    branches: runs.reduce((sum, { branches }) => sum + branches, 0),
  };
}
