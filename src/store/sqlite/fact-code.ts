/**
 * The facts that statuses are made of, as one small number, so that one index answers every status of every door (S7,
 * C1): a predicate is the set of numbers it holds for. Numbers are stored; the order of the words below is for ever.
 */
import type { TurnFacts } from "../../core/session.ts";
import { holds } from "../../core/status.ts";
import type { FactPredicate } from "../../core/status.ts";

type Facts = Pick<TurnFacts, "lifecycle" | "hold" | "turn" | "turnCount" | "queuedCount">;

const LIFECYCLES = ["open", "completed", "failed", "killed"] as const satisfies readonly TurnFacts["lifecycle"][];
const HOLDS = ["none", "person", "budget"] as const satisfies readonly TurnFacts["hold"][];
const TURNS = ["none", "active", "waiting", "cancelling"] as const satisfies readonly TurnFacts["turn"][];

function digit<Word extends string>(words: readonly Word[], word: Word): number {
  const index = words.indexOf(word);
  if (index < 0) throw new Error(`The fact "${word}" has no number`);
  return index;
}

export function factCode({ lifecycle, hold, turn, turnCount, queuedCount }: Facts): number {
  const words = (digit(LIFECYCLES, lifecycle) * HOLDS.length + digit(HOLDS, hold)) * TURNS.length + digit(TURNS, turn);
  return words * 4 + (turnCount > 0 ? 2 : 0) + (queuedCount > 0 ? 1 : 0);
}

const ALL_FACTS: readonly Facts[] = LIFECYCLES.flatMap((lifecycle) =>
  HOLDS.flatMap((hold) =>
    TURNS.flatMap((turn) =>
      [0, 1].flatMap((turnCount) => [0, 1].map((queuedCount) => ({ lifecycle, hold, turn, turnCount, queuedCount }))),
    ),
  ),
);

/** The codes for which the predicate holds; nothing when it holds for all and filters nothing. */
export function codesOf(where: FactPredicate | undefined): readonly number[] | undefined {
  if (where === undefined) return undefined;
  const rest = { turnId: null, needs: [], stopReason: null, preview: null, outputPreview: null };
  const held = ALL_FACTS.filter((facts) => holds(where, { ...facts, ...rest }));
  return held.length === ALL_FACTS.length ? undefined : held.map(factCode);
}

/** Somebody must work on it (S6, A5): a cancel's tail even when held; what waits is parked and needs nobody. */
export function isOwed({ lifecycle, hold, turn, queuedCount }: Facts): boolean {
  if (lifecycle !== "open") return false;
  if (turn === "cancelling") return true;
  if (hold !== "none" || turn === "waiting") return false;
  return turn === "active" || queuedCount > 0;
}
