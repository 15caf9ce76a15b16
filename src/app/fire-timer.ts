/**
 * What happens when a timer is due (P6). Each action is a fenced decision that removes its timer in the same commit; a
 * timer that has nothing left to do is removed alone. Fired twice is the same as once.
 */
import { decideExpiry } from "../core/decide/answer.ts";
import { cancelTail } from "../core/decide/end-turn.ts";
import { decideSilent, SILENCE_MS } from "../core/decide/observe.ts";
import { draft, turnContext } from "../core/decide/plan.ts";
import type { Plan } from "../core/decide/plan.ts";
import type { MintId, SessionId } from "../core/ids.ts";
import type { DueTimer, PulseStore, SessionReads } from "../core/ports/store.ts";
import type { TeamReads } from "../core/ports/team.ts";
import { accept } from "../core/refusal.ts";
import { planEndOfWaiting } from "./children/end-waiting.ts";
import { decideAndCommit } from "./decide-and-commit.ts";
import type { ControlDeps } from "./decide-and-commit.ts";
import type { CurrentSession } from "./read-session.ts";
import { nextMessage } from "./next-message.ts";

export interface FireTimerDeps extends ControlDeps {
  readonly store: ControlDeps["store"] &
    Pick<SessionReads, "readQueue" | "readLogBack"> &
    Pick<PulseStore, "takeTimer" | "dueTimers"> &
    Pick<TeamReads, "readPresence">;
  readonly mint: MintId;
  readonly onControl: (sessionId: SessionId) => void;
  readonly purge: (sessionId: SessionId) => Promise<void>;
  /** Absent: no session here is made to begin at once. */
  readonly beginAgain?: FireTimer;
}

/** Of those that are due, the longest overdue first; whoever looks again finds one of them among as many. */
export const TIMERS_AT_ONCE = 100;

export type FireTimer = (timer: DueTimer) => Promise<void>;

export function makeFireTimer(deps: FireTimerDeps): FireTimer {
  return async (timer) => {
    if (timer.kind === "purge") {
      await deps.purge(timer.sessionId);
      await deps.store.takeTimer(timer);
      return;
    }
    if (timer.kind === "begin") {
      await (deps.beginAgain ?? deps.store.takeTimer)(timer);
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

/**
 * Whether the timer is still there. Asked after the session was read: a wait that begins later moves the timer and the
 * epoch, so this decision is refused and made again; one that began before has moved the timer, and nothing is due.
 */
async function stands({ store }: FireTimerDeps, timer: DueTimer): Promise<boolean> {
  const due = await store.dueTimers(TIMERS_AT_ONCE);
  return due.some(
    ({ kind, sessionId, dueAt }) => kind === timer.kind && sessionId === timer.sessionId && dueAt === timer.dueAt,
  );
}

async function planOf(deps: FireTimerDeps, session: CurrentSession, timer: DueTimer): Promise<Plan | null> {
  const { turn } = session.state;
  if (turn === null || !(await stands(deps, timer))) return null;
  if (timer.kind === "silence") return planOfSilence(deps, session);
  if (timer.kind === "approval_expiry" || timer.kind === "tool_results_expiry") {
    const { head, record } = session;
    const input = { mint: deps.mint, runner: null, agentId: record.edit.agentId, hasOwner: head.owner !== null };
    return decideExpiry(session.state, timer.kind === "approval_expiry" ? "approval" : "tool_results", input);
  }
  if (timer.kind === "sessions_expiry") return planEndOfWaiting(deps, { session, before: [], isTimeUp: true });
  if (timer.kind === "quota") {
    if (!turn.needs.includes("quota")) return null;
    const event = draft(deps.mint, turnContext(turn), { type: "quota.resumed", data: { turn_id: turn.id } });
    return { events: [event], raises: true, timers: [{ kind: "quota", dueInMs: null }] };
  }
  if (turn.phase !== "cancelling") return null;
  const queued = await deps.store.readQueue(timer.sessionId);
  return cancelTail(
    { ...session.state, turn },
    {
      mint: deps.mint,
      runner: null,
      agentId: session.record.edit.agentId,
      nowMs: deps.clock.now(),
      next: nextMessage(queued),
    },
  );
}

/** Signs of life move no timer, since each would be one more write: it looks for them when it is due. */
async function planOfSilence({ store, mint, clock }: FireTimerDeps, session: CurrentSession): Promise<Plan | null> {
  const presence = await store.readPresence(session.record.id);
  const nowMs = clock.now();
  const silentMs = presence === undefined ? SILENCE_MS : nowMs - Date.parse(presence.heardAt);
  if (silentMs >= SILENCE_MS) return decideSilent(session.state, { mint, runner: null, agentId: null, nowMs });
  return { events: [], raises: false, timers: [{ kind: "silence", dueInMs: SILENCE_MS - silentMs }] };
}
