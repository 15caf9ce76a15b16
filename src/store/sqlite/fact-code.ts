/**
 * The facts that statuses are made of, as one small number, so that one index answers every status of every door (S7,
 * C1): a predicate is the set of numbers it holds for. Numbers are stored; the order of the words below is for ever.
 */
import type { Need, TurnFacts } from "../../core/session.ts";
import { holds, isOwedTurns } from "../../core/status.ts";
import type { FactPredicate } from "../../core/status.ts";

type Facts = Pick<TurnFacts, "lifecycle" | "hold" | "turn" | "turnCount" | "queuedCount" | "needs" | "isObserved">;

const LIFECYCLES = ["open", "completed", "failed", "killed"] as const satisfies readonly TurnFacts["lifecycle"][];
const HOLDS = ["none", "person", "budget"] as const satisfies readonly TurnFacts["hold"][];
const TURNS = ["none", "active", "waiting", "cancelling"] as const satisfies readonly TurnFacts["turn"][];
const NEEDS = [
  "approval",
  "answer",
  "tool_results",
  "budget",
  "quota",
  "conflict",
  "ci",
  "sessions",
] as const satisfies readonly Need[];

function digit<Word extends string>(words: readonly Word[], word: Word): number {
  const index = words.indexOf(word);
  if (index < 0) throw new Error(`The fact "${word}" has no number`);
  return index;
}

function wordAt<Word>(words: readonly Word[], index: number): Word {
  const word = words[index];
  if (word === undefined) throw new Error(`No fact has the number ${index}`);
  return word;
}

/** From the least: a queue that is owed turns, turns, turn, hold, lifecycle, and a bit for each need. */
export function factCode(facts: Facts): number {
  const { lifecycle, hold, turn, turnCount, needs } = facts;
  const bits = new Set(needs.map((need) => 2 ** digit(NEEDS, need)));
  const needed = [...bits].reduce((sum, bit) => sum + bit, 0);
  const ended = needed * LIFECYCLES.length + digit(LIFECYCLES, lifecycle);
  const words = (ended * HOLDS.length + digit(HOLDS, hold)) * TURNS.length + digit(TURNS, turn);
  return words * 4 + (turnCount > 0 ? 2 : 0) + (isOwedTurns(facts) ? 1 : 0);
}

/** Counts come out as none or one: no predicate asks for more. */
export function factsOfCode(code: number): Facts {
  const words = Math.floor(code / 4);
  const held = Math.floor(words / TURNS.length);
  const ended = Math.floor(held / HOLDS.length);
  const needed = Math.floor(ended / LIFECYCLES.length);
  return {
    queuedCount: code % 2,
    turnCount: Math.floor(code / 2) % 2,
    turn: wordAt(TURNS, words % TURNS.length),
    hold: wordAt(HOLDS, held % HOLDS.length),
    lifecycle: wordAt(LIFECYCLES, ended % LIFECYCLES.length),
    needs: NEEDS.filter((_, index) => Math.floor(needed / 2 ** index) % 2 === 1),
  };
}

/**
 * Whether a predicate holds for a code. The codes that there are at all are a few dozen, of thousands that there could
 * be, so each is looked at once and never all of them.
 */
export function codeTest(where: FactPredicate): (code: number) => boolean {
  const rest = { turnId: null, stopReason: null, isolation: null, preview: null, outputPreview: null };
  const known = new Map<number, boolean>();
  return (code) => {
    const before = known.get(code);
    if (before !== undefined) return before;
    const isHeld = holds(where, { ...factsOfCode(code), ...rest });
    known.set(code, isHeld);
    return isHeld;
  };
}

/** Somebody must work on it (S6, A5): a cancel's tail even when held; what waits is parked and needs nobody. */
export function isOwed(facts: Facts): boolean {
  const { lifecycle, hold, turn, isObserved } = facts;
  if (lifecycle !== "open" || isObserved === true) return false;
  if (turn === "cancelling") return true;
  if (hold !== "none" || turn === "waiting") return false;
  return turn === "active" || isOwedTurns(facts);
}
