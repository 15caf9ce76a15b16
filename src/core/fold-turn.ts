/**
 * How the events of a running turn change its state.
 *
 *     turn.started      quota.waiting · tool.call_requested · approval.requested · subagent.awaited
 *   ──────────────▶ reasoning ────────────────────────────────────────────────────────▶ waiting
 *                    ▲     │ act.started                                                  │ resumed, answered
 *            reason. │     ▼                                                              │
 *            started └── acting ◀────────────────────────────────────────────────────────┘
 *                          │ turn.cancelled
 *                          ▼
 *                      cancelling
 *
 * One row per event type that decides something; the others leave the turn as it is. Pure.
 */
import type { Usage } from "./events/content.ts";
import type { EventType, KnownEvent } from "./events/envelope.ts";
import type { Need } from "./session-words.ts";
import { pendingApprovals } from "./state.ts";
import type { Approval, TurnState } from "./state.ts";
import { addUsage } from "./usage.ts";

type EventOf<T extends EventType> = Extract<KnownEvent, { type: T }>;
type Row<T extends EventType> = (turn: TurnState, event: EventOf<T>) => TurnState;

const PREVIEW_LENGTH = 200;
const noUsage: Usage = { input_tokens: 0, output_tokens: 0 };

export function startTurn(event: EventOf<"turn.started">): TurnState {
  return {
    id: event.data.turn_id,
    inputMessageId: event.data.input_message_id,
    startedAt: event.ts,
    phase: "reasoning",
    execId: null,
    iteration: 0,
    isReasonOpen: false,
    openMessageId: null,
    isActOpen: false,
    openCalls: [],
    toolCallCount: 0,
    failedCallCount: 0,
    repeat: { signature: 0, count: 0 },
    unreadCount: 1,
    needs: [],
    approvals: [],
    usage: noUsage,
    lastText: "",
  };
}

/** FNV-1a over UTF-16 units: tells "the same again" from progress; no security hash. */
function signatureOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index++) hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  return hash >>> 0;
}

export function textOf(content: readonly { readonly type: string; readonly text?: string }[]): string {
  return content.map((part) => (part.type === "text" ? (part.text ?? "") : "")).join("");
}

function wait(turn: TurnState, need: Need): TurnState {
  const needs = turn.needs.includes(need) ? turn.needs : [...turn.needs, need];
  return { ...turn, phase: "waiting", needs };
}

function goOn(turn: TurnState, need: Need): TurnState {
  const needs = turn.needs.filter((open) => open !== need);
  if (needs.length > 0 || turn.phase !== "waiting") return { ...turn, needs };
  return { ...turn, needs, phase: turn.isActOpen ? "acting" : "reasoning" };
}

/** The first answer counts. */
function answer(turn: TurnState, approvalId: string, said: Pick<Approval, "answer" | "scope">): TurnState {
  const approvals = turn.approvals.map((each) =>
    each.id === approvalId && each.answer === null ? { ...each, ...said } : each,
  );
  const after = { ...turn, approvals };
  return pendingApprovals(after).length > 0 ? after : goOn(after, "approval");
}

function answered({ answer: said, scope }: EventOf<"approval.answered">["data"]): Pick<Approval, "answer" | "scope"> {
  return { answer: said, ...(scope === undefined ? {} : { scope }) };
}

const completeCall: Row<"tool.completed"> = (turn, { data }) => {
  const call = turn.openCalls.find((open) => open.id === data.tool_call_id);
  const failedCallCount = turn.failedCallCount + (data.success ? 0 : 1);
  if (call === undefined) return { ...turn, failedCallCount };
  const signature = signatureOf(JSON.stringify([call.signature, data.result ?? data.error ?? null]));
  const count = signature === turn.repeat.signature ? turn.repeat.count + 1 : 1;
  const openCalls = turn.openCalls.filter((open) => open !== call);
  const closed = { ...turn, openCalls, failedCallCount, repeat: { signature, count } };
  const isWhole = !openCalls.some(({ isRequested }) => isRequested);
  const isTogether = !openCalls.some(({ awaits }) => awaits !== undefined);
  const isMet = (need: Need, isOver: boolean) => isOver && turn.needs.includes(need);
  const given = isMet("tool_results", isWhole) ? goOn(closed, "tool_results") : closed;
  return isMet("sessions", isTogether) ? goOn(given, "sessions") : given;
};

