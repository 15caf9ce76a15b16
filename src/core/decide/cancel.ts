/**
 * Cancel (T6, A6): one commit at the caller. Where a live owner works on the turn the owner commits the tail, and a
 * timer makes sure that somebody does; where nobody does (parked, owed) the tail is part of the same commit.
 */
import type { Message } from "../events/content.ts";
import type { EventDraft } from "../events/envelope.ts";
import type { QueuedMessage } from "../session.ts";
import type { SessionState, TurnState } from "../state.ts";
import { cellOf } from "../transitions.ts";
import { cancelApprovals } from "./answer.ts";
import { foldDrafts } from "./fold-drafts.ts";
import { cancelTail } from "./end-turn.ts";
import type { EndInput } from "./end-turn.ts";
import { draft, turnContext, waitTimers } from "./plan.ts";
import type { Decision, Plan, QueueChange } from "./plan.ts";

export const CANCEL_DEADLINE_MS = 5_000;
export const CANCEL_REQUEST_TEXT = "User requested to cancel the work.";

export interface CancelInput extends EndInput {
  readonly hasOwner: boolean;
  /** Emptied with the cancel instead of being worked on next; nothing: the queue goes on. */
  readonly clear: readonly QueuedMessage[];
}

export type CancelAnswer = "cancelled" | "no_op";

export function decideCancel(state: SessionState, input: CancelInput): Decision<CancelAnswer> {
  const { turn } = state;
  if (cellOf("cancel", state) !== "do" || turn === null) {
    const answer = turn?.phase === "cancelling" ? "cancelled" : "no_op";
    return mayClear(state, input) ? { plan: clearPlan(input), answer: "cancelled" } : { plan: null, answer };
  }
  const events = [...requestDrafts(turn, input), ...clearDrafts(input)];
  const queue = clearQueue(input);
  const request: Plan = {
    events,
    raises: true,
    queue,
    timers: [...waitTimers(turn.needs), { kind: "cancel_deadline", dueInMs: CANCEL_DEADLINE_MS }],
  };
  if (input.hasOwner) return { plan: request, answer: "cancelled" };
  return { plan: { ...withTail(state, request, input), timers: waitTimers(turn.needs) }, answer: "cancelled" };
}

/** Without a turn to cancel there may still be one to come from the queue, and a second cancel may want more. */
function mayClear({ lifecycle, isDeleted }: SessionState, { clear }: CancelInput): boolean {
  return clear.length > 0 && lifecycle === "open" && !isDeleted;
}

function clearPlan(input: CancelInput): Plan {
  return { events: clearDrafts(input), raises: true, queue: clearQueue(input) };
}

function requestDrafts(turn: TurnState, input: CancelInput): readonly EventDraft[] {
  const { mint } = input;
  const context = turnContext(turn);
  const message: Message = {
    id: mint("message"),
    role: "user",
    content: [{ type: "text", text: CANCEL_REQUEST_TEXT }],
  };
  return [
    draft(mint, context, {
      type: "turn.cancelled",
      data: { turn_id: turn.id, reason: "User requested cancellation", usage: turn.usage },
    }),
    draft(mint, {}, { type: "input.message", data: { message, starts_turn: false } }),
    ...cancelApprovals(turn, input),
  ];
}

function clearDrafts({ clear, mint }: CancelInput): readonly EventDraft[] {
  return clear.map(({ messageId }) =>
    draft(mint, {}, { type: "message.unqueued", data: { message_id: messageId, reason: "cleared" } }),
  );
}

function clearQueue({ clear }: CancelInput): readonly QueueChange[] {
  return clear.length === 0 ? [] : [{ kind: "remove", messageIds: clear.map(({ messageId }) => messageId) }];
}

function withTail(state: SessionState, request: Plan, input: CancelInput): Plan {
  const after = foldDrafts(state, request.events, input.nowMs);
  if (after.turn === null) throw new Error("A cancelled turn vanished before its tail");
  const next = input.clear.length > 0 ? null : input.next;
  const tail = cancelTail({ ...after, turn: after.turn }, { ...input, next });
  return {
    ...tail,
    events: [...request.events, ...tail.events],
    queue: [...(request.queue ?? []), ...(tail.queue ?? [])],
  };
}
