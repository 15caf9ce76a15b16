import fc from "fast-check";
import { describe, expect, test } from "vitest";

import { compileLineMatcher, excerptOf, findLines } from "../../../src/lib/grep/line-matcher.ts";
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
  return [...findLines(block, matcherOf(text))].map(({ start, end }) => block.slice(start, end));
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

describe("what a text must contain to match", () => {
  test.each([
    ["TODO", "/TODO/u"],
    ["function [a-z]+Zq", "/function [a-z]/u"],
    ["x*y{2,5}[zq]{3}", "/yy[zq][zq][zq]/u"],
    ["[A-Z][a-z]+[0-9]{3}[a-z]", "/[a-z][0-9][0-9][0-9][a-z]/u"],
    ["(?i)todo|fixme", "/todo|fixme/iu"],
    ["foo(bar|(?:x)+)?baz.*q", "/foo/u"],
    ["a\\.b\\b", "/a\\.b/u"],
    ["ab{0}c", "/ac/u"],
  ])("of %j is %s", (text, expected) => {
    expect(String(necessaryPart(text))).toBe(expected);
  });

  test.each(["(a+)+$", "a|", ".*", "[0-9]+", "(?i:a)bcd", "a\\Q*\\E", "[[:alpha:]]{9}", "foo)"])(
    "of %j is not known",
    (text) => {
      expect(necessaryPart(text)).toBeUndefined();
    },
  );

  test("is in every line that matches", () => {
    fc.assert(
      fc.property(pattern, fc.array(line, { maxLength: 12 }), (text, lines) => {
        const outcome = compileLinearRegex(text);
        fc.pre(outcome.kind === "compiled");
        const part = necessaryPart(text);
        for (const one of lines) if (outcome.regex.testLine(one)) expect(part?.test(one) ?? true).toBe(true);
      }),
      { numRuns: 3_000 },
    );
  });
});

describe("a matching line as it is shown", () => {
  test("is whole when it is short", () => {
    expect(excerptOf("let foo = 1", matcherOf("foo"))).toBe("let foo = 1");
  });

  test("shows the match when it is long, wherever it stands", () => {
    for (const place of [0, 150, 5_000, 999_000, 999_997]) {
      const long = `${"x".repeat(place)}foo${"y".repeat(1_000_000 - place - 3)}`;
      const shown = excerptOf(long, matcherOf("foo"));
      expect(shown).toContain("foo");
      expect(shown.length).toBeLessThanOrEqual(402);
    }
  });

  test("is well formed even where it is cut in a pair", () => {
    const shown = excerptOf(`${"😀".repeat(400)}foo${"😀".repeat(400)}`, matcherOf("foo"));
    expect(shown.isWellFormed()).toBe(true);
    expect(excerptOf(`a${"😀".repeat(400)}foo${"😀".repeat(400)}`, matcherOf("foo")).isWellFormed()).toBe(true);
  });
});
