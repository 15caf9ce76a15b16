/** Folds events that are about to be committed, to know the state that the commit will leave behind. */
import type { EventDraft } from "../events/envelope.ts";
import { foldEvents } from "../fold.ts";
import type { SessionId } from "../ids.ts";
import type { SessionState } from "../state.ts";

export function foldDrafts(state: SessionState, drafts: readonly EventDraft[], nowMs: number): SessionState {
  const ts = new Date(nowMs).toISOString();
  // The fold reads type, data, context and time; place and session are given by the store and never looked at.
  const events = drafts.map((event) => ({ ...event, known: true, seq: 0, ts, sessionId: "" as SessionId }));
  return foldEvents(state, events);
}
