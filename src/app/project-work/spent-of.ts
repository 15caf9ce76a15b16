/** What a project's sessions have used, for people. */
import type { BudgetStore } from "../../core/ports/budgets.ts";
import { MICRO } from "../../core/project-work/budget.ts";

export type SpentOf = (project: string) => Promise<{ readonly usd: number; readonly tokens: number }>;

export function makeSpentOf(store: Pick<BudgetStore, "readBudget">): SpentOf {
  return async (project) => {
    const { spent } = await store.readBudget(project);
    return { usd: spent.microUsd / MICRO, tokens: spent.tokens };
  };
}
