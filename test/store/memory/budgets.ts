/** Budgets in memory. */
import type { Amounts, BudgetStore, HoldWish } from "../../../src/core/ports/budgets.ts";
import type { SessionWrite } from "../../../src/core/ports/store.ts";

export interface Budgets {
  readonly spent: Map<string, Amounts>;
  readonly holds: Map<string, HoldWish>;
}

const none: Amounts = { microUsd: 0, tokens: 0 };

export function addAmounts(left: Amounts, right: Amounts): Amounts {
  return { microUsd: left.microUsd + right.microUsd, tokens: left.tokens + right.tokens };
}

export function spendBudget({ spent, holds }: Budgets, { sessionId, spend }: SessionWrite): void {
  if (spend === undefined) return;
  spent.set(spend.subject, addAmounts(spent.get(spend.subject) ?? none, spend.amounts));
  holds.delete(sessionId);
}

export function memoryBudgets(budgets: Budgets): BudgetStore {
  const { spent, holds } = budgets;
  const read = (subject: string, except?: string) => ({
    spent: spent.get(subject) ?? none,
    held: Array.from(holds.values())
      .filter((hold) => hold.subject === subject && hold.sessionId !== except)
      .reduce((sum, { most }) => addAmounts(sum, most), none),
  });
  return {
    async holdBudget(wish) {
      const { spent: used, held } = read(wish.subject, wish.sessionId);
      const total = addAmounts(addAmounts(used, held), wish.most);
      const { limits } = wish;
      const fits =
        total.microUsd <= (limits.microUsd ?? Number.POSITIVE_INFINITY) &&
        total.tokens <= (limits.tokens ?? Number.POSITIVE_INFINITY);
      if (fits) holds.set(wish.sessionId, wish);
      return fits;
    },
    async freeBudget(sessionId) {
      holds.delete(sessionId);
    },
    async readBudget(subject, except) {
      return read(subject, except);
    },
  };
}
