/**
 * What is known of a model by its vendor's name: what fits into it, whether it sees images, what it costs. The table is
 * data with a date; a model's own record overrides it, and a model that nobody knows gets cautious defaults and no cost.
 */
import type { Usage } from "./events/content.ts";
import type { ModelPrice } from "./ports/model.ts";
import { priceTable } from "./prices-table.ts";
import type { ModelFacts, ModelRow } from "./prices-table.ts";

export { priceTableDate } from "./prices-table.ts";
export type { ModelFacts, ModelRow } from "./prices-table.ts";

/** Small enough for the models that people run at home, so that they are compacted rather than cut by their server. */
export const unknownModel: ModelFacts = {
  contextTokens: 32_000,
  maxOutputTokens: 4_096,
  price: null,
  canSeeImages: false,
};

/** Routers and clouds put a path or a region before the vendor's name: `openai/gpt-5`, `us.anthropic.claude-opus-5`. */
function bareName(vendorModel: string): string {
  const name = vendorModel.toLowerCase();
  return name.slice(name.lastIndexOf("/") + 1).replace(/^(?:[a-z]+\.)?anthropic\./, "");
}

function isPrefixOf(prefix: string, name: string): boolean {
  if (!name.startsWith(prefix)) return false;
  const after = name.charAt(prefix.length);
  return after === "" || after === "-" || after === "@" || after === ":";
}

/** The row with the longest prefix of the name; `overrides` are looked at before the table. */
export function findModel(vendorModel: string, overrides: readonly ModelRow[] = []): ModelRow | undefined {
  const name = bareName(vendorModel);
  return longest(overrides, name) ?? longest(priceTable, name);
}

function longest(rows: readonly ModelRow[], name: string): ModelRow | undefined {
  let found: ModelRow | undefined;
  for (const row of rows) {
    if (isPrefixOf(row.prefix, name) && row.prefix.length > (found?.prefix.length ?? -1)) found = row;
  }
  return found;
}

/** US dollars of one call, or nothing where no price is known. `input_tokens` holds the cached ones as well. */
export function costUsd(usage: Usage, price: ModelPrice | null): number | undefined {
  if (price === null) return undefined;
  const read = usage.cache_read_tokens ?? 0;
  const written = usage.cache_creation_tokens ?? 0;
  const fresh = Math.max(0, usage.input_tokens - read - written);
  const millionths =
    fresh * price.input +
    read * (price.cacheRead ?? price.input) +
    written * (price.cacheWrite ?? price.input) +
    usage.output_tokens * price.output;
  // Billionths: finer than any vendor's price of one token, without the noise of binary fractions.
  return Math.round(millionths * 1_000) / 1_000_000_000;
}
