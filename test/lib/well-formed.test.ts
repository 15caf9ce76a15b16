import fc from "fast-check";
import { describe, expect, it } from "vitest";

import type { JsonValue } from "../../src/lib/json.ts";
import { canonicalJson } from "../../src/lib/json.ts";
import { cutUtf8, toWellFormedJson, toWellFormedText } from "../../src/lib/well-formed.ts";

/** Any string of UTF-16 units, lone surrogates included. */
const anyText = fc
  .array(fc.oneof(fc.integer({ min: 0xd700, max: 0xe0ff }), fc.integer({ min: 0, max: 0xffff })), { maxLength: 30 })
  .map((units) => String.fromCharCode(...units));

describe("well-formed text", () => {
  it("has U+FFFD for a lone surrogate and keeps a pair", () => {
    expect(toWellFormedText("a\ud800b😀\udc00")).toBe("a\ufffdb😀\ufffd");
  });

  it("reaches every string and key of a JSON value, so that it can be stored", () => {
    const { tree } = fc.letrec<{ tree: JsonValue }>((tie) => ({
      tree: fc.oneof(
        { maxDepth: 4 },
        anyText,
        fc.integer(),
        fc.constant(null),
        fc.array(tie("tree"), { maxLength: 4 }),
        fc.dictionary(anyText, tie("tree"), { maxKeys: 4 }),
      ),
    }));
    fc.assert(
      fc.property(tree, (value) => {
        const mended = toWellFormedJson(value);
        expect(canonicalJson(mended)).toBe(JSON.stringify(mended));
        expect(toWellFormedJson(mended)).toBe(mended);
      }),
    );
  });

  it("shares what needs no change with the input", () => {
    const value = { fine: { list: ["a", { b: 1 }] }, broken: ["\ud800", { c: 2 }] } as const;
    const mended = toWellFormedJson(value) as typeof value;
    expect(mended).toEqual({ fine: value.fine, broken: ["\ufffd", { c: 2 }] });
    expect(mended.fine).toBe(value.fine);
    expect(mended.broken[1]).toBe(value.broken[1]);
  });

  it("keeps a member named __proto__ a member", () => {
    const mended = toWellFormedJson(JSON.parse('{"__proto__":{"a":"\\ud800"}}'));
    expect(JSON.stringify(mended)).toBe('{"__proto__":{"a":"\ufffd"}}');
    expect(Object.getPrototypeOf(mended)).toBe(Object.prototype);
  });
});

describe("cutting text to bytes", () => {
  it.each([
    ["abc", 3, "abc"],
    ["abc", 2, "ab"],
    ["aé", 2, "a"],
    ["aé", 3, "aé"],
    ["😀😀", 7, "😀"],
    ["😀", 3, ""],
    ["abc", 0, ""],
    ["", 0, ""],
    ["a\ud800b", 3, "a"],
  ])("%j in %i bytes is %j", (text, maxBytes, expected) => {
    expect(cutUtf8(text, maxBytes)).toBe(expected);
  });

  it("gives the longest beginning that fits, and never half a code point", () => {
    fc.assert(
      fc.property(anyText, fc.nat({ max: 80 }), (text, maxBytes) => {
        const cut = cutUtf8(text, maxBytes);
        expect(text.startsWith(cut)).toBe(true);
        expect(Buffer.byteLength(cut)).toBeLessThanOrEqual(maxBytes);
        if (cut === text) return;
        const next = String.fromCodePoint(text.codePointAt(cut.length) ?? 0);
        expect(Buffer.byteLength(cut + next)).toBeGreaterThan(maxBytes);
      }),
      { numRuns: 1_000 },
    );
  });
});
