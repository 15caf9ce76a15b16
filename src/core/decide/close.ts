/**
 * Ends of a session: completed, failed, killed, deleted. Each is one commit at the caller that also ends a turn that is under
 * way; the runner finds itself no longer the owner and stops. Deleting hides (B12): what is deleted can be restored
 * until the purge.
 */
import type { EventDraft, Fact } from "../events/envelope.ts";
import { accept } from "../refusal.ts";
import type { Outcome } from "../refusal.ts";
import type { SessionId } from "../ids.ts";
import type { SessionState, TurnState } from "../state.ts";
import { cellOf } from "../transitions.ts";
import { cancelApprovals } from "./answer.ts";
import { closeOpenWork } from "./end-turn.ts";
import { refuseAction } from "./hold.ts";
import { draft, turnContext, waitTimers } from "./plan.ts";
import type { DecideInput, Plan } from "./plan.ts";
import { fenceOff } from "./take-over.ts";

export const TRASH_MS = 7 * 24 * 60 * 60 * 1000;

type Closing = "complete" | "fail" | "kill" | "delete";

export interface CloseInput {
  readonly action: Closing;
  readonly sessionId: SessionId;
  readonly reason?: string;
  /** Then the plan only fences the owner off, and the decision is made again on all that it has written. */
  readonly hasOwner: boolean;
  /** Past the trash: the erasing begins at once, and goes on after a crash. */
  readonly isPermanent?: boolean;
}

export function decideClose(
  state: SessionState,
  { action, sessionId, reason, hasOwner, isPermanent = false }: CloseInput,
  input: DecideInput,
): Outcome<Plan | null> {
  const cell = cellOf(action, state);
  if (cell === "no_op") return accept(null);
  if (cell !== "do") return refuseAction(state, action, sessionId);
  if (hasOwner && state.turn !== null) return accept(fenceOff());
  const said = reason === undefined ? {} : { reason };
  const last: Fact = {
    complete: { type: "session.completed", data: said } as const,
    fail: { type: "session.failed", data: { error: reason ?? "Marked as failed" } } as const,
    kill: { type: "session.killed", data: said } as const,
    delete: { type: "session.deleted", data: {} } as const,
  }[action];
  const events = [...stopTurn(state.turn, input), draft(input.mint, {}, last)];
  const purge = action === "delete" ? [{ kind: "purge", dueInMs: isPermanent ? 0 : TRASH_MS } as const] : [];
  const timers = [...waitTimers(state.turn?.needs ?? []), ...purge];
  return accept({ events, raises: true, owner: null, takes: "reset", timers });
}

function stopTurn(turn: TurnState | null, input: DecideInput): readonly EventDraft[] {
  if (turn === null) return [];
  const { mint } = input;
  const cancelled = draft(mint, turnContext(turn), {
    type: "turn.cancelled",
    data: { turn_id: turn.id, usage: turn.usage },
  });
  const before = turn.phase === "cancelling" ? [] : [cancelled];
  const idled = draft(mint, turnContext(turn), {
    type: "session.idled",
    data: { turn_id: turn.id, iterations: turn.iteration, usage: turn.usage },
  });
  return [...before, ...cancelApprovals(turn, input), ...closeOpenWork(turn, "cancelled", input), idled];
}

/** What is in the trash already is erased now instead of in its time. */
export function hastenPurge(): Plan {
  return { events: [], raises: true, timers: [{ kind: "purge", dueInMs: 0 }] };
}

export function decideRestore(state: SessionState, { mint }: DecideInput): Plan | null {
  if (cellOf("restore", state) !== "do") return null;
  return {
    events: [draft(mint, {}, { type: "session.restored", data: {} })],
    raises: true,
    timers: [{ kind: "purge", dueInMs: null }],
  };
}
