/**
 * Turns of an observed session (H4, ruling 30): an agent elsewhere works, and its hooks say so. A prompt begins a turn,
 * the end of the agent's answer completes it, and silence fails it. Nobody here runs anything, so no turn has an owner,
 * and what waits in the queue is not a turn to come but words that the agent is given at its next hook.
 *
 *     prompt ──▶ turn ──▶ stop
 *       ▲         │ prompt: joins it       silent for five minutes ──▶ failed
 *       └─────────┘
 */
import type { Message } from "../events/content.ts";
import type { EventContext, EventDraft } from "../events/envelope.ts";
import type { MessageId } from "../ids.ts";
import type { QueuedMessage } from "../session.ts";
import type { SessionState, TurnState } from "../state.ts";
import { endTurn } from "./end-turn.ts";
import { draft, turnContext } from "./plan.ts";
import type { DecideInput, Plan } from "./plan.ts";

/** An agent that has said nothing for that long is taken for gone. */
export const SILENCE_MS = 5 * 60_000;

export interface ObserveInput extends DecideInput {
  readonly nowMs: number;
}

export interface Heard {
  /** What the user asked of the agent; nothing where the hook is not about a prompt. */
  readonly prompt?: Message;
  /** Of the queue: what the agent is given with this hook's answer. */
  readonly delivered: readonly QueuedMessage[];
}

/** What a hook changes of the session itself; nothing, where it only tells facts. */
export function decideHeard(state: SessionState, { prompt, delivered }: Heard, input: ObserveInput): Plan | null {
  if (state.lifecycle === "killed" || state.isDeleted) return null;
  const reopened = reopen(state, input);
  const asked = prompt === undefined ? [] : ask(state.turn, prompt, input);
  const isInTurn = state.turn !== null || prompt !== undefined;
  const given = delivered.map((queued) => give(queued, isInTurn, input));
  const events = [...reopened, ...asked, ...given];
  if (events.length === 0) return null;
  return {
    events,
    raises: true,
    ...(delivered.length === 0
      ? {}
      : { queue: [{ kind: "remove" as const, messageIds: delivered.map(({ messageId }) => messageId) }] }),
    ...(prompt === undefined ? {} : { timers: [{ kind: "silence" as const, dueInMs: SILENCE_MS }] }),
  };
}

function reopen({ lifecycle }: SessionState, { mint }: ObserveInput): readonly EventDraft[] {
  if (lifecycle !== "completed" && lifecycle !== "failed") return [];
  return [draft(mint, {}, { type: "session.reopened", data: { was: lifecycle } })];
}

/** IDEs take prompts while the agent works, and not every interruption is told: a prompt joins the turn that runs. */
function ask(turn: TurnState | null, message: Message, { mint }: ObserveInput): readonly EventDraft[] {
  if (turn !== null) return [draft(mint, turnContext(turn), { type: "input.message", data: { message } })];
  const turnId = mint("turn");
  // A message's id was minted by the use case; the log stores it as plain text.
  const messageId = message.id as MessageId;
  const context: EventContext = { turn_id: turnId, input_message_id: messageId, trace_id: turnId };
  const begun = { turn_id: turnId, input_message_id: messageId };
  return [
    draft(mint, {}, { type: "input.message", data: { message } }),
    draft(mint, context, { type: "turn.started", data: begun }),
    draft(mint, context, { type: "session.activated", data: begun }),
  ];
}

function give({ messageJson }: QueuedMessage, isInTurn: boolean, { mint }: ObserveInput): EventDraft {
  // Written by us as a Message; the store keeps it as text.
  const message = JSON.parse(messageJson) as Message;
  const data = isInTurn ? { message, from_queue: true } : { message, from_queue: true, starts_turn: false };
  return draft(mint, {}, { type: "input.message", data });
}

/** The agent has answered: its turn is over, its session is not (R3). */
export function decideAnswered(state: SessionState, answer: Message | undefined, input: ObserveInput): Plan | null {
  const { turn } = state;
  if (turn === null || state.isDeleted) return null;
  const said =
    answer === undefined
      ? []
      : [draft(input.mint, turnContext(turn), { type: "output.message.completed", data: { message: answer } })];
  const end = { kind: "completed", stopReason: "end_turn" } as const;
  const plan = endTurn({ ...state, turn }, { end, before: said }, { ...input, next: null });
  return { ...plan, timers: [{ kind: "silence", dueInMs: null }] };
}

/** Nothing was heard: whoever waits for the turn is told, and a later hook begins another in the same session. */
export function decideSilent(state: SessionState, input: ObserveInput): Plan | null {
  const { turn } = state;
  if (turn === null) return null;
  const error = `Nothing was heard of the agent for ${SILENCE_MS / 60_000} minutes`;
  const end = { kind: "failed", error, errorCode: "agent_silent" } as const;
  const plan = endTurn({ ...state, turn }, { end, before: [] }, { ...input, next: null });
  return { ...plan, timers: [{ kind: "silence", dueInMs: null }] };
}
