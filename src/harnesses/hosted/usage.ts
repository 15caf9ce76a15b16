/** What a call used, as its provider counted it, and what that cost. */
import type { LanguageModelV4Usage } from "@ai-sdk/provider";
import type { Usage } from "../../core/events/content.ts";
import type { ModelAccess } from "../../core/ports/model.ts";
import { costUsd } from "../../core/prices.ts";

function count(value: number | undefined): number {
  return value !== undefined && Number.isFinite(value) ? Math.max(0, Math.round(value)) : 0;
}

/** `input_tokens` is the whole prompt, what came from a cache included. */
export function usageOf(counted: LanguageModelV4Usage | null, { price }: Pick<ModelAccess, "price">): Usage {
  const read = count(counted?.inputTokens.cacheRead);
  const written = count(counted?.inputTokens.cacheWrite);
  const usage: Usage = {
    input_tokens: count(counted?.inputTokens.total),
    output_tokens: count(counted?.outputTokens.total),
    ...(read === 0 ? {} : { cache_read_tokens: read }),
    ...(written === 0 ? {} : { cache_creation_tokens: written }),
  };
  const cost = costUsd(usage, price);
  return cost === undefined ? usage : { ...usage, cost_usd: cost };
}
