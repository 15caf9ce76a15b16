/** What a call may use of what is left of a project's budget. Pure sums; the store grants. */
import type { Amounts, BudgetLimits } from "../ports/budgets.ts";
import type { CallSize } from "../ports/harness.ts";
import type { ModelPrice } from "../ports/model.ts";
import type { ProjectBody } from "../records/project.ts";
import type { Usage } from "../events/content.ts";

export const MICRO = 1_000_000;

export function limitsOf({ budget }: Pick<ProjectBody, "budget">): BudgetLimits | null {
  const usd = budget?.usd ?? null;
  const tokens = budget?.tokens ?? null;
  if (usd === null && tokens === null) return null;
  return { microUsd: usd === null ? null : Math.round(usd * MICRO), tokens };
}

export function amountsOf(usage: Usage | undefined): Amounts {
  if (usage === undefined) return { microUsd: 0, tokens: 0 };
  return {
    microUsd: Math.ceil((usage.cost_usd ?? 0) * MICRO),
    tokens: usage.input_tokens + usage.output_tokens,
  };
}

/** The most that a call of this size costs; a cache that is written costs more than what is read fresh. */
export function mostOf({ inputTokens, outputTokens }: CallSize, price: ModelPrice | null): Amounts {
  const tokens = inputTokens + outputTokens;
  if (price === null) return { microUsd: 0, tokens };
  const input = Math.max(price.input, price.cacheWrite ?? 0);
  // Prices are dollars a million tokens, so tokens by price are millionths.
  return { microUsd: Math.ceil(inputTokens * input + outputTokens * price.output), tokens };
}

/** Output tokens that a call may have, when its input is paid for: at most `wanted`; below 0 not even that is. */
export function affordable(
  left: BudgetLimits,
  { inputTokens, outputTokens: wanted }: CallSize,
  price: ModelPrice | null,
): number {
  const input = mostOf({ inputTokens, outputTokens: 0 }, price);
  const byTokens = left.tokens === null ? wanted : left.tokens - input.tokens;
  const isFree = price === null || left.microUsd === null || price.output === 0;
  const spare = left.microUsd === null ? 0 : left.microUsd - input.microUsd;
  const byMoney = isFree ? (spare < 0 ? -1 : wanted) : Math.floor(spare / price.output);
  return Math.min(wanted, byTokens, byMoney);
}

export function addAmounts(...all: readonly Amounts[]): Amounts {
  return {
    microUsd: all.reduce((sum, { microUsd }) => sum + microUsd, 0),
    tokens: all.reduce((sum, { tokens }) => sum + tokens, 0),
  };
}

export function leftOf(limits: BudgetLimits, ...used: readonly Amounts[]): BudgetLimits {
  const sum = (unit: keyof Amounts) => used.reduce((total, amounts) => total + amounts[unit], 0);
  return {
    microUsd: limits.microUsd === null ? null : limits.microUsd - sum("microUsd"),
    tokens: limits.tokens === null ? null : limits.tokens - sum("tokens"),
  };
}

export interface Exhaustion {
  readonly unit: "usd" | "tokens";
  readonly limit: number;
  readonly spent: number;
}

/** What is used up, or as good as that; in the unit that there is a limit for. */
export function exhaustionOf(limits: BudgetLimits, spent: Amounts): Exhaustion {
  const left = leftOf(limits, spent);
  const shareOf = (unit: keyof Amounts) => (left[unit] ?? 0) / Math.max(1, limits[unit] ?? 1);
  const isMoney = limits.tokens === null || (limits.microUsd !== null && shareOf("microUsd") <= shareOf("tokens"));
  return isMoney
    ? { unit: "usd", limit: (limits.microUsd ?? 0) / MICRO, spent: spent.microUsd / MICRO }
    : { unit: "tokens", limit: limits.tokens ?? 0, spent: spent.tokens };
}

export function isUsedUp(limits: BudgetLimits, spent: Amounts): boolean {
  const left = leftOf(limits, spent);
  return (left.microUsd !== null && left.microUsd <= 0) || (left.tokens !== null && left.tokens <= 0);
}
