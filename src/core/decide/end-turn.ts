/**
 * Every end of a turn is one commit (A7): how it ended, `session.idled`, the owner freed; and if something is queued
 * the same commit begins the next turn instead of going idle. After it no event of the turn follows (E6).
 */
import type { Message } from "../events/content.ts";
import type { EventDraft, Fact } from "../events/envelope.ts";
import type { NodeId } from "../ids.ts";
import type { SessionState, TurnState } from "../state.ts";
import { draft, turnContext } from "./plan.ts";
import type { DecideInput, Plan } from "./plan.ts";
import { startTurnDrafts } from "./start-turn.ts";

export type TurnEnd =
  | { readonly kind: "completed"; readonly stopReason: "end_turn" | "max_iterations" | "max_tokens" | "refusal" }
  | { readonly kind: "failed"; readonly error: string; readonly errorCode: string };

export interface EndInput extends DecideInput {
  readonly nowMs: number;
  /** The first message of the queue, read at the epoch that this decision is made at. */
  readonly next: Message | null;
}

export const CANCEL_TEXT = "Work was cancelled by user.";

function endFact(turn: TurnState, end: TurnEnd, nowMs: number): Fact {
  const measured = { turn_id: turn.id, iterations: turn.iteration, usage: turn.usage };
  if (end.kind === "failed") {
    return { type: "turn.failed", data: { ...measured, error: end.error, error_code: end.errorCode } };
  }
  return {
    type: "turn.completed",
    data: {
      ...measured,
      stop_reason: end.stopReason,
      duration_ms: Math.max(0, nowMs - Date.parse(turn.startedAt)),
      tool_call_count: turn.toolCallCount,
    },
  };
}

/** Ends a turn; `before` are the last facts of the turn, committed with its end. */
export function endTurn(
  state: SessionState & { readonly turn: TurnState },
  { end, before }: { readonly end: TurnEnd; readonly before: readonly EventDraft[] },
  input: EndInput,
): Plan {
  const { turn } = state;
  const ended = draft(input.mint, turnContext(turn), endFact(turn, end, input.nowMs));
  return finish(state, [...before, ended], input);
}

/** What the owner (or whoever takes over from it) owes after `turn.cancelled` (T6). */
export function cancelTail(state: SessionState & { readonly turn: TurnState }, input: EndInput): Plan {
  const { turn } = state;
  const events = [...closeOpenWork(turn, "cancelled", input), cancelledMessage(turn, input)];
  const plan = finish(state, events, input);
  return { ...plan, timers: [{ kind: "cancel_deadline", dueInMs: null }] };
}

function cancelledMessage(turn: TurnState, input: DecideInput): EventDraft {
  const message: Message = {
    id: turn.openMessageId ?? input.mint("message"),
    role: "agent",
    content: [{ type: "text", text: CANCEL_TEXT }],
  };
  return draft(input.mint, turnContext(turn), { type: "output.message.completed", data: { message } });
}

/** Ends for calls, act and reasoning that were open, so no reader of the log waits for them. */
export function closeOpenWork(
  turn: TurnState,
  why: "cancelled" | "interrupted",
  { mint }: DecideInput,
): readonly EventDraft[] {
  const context = turnContext(turn);
  const facts: Fact[] = turn.openCalls.map((call) => ({
    type: "tool.completed",
    data: {
      tool_call_id: call.id,
      tool_name: call.name,
      success: false,
      status: why === "cancelled" ? "cancelled" : "error",
      error: why === "cancelled" ? "Cancelled by the user" : "Interrupted: the server stopped while this ran",
    },
  }));
  if (turn.isActOpen) {
    const error_count = turn.failedCallCount + turn.openCalls.length;
    const success_count = Math.max(0, (turn.actCallCount ?? 0) - error_count);
    facts.push({ type: "act.completed", data: { turn_id: turn.id, completed: false, success_count, error_count } });
  }
  if (turn.isReasonOpen) {
    facts.push({
      type: "reason.completed",
      data: { turn_id: turn.id, success: false, has_tool_calls: false, tool_call_count: 0, error: why },
    });
  }
  return facts.map((fact) => draft(mint, context, fact));
}

function finish(state: SessionState, events: readonly EventDraft[], input: EndInput): Plan {
  const { turn } = state;
  if (input.next !== null && state.hold === "none" && state.isObserved !== true) {
    const next = startTurnDrafts({ message: input.next, isFromQueue: true }, input);
    return {
      events: [...events, ...next],
      raises: true,
      owner: input.runner,
      takes: "reset",
      queue: [{ kind: "remove", messageIds: [input.next.id] }],
    };
  }
  const data = turn === null ? {} : { turn_id: turn.id, iterations: turn.iteration, usage: turn.usage };
  const idled = draft(input.mint, turn === null ? {} : turnContext(turn), { type: "session.idled", data });
  return { events: [...events, idled], raises: true, owner: null as NodeId | null, takes: "reset" };
}
