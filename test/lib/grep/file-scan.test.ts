import fc from "fast-check";
import { describe, expect, test } from "vitest";

import { FileScan, MAX_LINE_BYTES } from "../../../src/lib/grep/file-scan.ts";
import type { FoundLine } from "../../../src/lib/grep/file-scan.ts";
import { compileLineMatcher } from "../../../src/lib/grep/line-matcher.ts";

function scan(pattern: string, pieces: readonly (Buffer | string)[], room = Infinity) {
  const outcome = compileLineMatcher(pattern);
  if (outcome.kind === "refused") throw new Error(outcome.detail);
  const found: FoundLine[] = [];
  const scanned = new FileScan(outcome.matcher, (line) => found.length < room && found.push(line) > 0);
  for (const piece of pieces) {
    // The memory is used again for the next piece, as a reader of files does.
    const shared = Buffer.from(piece);
    scanned.add(shared);
    shared.fill(0x66);
  }
  scanned.end();
  return { found: found.map(({ lineNumber, text }) => [lineNumber, text]), scanned };
}

describe("a file looked through piece by piece", () => {
  test("gives each matching line with its number", () => {
    expect(scan("b", ["a\nb\n\nab\n", "c\nb"]).found).toEqual([
      [2, "b"],
      [4, "ab"],
      [6, "b"],
    ]);
  });

  test("gives the same lines however it is cut", () => {
    const text = "fé\n\n😀 foo\r\nxfoo\nfoo\r\nbar\n\nfoo";
    const bytes = Buffer.from(text);
    const whole = scan("o$", [bytes]).found;
    expect(whole).toEqual([
      [3, "😀 foo"],
      [4, "xfoo"],
      [5, "foo"],
      [8, "foo"],
    ]);
    fc.assert(
      fc.property(fc.array(fc.nat(bytes.length)), (cuts) => {
        const places = [0, ...cuts.toSorted((left, right) => left - right), bytes.length];
        const pieces = places.slice(1).map((end, index) => bytes.subarray(places[index], end));
        expect(scan("o$", pieces).found).toEqual(whole);
      }),
    );
  });

  test("is binary if a NUL is among its first 8 KiB, and then nothing of it is shown", () => {
    const { found, scanned } = scan("foo", ["foo\n", Buffer.from("foo\n\0\nfoo\n"), "foo\n"]);
    expect(scanned.isBinary).toBe(true);
    expect(found).toEqual([[1, "foo"]]);
    expect(scan("foo", [`${"x\n".repeat(5_000)}\0\nfoo\n`]).found).toEqual([[5_002, "foo"]]);
  });

  test("does not show its byte order mark", () => {
    expect(scan("^foo$", ["\uFEFFfoo\n"]).found).toEqual([[1, "foo"]]);
  });

  test("stops at a line that is not taken, and says so", () => {
    const { found, scanned } = scan("x", ["x\nx\n", "x\nx\n"], 3);
    expect(found).toHaveLength(3);
    expect(scanned.isEnough).toBe(true);
    expect(scan("x", ["x\nx\n", "x\n"], 3).scanned.isEnough).toBe(false);
  });

  test("searches a line longer than the limit in parts, and shows it once", () => {
    const part = Buffer.alloc(MAX_LINE_BYTES, "y");
    const pieces = ["first\n", part, "foo", part, "foo", part, "\nfoo\n"];
    const { found } = scan("foo", pieces);
    expect(found.map(([lineNumber]) => lineNumber)).toEqual([2, 3]);
    expect(found[0]?.[1]).toContain("foo");
  });
});