/** Calls that are not open are nobody's to carry out, and nothing waits for them. */
const requestCalls: Row<"tool.call_requested"> = (turn, { data }) => {
  const ids = new Set(data.tool_calls.map(({ id }) => id));
  if (!turn.openCalls.some(({ id }) => ids.has(id))) return turn;
  const openCalls = turn.openCalls.map((call) => (ids.has(call.id) ? { ...call, isRequested: true } : call));
  return wait({ ...turn, openCalls }, "tool_results");
};

const awaitSessions: Row<"subagent.awaited"> = (turn, { data }) => {
  if (!turn.openCalls.some(({ id }) => id === data.tool_call_id)) return turn;
  const openCalls = turn.openCalls.map((call) =>
    call.id === data.tool_call_id ? { ...call, awaits: data.session_ids } : call,
  );
  return wait({ ...turn, openCalls }, "sessions");
};

/** The words of a cancel are said in the turn but read by none; what comes after them belongs to the next turn. */
const readInput: Row<"input.message"> = (turn, { data }) => {
  if (data.starts_turn === false || turn.phase === "cancelling") return turn;
  return { ...turn, unreadCount: turn.unreadCount + 1 };
};

/** Of an act that is open already there are more calls than was known: agents elsewhere say them one by one. */
const startAct: Row<"act.started"> = (turn, { data }) => {
  const calls = data.tool_calls.map(({ id, name, arguments: input }) => ({
    id,
    name,
    signature: signatureOf(JSON.stringify([name, input ?? null])),
    started: false,
    isRequested: false,
  }));
  const toolCallCount = turn.toolCallCount + calls.length;
  if (turn.isActOpen) {
    const actCallCount = (turn.actCallCount ?? 0) + calls.length;
    return { ...turn, toolCallCount, actCallCount, openCalls: [...turn.openCalls, ...calls] };
  }
  return {
    ...turn,
    phase: "acting",
    isActOpen: true,
    failedCallCount: 0,
    actCallCount: calls.length,
    toolCallCount,
    openCalls: calls,
    approvals: pendingApprovals(turn),
  };
};

const rows: { readonly [T in EventType]?: Row<T> } = {
  "input.message": readInput,
  "reason.started": (turn, { context }) => ({
    ...turn,
    phase: "reasoning",
    execId: context.exec_id ?? null,
    iteration: turn.iteration + 1,
    isReasonOpen: true,
    unreadCount: 0,
  }),
  "output.message.started": (turn, { data }) => ({ ...turn, openMessageId: data.message_id }),
  "output.message.completed": (turn, { data }) => ({
    ...turn,
    openMessageId: null,
    lastText: textOf(data.message.content).slice(0, PREVIEW_LENGTH),
  }),
  "llm.generation": (turn, { data }) => ({ ...turn, usage: addUsage(turn.usage, data.metadata.usage) }),
  "reason.completed": (turn) => ({ ...turn, isReasonOpen: false, openMessageId: null }),
  "act.started": startAct,
  "tool.started": (turn, { data }) => ({
    ...turn,
    openCalls: turn.openCalls.map((call) => (call.id === data.tool_call.id ? { ...call, started: true } : call)),
  }),
  "tool.completed": completeCall,
  "act.completed": (turn) => ({ ...turn, isActOpen: false, openCalls: [], approvals: pendingApprovals(turn) }),
  "tool.call_requested": requestCalls,
  "subagent.awaited": awaitSessions,
  "approval.requested": (turn, { data }) => ({
    ...wait(turn, "approval"),
    approvals: [...turn.approvals, { id: data.approval_id, callId: data.tool_call?.id ?? null, answer: null }],
  }),
  "approval.answered": (turn, { data }) => answer(turn, data.approval_id, answered(data)),
  "approval.expired": (turn, { data }) => answer(turn, data.approval_id, { answer: "expired" }),
  "quota.waiting": (turn) => wait(turn, "quota"),
  "quota.resumed": (turn) => goOn(turn, "quota"),
  "budget.exhausted": (turn) => wait(turn, "budget"),
  "budget.resumed": (turn) => goOn(turn, "budget"),
  "turn.cancelled": (turn) => ({ ...turn, phase: "cancelling", needs: [], approvals: [], unreadCount: 0 }),
};

export function applyToTurn(turn: TurnState, event: KnownEvent): TurnState {
  // The key is the event's own type, so row and event agree; TypeScript cannot follow that through the index.
  const row = rows[event.type] as Row<EventType> | undefined;
  return row === undefined ? turn : row(turn, event);
}
