/**
 * Pause and resume by a person (ruling 7). A pause shows at once; the runner halts at its next committed step and the
 * queue waits. A resume makes the turn owed again, or starts what is queued.
 */
import { accept, refuse } from "../refusal.ts";
import type { Outcome, SessionAction } from "../refusal.ts";
import type { SessionId } from "../ids.ts";
import type { SessionState } from "../state.ts";
import { allowedActions, cellOf, nameState } from "../transitions.ts";
import { draft } from "./plan.ts";
import type { DecideInput, Plan } from "./plan.ts";

export function refuseAction(state: SessionState, action: SessionAction, sessionId: SessionId) {
  if (state.isDeleted) return refuse({ code: "not_found", kind: "session", id: sessionId });
  return refuse({
    code: "not_allowed",
    sessionId,
    action,
    state: nameState(state),
    allowed: allowedActions(state),
  });
}

export function decidePause(state: SessionState, sessionId: SessionId, { mint }: DecideInput): Outcome<Plan | null> {
  const cell = cellOf("pause", state);
  if (cell !== "do" && cell !== "no_op") return refuseAction(state, "pause", sessionId);
  // A turn that is being cancelled may be held as well, which its state's name does not show.
  if (cell === "no_op" || state.hold !== "none") return accept(null);
  return accept({ events: [draft(mint, {}, { type: "session.paused", data: { by: "person" } })], raises: true });
}

/** Whoever resumes starts nothing itself: an owed turn or a queue without an owner is taken as after a crash. */
export function decideResume(state: SessionState, sessionId: SessionId, { mint }: DecideInput): Outcome<Plan | null> {
  const cell = cellOf("resume", state);
  if (cell !== "do" && cell !== "no_op") return refuseAction(state, "resume", sessionId);
  if (cell === "no_op" && state.hold === "none") return accept(null);
  if (state.lifecycle === "completed" || state.lifecycle === "failed") {
    return accept({
      events: [draft(mint, {}, { type: "session.reopened", data: { was: state.lifecycle } })],
      raises: true,
    });
  }
  const by = state.hold === "budget" ? "budget" : "person";
  return accept({ events: [draft(mint, {}, { type: "session.resumed", data: { by } })], raises: true });
}
