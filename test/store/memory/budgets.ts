/** Budgets in memory. */
import type { Amounts, BudgetStore, HoldWish, Spending } from "../../../src/core/ports/budgets.ts";

export interface Budgets {
  readonly spent: Map<string, Amounts>;
  readonly holds: Map<string, HoldWish>;
}

const none: Amounts = { microUsd: 0, tokens: 0 };

export function addAmounts(left: Amounts, right: Amounts): Amounts {
  return { microUsd: left.microUsd + right.microUsd, tokens: left.tokens + right.tokens };
}

export function spendBudget({ spent, holds }: Budgets, { subject, holder, amounts }: Spending): void {
  spent.set(subject, addAmounts(spent.get(subject) ?? none, amounts));
  holds.delete(holder);
}

export function memoryBudgets(budgets: Budgets): BudgetStore {
  const { spent, holds } = budgets;
  const read = (subject: string, except?: string) => ({
    spent: spent.get(subject) ?? none,
    held: Array.from(holds.values())
      .filter((hold) => hold.subject === subject && hold.holder !== except)
      .reduce((sum, { most }) => addAmounts(sum, most), none),
  });
  return {
    async holdBudget(wish) {
      const { spent: used, held } = read(wish.subject, wish.holder);
      const total = addAmounts(addAmounts(used, held), wish.most);
      const { limits } = wish;
      const fits =
        total.microUsd <= (limits.microUsd ?? Number.POSITIVE_INFINITY) &&
        total.tokens <= (limits.tokens ?? Number.POSITIVE_INFINITY);
      if (fits) holds.set(wish.holder, wish);
      return fits;
    },
    async endHold(spending) {
      spendBudget(budgets, spending);
    },
    async readBudget(subject, except) {
      return read(subject, except);
    },
  };
}
