/**
 * What a person may do to a session as a whole: pause, resume, complete, fail, kill, delete, restore. Each is one decision
 * and one commit; whoever runs the session's turn is told at once and would find out by its next commit anyway.
 */
import { decideClose, decideRestore, hastenPurge } from "../core/decide/close.ts";
import { decidePause, decideResume } from "../core/decide/hold.ts";
import type { DecideInput, Plan } from "../core/decide/plan.ts";
import type { MintId, SessionId } from "../core/ids.ts";
import type { SessionReads } from "../core/ports/store.ts";
import type { TeamReads } from "../core/ports/team.ts";
import { accept } from "../core/refusal.ts";
import type { Outcome } from "../core/refusal.ts";
import type { SessionRecord } from "../core/session.ts";
import { decideAndCommit } from "./decide-and-commit.ts";
import type { Control, ControlDeps, Controlled } from "./decide-and-commit.ts";
import type { Principal } from "./principal.ts";
import type { CurrentSession } from "./read-session.ts";
import { notFound } from "./read-session.ts";
import { releaseAtEnd } from "./team/release-at-end.ts";

export type SessionControl = "pause" | "resume" | "complete" | "fail" | "kill" | "delete" | "restore";

export interface ControlSessionDeps extends ControlDeps {
  readonly store: ControlDeps["store"] & Pick<SessionReads, "readSession"> & Pick<TeamReads, "listReservations">;
  readonly mint: MintId;
  /** A control event was committed: its runner should look, and an owed turn should find a runner. */
  readonly onControl: (sessionId: SessionId) => void;
  /** Erases a deleted session now instead of after its time in the trash. */
  readonly purge: (sessionId: SessionId) => Promise<void>;
}

export type ControlSession = (
  principal: Pick<Principal, "workspaceId">,
  id: SessionId,
  control: { readonly action: SessionControl; readonly isPermanent?: boolean; readonly reason?: string },
) => Promise<Outcome<SessionRecord>>;

export function makeControlSession(deps: ControlSessionDeps): ControlSession {
  return async (principal, sessionId, { action, isPermanent = false, reason }) => {
    const control: Control<null> = {
      sessionId,
      workspaceId: principal.workspaceId,
      seesDeleted: action === "restore" || (action === "delete" && isPermanent),
      decide: async (session) => {
        const input = inputOf(deps, session);
        const decided = decide(session, { action, isPermanent, input, ...(reason === undefined ? {} : { reason }) });
        if (!decided.ok || decided.value.plan === null) return decided;
        return accept({ plan: await releaseAtEnd(deps, session.record, decided.value.plan), answer: null });
      },
    };
    let controlled = await decideAndCommit(deps, control);
    while (controlled.ok && isFenceOnly(controlled.value)) controlled = await decideAndCommit(deps, control);
    if (!controlled.ok) return controlled;
    deps.onControl(sessionId);
    const record = await deps.store.readSession(sessionId);
    if (action === "delete" && isPermanent) await deps.purge(sessionId);
    return record === undefined ? notFound(sessionId) : accept(record);
  };
}

/** The owner was fenced off and nothing said yet: what it has written is certain now, decide again. */
function isFenceOnly({ result, session }: Controlled<null>): boolean {
  return result?.kind === "committed" && result.lines.length === 0 && session.head.owner !== null;
}

function inputOf(deps: ControlSessionDeps, session: CurrentSession): DecideInput {
  return { mint: deps.mint, runner: null, agentId: session.record.edit.agentId };
}

interface Asked {
  readonly action: SessionControl;
  readonly isPermanent: boolean;
  readonly input: DecideInput;
  readonly reason?: string;
}

function decide(
  { state, head }: CurrentSession,
  { action, isPermanent, input, reason }: Asked,
): Outcome<{ readonly plan: Plan | null; readonly answer: null }> {
  const { sessionId } = head;
  if (action === "restore") return accept({ plan: decideRestore(state, input), answer: null });
  if (action === "delete" && state.isDeleted) return accept({ plan: hastenPurge(), answer: null });
  const decided =
    action === "pause"
      ? decidePause(state, sessionId, input)
      : action === "resume"
        ? decideResume(state, sessionId, input)
        : decideClose(
            state,
            {
              action,
              sessionId,
              isPermanent,
              hasOwner: head.owner !== null,
              ...(reason === undefined ? {} : { reason }),
            },
            input,
          );
  return decided.ok ? accept({ plan: decided.value, answer: null }) : decided;
}
