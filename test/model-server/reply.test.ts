import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { ModelRequest } from "./exchange.ts";
import { makeReply, pieces } from "./reply.ts";

const REQUEST: ModelRequest = {
  protocol: "openai-responses",
  model: "m",
  system: "You are brief",
  messages: [{ role: "user", parts: [{ kind: "text", text: "x".repeat(400) }] }],
  tools: [{ name: "status", kind: "function", namespace: "git" }],
  stream: true,
  wishes: [],
};

describe("a reply", () => {
  it("is cut into pieces that add up to the text, none of them empty or half a code point", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), fc.integer({ min: 1, max: 30 }), (text, wanted) => {
        const made = pieces(text, wanted);
        expect(made.join("")).toBe(text);
        expect(made.length).toBeLessThanOrEqual(wanted);
        expect(made.every((piece) => piece !== "" && piece.isWellFormed())).toBe(true);
      }),
    );
  });

  it("has as many deltas as the script says, else one for each word up to eight", () => {
    const deltas = (step: { text: string; chunks?: number }): number | undefined =>
      makeReply(step, REQUEST).text?.length;
    expect(deltas({ text: "one two three" })).toBe(3);
    expect(deltas({ text: "a ".repeat(50) })).toBe(8);
    expect(deltas({ text: "a ".repeat(50), chunks: 20 })).toBe(20);
    expect(deltas({ text: "ab", chunks: 20 })).toBe(2);
    expect(deltas({ text: "" })).toBe(0);
  });

  it("estimates its usage where the script is silent", () => {
    const { usage } = makeReply({ text: "x".repeat(80), thinking: "y".repeat(40) }, REQUEST);
    expect(usage).toMatchObject({ output: 30, reasoning: 10, cacheRead: 0, cacheWrite: 0 });
    expect(usage.input).toBeGreaterThan(100);
  });

  it("says nothing beside its tool calls unless the script does, and finds tools by their full name", () => {
    const reply = makeReply({ tools: [{ name: "git.status" }] }, REQUEST);
    expect(reply).toMatchObject({
      text: undefined,
      stop: "tools",
      calls: [{ name: "status", namespace: "git", raw: "{}" }],
    });
    expect(makeReply({}, REQUEST)).toMatchObject({ text: [], stop: "end" });
  });

  it("never gives two replies the same ids", () => {
    const keys = Array.from({ length: 100 }, () => makeReply({ text: "x" }, REQUEST).key);
    expect(new Set(keys).size).toBe(100);
  });
});
