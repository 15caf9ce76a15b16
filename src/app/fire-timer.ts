/**
 * What happens when a timer is due (P6). Each action is a fenced decision that removes its timer in the same commit; a
 * timer that has nothing left to do is removed alone. Fired twice is the same as once.
 */
import { cancelTail } from "../core/decide/end-turn.ts";
import { draft, turnContext } from "../core/decide/plan.ts";
import type { Plan } from "../core/decide/plan.ts";
import type { Message } from "../core/events/content.ts";
import type { MintId, SessionId } from "../core/ids.ts";
import type { DueTimer, PulseStore, SessionReads } from "../core/ports/store.ts";
import { accept } from "../core/refusal.ts";
import { decideAndCommit } from "./decide-and-commit.ts";
import type { ControlDeps } from "./decide-and-commit.ts";
import type { CurrentSession } from "./read-session.ts";

export interface FireTimerDeps extends ControlDeps {
  readonly store: ControlDeps["store"] & Pick<SessionReads, "readQueue"> & Pick<PulseStore, "takeTimer">;
  readonly mint: MintId;
  readonly onControl: (sessionId: SessionId) => void;
  readonly purge: (sessionId: SessionId) => Promise<void>;
}

export type FireTimer = (timer: DueTimer) => Promise<void>;

export function makeFireTimer(deps: FireTimerDeps): FireTimer {
  return async (timer) => {
    if (timer.kind === "purge") {
      await deps.purge(timer.sessionId);
      await deps.store.takeTimer(timer);
      return;
    }
    const fired = await decideAndCommit(deps, {
      sessionId: timer.sessionId,
      seesDeleted: true,
      decide: async (session) => accept({ plan: await planOf(deps, session, timer), answer: null }),
    });
    if (!fired.ok || fired.value.result === null) await deps.store.takeTimer(timer);
    deps.onControl(timer.sessionId);
  };
}

async function planOf(deps: FireTimerDeps, session: CurrentSession, timer: DueTimer): Promise<Plan | null> {
  const { turn } = session.state;
  if (turn === null) return null;
  if (timer.kind === "quota") {
    if (!turn.needs.includes("quota")) return null;
    const event = draft(deps.mint, turnContext(turn), { type: "quota.resumed", data: { turn_id: turn.id } });
    return { events: [event], raises: true, timers: [{ kind: "quota", dueInMs: null }] };
  }
  if (turn.phase !== "cancelling") return null;
  const queued = await deps.store.readQueue(timer.sessionId);
  const first = queued[0];
  return cancelTail(
    { ...session.state, turn },
    {
      mint: deps.mint,
      runner: null,
      agentId: session.record.edit.agentId,
      nowMs: deps.clock.now(),
      // Written by us as a Message; the store keeps it as text.
      next: first === undefined ? null : (JSON.parse(first.messageJson) as Message),
    },
  );
}
