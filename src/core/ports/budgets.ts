/**
 * What a project's sessions have used of its budget, and what model calls under way may still use (E2). Limits come with
 * each question: they are the project's and may change at any time.
 *
 * Contract: a hold is granted by one conditional statement, so that calls at once cannot pass a limit together. What was
 * used is added by the commit that says so (`SessionWrite.spend`), which ends the hold; where no commit says it, by
 * `endHold`. A run of a session's turn holds for one call at a time, under a name that no other run has: a run that is
 * still being stopped never ends the hold of the next one.
 */
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
  /** The run; what it held before is replaced. */
  readonly holder: string;
  /** The most that the call can use. */
  readonly most: Amounts;
  /** What is charged if nobody ever says what it used. */
  readonly atLeast: Amounts;
  readonly limits: BudgetLimits;
}

/** What a run has used; it holds nothing from then on. */
export interface Spending {
  readonly subject: string;
  readonly holder: string;
  readonly amounts: Amounts;
}

export interface BudgetState {
  readonly spent: Amounts;
  /** By others. */
  readonly held: Amounts;
}

export interface BudgetStore {
  /** False: what is spent and held leaves less than the wish. */
  holdBudget(wish: HoldWish): Promise<boolean>;
  /** Adds what was used all the same; also of a holder that holds nothing. */
  endHold(spending: Spending): Promise<void>;
  /** @param except the holder that asks */
  readBudget(subject: string, except?: string): Promise<BudgetState>;
}
