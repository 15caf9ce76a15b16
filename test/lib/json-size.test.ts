import fc from "fast-check";
import { describe, expect, test } from "vitest";

import { fitJsonBytes, jsonBytes } from "../../src/lib/json-size.ts";

const anyText = fc.string({ unit: fc.constantFrom("a", "é", "😀", "\u0000", '"', "\\", "\n", "字") });

describe("a text cut to the room it takes as JSON", () => {
  test("fits, is a beginning or an end of the text, and could not be longer by a character", () => {
    fc.assert(
      fc.property(anyText, fc.nat(60), fc.constantFrom("head", "tail"), (text, maxBytes, side) => {
        const part = fitJsonBytes(text, maxBytes, side);
        expect(jsonBytes(part)).toBeLessThanOrEqual(maxBytes);
        expect(part.isWellFormed()).toBe(true);
        expect(side === "head" ? text.startsWith(part) : text.endsWith(part)).toBe(true);
        const characters = Array.from(text);
        const kept = Array.from(part).length;
        const longer = (side === "head" ? characters.slice(0, kept + 1) : characters.slice(-kept - 1)).join("");
        expect(kept === characters.length || jsonBytes(longer) > maxBytes).toBe(true);
      }),
    );
  });

  test("is empty where there is no room", () => {
    expect(fitJsonBytes("abc", 0)).toBe("");
    expect(fitJsonBytes("abc", -5, "tail")).toBe("");
    expect(fitJsonBytes("\u0000", 5)).toBe("");
  });
});
