/**
 * Taking a turn that has no live owner (A3, A5, A11). A turn that was only owed goes on as if nothing had been; one
 * whose owner died in the middle says so in the log first: what was open ends, and the step begins anew.
 *
 * A turn that waits is parked, and nobody's to take. Only one whose owner waited with it, for the answer to a question of its
 * process, goes on without the answer: the process is gone.
 *
 * A tool call that was interrupted is run again only if repeating it is safe (T4); the model is told about the others.
 *
 * An owner commits facts without raising the epoch, so what it has done is only known for certain once it can do no
 * more: the first plan takes its ownership away, the second, made on what was read after that, goes on.
 */
import type { EventDraft } from "../events/envelope.ts";
import type { OpenCall, SessionState, TurnState } from "../state.ts";
import { cancelApprovals } from "./answer.ts";
import { closeOpenWork, endTurn, cancelTail } from "./end-turn.ts";
import type { EndInput } from "./end-turn.ts";
import { draft, turnContext, waitTimers } from "./plan.ts";
import type { Plan } from "./plan.ts";
import { foldDrafts } from "./fold-drafts.ts";
import { startReasonDrafts, startTurnDrafts } from "./start-turn.ts";

/** Takes of one turn without a newly committed step before it is sealed as making no progress (T7). */
export const MAX_TAKES = 3;

export interface TakeInput extends EndInput {
  /** Owners lost since the last committed step; none for a turn that was parked or owed. */
  readonly takes: number;
  /** The head names an owner, dead or believed to be. */
  readonly hasOwner: boolean;
  readonly isRepeatable: (call: OpenCall) => boolean;
  /** Its harness holds a process, which waits for answers itself: with its owner it is gone, and asks anew. */
  readonly holdsProcess: boolean;
}

/**
 * Takes the pen out of an owner's hand; nothing else changes. Whoever decides next knows all that it has written, and
 * the count tells even a later node that the work was interrupted.
 */
export function fenceOff(): Plan {
  return { events: [], raises: true, owner: null, takes: "count" };
}

/** The write that takes the session, or nothing when there is nothing to take. */
export function decideTake(state: SessionState, input: TakeInput): Plan | null {
  const { turn } = state;
  if (state.isDeleted || state.lifecycle !== "open") return null;
  if (input.hasOwner) return fenceOff();
  if (turn === null) return takeQueue(state, input);
  const busy = { ...state, turn };
  if (turn.phase === "cancelling") return cancelTail(busy, input);
  if (turn.phase === "waiting") return takeAsking(busy, input);
  if (state.hold !== "none") return null;
  if (input.takes === 0) return { events: [], raises: true, owner: input.runner };
  if (input.takes >= MAX_TAKES) return sealTurn(busy, input);
  return { events: resumeDrafts(turn, input), raises: true, owner: input.runner };
}

function takeQueue(state: SessionState, input: TakeInput): Plan | null {
  if (input.next === null || state.hold !== "none") return null;
  return {
    events: startTurnDrafts({ message: input.next, isFromQueue: true }, input),
    raises: true,
    owner: input.runner,
    takes: "reset",
    queue: [{ kind: "remove", messageIds: [input.next.id] }],
  };
}

/** Nobody waits any more for what was asked; without this a person would answer nobody, and be asked once more. */
function takeAsking({ turn, hold }: SessionState & { readonly turn: TurnState }, input: TakeInput): Plan | null {
  const asked = cancelApprovals(turn, input);
  if (!input.holdsProcess || input.takes === 0 || asked.length === 0) return null;
  const plan = { events: [...asked, ...resumeDrafts(turn, input)], raises: true, timers: waitTimers(["approval"]) };
  // Owed when it is resumed, with nothing left to be said of what was interrupted.
  return hold === "none" ? { ...plan, owner: input.runner } : { ...plan, takes: "reset" };
}

function interrupted(turn: TurnState, input: TakeInput): EventDraft {
  const data = { turn_id: turn.id, reason: "The server that ran this turn stopped", attempt: input.takes };
  return draft(input.mint, turnContext(turn), { type: "turn.interrupted", data });
}

function resumeDrafts(turn: TurnState, input: TakeInput): readonly EventDraft[] {
  const said = interrupted(turn, input);
  if (turn.isReasonOpen) {
    const closed = closeOpenWork({ ...turn, openCalls: [], isActOpen: false }, "interrupted", input);
    const { exec_id: _, ...context } = turnContext(turn);
    return [said, ...closed, ...startReasonDrafts({ context, iteration: turn.iteration + 1 }, input)];
  }
  const lost = turn.openCalls.filter((call) => call.started && !input.isRepeatable(call));
  return [
    said,
    ...closeOpenWork({ ...turn, openCalls: lost, isActOpen: false, isReasonOpen: false }, "interrupted", input),
  ];
}

function sealTurn(state: SessionState & { readonly turn: TurnState }, input: TakeInput): Plan {
  const before = [interrupted(state.turn, input), ...closeOpenWork(state.turn, "interrupted", input)];
  const after = foldDrafts(state, before, input.nowMs);
  const error = `The turn was interrupted ${MAX_TAKES} times without a new step and is given up`;
  const end = { kind: "failed", error, errorCode: "no_progress" } as const;
  return endTurn({ ...after, turn: after.turn ?? state.turn }, { end, before }, input);
}
