/**
 * Takes a session whose turn or queue has no live owner (A3): after a crash, for a turn that was owed because every slot
 * was taken, after a park whose wait is over, after a cancel whose owner did not answer. One fenced write decides who
 * has it.
 */
import { decideTake } from "../core/decide/take-over.ts";
import { isSpawned } from "../core/project-work/spawned.ts";
import { accept } from "../core/refusal.ts";
import type { MintId, NodeId, SessionId } from "../core/ids.ts";
import type { SessionReads } from "../core/ports/store.ts";
import { foldEvents } from "../core/fold.ts";
import { parseLine } from "../core/events/envelope.ts";
import { decideAndCommit } from "./decide-and-commit.ts";
import type { ControlDeps } from "./decide-and-commit.ts";
import type { CurrentSession } from "./read-session.ts";
import type { Slot } from "./runners.ts";
import type { TurnPlace } from "./turn-log.ts";
import { nextMessage } from "./next-message.ts";

export interface TakeDeps extends ControlDeps {
  readonly store: ControlDeps["store"] & Pick<SessionReads, "readQueue">;
  readonly mint: MintId;
  readonly node: NodeId;
  readonly isRunning: (sessionId: SessionId) => boolean;
  /** Of the tool with this name, as the session has it now. */
  readonly isRepeatable: (sessionId: SessionId, toolName: string) => Promise<boolean>;
}

export type TakeTurn = (sessionId: SessionId, slot: Slot) => Promise<void>;

export function makeTakeTurn(deps: TakeDeps): TakeTurn {
  return async (sessionId, slot) => {
    if (deps.isRunning(sessionId)) return slot.release();
    try {
      await take(deps, sessionId, slot);
    } finally {
      slot.release();
    }
  };
}

async function take(deps: TakeDeps, sessionId: SessionId, slot: Slot): Promise<void> {
  const taken = await decideAndCommit(deps, {
    sessionId,
    decide: async (session) => accept({ plan: await decide(deps, session), answer: null }),
  });
  if (!taken.ok || taken.value.result?.kind !== "committed") return;
  const { head, lines } = taken.value.result;
  // The lost owner was only fenced off; now that it can write no more, decide on all that it has written.
  if (taken.value.session.head.owner !== null) return take(deps, sessionId, slot);
  if (head.owner !== deps.node) return;
  const state = foldEvents(taken.value.session.state, lines.map(parseLine));
  if (state.turn !== null) slot.start(placeOf(sessionId, { state, seq: head.seq, epoch: head.epoch }));
}

function placeOf(
  sessionId: SessionId,
  at: { readonly state: TurnPlace["state"]; readonly seq: number; readonly epoch: number },
): TurnPlace {
  return { sessionId, epoch: at.epoch, state: at.state, foldedSeq: at.seq };
}

async function decide(deps: TakeDeps, session: CurrentSession) {
  const { head, state } = session;
  const queued = state.queuedCount > 0 ? await deps.store.readQueue(head.sessionId) : [];
  const repeatable = new Set<string>();
  for (const call of state.turn?.openCalls ?? []) {
    if (await deps.isRepeatable(head.sessionId, call.name)) repeatable.add(call.id);
  }
  return decideTake(state, {
    mint: deps.mint,
    runner: deps.node,
    agentId: session.record.edit.agentId,
    nowMs: deps.clock.now(),
    next: nextMessage(queued),
    takes: head.takes,
    hasOwner: head.owner !== null,
    isRepeatable: (call) => repeatable.has(call.id),
    holdsProcess: isSpawned(session.record.harness),
  });
}
