/**
 * Models by the beginning of their vendor's name: list prices in US dollars per million tokens, as the vendors published
 * them on the date below. Introductory discounts are left out, so a cost shown is never below the bill.
 *
 * Where a vendor asks more for a long prompt (OpenAI above 272 k, Gemini Pro above 200 k, Haiku 5.5 above 100 k tokens),
 * `contextTokens` is that step and not the window: compaction then keeps a prompt on the cheap side of it, and the price
 * in the row is the price paid. A model record may say otherwise.
 */
import type { ModelAccess } from "./ports/model.ts";

export type ModelFacts = Pick<ModelAccess, "contextTokens" | "maxOutputTokens" | "price" | "canSeeImages">;

export interface ModelRow extends ModelFacts {
  /** Of the vendor's name, up to its end or a `-`, `@` or `:`. */
  readonly prefix: string;
}

export const priceTableDate = "2026-11-20";

/** prefix, context, output, input $, output $, cache read $, cache write $ */
type Cells = readonly [string, number, number, number, number, number?, number?];

const MILLION = 1_000_000;

const anthropic: readonly Cells[] = [
  ["claude-fable-5-2", MILLION, 128_000, 10, 50, 0.25, 12.5],
  ["claude-fable-5-1", MILLION, 128_000, 10, 50, 0.25, 12.5],
  ["claude-fable-5", MILLION, 128_000, 10, 50, 1, 12.5],
  ["claude-opus-5-5", MILLION, 128_000, 4, 20, 0.2, 5],
  ["claude-opus-5", MILLION, 128_000, 5, 25, 0.5, 6.25],
  ["claude-opus-4-8", MILLION, 128_000, 5, 25, 0.5, 6.25],
  ["claude-opus-4-7", MILLION, 128_000, 5, 25, 0.5, 6.25],
  ["claude-opus-4-6", MILLION, 128_000, 5, 25, 0.5, 6.25],
  ["claude-opus-4-5", 200_000, 64_000, 5, 25, 0.5, 6.25],
  ["claude-opus-4", 200_000, 32_000, 15, 75, 1.5, 18.75],
  ["claude-sonnet-5-5", MILLION, 128_000, 2, 10, 0.1, 2.5],
  ["claude-sonnet-5", MILLION, 128_000, 2, 10, 0.2, 2.5],
  ["claude-sonnet-4-6", MILLION, 128_000, 3, 15, 0.3, 3.75],
  ["claude-sonnet-4", 200_000, 64_000, 3, 15, 0.3, 3.75],
  ["claude-3-7-sonnet", 200_000, 64_000, 3, 15, 0.3, 3.75],
  ["claude-haiku-5-5", 100_000, 128_000, 0.1, 0.5, 0.01, 0.125],
  ["claude-haiku-4-5", 200_000, 64_000, 1, 5, 0.1, 1.25],
  ["claude-3-5-haiku", 200_000, 8_192, 0.8, 4, 0.08, 1],
  ["claude-3-haiku", 200_000, 4_096, 0.25, 1.25, 0.03, 0.3],
];

