/**
 * The fold of a session's log into the state that decisions are made on. Pure and total: a type that decides nothing,
 * or that this program does not know, changes nothing.
 */
import type { EventType, KnownEvent, SessionEvent } from "./events/envelope.ts";
import { applyToTurn, startTurn } from "./fold-turn.ts";
import type { SessionId } from "./ids.ts";
import { stopReasonOf } from "./project-work/spawned.ts";
import type { SessionState } from "./state.ts";

type EventOf<T extends EventType> = Extract<KnownEvent, { type: T }>;
type Row<T extends EventType> = (state: SessionState, event: EventOf<T>) => SessionState;

function oneLessQueued(state: SessionState): SessionState {
  return { ...state, queuedCount: Math.max(0, state.queuedCount - 1) };
}

const rows: { readonly [T in EventType]?: Row<T> } = {
  "session.created": (state, { data }) => ({
    ...state,
    ...(data.harness === "observed" ? { isObserved: true as const } : {}),
    // Written from a SessionId.
    ...(data.parent_session_id === undefined ? {} : { parentId: data.parent_session_id as SessionId }),
  }),
  "turn.started": (state, event) => ({ ...state, turn: startTurn(event), turnCount: state.turnCount + 1 }),
  "turn.completed": (state, { data }) => ({ ...state, turn: null, stopReason: data.stop_reason }),
  "turn.failed": (state, { data }) => ({ ...state, turn: null, stopReason: stopReasonOf(data.error_code) }),
  "turn.cancelled": (state) => ({ ...state, stopReason: "cancelled" }),
  "session.idled": (state) => ({ ...state, turn: null }),
  "input.message": (state, { data }) => (data.from_queue === true ? oneLessQueued(state) : state),
  "message.queued": (state) => ({ ...state, queuedCount: state.queuedCount + 1 }),
  "message.unqueued": (state, { data }) => (data.reason === "edited" ? state : oneLessQueued(state)),
  "session.paused": (state, { data }) => ({ ...state, hold: data.by }),
  "session.resumed": (state) => ({ ...state, hold: "none" }),
  "session.completed": (state) => ({ ...state, lifecycle: "completed", hold: "none", turn: null }),
  "session.failed": (state) => ({ ...state, lifecycle: "failed", hold: "none", turn: null }),
  "session.killed": (state) => ({ ...state, lifecycle: "killed", hold: "none", turn: null }),
  "session.reopened": (state) => ({ ...state, lifecycle: "open" }),
  "session.deleted": (state) => ({ ...state, isDeleted: true, turn: null }),
  "delivery.updated": (state, { data }) => (data.needs === undefined ? state : { ...state, workNeeds: data.needs }),
  "process.started": (state, { data }) => ({ ...state, isolation: data.isolation }),
  "session.restored": (state) => ({ ...state, isDeleted: false }),
};

export function applyEvent(state: SessionState, event: SessionEvent): SessionState {
  if (!event.known) return state;
  const turn = state.turn === null ? null : applyToTurn(state.turn, event);
  const moved = turn === state.turn ? state : { ...state, turn };
  // The key is the event's own type, so row and event agree; TypeScript cannot follow that through the index.
  const row = rows[event.type] as Row<EventType> | undefined;
  return row === undefined ? moved : row(moved, event);
}

export function foldEvents(state: SessionState, events: Iterable<SessionEvent>): SessionState {
  let folded = state;
  for (const event of events) folded = applyEvent(folded, event);
  return folded;
}
