/**
 * What a project's sessions have used of its budget, and what model calls under way may still use (E2). Limits come with
 * each question: they are the project's and may change at any time.
 *
 * Contract: a hold is granted by one conditional statement, so that calls at once cannot pass a limit together; a session
 * has at most one. What was used is added by the commit that says so (`SessionWrite.spend`), which frees the hold.
 */
import type { SessionId } from "../ids.ts";

export interface Amounts {
  /** Millionths of a US dollar. */
  readonly microUsd: number;
  readonly tokens: number;
}

/** Null: no limit. */
export type BudgetLimits = { readonly [Unit in keyof Amounts]: number | null };

export interface HoldWish {
  /** The project. */
  readonly subject: string;
  readonly sessionId: SessionId;
  /** The most that the call can use. */
  readonly most: Amounts;
  /** What is charged if nobody ever says what it used. */
  readonly atLeast: Amounts;
  readonly limits: BudgetLimits;
}

export interface BudgetState {
  readonly spent: Amounts;
  /** By other sessions. */
  readonly held: Amounts;
}

export interface BudgetStore {
  /** False: what is spent and held leaves less than the wish. */
  holdBudget(wish: HoldWish): Promise<boolean>;
  /** Frees what a session holds; nothing is charged. */
  freeBudget(sessionId: SessionId): Promise<void>;
  readBudget(subject: string, except?: SessionId): Promise<BudgetState>;
}
