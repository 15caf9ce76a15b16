/**
 * The events that begin a turn, in the order of E5. Admission, the end of a turn with something queued, a resume and a
 * reopening all begin a turn with exactly these (A2, A7), so the recovery has one shape to look for.
 */
import type { Message } from "../events/content.ts";
import type { EventContext, EventDraft } from "../events/envelope.ts";
import type { MessageId } from "../ids.ts";
import { draft } from "./plan.ts";
import type { DecideInput } from "./plan.ts";

export interface StartInput {
  readonly message: Message;
  readonly isFromQueue: boolean;
}

export function startTurnDrafts({ message, isFromQueue }: StartInput, input: DecideInput): readonly EventDraft[] {
  const { mint } = input;
  const turnId = mint("turn");
  // A message's id was minted by admission; the log stores it as plain text.
  const messageId = message.id as MessageId;
  const context: EventContext = { turn_id: turnId, input_message_id: messageId, trace_id: turnId };
  return [
    draft(mint, {}, { type: "input.message", data: isFromQueue ? { message, from_queue: true } : { message } }),
    draft(mint, context, { type: "turn.started", data: { turn_id: turnId, input_message_id: messageId } }),
    draft(mint, context, { type: "session.activated", data: { turn_id: turnId, input_message_id: messageId } }),
    ...startReasonDrafts({ context, iteration: 1 }, input),
  ];
}

export interface ReasonStart {
  /** Of the turn; the step's own `exec_id` is minted here. */
  readonly context: EventContext;
  readonly iteration: number;
}

/** One model call begins; the id of the message it may write is fixed now, so hints can name it (B1). */
export function startReasonDrafts({ context, iteration }: ReasonStart, input: DecideInput): readonly EventDraft[] {
  const { mint, agentId } = input;
  const step: EventContext = { ...context, exec_id: mint("exec") };
  // Every caller has a turn; the context of a turn always names it.
  const turn_id = context.turn_id as string;
  return [
    draft(mint, step, {
      type: "reason.started",
      data: { turn_id, iteration, ...(agentId === null ? {} : { agent_id: agentId }) },
    }),
    draft(mint, step, { type: "output.message.started", data: { turn_id, message_id: mint("message"), iteration } }),
  ];
}
