/** What projects have used of their budgets, and what calls under way hold of them. */
import type { DatabaseSync } from "node:sqlite";
import type { Amounts, BudgetState, BudgetStore, HoldWish, Spending } from "../../core/ports/budgets.ts";
import { prepareRows } from "./statement.ts";

/** Spent, or held by others. */
function used(unit: "micro_usd" | "tokens"): string {
  return `(SELECT coalesce(max(spent_${unit}), 0) FROM budget WHERE subject = :subject)
      + (SELECT coalesce(sum(${unit}), 0) FROM budget_hold WHERE subject = :subject AND holder <> :holder)`;
}

export const BUDGET_STATEMENTS = {
  hold: `INSERT OR REPLACE INTO budget_hold (subject, holder, micro_usd, tokens, least_micro_usd, least_tokens)
    SELECT :subject, :holder, :microUsd, :tokens, :leastMicroUsd, :leastTokens
    WHERE (:limitMicroUsd IS NULL OR ${used("micro_usd")} + :microUsd <= :limitMicroUsd)
      AND (:limitTokens IS NULL OR ${used("tokens")} + :tokens <= :limitTokens)
    RETURNING 1 AS held`,
  free: "DELETE FROM budget_hold WHERE subject = ? AND holder = ?",
  spend: `INSERT INTO budget (subject, spent_micro_usd, spent_tokens) VALUES (?, ?, ?)
    ON CONFLICT (subject) DO UPDATE SET spent_micro_usd = spent_micro_usd + excluded.spent_micro_usd,
      spent_tokens = spent_tokens + excluded.spent_tokens`,
  spent: "SELECT spent_micro_usd AS micro_usd, spent_tokens AS tokens FROM budget WHERE subject = ?",
  held: `SELECT coalesce(sum(micro_usd), 0) AS micro_usd, coalesce(sum(tokens), 0) AS tokens FROM budget_hold
    WHERE subject = ? AND holder <> ?`,
} as const;

/** Calls of a process that is gone were paid for at least in part; nobody will ever say how much. Charged once. */
export const CHARGE_DEAD_HOLDS = `
BEGIN IMMEDIATE;
INSERT INTO budget (subject, spent_micro_usd, spent_tokens)
  SELECT subject, sum(least_micro_usd), sum(least_tokens) FROM budget_hold WHERE true GROUP BY subject
  ON CONFLICT (subject) DO UPDATE SET spent_micro_usd = spent_micro_usd + excluded.spent_micro_usd,
    spent_tokens = spent_tokens + excluded.spent_tokens;
DELETE FROM budget_hold;
COMMIT;
`;

interface AmountRow {
  readonly micro_usd: number;
  readonly tokens: number;
}

export interface BudgetWrites {
  hold(wish: HoldWish): boolean;
  /** Adds what was used, and frees what was held. */
  free(spending: Spending): void;
}

export function openBudgetWrites(db: DatabaseSync): BudgetWrites {
  const hold = prepareRows<{ held: number }>(db, BUDGET_STATEMENTS.hold);
  const free = prepareRows<never>(db, BUDGET_STATEMENTS.free);
  const spend = prepareRows<never>(db, BUDGET_STATEMENTS.spend);
  return {
    hold({ subject, holder, most, atLeast, limits }) {
      const row = hold.first({
        subject,
        holder,
        microUsd: most.microUsd,
        tokens: most.tokens,
        leastMicroUsd: atLeast.microUsd,
        leastTokens: atLeast.tokens,
        limitMicroUsd: limits.microUsd,
        limitTokens: limits.tokens,
      });
      return row !== undefined;
    },
    free({ subject, holder, amounts: { microUsd, tokens } }) {
      if (microUsd > 0 || tokens > 0) spend.run(subject, microUsd, tokens);
      free.run(subject, holder);
    },
  };
}

export function openBudgetReads(db: DatabaseSync): Pick<BudgetStore, "readBudget"> {
  const spent = prepareRows<AmountRow>(db, BUDGET_STATEMENTS.spent);
  const held = prepareRows<AmountRow>(db, BUDGET_STATEMENTS.held);
  return {
    async readBudget(subject, except = ""): Promise<BudgetState> {
      return { spent: amountsOf(spent.first(subject)), held: amountsOf(held.first(subject, except)) };
    },
  };
}

function amountsOf(row: AmountRow | undefined): Amounts {
  return { microUsd: row?.micro_usd ?? 0, tokens: row?.tokens ?? 0 };
}
