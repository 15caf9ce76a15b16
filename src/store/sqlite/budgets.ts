/** What projects have used of their budgets, and what calls under way hold of them. */
import type { DatabaseSync } from "node:sqlite";
import type { SessionId } from "../../core/ids.ts";
import type { Spending } from "./jobs.ts";
import type { Amounts, BudgetState, BudgetStore, HoldWish } from "../../core/ports/budgets.ts";
import { prepareRows } from "./statement.ts";

/** Spent, or held by other sessions. */
function used(unit: "micro_usd" | "tokens"): string {
  return `(SELECT coalesce(max(spent_${unit}), 0) FROM budget WHERE subject = :subject)
      + (SELECT coalesce(sum(${unit}), 0) FROM budget_hold WHERE subject = :subject AND session_id <> :sessionId)`;
}

export const BUDGET_STATEMENTS = {
  hold: `INSERT OR REPLACE INTO budget_hold (subject, session_id, micro_usd, tokens, least_micro_usd, least_tokens)
    SELECT :subject, :sessionId, :microUsd, :tokens, :leastMicroUsd, :leastTokens
    WHERE (:limitMicroUsd IS NULL OR ${used("micro_usd")} + :microUsd <= :limitMicroUsd)
      AND (:limitTokens IS NULL OR ${used("tokens")} + :tokens <= :limitTokens)
    RETURNING 1 AS held`,
  free: "DELETE FROM budget_hold WHERE session_id = ?",
  spend: `INSERT INTO budget (subject, spent_micro_usd, spent_tokens) VALUES (?, ?, ?)
    ON CONFLICT (subject) DO UPDATE SET spent_micro_usd = spent_micro_usd + excluded.spent_micro_usd,
      spent_tokens = spent_tokens + excluded.spent_tokens`,
  spent: "SELECT spent_micro_usd AS micro_usd, spent_tokens AS tokens FROM budget WHERE subject = ?",
  held: `SELECT coalesce(sum(micro_usd), 0) AS micro_usd, coalesce(sum(tokens), 0) AS tokens FROM budget_hold
    WHERE subject = ? AND session_id <> ?`,
} as const;

/** Calls of a process that is gone were paid for at least in part; nobody will ever say how much. */
export const CHARGE_DEAD_HOLDS = `
INSERT INTO budget (subject, spent_micro_usd, spent_tokens)
  SELECT subject, sum(least_micro_usd), sum(least_tokens) FROM budget_hold WHERE true GROUP BY subject
  ON CONFLICT (subject) DO UPDATE SET spent_micro_usd = spent_micro_usd + excluded.spent_micro_usd,
    spent_tokens = spent_tokens + excluded.spent_tokens;
DELETE FROM budget_hold;
`;

interface AmountRow {
  readonly micro_usd: number;
  readonly tokens: number;
}

export interface BudgetWrites {
  hold(wish: HoldWish): boolean;
  free(sessionId: SessionId): void;
  /** Adds what was used, and frees what the session held. */
  spend(spending: Spending): void;
}

export function openBudgetWrites(db: DatabaseSync): BudgetWrites {
  const hold = prepareRows<{ held: number }>(db, BUDGET_STATEMENTS.hold);
  const free = prepareRows<never>(db, BUDGET_STATEMENTS.free);
  const spend = prepareRows<never>(db, BUDGET_STATEMENTS.spend);
  return {
    hold({ subject, sessionId, most, atLeast, limits }) {
      const row = hold.first({
        subject,
        sessionId,
        microUsd: most.microUsd,
        tokens: most.tokens,
        leastMicroUsd: atLeast.microUsd,
        leastTokens: atLeast.tokens,
        limitMicroUsd: limits.microUsd,
        limitTokens: limits.tokens,
      });
      return row !== undefined;
    },
    free: (sessionId) => void free.run(sessionId),
    spend({ subject, sessionId, amounts: { microUsd, tokens } }) {
      spend.run(subject, microUsd, tokens);
      free.run(sessionId);
    },
  };
}

export function openBudgetReads(db: DatabaseSync): Pick<BudgetStore, "readBudget"> {
  const spent = prepareRows<AmountRow>(db, BUDGET_STATEMENTS.spent);
  const held = prepareRows<AmountRow>(db, BUDGET_STATEMENTS.held);
  return {
    async readBudget(subject, except = "" as SessionId): Promise<BudgetState> {
      return { spent: amountsOf(spent.first(subject)), held: amountsOf(held.first(subject, except)) };
    },
  };
}

function amountsOf(row: AmountRow | undefined): Amounts {
  return { microUsd: row?.micro_usd ?? 0, tokens: row?.tokens ?? 0 };
}
