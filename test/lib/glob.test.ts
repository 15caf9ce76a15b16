import fc from "fast-check";
import picomatch from "picomatch/posix.js";
import { describe, expect, it } from "vitest";

import type { Glob, GlobOptions } from "../../src/lib/glob.ts";
import { compileGlob } from "../../src/lib/glob.ts";

function glob(source: string, options?: GlobOptions): Glob {
  const outcome = compileGlob(source, options);
  if (outcome.kind === "refused") throw new Error(`Test glob "${source}" is refused: ${outcome.detail}`);
  return outcome.glob;
}

/** [glob, what it matches, what it does not] */
const CASES: readonly (readonly [string, readonly string[], readonly string[]])[] = [
  ["*.ts", ["a.ts", ".ts", "/a.ts"], ["a/b.ts", "a.tsx", "ats"]],
  ["**/*.ts", ["a.ts", "a/b.ts", "a/b/c.ts", ".a/.b.ts"], ["a.js"]],
  ["src/**", ["src/a", "src/a/b", "src/.a"], ["src", "a/src/b", "srcs/a"]],
  ["src/**/a.ts", ["src/a.ts", "src/b/a.ts", "src/b/c/a.ts"], ["a.ts", "src/ba.ts", "src"]],
  ["**", ["a", "a/b", ".a"], []],
  ["/src/*", ["src/a", "/src/a"], ["src/a/b"]],
  ["./a", ["a"], ["b"]],
  ["a?c", ["abc", "a😀c"], ["ac", "a/c", "abbc"]],
  ["[a-c]x", ["ax", "cx"], ["dx", "-x"]],
  ["[!a-c]x", ["dx"], ["ax", "/x", "x"]],
  ["[^a]", ["b", "^"], ["a"]],
  ["[]a]", ["]", "a"], ["b"]],
  ["[a^]", ["a", "^"], ["b"]],
  ["[[]", ["["], ["]"]],
  [String.raw`[\]\d]`, ["]", "d"], ["1", "\\"]],
  ["[[:digit:]]*", ["1", "1a"], ["a", ":"]],
  ["*.{ts,js}", ["a.ts", "b.js"], ["a.tsx", "a.{ts,js}"]],
  ["{a/**,b}/c", ["a/x/c", "a/x/y/c", "b/c"], ["a/c", "c"]],
  ["{a,{b,c}d}", ["a", "bd", "cd"], ["b", "ad"]],
  ["a{,b}", ["a", "ab"], ["b"]],
  ["a,b", ["a,b"], ["a", "b"]],
  ["a}", ["a}"], ["a"]],
  ["app/(shop)/[id]/*", ["app/(shop)/i/x"], ["app/shop/i/x", "app/(shop)/[id]/x"]],
  [String.raw`app/(shop)/\[id\]/*`, ["app/(shop)/[id]/x"], ["app/(shop)/i/x"]],
  ["a.b+c|d$^", ["a.b+c|d$^"], ["aXb+c|d$^", "a.bbc"]],
  [String.raw`\*\?`, ["*?"], ["ab"]],
  ["!(a)", ["!(a)"], ["b"]],
  ["{1..3}", ["1..3"], ["2"]],
  ["a**b", ["ab", "axxb"], ["a/b"]],
  ["***", ["abc"], ["a/b"]],
  ["a\nb*", ["a\nb", "a\nb\n"], ["ab"]],
  ["ä/*", ["ä/x"], ["a/x"]],
];

