/**
 * Statuses, computed from facts (S4, S7). A door's statuses are a table `word → predicate`, the first that holds. One
 * interpreter computes the word (`statusOf`), one compiles a word to a filter (`wherePredicate`), so a list can never
 * disagree with the thing it lists.
 */
import { isAgentGone, isAtWork } from "./project-work/spawned.ts";
import type { SessionState } from "./state.ts";
import type { Need, SessionRecord, TurnFacts } from "./session.ts";

export interface FactTests {
  readonly lifecycle?: readonly TurnFacts["lifecycle"][];
  readonly hold?: readonly TurnFacts["hold"][];
  readonly turn?: readonly TurnFacts["turn"][];
  readonly hasTurns?: boolean;
  /** Messages that are owed a turn: what waits for an agent that is only watched is read at its next hook, whenever that is. */
  readonly hasQueue?: boolean;
  /** At least one of these is needed. */
  readonly needs?: readonly Need[];
}

/** All tests of `tests` hold · any of `any` · none of `none`. */
export type FactPredicate =
  | { readonly kind: "facts"; readonly tests: FactTests }
  | { readonly kind: "any"; readonly of: readonly FactPredicate[] }
  | { readonly kind: "all"; readonly of: readonly FactPredicate[] }
  | { readonly kind: "not"; readonly of: FactPredicate };

export interface StatusRow<Word extends string> {
  readonly word: Word;
  readonly when: FactPredicate;
}

function facts(tests: FactTests): FactPredicate {
  return { kind: "facts", tests };
}

export type NativeStatus = "idle" | "active" | "completed" | "failed" | "killed";

export const nativeStatuses: readonly StatusRow<NativeStatus>[] = [
  { word: "killed", when: facts({ lifecycle: ["killed"] }) },
  { word: "failed", when: facts({ lifecycle: ["failed"] }) },
  { word: "completed", when: facts({ lifecycle: ["completed"] }) },
  { word: "active", when: facts({ turn: ["cancelling"] }) },
  { word: "active", when: facts({ turn: ["active", "waiting"], hold: ["none"] }) },
  { word: "active", when: facts({ turn: ["none"], hold: ["none"], hasQueue: true }) },
  { word: "idle", when: facts({}) },
];

function testFacts(tests: FactTests, held: TurnFacts): boolean {
  return (
    (tests.lifecycle?.includes(held.lifecycle) ?? true) &&
    (tests.hold?.includes(held.hold) ?? true) &&
    (tests.turn?.includes(held.turn) ?? true) &&
    (tests.hasTurns === undefined || tests.hasTurns === held.turnCount > 0) &&
    (tests.hasQueue === undefined || tests.hasQueue === isOwedTurns(held)) &&
    (tests.needs?.some((need) => held.needs.includes(need)) ?? true)
  );
}

/** Its queue begins turns as soon as nothing else is in the way. */
export function isOwedTurns({ queuedCount, isObserved }: Pick<TurnFacts, "queuedCount" | "isObserved">): boolean {
  return queuedCount > 0 && isObserved !== true;
}

export function holds(predicate: FactPredicate, held: TurnFacts): boolean {
  switch (predicate.kind) {
    case "facts":
      return testFacts(predicate.tests, held);
    case "any":
      return predicate.of.some((part) => holds(part, held));
    case "all":
      return predicate.of.every((part) => holds(part, held));
    case "not":
      return !holds(predicate.of, held);
  }
}

export function statusOf<Word extends string>(table: readonly StatusRow<Word>[], held: TurnFacts): Word {
  const row = table.find(({ when }) => holds(when, held));
  if (row === undefined) throw new Error(`No row of the status table holds for ${JSON.stringify(held)}`);
  return row.word;
}

/** The sessions that `statusOf` would call by this word: its rows, and none of the rows above each. */
export function wherePredicate<Word extends string>(table: readonly StatusRow<Word>[], word: Word): FactPredicate {
  const of = table.flatMap((row, index) => {
    if (row.word !== word) return [];
    const above = table.slice(0, index).map(({ when }): FactPredicate => ({ kind: "not", of: when }));
    return [{ kind: "all", of: [row.when, ...above] } satisfies FactPredicate];
  });
  return { kind: "any", of };
}

/** The fact columns that follow from the fold. */
export function factsOf(state: SessionState): Omit<TurnFacts, "preview" | "outputPreview"> {
  const { turn } = state;
  const phase =
    turn === null ? "none" : turn.phase === "waiting" || turn.phase === "cancelling" ? turn.phase : "active";
  return {
    lifecycle: state.lifecycle,
    hold: state.hold,
    turn: phase,
    // The fold keeps ids as the log does; this one was minted as a turn's.
    turnId: (turn?.id ?? null) as TurnFacts["turnId"],
    needs: needsOf(state),
    stopReason: state.stopReason,
    isolation: state.isolation ?? null,
    turnCount: state.turnCount,
    queuedCount: state.queuedCount,
    ...(state.isObserved === true ? { isObserved: true as const } : {}),
  };
}

function needsOf(state: SessionState): readonly Need[] {
  const needs = [...(state.turn?.needs ?? []), ...(state.workNeeds ?? [])];
  return state.hold === "budget" && !needs.includes("budget") ? [...needs, "budget"] : needs;
}

export type Activity = "active" | "ready" | "idle" | "waiting_input" | "blocked" | "exited";

const READY_MS = 5 * 60 * 1000;

type Watched = Pick<SessionRecord, "facts" | "lastActiveAt"> & Partial<Pick<SessionRecord, "harness" | "head">>;

/** Ruling 21: `exited` when ended or the process is gone; of an agent that is only watched, silence is all that says that it is gone (ruling 30). */
export function activityOf(session: Watched, nowMs: number): Activity {
  const { facts: held, lastActiveAt } = session;
  if (held.lifecycle !== "open") return "exited";
  if (held.needs.some((need) => need === "approval" || need === "answer" || need === "tool_results"))
    return "waiting_input";
  // Also on hold: what is only watched works on.
  const isOwed = session.harness === "observed" ? held.turn !== "none" : statusOf(nativeStatuses, held) === "active";
  const isActive = isOwed || isAtWork(session);
  // A conflict with another branch keeps nobody from working on.
  if (held.needs.some((need) => !isActive || (need !== "conflict" && need !== "ci"))) return "blocked";
  if (isActive) return "active";
  if (isAgentGone(session)) return "exited";
  const isRecent = nowMs - Date.parse(lastActiveAt) < READY_MS;
  if (session.harness === "observed") return isRecent && held.stopReason !== "failed" ? "ready" : "exited";
  return isRecent ? "ready" : "idle";
}
