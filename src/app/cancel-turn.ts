/** Cancels the running turn (T6): commits the request; a live owner is told and ends the turn, or the pulse will. */
import { decideCancel } from "../core/decide/cancel.ts";
import type { CancelAnswer, CancelInput } from "../core/decide/cancel.ts";
import type { MintId, SessionId } from "../core/ids.ts";
import type { SessionReads } from "../core/ports/store.ts";
import { accept } from "../core/refusal.ts";
import type { Outcome } from "../core/refusal.ts";
import { decideAndCommit } from "./decide-and-commit.ts";
import type { ControlDeps } from "./decide-and-commit.ts";
import type { Principal } from "./principal.ts";
import type { CurrentSession } from "./read-session.ts";
import { nextMessage } from "./next-message.ts";

export interface CancelTurnDeps extends ControlDeps {
  readonly store: ControlDeps["store"] & Pick<SessionReads, "readQueue">;
  readonly mint: MintId;
  readonly onControl: (sessionId: SessionId) => void;
}

export type CancelTurn = (
  principal: Pick<Principal, "workspaceId">,
  id: SessionId,
  options: { readonly clearsQueue: boolean },
) => Promise<Outcome<{ readonly status: CancelAnswer }>>;

export function makeCancelTurn(deps: CancelTurnDeps): CancelTurn {
  return async (principal, sessionId, { clearsQueue }) => {
    const controlled = await decideAndCommit(deps, {
      sessionId,
      workspaceId: principal.workspaceId,
      decide: async (session) => accept(decideCancel(session.state, await inputOf(deps, session, clearsQueue))),
    });
    if (!controlled.ok) return controlled;
    deps.onControl(sessionId);
    return accept({ status: controlled.value.answer });
  };
}

async function inputOf(
  deps: CancelTurnDeps,
  { head, record, state }: CurrentSession,
  clearsQueue: boolean,
): Promise<CancelInput> {
  const queued = state.queuedCount > 0 ? await deps.store.readQueue(head.sessionId) : [];
  return {
    mint: deps.mint,
    // The tail of a turn without an owner may begin the next one; the pulse finds it a runner.
    runner: null,
    agentId: record.edit.agentId,
    nowMs: deps.clock.now(),
    next: nextMessage(queued),
    hasOwner: head.owner !== null,
    clear: clearsQueue ? queued : [],
  };
}