describe("a glob", () => {
  it.each(CASES)("%j matches %j and not %j", (source, matches, others) => {
    const compiled = glob(source);
    expect(matches.filter((path) => !compiled.matches(path))).toEqual([]);
    expect(others.filter((path) => compiled.matches(path))).toEqual([]);
  });

  it("without a slash means the name at any depth, when told", () => {
    expect(glob("*.sql", { anyDepth: true }).matches("db/migrations/1.sql")).toBe(true);
    expect(glob("db/*.sql", { anyDepth: true }).matches("x/db/1.sql")).toBe(false);
  });

  it("ignores case when told", () => {
    expect(glob("README.*").matches("readme.md")).toBe(false);
    expect(glob("README.*", { ignoreCase: true }).matches("readme.md")).toBe(true);
  });

  it.each(["", "/", "[a", "[", "a\\", "{a,b", "{a,{b}", "[a/b]"])("refuses %j, which is not finished", (source) => {
    expect(compileGlob(source)).toMatchObject({ kind: "refused", reason: "bad_pattern" });
  });

  it("refuses what is too long or too large", () => {
    expect(compileGlob("a".repeat(1_001))).toMatchObject({ kind: "refused", reason: "too_long" });
    expect(compileGlob("?".repeat(900))).toMatchObject({
      kind: "refused",
      reason: "too_large",
      detail: expect.stringMatching(/^Glob /),
    });
  });

  it("agrees with picomatch where both know the syntax", () => {
    const part = fc.constantFrom("*", "?", "a", "b", ".", "[ab]", "[!a]", "{a,b}", "{b,ab}", "a*", "*b");
    const wild = fc.array(part, { minLength: 1, maxLength: 3 }).map((parts) => parts.join(""));
    // "**" beside something else in a segment is "*" here; picomatch decides case by case.
    const named = wild.filter((text) => !/^\.+$|\*\*/.test(text));
    const segment = fc.oneof({ weight: 3, arbitrary: named }, { weight: 1, arbitrary: fc.constant("**") });
    const source = fc.array(segment, { minLength: 1, maxLength: 4 }).map((segments) => segments.join("/"));
    const name = fc
      .string({ unit: fc.constantFrom("a", "b", ".", "c"), minLength: 1, maxLength: 3 })
      .filter((text) => !/^\.+$/.test(text));
    const path = fc.array(name, { minLength: 1, maxLength: 4 }).map((names) => names.join("/"));
    fc.assert(
      fc.property(source, fc.array(path, { minLength: 10, maxLength: 20 }), (text, paths) => {
        const theirs = picomatch(text, { dot: true, posix: true, strictSlashes: true, noextglob: true });
        const ours = glob(text);
        expect(paths.filter((one) => ours.matches(one))).toEqual(paths.filter((one) => theirs(one)));
      }),
      { numRuns: 1_000 },
    );
  });

  it.each([
    ["*a*a*a*a*a*a*a*a*b", "a".repeat(255)],
    ["**/a/**/a/**/a/**/a/**/a/**/b", "a/".repeat(500) + "a"],
    ["{a,a,a,a}{a,a,a,a}{a,a,a,a}{a,a,a,a}*{a,b}*{a,b}*{a,b}!", "ab".repeat(120)],
    ["?*?*?*?*?*?*?*?*?*?*!", "x".repeat(255)],
  ])("is done with %s in time linear in the path", (source, path) => {
    const hostile = glob(source);
    const started = performance.now();
    expect(hostile.matches(path)).toBe(false);
    expect(performance.now() - started).toBeLessThan(500);
  });

  it("reads every text in bounded time, whatever it is", () => {
    const piece = fc.constantFrom(
      "[",
      "]",
      "[:",
      ":]",
      "{",
      "}",
      ",",
      "\\",
      "*",
      "**",
      "/",
      "a",
      "[:a:]",
      "!",
      "^",
      "?",
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 200 }), (pieces) => {
        const outcome = compileGlob(pieces.join(""));
        if (outcome.kind === "compiled") outcome.glob.matches("a/b");
        else expect(outcome.detail).toMatch(/^Glob /);
      }),
      { numRuns: 300 },
    );
    const started = performance.now();
    compileGlob("[[:a".repeat(250));
    compileGlob("[[:a:]".repeat(160));
    expect(performance.now() - started).toBeLessThan(500);
  });
});
