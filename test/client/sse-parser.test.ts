/** The parser against the standard's examples, against a parser of the field, and against its own joins. */
import { createParser } from "eventsource-parser";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { SseParser } from "../../src/client/sse-parser.ts";
import type { SseFrame } from "../../src/client/sse-parser.ts";

function parseIn(pieces: readonly string[]): readonly SseFrame[] {
  const parser = new SseParser();
  return pieces.flatMap((piece) => parser.push(piece));
}

/** What a well-kept parser makes of it: messages with data, with the id that stands in their own frame. */
function parseByOther(pieces: readonly string[]) {
  const found: { event: string; data: string; id: string | undefined }[] = [];
  const parser = createParser({
    onEvent: ({ event, data, id }) => found.push({ event: event ?? "message", data, id }),
  });
  for (const piece of pieces) parser.feed(piece);
  return found;
}

const word = fc.constantFrom("event", "data", "id", "retry", "other", "", "Data", "e");
const value = fc.oneof(
  fc.constantFrom("", " ", "a", " a", "  two", "12", "-1", "a:b", "ü", "\u{1F3D4}", "turn.completed", "x\0y"),
  fc.string({ maxLength: 8 }).map((text) => text.replaceAll(/[\r\n]/g, "")),
);
const line = fc.oneof(
  { weight: 4, arbitrary: fc.tuple(word, value).map(([name, text]) => `${name}:${text}`) },
  { weight: 1, arbitrary: word },
  { weight: 3, arbitrary: fc.constant("") },
);
const ending = fc.constantFrom("\n", "\r\n", "\r");
const text = fc
  .array(fc.tuple(line, ending), { maxLength: 30 })
  .map((lines) => lines.map(([one, end]) => one + end).join(""));

function cutAt(whole: string, cuts: readonly number[]): readonly string[] {
  const places = [...new Set(cuts.map((cut) => cut % (whole.length + 1)))].toSorted((one, other) => one - other);
  return [...places, whole.length].map((end, index) => whole.slice(places[index - 1] ?? 0, end));
}

describe("the parser of event streams", () => {
  it("reads the same messages as a parser of the field, however the stream is cut", () => {
    fc.assert(
      fc.property(text, fc.array(fc.nat(), { maxLength: 10 }), (whole, cuts) => {
        const pieces = cutAt(whole, cuts);
        const ours = parseIn(pieces).flatMap(({ event, data, id }) => (data === null ? [] : [{ event, data, id }]));
        expect(ours).toEqual(parseByOther([whole]));
      }),
      { numRuns: 2_000 },
    );
  });

  it("reads the same frames from one piece as from many", () => {
    fc.assert(
      fc.property(text, (whole) => {
        expect(parseIn(whole.split(""))).toEqual(parseIn([whole]));
      }),
      { numRuns: 500 },
    );
  });

  it("hands out an id that comes alone, because it moves the resume point", () => {
    expect(parseIn(["id: evt_7\n\n"])).toEqual([{ event: "message", data: null, id: "evt_7" }]);
  });

  it("hands out an empty id, which means that the last one is to be forgotten", () => {
    expect(parseIn(["id:\ndata: x\n\n"])).toEqual([{ event: "message", data: "x", id: "" }]);
  });

  it("hands out a time that comes alone", () => {
    expect(parseIn(["retry: 5500\n\n"])).toEqual([{ event: "message", data: null, retryMs: 5500 }]);
  });

  it("says nothing of comments and of frames with nothing in them", () => {
    expect(parseIn([": heartbeat\n\n", "event: x\n\n", "\n\n\n"])).toEqual([]);
  });

  it("keeps a frame back until its blank line has come", () => {
    const parser = new SseParser();
    expect(parser.push("data: half")).toEqual([]);
    expect(parser.push(" and half\n")).toEqual([]);
    expect(parser.push("\n")).toEqual([{ event: "message", data: "half and half" }].map((frame) => frame));
  });

  it("reads a line of a megabyte in pieces of one character without walking through it again for each", () => {
    const pieces = ["data: ", ...Array<string>(1_000_000).fill("x"), "\n\n"];
    const start = performance.now();
    expect(parseIn(pieces)).toHaveLength(1);
    // Walking through it again would be 500 gigabytes of letters.
    expect(performance.now() - start).toBeLessThan(10_000);
  });
});