const openai: readonly Cells[] = [
  ["gpt-6-astra", 272_000, 128_000, 10, 50, 1, 12.5],
  ["gpt-6.1-sol", 272_000, 128_000, 2, 10, 0.1, 2.5],
  ["gpt-6.1-terra", 272_000, 128_000, 1, 5, 0.05, 1.25],
  ["gpt-6-sol", 272_000, 128_000, 2, 10, 0.2, 2.5],
  ["gpt-6-luna", 272_000, 128_000, 0.1, 0.5, 0.01, 0.125],
  ["gpt-5.6-sol", 272_000, 128_000, 4, 20, 0.4],
  ["gpt-5.6-terra", 272_000, 128_000, 2, 12, 0.2],
  ["gpt-5.6-luna", 272_000, 128_000, 0.2, 1.2, 0.02],
  ["gpt-5.6", 272_000, 128_000, 4, 20, 0.4],
  ["gpt-5.5-pro", 272_000, 128_000, 30, 180, 3],
  ["gpt-5.5", 272_000, 128_000, 5, 30, 0.5],
  ["gpt-5.4-pro", 272_000, 128_000, 30, 180, 3],
  ["gpt-5.4-mini", 272_000, 128_000, 0.75, 4.5, 0.075],
  ["gpt-5.4-nano", 272_000, 128_000, 0.2, 1.25, 0.02],
  ["gpt-5.4", 272_000, 128_000, 2.5, 15, 0.25],
  ["gpt-5.3", 272_000, 128_000, 1.75, 14, 0.175],
  ["gpt-5.2-pro", 272_000, 128_000, 21, 168],
  ["gpt-5.2", 272_000, 128_000, 1.75, 14, 0.175],
  ["gpt-5.1-codex-mini", 272_000, 128_000, 0.25, 2, 0.025],
  ["gpt-5.1", 272_000, 128_000, 1.25, 10, 0.125],
  ["gpt-5-pro", 272_000, 128_000, 15, 120],
  ["gpt-5-mini", 272_000, 128_000, 0.25, 2, 0.025],
  ["gpt-5-nano", 272_000, 128_000, 0.05, 0.4, 0.005],
  ["gpt-5-chat", 112_000, 16_384, 1.25, 10, 0.125],
  ["gpt-5", 272_000, 128_000, 1.25, 10, 0.125],
  ["gpt-4.1-mini", 1_014_000, 32_768, 0.4, 1.6, 0.1],
  ["gpt-4.1-nano", 1_014_000, 32_768, 0.1, 0.4, 0.025],
  ["gpt-4.1", 1_014_000, 32_768, 2, 8, 0.5],
  ["gpt-4o-mini", 111_000, 16_384, 0.15, 0.6, 0.075],
  ["gpt-4o", 111_000, 16_384, 2.5, 10, 1.25],
  ["o4-mini", 100_000, 100_000, 1.1, 4.4, 0.275],
  ["o3", 100_000, 100_000, 2, 8, 0.5],
  ["o1", 100_000, 100_000, 15, 60, 7.5],
];

const gemini: readonly Cells[] = [
  ["gemini-4-argon", 983_000, 65_536, 4, 20, 0.2],
  ["gemini-4-carbon", 983_000, 65_536, 4, 20, 0.2],
  ["gemini-3.8-flash", MILLION, 65_536, 1.5, 7.5, 0.15],
  ["gemini-3.7-flash", MILLION, 65_536, 1.5, 7.5, 0.15],
  ["gemini-3.6-flash", MILLION, 65_536, 1.5, 7.5, 0.15],
  ["gemini-3.5-flash-lite", MILLION, 65_536, 0.3, 2.5],
  ["gemini-3.5-flash", MILLION, 65_536, 1.5, 9, 0.15],
  ["gemini-3.1-pro", 200_000, 65_536, 2, 12, 0.2],
  ["gemini-3.1-flash-lite", MILLION, 65_536, 0.25, 1.5, 0.025],
  ["gemini-3-pro", 200_000, 65_536, 2, 12, 0.2],
  ["gemini-3-flash", MILLION, 65_536, 0.5, 3, 0.05],
  ["gemini-2.5-pro", 200_000, 65_536, 1.25, 10, 0.125],
  ["gemini-2.5-flash-lite", MILLION, 65_536, 0.1, 0.4, 0.01],
  ["gemini-2.5-flash", MILLION, 65_536, 0.3, 2.5, 0.03],
  ["gemini-2.0-flash-lite", MILLION, 8_192, 0.075, 0.3],
  ["gemini-2.0-flash", MILLION, 8_192, 0.1, 0.4, 0.025],
];

function rowOf([prefix, contextTokens, maxOutputTokens, input, output, cacheRead, cacheWrite]: Cells): ModelRow {
  const price = {
    input,
    output,
    ...(cacheRead === undefined ? {} : { cacheRead }),
    ...(cacheWrite === undefined ? {} : { cacheWrite }),
  };
  return { prefix, contextTokens, maxOutputTokens, price, canSeeImages: true };
}

/** Costs nothing and reads no picture; what it is asked with is bounded only by what a session holds. */
const scripted: ModelRow = {
  prefix: "scripted",
  contextTokens: MILLION,
  maxOutputTokens: 65_536,
  price: { input: 0, output: 0 },
  canSeeImages: false,
};

export const priceTable: readonly ModelRow[] = [...[...anthropic, ...openai, ...gemini].map(rowOf), scripted];
