/** Sums of what model calls used. Tokens are counts; money is US dollars on the wire, millionths inside sums. */
import type { Usage } from "./events/content.ts";
import type { SumFacts } from "./session.ts";

export const noSums: SumFacts = {
  inputTokens: 0,
  outputTokens: 0,
  cacheReadTokens: 0,
  cacheCreationTokens: 0,
  costMicroUsd: 0,
  messageCount: 0,
};

export function addUsage(total: Usage, more: Usage | undefined): Usage {
  if (more === undefined) return total;
  const sum: Usage = {
    input_tokens: total.input_tokens + more.input_tokens,
    output_tokens: total.output_tokens + more.output_tokens,
  };
  const cacheRead = (total.cache_read_tokens ?? 0) + (more.cache_read_tokens ?? 0);
  const cacheCreation = (total.cache_creation_tokens ?? 0) + (more.cache_creation_tokens ?? 0);
  const cost = (total.cost_usd ?? 0) + (more.cost_usd ?? 0);
  if (cacheRead > 0) sum.cache_read_tokens = cacheRead;
  if (cacheCreation > 0) sum.cache_creation_tokens = cacheCreation;
  if (cost > 0) sum.cost_usd = cost;
  return sum;
}

/** What one turn adds to its session's sums. */
export function sumsOf(usage: Usage, messageCount: number): SumFacts {
  return {
    inputTokens: usage.input_tokens,
    outputTokens: usage.output_tokens,
    cacheReadTokens: usage.cache_read_tokens ?? 0,
    cacheCreationTokens: usage.cache_creation_tokens ?? 0,
    costMicroUsd: Math.round((usage.cost_usd ?? 0) * 1_000_000),
    messageCount,
  };
}

/** A session's sums as the wire's `usage`; nothing before the first model call. */
export function usageOf(sums: SumFacts): Usage | null {
  if (sums.inputTokens === 0 && sums.outputTokens === 0) return null;
  return addUsage(
    { input_tokens: sums.inputTokens, output_tokens: sums.outputTokens },
    {
      input_tokens: 0,
      output_tokens: 0,
      cache_read_tokens: sums.cacheReadTokens,
      cache_creation_tokens: sums.cacheCreationTokens,
      cost_usd: sums.costMicroUsd / 1_000_000,
    },
  );
}
