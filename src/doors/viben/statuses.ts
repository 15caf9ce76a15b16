/**
 * Viben's words for what a session is, and what its PATCH may make of one (rulings 22, 23). Both are tables: the first
 * computes the word and filters the list by it, the second says which control a wished word comes to.
 */
import type { SessionControl } from "../../app/control-session.ts";
import type { SessionRecord } from "../../core/session.ts";
import { statusOf } from "../../core/status.ts";
import type { StatusRow } from "../../core/status.ts";

export const vibenWords = ["created", "active", "paused", "completed", "failed"] as const;
export type VibenStatus = (typeof vibenWords)[number];

export const vibenStatuses: readonly StatusRow<VibenStatus>[] = [
  { word: "failed", when: { kind: "facts", tests: { lifecycle: ["failed", "killed"] } } },
  { word: "completed", when: { kind: "facts", tests: { lifecycle: ["completed"] } } },
  { word: "paused", when: { kind: "facts", tests: { hold: ["person", "budget"] } } },
  // No turn yet, with a prompt or without: one that waits in the queue has begun nothing.
  { word: "created", when: { kind: "facts", tests: { hasTurns: false, turn: ["none"] } } },
  { word: "active", when: { kind: "facts", tests: {} } },
];

/** A killed session shows `failed` and is the only one that nothing can be made of. */
export type VibenState = VibenStatus | "killed";
type Change = SessionControl | "same" | "refuse";

export const vibenTransitions = {
  created: { created: "same", active: "refuse", paused: "pause", completed: "complete", failed: "fail" },
  active: { created: "refuse", active: "same", paused: "pause", completed: "complete", failed: "fail" },
  paused: { created: "refuse", active: "resume", paused: "same", completed: "complete", failed: "fail" },
  completed: { created: "refuse", active: "resume", paused: "refuse", completed: "same", failed: "refuse" },
  failed: { created: "refuse", active: "resume", paused: "refuse", completed: "refuse", failed: "same" },
  killed: { created: "refuse", active: "refuse", paused: "refuse", completed: "refuse", failed: "refuse" },
} as const satisfies Record<VibenState, Record<VibenStatus, Change>>;

export function vibenStatusOf({ facts }: Pick<SessionRecord, "facts">): VibenStatus {
  return statusOf(vibenStatuses, facts);
}

export function vibenStateOf(session: Pick<SessionRecord, "facts">): VibenState {
  return session.facts.lifecycle === "killed" ? "killed" : vibenStatusOf(session);
}

/** What the status can be set to from here, the present one left out. */
export function allowedWords(state: VibenState): readonly VibenStatus[] {
  return vibenWords.filter((word) => {
    const change: Change = vibenTransitions[state][word];
    return change !== "refuse" && change !== "same";
  });
}
