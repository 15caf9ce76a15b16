/**
 * Globs from strangers: `*`, `**`, `?`, `[a-z]`, `{a,b}` and `\` over paths with "/", matched in linear time.
 *
 * Invariant: no glob can stall the process; it becomes an expression of the linear engine. The known libraries make a
 * backtracking RegExp instead: picomatch needed 33 s for six stars against 200 letters. It serves the tests as oracle.
 *
 * A path is relative or absolute alike (one leading "/" of glob and path is dropped), a name that begins with a dot is a
 * name like any other, and what picomatch calls extended (`!(a)`, `@(a|b)`, `{1..3}`, quotes) are plain characters, so
 * that `app/(shop)/**` means the folder of that name. Never touches a file system.
 */

import { compileLinearRegex, MAX_PATTERN_LENGTH } from "./linear-regex.ts";
import type { LinearRegexRefusal } from "./linear-regex.ts";

export type Glob = {
  readonly source: string;
  /** Contract: `path` has no ".", ".." or empty segment; one leading "/" is fine. */
  matches(path: string): boolean;
};

export type GlobOutcome = { readonly kind: "compiled"; readonly glob: Glob } | LinearRegexRefusal;

export type GlobOptions = {
  readonly ignoreCase?: boolean;
  /** A glob without "/" means the name at any depth, as in .gitignore. */
  readonly anyDepth?: boolean;
};

export function compileGlob(source: string, { ignoreCase = false, anyDepth = false }: GlobOptions = {}): GlobOutcome {
  const relative = source.replace(/^\.?\//, "");
  if (relative.length > MAX_PATTERN_LENGTH) {
    return refuse("too_long", `Glob has more than ${MAX_PATTERN_LENGTH} characters`);
  }
  const expression = translate(anyDepth && !relative.includes("/") ? `**/${relative}` : relative);
  if (expression === undefined) return refuse("bad_pattern", 'Glob is empty or ends inside "[", "{" or after "\\"');
  const outcome = compileLinearRegex(`^(?:${expression})$`, { ignoreCase, dotAll: true });
  if (outcome.kind === "refused") {
    if (outcome.reason !== "bad_pattern") return refuse("too_large", "Glob has too many wildcards");
    return {
      ...outcome,
      detail: outcome.detail.replace(/^Pattern is not a regular expression/, "Glob cannot be read"),
    };
  }
  const { regex } = outcome;
  return { kind: "compiled", glob: { source, matches: (path) => regex.testLine(path.replace(/^\//, "")) } };
}

function refuse(reason: LinearRegexRefusal["reason"], detail: string): LinearRegexRefusal {
  return { kind: "refused", reason, detail };
}

/**
 * The tokens, tried in this order at each place; a place where none fits is the beginning of something unfinished.
 * As text and not as a RegExp: a sticky RegExp object carries its position, which would be state of the module.
 */
const TOKEN = [
  String.raw`(?<folders>(?<=^|[/{,])\*\*\/)`,
  String.raw`(?<below>(?<=^|[/{,])\*\*(?=$|[,}]))`,
  String.raw`(?<star>\*+)`,
  String.raw`(?<one>\?)`,
  String.raw`\[(?<not>[!^]?)(?<set>\]?(?:\[:[a-z]+:\]|\\.|[^\]\\/])*)\]`,
  String.raw`(?<open>\{)`,
  String.raw`(?<next>,)`,
  String.raw`(?<close>\})`,
  String.raw`\\(?<escaped>.)`,
  String.raw`(?<plain>[^\\[])`,
].join("|");

type Token = Partial<
  Record<"folders" | "below" | "star" | "one" | "not" | "set" | "open" | "next" | "close" | "escaped" | "plain", string>
>;

function translate(glob: string): string | undefined {
  const pattern = new RegExp(TOKEN, "suy");
  let expression = "";
  let depth = 0;
  for (let at = 0; at < glob.length; at = pattern.lastIndex) {
    pattern.lastIndex = at;
    const token: Token | undefined = pattern.exec(glob)?.groups;
    if (token === undefined) return undefined;
    expression += expressionOf(token, depth);
    if (token.open !== undefined) depth++;
    if (token.close !== undefined && depth > 0) depth--;
  }
  return depth === 0 && expression !== "" ? expression : undefined;
}

function expressionOf(token: Token, depth: number): string {
  if (token.folders !== undefined) return "(?:[^/]+/)*";
  if (token.below !== undefined) return ".+";
  if (token.star !== undefined) return "[^/]*";
  if (token.one !== undefined) return "[^/]";
  if (token.set !== undefined) return token.not === "" ? `[${escapeSet(token.set)}]` : `[^/${escapeSet(token.set)}]`;
  if (token.open !== undefined) return "(?:";
  if (token.next !== undefined) return depth > 0 ? "|" : ",";
  if (token.close !== undefined) return depth > 0 ? ")" : String.raw`\}`;
  return quote(token.escaped ?? token.plain ?? "");
}

function quote(text: string): string {
  return text.replace(/[\\^$.|?*+()[\]{}]/g, String.raw`\$&`);
}

/** `[:alpha:]` and `\x` mean the same in both languages; of the rest only brackets and `^` could be misread. */
function escapeSet(set: string): string {
  return set.replace(/\[:[a-z]+:\]|\\.|[[\]^]/gs, (part) => (part.length > 1 ? escapeInSet(part) : `\\${part}`));
}

/** RE2 knows letters after a backslash as classes (`\d`); in a glob the letter is meant. */
function escapeInSet(part: string): string {
  return /^\\[A-Za-z0-9]/.test(part) ? part.slice(1) : part;
}
