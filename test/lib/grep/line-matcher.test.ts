import fc from "fast-check";
import { describe, expect, test } from "vitest";

import { excerptOf } from "../../../src/lib/grep/excerpt.ts";
import { compileLineMatcher } from "../../../src/lib/grep/line-matcher.ts";
import type { LineMatcher } from "../../../src/lib/grep/line-matcher.ts";
import { necessaryPart } from "../../../src/lib/grep/necessary.ts";
import { compileLinearRegex } from "../../../src/lib/linear-regex.ts";
import { line, pattern } from "./patterns.ts";

function matcherOf(text: string): LineMatcher {
  const outcome = compileLineMatcher(text);
  if (outcome.kind === "refused") throw new Error(outcome.detail);
  return outcome.matcher;
}

function linesFound(block: string, text: string): readonly string[] {
  return [...matcherOf(text).linesOf(block)].map(({ start, end }) => block.slice(start, end));
}

describe("the lines of a block that match", () => {
  test.each([
    ["foo", "a foo\nbar\nfoo\n", ["a foo", "foo"]],
    ["^$", "a\n\nb\n", [""]],
    ["^$", "\n", [""]],
    ["^$", "", []],
    ["o$", "foo\nbar", ["foo"]],
    ["^b", "foo\nbar", ["bar"]],
    ["a[^z]b", "a\nb\na b", ["a b"]],
    ["\\Aa", "xa\na\nba", ["a"]],
    ["a\\z", "ax\na\nb", ["a"]],
    ["(?-m)^a", "xa\na\nba", ["a"]],
    ["(?i)straße|KELVIN", "STRASSE\nStraße\n\u212aelvin", ["Straße", "\u212aelvin"]],
    ["foo\\nbar", "foo\nbar", []],
  ])("of %j in %j are %j", (text, block, expected) => {
    expect(linesFound(block, text)).toEqual(expected);
  });

  test("are those that match by themselves, in order, whatever the pattern and the lines around", () => {
    fc.assert(
      fc.property(pattern, fc.array(line, { maxLength: 12 }), fc.boolean(), (text, lines, hasEnd) => {
        const alone = compileLinearRegex(text);
        fc.pre(alone.kind === "compiled");
        const block = lines.join("\n") + (hasEnd ? "\n" : "");
        const whole = block.endsWith("\n") ? block.slice(0, -1) : block;
        const expected = block === "" ? [] : whole.split("\n").filter((one) => alone.regex.testLine(one));
        expect(linesFound(block, text)).toEqual(expected);
      }),
      { numRuns: 2_000 },
    );
  });
});

describe("a search by a part that says too little", () => {
  test("goes on by halving, and misses nothing and repeats nothing", () => {
    const lines = Array.from({ length: 5_000 }, (_, index) => (index % 700 === 699 ? `aab ${index}` : `a ${index}`));
    const found = linesFound(lines.join("\n"), "(a+)+b");
    expect(found).toEqual(lines.filter((one) => one.includes("b")));
  });
});

describe("what a text must contain to match", () => {
  test.each([
    ["TODO", "/TODO/gu", true],
    ["function [a-z]+Zq", "/function [a-z]/gu", false],
    ["x*y{2,5}[zq]{3}", "/yy[zq][zq][zq]/gu", false],
    ["[A-Z][a-z]+[0-9]{3}[a-z]", "/[a-z][0-9][0-9][0-9][a-z]/gu", false],
    ["(?i)todo|fixme", "/(?:todo|fixme)/giu", true],
    ["foo(bar|(?:x)+)?baz.*q", "/foo/gu", false],
    ["(TODO|FIXME): x", "/(?:TODO|FIXME)/gu", false],
    ["\\b(?P<word>foo|ba[rz])+\\b", "/(?:foo|ba[rz])/gu", false],
    ["(a+)+$", "/a/gu", false],
    ["a\\.b\\b", "/a\\.b/gu", false],
    ["ab{0}c", "/ac/gu", true],
  ])("of %j is %s", (text, source, isExact) => {
    const part = necessaryPart(text);
    expect(String(part?.regExp)).toBe(source);
    expect(part?.isExact).toBe(isExact);
  });

  test.each([
    "a|",
    ".*",
    "[0-9]+",
    "(?i:a)bcd",
    "a\\Q*\\E",
    "[[:alpha:]]{9}",
    "(foo|)",
    "(foo)?",
    "foo)",
    "(foo",
    "(?s)foo",
  ])("of %j is not known", (text) => {
    expect(necessaryPart(text)).toBeUndefined();
  });

  test("is in every line that matches, and in no other if it says so", () => {
    fc.assert(
      fc.property(pattern, fc.array(line, { maxLength: 12 }), (text, lines) => {
        const outcome = compileLinearRegex(text);
        fc.pre(outcome.kind === "compiled");
        const part = necessaryPart(text);
        fc.pre(part !== undefined);
        for (const one of lines) {
          part.regExp.lastIndex = 0;
          const isThere = part.regExp.test(one);
          const isMatch = outcome.regex.testLine(one);
          if (isMatch || part.isExact) expect(isThere).toBe(isMatch);
        }
      }),
      { numRuns: 2_000 },
    );
  });
});

describe("a matching line as it is shown", () => {
  const hasFoo = (text: string) => text.includes("foo");

  test("is whole when it is short", () => {
    expect(excerptOf("let foo = 1", hasFoo)).toBe("let foo = 1");
  });

  test("shows the match when it is long, wherever it stands", () => {
    for (const place of [0, 150, 5_000, 999_000, 999_997]) {
      const long = `${"x".repeat(place)}foo${"y".repeat(1_000_000 - place - 3)}`;
      const shown = excerptOf(long, hasFoo);
      expect(shown).toContain("foo");
      expect(shown.length).toBeLessThanOrEqual(402);
    }
  });

  test("is well formed even where it is cut in a pair", () => {
    const shown = excerptOf(`${"😀".repeat(400)}foo${"😀".repeat(400)}`, hasFoo);
    expect(shown.isWellFormed()).toBe(true);
    expect(excerptOf(`a${"😀".repeat(400)}foo${"😀".repeat(400)}`, hasFoo).isWellFormed()).toBe(true);
  });
});
