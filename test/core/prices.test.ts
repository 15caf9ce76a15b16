import { describe, expect, it } from "vitest";
import { costUsd, findModel, priceTableDate } from "../../src/core/prices.ts";
import { priceTable } from "../../src/core/prices-table.ts";

describe("what is known of a model", () => {
  it.each([
    ["claude-sonnet-4-5-20250929", "claude-sonnet-4"],
    ["claude-sonnet-5-5", "claude-sonnet-5-5"],
    ["claude-sonnet-5", "claude-sonnet-5"],
    ["claude-opus-4-6@20260101", "claude-opus-4-6"],
    ["us.anthropic.claude-opus-4-1-20250805-v1:0", "claude-opus-4"],
    ["anthropic/claude-haiku-4-5", "claude-haiku-4-5"],
    ["gpt-5.4-mini-2026-03-17", "gpt-5.4-mini"],
    ["gpt-5.4", "gpt-5.4"],
    ["openai/gpt-5", "gpt-5"],
    ["GPT-4.1", "gpt-4.1"],
    ["models/gemini-2.5-flash-lite", "gemini-2.5-flash-lite"],
    ["scripted", "scripted"],
  ])("%s is read as %s", (name, prefix) => {
    expect(findModel(name)?.prefix).toBe(prefix);
  });

  it.each(["gpt-5.7", "gpt-50", "o30", "llama-4", "my-gpt-5", ""])("%j is not taken for another", (name) => {
    expect(findModel(name)).toBeUndefined();
  });

  it("is what an override says first", () => {
    const mine = { prefix: "gpt-5", contextTokens: 1, maxOutputTokens: 1, price: null, canSeeImages: false };
    expect(findModel("gpt-5-mini", [mine])).toBe(mine);
    expect(findModel("gpt-4.1", [mine])?.prefix).toBe("gpt-4.1");
  });

  it("has one row per prefix, sane prices and a date", () => {
    const prefixes = priceTable.map(({ prefix }) => prefix);
    expect(new Set(prefixes).size).toBe(prefixes.length);
    const isOdd = ({ price, contextTokens, maxOutputTokens }: (typeof priceTable)[number]) => {
      const { input = 0, output = 0, cacheRead = 0 } = price ?? {};
      return output < input || cacheRead > input || contextTokens < 32_000 || maxOutputTokens < 4_096;
    };
    expect(priceTable.filter(isOdd)).toEqual([]);
    expect(priceTableDate).toMatch(/^\d{4}-\d{2}-\d{2}$/);
  });
});

describe("what a call cost", () => {
  const price = { input: 3, output: 15, cacheRead: 0.3, cacheWrite: 3.75 };

  it.each([
    [{ input_tokens: 1_000, output_tokens: 100 }, price, 0.0045],
    [{ input_tokens: 1_000, output_tokens: 100, cache_read_tokens: 600, cache_creation_tokens: 200 }, price, 0.00303],
    [{ input_tokens: 1_000, output_tokens: 0, cache_read_tokens: 1_000 }, { input: 1, output: 1 }, 0.001],
    [{ input_tokens: 1, output_tokens: 1 }, { input: 0.1, output: 0.2 }, 0.0000003],
    [{ input_tokens: 5, output_tokens: 5 }, null, undefined],
    // A vendor that counts cached tokens beside the prompt and not in it never makes a call cheaper than nothing.
    [{ input_tokens: 10, output_tokens: 0, cache_read_tokens: 50 }, price, 0.000015],
  ])("%j at %j is %s", (usage, at, expected) => {
    expect(costUsd(usage, at)).toBe(expected);
  });
});
