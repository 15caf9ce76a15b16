import { describe, expect, it } from "vitest";

import type { LinearRegex, LinearRegexOptions } from "../../src/lib/linear-regex.ts";
import { compileLinearRegex } from "../../src/lib/linear-regex.ts";

function regex(pattern: string, options?: LinearRegexOptions): LinearRegex {
  const outcome = compileLinearRegex(pattern, options);
  if (outcome.kind === "refused") throw new Error(`Test pattern is refused: ${outcome.detail}`);
  return outcome.regex;
}

describe("a linear regular expression", () => {
  it("finds a match anywhere in a line", () => {
    expect(regex(String.raw`\bfoo\d+`).testLine("a foo12 b")).toBe(true);
    expect(regex("^foo$").testLine("foo bar")).toBe(false);
    expect(regex("ü[é-ö]?").testLine("grün")).toBe(true);
    expect(regex("").testLine("")).toBe(true);
  });

  it("answers the same line the same way every time", () => {
    const found = regex("a");
    expect([1, 2, 3].map(() => found.testLine("xax"))).toEqual([true, true, true]);
  });

  it("ignores case and sees lines and line breaks only when told", () => {
    expect(regex("NEEDLE").testLine("a needle")).toBe(false);
    expect(regex("NEEDLE", { ignoreCase: true }).testLine("a needle")).toBe(true);
    expect(regex("^b$").testLine("a\nb")).toBe(false);
    expect(regex("^b$", { multiline: true }).testLine("a\nb")).toBe(true);
    expect(regex("a.b").testLine("a\nb")).toBe(false);
    expect(regex("a.b", { dotAll: true }).testLine("a\nb")).toBe(true);
  });

  it.each([
    ["(a", "missing closing )"],
    ["a**", "invalid nested repetition operator"],
    ["[z-a]", "invalid character class range"],
    ["(?=a)", "invalid or unsupported Perl syntax"],
    [String.raw`(a)\1`, "invalid escape sequence"],
    ["a{1001}", "invalid repeat count"],
  ])("refuses %j as a bad pattern and says why", (pattern, why) => {
    const detail = expect.stringContaining(why);
    expect(compileLinearRegex(pattern)).toEqual({ kind: "refused", reason: "bad_pattern", detail });
  });

  it("refuses a pattern that is too long or makes too large a program", () => {
    expect(compileLinearRegex("a".repeat(1_001))).toMatchObject({ reason: "too_long" });
    expect(compileLinearRegex("(?:[ab]{30}){30}")).toMatchObject({ reason: "too_large" });
  });

  it.each([
    ["(x+x+)+y", "x".repeat(100_000)],
    ["^(a|a)*$", `${"a".repeat(100_000)}!`],
    ["(.*)*=(.*)*=(.*)*;", "=".repeat(50_000)],
    [String.raw`^(\w+\s?)*$`, `${"word ".repeat(20_000)}!`],
    ["(a|b)*a(a|b){80}[^ab]", "ab".repeat(2_500)],
  ])("is done with %s in time linear in the line", (pattern, line) => {
    const hostile = regex(pattern);
    const started = performance.now();
    expect(hostile.testLine(line)).toBe(false);
    // Milliseconds here; a backtracking engine would not come back at all.
    expect(performance.now() - started).toBeLessThan(2_000);
  });
});
