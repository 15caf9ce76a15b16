/**
 * What each action does to a session in each state (S5). Total by type: a new state or action does not compile until
 * every cell is filled, and a test walks all of them.
 */
import type { SessionAction } from "./refusal.ts";
import type { SessionState } from "./state.ts";
import { isOwedTurns } from "./status.ts";

export const stateNames = [
  "idle",
  "held",
  "active",
  "waiting",
  "cancelling",
  "completed",
  "failed",
  "killed",
  "deleted",
] as const;
export type StateName = (typeof stateNames)[number];

/**
 * start   begins a turn            busy    what the sender chose for a busy session (T1)
 * reopen  begins a turn, recorded  hold    refused while held, unless the sender would rather queue
 * do      takes effect             no_op   already so: answers the same, writes nothing
 * awaited takes effect if it is what the turn waits for (A5), and is refused otherwise
 * refuse  409 with what is allowed absent  the session is not there (404)
 */
export type Cell = "start" | "busy" | "reopen" | "hold" | "do" | "awaited" | "no_op" | "refuse" | "absent";

const everywhere = {
  idle: "do",
  held: "do",
  active: "do",
  waiting: "do",
  cancelling: "do",
  completed: "do",
  failed: "do",
  killed: "do",
  deleted: "absent",
} as const satisfies Record<StateName, Cell>;

/** Only a parked turn waits; a hold does not keep what it waits for from being noted. */
const toParked = {
  idle: "refuse",
  held: "awaited",
  active: "refuse",
  waiting: "awaited",
  cancelling: "refuse",
  completed: "refuse",
  failed: "refuse",
  killed: "refuse",
  deleted: "absent",
} as const satisfies Record<StateName, Cell>;

export const transitions = {
  send: {
    idle: "start",
    held: "hold",
    active: "busy",
    waiting: "busy",
    cancelling: "busy",
    completed: "reopen",
    failed: "reopen",
    killed: "refuse",
    deleted: "absent",
  },
  cancel: {
    idle: "no_op",
    held: "do",
    active: "do",
    waiting: "do",
    cancelling: "no_op",
    completed: "no_op",
    failed: "no_op",
    killed: "no_op",
    deleted: "absent",
  },
  pause: { ...everywhere, held: "no_op", cancelling: "do", completed: "refuse", failed: "refuse", killed: "refuse" },
  resume: {
    ...everywhere,
    idle: "no_op",
    active: "no_op",
    waiting: "no_op",
    cancelling: "no_op",
    completed: "do",
    failed: "do",
    killed: "refuse",
  },
  complete: { ...everywhere, completed: "no_op", failed: "refuse", killed: "refuse" },
  /** By whoever says that its work came to nothing; it can be opened again. */
  fail: { ...everywhere, completed: "refuse", failed: "no_op", killed: "refuse" },
  kill: { ...everywhere, killed: "no_op" },
  delete: everywhere,
  restore: {
    idle: "no_op",
    held: "no_op",
    active: "no_op",
    waiting: "no_op",
    cancelling: "no_op",
    completed: "no_op",
    failed: "no_op",
    killed: "no_op",
    deleted: "do",
  },
  edit_queue: { ...everywhere, completed: "refuse", failed: "refuse", killed: "refuse" },
  answer: toParked,
  give_results: toParked,
} as const satisfies Record<SessionAction, Record<StateName, Cell>>;

export function nameState(state: SessionState): StateName {
  if (state.isDeleted) return "deleted";
  if (state.lifecycle !== "open") return state.lifecycle;
  if (state.turn?.phase === "cancelling") return "cancelling";
  if (state.hold !== "none") return "held";
  if (state.turn === null) return isOwedTurns(state) ? "active" : "idle";
  return state.turn.phase === "waiting" ? "waiting" : "active";
}

export function cellOf(action: SessionAction, state: SessionState): Cell {
  return transitions[action][nameState(state)];
}

/** The actions that a refusal can name as the way out. */
export function allowedActions(state: SessionState): readonly SessionAction[] {
  const name = nameState(state);
  const actions: readonly SessionAction[] = [
    "send",
    "cancel",
    "pause",
    "resume",
    "complete",
    "kill",
    "delete",
    "restore",
  ];
  return actions.filter((action) => !["refuse", "absent", "no_op", "hold"].includes(transitions[action][name]));
}
