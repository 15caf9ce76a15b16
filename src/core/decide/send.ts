/**
 * Admission: what becomes of a message (T1, A2, rulings 6 and 7). A free session starts its turn in the same commit; a
 * busy one refuses, queues or steers, as the sender chose. Idempotency keys are looked up before this (T2).
 */
import type { Message } from "../events/content.ts";
import type { EventDraft } from "../events/envelope.ts";
import { accept, refuse } from "../refusal.ts";
import type { Outcome, Refusal } from "../refusal.ts";
import type { SessionId } from "../ids.ts";
import type { WhenBusy } from "../session.ts";
import type { SessionState, TurnState } from "../state.ts";
import { allowedActions, cellOf, nameState } from "../transitions.ts";
import { cancelRequested, goOn, leaveWaiting } from "./answer.ts";
import { draft, turnContext } from "./plan.ts";
import type { DecideInput, Plan } from "./plan.ts";
import { startTurnDrafts } from "./start-turn.ts";

export type Delivery = "started" | "queued" | "steered" | "resumed";

export interface SendInput {
  readonly sessionId: SessionId;
  readonly message: Message;
  readonly whenBusy: WhenBusy;
  readonly queueLimit: number;
  /** The message that the queue starts next, for a session that was ended over it. */
  readonly next?: Message | null;
}

export interface Admitted {
  readonly plan: Plan;
  readonly delivery: Delivery;
}

export function decideSend(state: SessionState, send: SendInput, input: DecideInput): Outcome<Admitted> {
  const cell = cellOf("send", state);
  const isTaken = cell !== "refuse" && cell !== "absent";
  // Its agent reads what waits for it at its next hook (ruling 6).
  if (state.isObserved === true && isTaken) return queue(state, send, input);
  switch (cell) {
    case "start":
      return accept(start(send, input, []));
    case "reopen":
      return accept(reopen(state, send, input));
    case "hold":
      return send.whenBusy === "refuse" ? refuse(holdRefusal(state, send.sessionId)) : queue(state, send, input);
    case "busy":
      return joinBusy(state, send, input);
    default:
      return refuse(endedRefusal(state, send.sessionId));
  }
}

function start(send: SendInput, input: DecideInput, before: readonly EventDraft[]): Admitted {
  const events = [...before, ...startTurnDrafts({ message: send.message, isFromQueue: false }, input)];
  return { plan: { events, raises: true, owner: input.runner, takes: "reset" }, delivery: "started" };
}

/** What was queued before the end comes first, as it was sent first; the new message waits behind it. */
function reopen(state: SessionState, send: SendInput, input: DecideInput): Admitted {
  const was = state.lifecycle === "failed" ? "failed" : "completed";
  const reopened = draft(input.mint, {}, { type: "session.reopened", data: { was } });
  const { message, next = null } = send;
  if (next === null) return start(send, input, [reopened]);
  const queued = draft(input.mint, {}, { type: "message.queued", data: { message } });
  const plan: Plan = {
    events: [reopened, queued, ...startTurnDrafts({ message: next, isFromQueue: true }, input)],
    raises: true,
    owner: input.runner,
    takes: "reset",
    queue: [
      { kind: "add", message },
      { kind: "remove", messageIds: [next.id] },
    ],
  };
  return { plan, delivery: "queued" };
}

function joinBusy(state: SessionState, send: SendInput, input: DecideInput): Outcome<Admitted> {
  const { turn } = state;
  if (turn?.phase === "waiting" && isOvertaken(turn, send)) return accept(joinWaiting({ ...state, turn }, send, input));
  if (send.whenBusy === "refuse") return refuse({ code: "turn_running", sessionId: send.sessionId });
  // A turn that waits or is being cancelled reads nothing: what is meant to steer it goes to the turn after it.
  if (send.whenBusy === "steer" && (turn?.phase === "reasoning" || turn?.phase === "acting")) {
    return accept({ plan: steer(turn, send, input), delivery: "steered" });
  }
  return queue(state, send, input);
}

/** Results that will not come, or sessions that go on by themselves, when it is said that the turn is to hear it now. */
function isOvertaken({ needs }: TurnState, { whenBusy }: SendInput): boolean {
  return needs.includes("tool_results") || (whenBusy === "steer" && needs.includes("sessions"));
}

function steer(turn: TurnState, send: SendInput, input: DecideInput): Plan {
  const event = draft(input.mint, turnContext(turn), { type: "input.message", data: { message: send.message } });
  return { events: [event], raises: true };
}

/**
 * The awaited results will not come: their calls end as cancelled and the message joins the turn (ruling 6). A turn
 * that awaits something else as well stays parked, and a parked turn has no owner (A5).
 */
function joinWaiting(
  state: SessionState & { readonly turn: TurnState },
  send: SendInput,
  input: DecideInput,
): Admitted {
  const { turn } = state;
  const left = send.whenBusy === "steer" ? leaveWaiting(turn, input) : [];
  const events = [...cancelRequested(turn, input), ...left, ...steer(turn, send, input).events];
  const plan = goOn(state, events, input);
  return { plan, delivery: plan.owner === undefined ? "steered" : "resumed" };
}

function queue(state: SessionState, send: SendInput, input: DecideInput): Outcome<Admitted> {
  if (state.queuedCount >= send.queueLimit) {
    return refuse({
      code: "quota_exceeded",
      what: "queued messages",
      limit: send.queueLimit,
      setting: "queuedMessages",
    });
  }
  const event = draft(input.mint, {}, { type: "message.queued", data: { message: send.message } });
  const plan: Plan = { events: [event], raises: true, queue: [{ kind: "add", message: send.message }] };
  return accept({ plan, delivery: "queued" });
}

function holdRefusal(state: SessionState, sessionId: SessionId): Refusal {
  return state.hold === "budget" ? { code: "budget_exhausted", sessionId } : { code: "on_hold", sessionId };
}

function endedRefusal(state: SessionState, sessionId: SessionId): Refusal {
  if (state.isDeleted) return { code: "not_found", kind: "session", id: sessionId };
  return { code: "not_allowed", sessionId, action: "send", state: nameState(state), allowed: allowedActions(state) };
}
