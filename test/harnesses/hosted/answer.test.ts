import type { LanguageModelV4StreamPart } from "@ai-sdk/provider";
import { describe, expect, it } from "vitest";
import { AnswerGrowth } from "../../../src/harnesses/hosted/answer.ts";

const usage = {
  inputTokens: { total: 1, noCache: 1, cacheRead: undefined, cacheWrite: undefined },
  outputTokens: { total: 1, text: undefined, reasoning: undefined },
};

function grow(parts: readonly LanguageModelV4StreamPart[]) {
  const growth = new AnswerGrowth();
  const deltas = parts.flatMap((part) => growth.add(part) ?? []);
  return { deltas, ...growth.grown() };
}
const text = (delta: string, id = "0"): LanguageModelV4StreamPart => ({ type: "text-delta", id, delta });
const thought = (delta: string, id: string): LanguageModelV4StreamPart => ({ type: "reasoning-delta", id, delta });

describe("an answer as it grows", () => {
  it("keeps a pair of surrogates together that comes in two deltas", () => {
    const { deltas, blocks } = grow([text("a\ud83d"), text("\ude42b")]);
    expect(deltas).toEqual([
      { kind: "text", delta: "a" },
      { kind: "text", delta: "🙂b" },
    ]);
    expect(blocks).toEqual([{ kind: "text", text: "a🙂b" }]);
  });

  it("ends with U+FFFD where the second half never came (B9)", () => {
    expect(grow([text("a\ud83d")]).blocks).toEqual([{ kind: "text", text: "a\ufffd" }]);
    expect(grow([text("\ude42 b")]).deltas).toEqual([{ kind: "text", delta: "\ufffd b" }]);
  });

  it("keeps blocks in the order in which they began, and keys them by id", () => {
    const { blocks } = grow([
      { type: "text-start", id: "1" },
      { type: "text-start", id: "2" },
      text("second", "2"),
      text("first", "1"),
      { type: "tool-call", toolCallId: "c", toolName: "read", input: '{"a":1}' },
      text("third", "3"),
    ]);
    expect(blocks).toEqual([
      { kind: "text", text: "first" },
      { kind: "text", text: "second" },
      { kind: "call", id: "c", name: "read", arguments: { a: 1 } },
      { kind: "text", text: "third" },
    ]);
  });

  it("begins a new block when an id is used again after its end", () => {
    const { blocks } = grow([text("one"), { type: "text-end", id: "0" }, text("two")]);
    expect(blocks.map((block) => "text" in block && block.text)).toEqual(["one", "two"]);
  });

  it("parts one thought from the next for whoever watches", () => {
    const { deltas } = grow([thought("First.", "a"), thought("Second.", "b")]);
    expect(deltas).toEqual([
      { kind: "thinking", delta: "First." },
      { kind: "thinking", delta: "\n\nSecond." },
    ]);
  });

  it("keeps the last that a provider said about a block", () => {
    const { blocks } = grow([
      { type: "reasoning-start", id: "a", providerMetadata: { openai: { itemId: "rs_1" } } },
      thought("Hm", "a"),
      {
        type: "reasoning-end",
        id: "a",
        providerMetadata: { openai: { itemId: "rs_1", reasoningEncryptedContent: "secret" } },
      },
    ]);
    expect(blocks).toEqual([
      { kind: "thinking", text: "Hm", options: { openai: { itemId: "rs_1", reasoningEncryptedContent: "secret" } } },
    ]);
  });

  it("is interrupted until it says that it is whole", () => {
    expect(grow([text("a")]).finish).toBe("interrupted");
    expect(grow([text("a"), { type: "finish", usage, finishReason: { unified: "stop", raw: "end" } }])).toMatchObject({
      finish: "stop",
      rawFinish: "end",
      usage,
    });
  });

  it("leaves out what the provider ran by itself", () => {
    expect(
      grow([{ type: "tool-call", toolCallId: "c", toolName: "web_search", input: "{}", providerExecuted: true }])
        .blocks,
    ).toEqual([]);
  });
});
