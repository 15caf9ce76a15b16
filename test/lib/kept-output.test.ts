import fc from "fast-check";
import { expect, it } from "vitest";
import { jsonBytes } from "../../src/lib/json-size.ts";
import { KeptOutput } from "../../src/lib/kept-output.ts";

function keep(text: string, room: number, piece: number) {
  const kept = new KeptOutput(room);
  const bytes = Buffer.from(text);
  let heard = "";
  for (let from = 0; from < bytes.length; from += piece) heard += kept.add(bytes.subarray(from, from + piece));
  heard += kept.end();
  return { heard, shown: kept.shown() };
}

it("shows beginning and end of any output in any pieces, and counts the rest", () => {
  const texts = fc
    .array(fc.constantFrom("a", "é", "😀", "\n", "\u0001", '"'), { maxLength: 300 })
    .map((parts) => parts.join(""));
  const property = fc.property(
    texts,
    fc.integer({ min: 8, max: 200 }),
    fc.integer({ min: 1, max: 9 }),
    (text, room, piece) => {
      const { heard, shown } = keep(text, room, piece);
      expect(heard).toBe(text);
      expect(jsonBytes(shown.head) + jsonBytes(shown.tail)).toBeLessThanOrEqual(room);
      expect(text.startsWith(shown.head) && text.endsWith(shown.tail)).toBe(true);
      expect(shown.head.length + shown.omittedChars + shown.tail.length).toBe(text.length);
      expect(shown.head.isWellFormed() && shown.tail.isWellFormed()).toBe(true);
      if (jsonBytes(text) <= room) expect(shown).toEqual({ head: text, omittedChars: 0, tail: "" });
    },
  );
  fc.assert(property, { numRuns: 500 });
});
