/**
 * Answers to what a turn waits for (A5, ruling 6): approvals, results of the client's tools, and nobody's answer in
 * time. Each is one commit that also closes the calls that will not be made; the commit that meets the last need gives
 * the turn to a runner, or leaves it owed.
 */
import type { ContentPart } from "../events/content.ts";
import type { EventDraft } from "../events/envelope.ts";
import { accept, refuse } from "../refusal.ts";
import type { Outcome } from "../refusal.ts";
import type { SessionId } from "../ids.ts";
import type { ApprovalScope } from "../session-words.ts";
import { pendingApprovals } from "../state.ts";
import type { Approval, OpenCall, SessionState, TurnState } from "../state.ts";
import { allowedActions, cellOf, nameState } from "../transitions.ts";
import { foldDrafts } from "./fold-drafts.ts";
import { draft, turnContext, waitTimers } from "./plan.ts";
import type { DecideInput, Plan } from "./plan.ts";

export const DENIED_TEXT = "The user did not allow this";
export const UNANSWERED_TEXT = "Nobody allowed this in time";
export const UNDELIVERED_TEXT = "The client gave no result in time";
export const OVERTAKEN_TEXT = "Cancelled because the user sent a message instead";

export const LEFT_TEXT =
  "The user sent a message, so this waits no longer. The sessions go on; await them again for what they come to";

export interface Answering {
  readonly approvalId: string;
  readonly answer: "allow" | "deny";
  readonly scope: ApprovalScope;
  /** The user who says so. */
  readonly by: string;
  /** Of a denial: the agent is told. */
  readonly reason?: string;
}

/** `hasOwner`: of a harness that holds a process, which waits with it and is only told. */
export type AnswerInput = DecideInput & { readonly hasOwner?: boolean };

export interface Answered {
  readonly plan: Plan;
  /** Nothing: the question was about no call. */
  readonly toolName: string | null;
}

type CallEnd = "error" | "timeout" | "cancelled";

/**
 * Nothing when no such question is open: it never was, or the log knows what was said. An allow for longer than once
 * also answers what is being asked about the same tool meanwhile.
 */
export function decideAnswer(state: SessionState, answering: Answering, input: AnswerInput): Answered | null {
  const { turn } = state;
  if (cellOf("answer", state) !== "awaited" || turn === null) return null;
  const asked = pendingApprovals(turn).find(({ id }) => id === answering.approvalId);
  if (asked === undefined) return null;
  const call = callOf(turn, asked);
  const toolName = call?.name ?? null;
  const { answer, scope, by, reason } = answering;
  const told = reason === undefined ? {} : { reason };
  const context = turnContext(turn);
  const said = alike(turn, { asked, toolName, scope }).map(({ id: approval_id }) =>
    draft(input.mint, context, { type: "approval.answered", data: { approval_id, answer, scope, by, ...told } }),
  );
  const error = reason === undefined ? DENIED_TEXT : `${DENIED_TEXT}: ${reason}`;
  const closed = answer === "allow" || call === null ? [] : [endCall(turn, { call, error }, input)];
  return { plan: goOn({ ...state, turn }, [...said, ...closed], input), toolName };
}

function callOf({ openCalls }: TurnState, { callId }: Approval): OpenCall | null {
  return openCalls.find(({ id }) => id === callId) ?? null;
}

function alike(
  turn: TurnState,
  {
    asked,
    toolName,
    scope,
  }: { readonly asked: Approval; readonly toolName: string | null; readonly scope: ApprovalScope },
): readonly Approval[] {
  if (scope === "once" || toolName === null) return [asked];
  return pendingApprovals(turn).filter((each) => callOf(turn, each)?.name === toolName);
}

export interface ClientResult {
  readonly callId: string;
  readonly content: readonly ContentPart[];
  /** Present: the client's tool failed. */
  readonly error?: string;
}

/** The results of all calls that the client was asked for, at once: the turn goes on with every one of them. */
export function decideResults(
  state: SessionState,
  { sessionId, results }: { readonly sessionId: SessionId; readonly results: readonly ClientResult[] },
  input: AnswerInput,
): Outcome<Plan> {
  if (state.isDeleted) return refuse({ code: "not_found", kind: "session", id: sessionId });
  const { turn } = state;
  const requested = turn?.openCalls.filter(({ isRequested }) => isRequested) ?? [];
  if (cellOf("give_results", state) !== "awaited" || turn === null || requested.length === 0) {
    const now = { state: nameState(state), allowed: allowedActions(state) };
    return refuse({ code: "not_waiting", sessionId, need: "tool_results", ...now });
  }
  const checked = checkIds(requested, results);
  if (!checked.ok) return checked;
  const events = results.map(({ callId, content, error }): EventDraft =>
    draft(input.mint, turnContext(turn), {
      type: "tool.completed",
      data: {
        tool_call_id: callId,
        tool_name: requested.find(({ id }) => id === callId)?.name ?? "",
        success: error === undefined,
        status: error === undefined ? "success" : "error",
        ...(content.length === 0 ? {} : { result: [...content] }),
        ...(error === undefined ? {} : { error }),
      },
    }),
  );
  return accept(goOn({ ...state, turn }, events, input));
}

function checkIds(requested: readonly OpenCall[], results: readonly ClientResult[]): Outcome<null> {
  const missing = new Set(requested.map(({ id }) => id));
  for (const [index, { callId }] of results.entries()) {
    if (missing.delete(callId)) continue;
    const isTwice = requested.some(({ id }) => id === callId);
    const reason = isTwice ? `has a result for "${callId}" before` : `"${callId}" is no call that waits for a result`;
    return refuse({ code: "invalid_input", path: `/tool_results/${index}/tool_call_id`, reason });
  }
  if (missing.size === 0) return accept(null);
  const reason = `has no result for ${[...missing].map((id) => `"${id}"`).join(", ")}`;
  return refuse({ code: "invalid_input", path: "/tool_results", reason });
}

/** Nobody answered in time; nothing when nothing of the kind is awaited any more. */
export function decideExpiry(state: SessionState, need: "approval" | "tool_results", input: AnswerInput): Plan | null {
  const { turn } = state;
  if (turn === null || turn.phase !== "waiting" || !turn.needs.includes(need)) return null;
  const events = need === "approval" ? expireApprovals(turn, input) : expireCalls(turn, input);
  return goOn({ ...state, turn }, events, input);
}

function expireApprovals(turn: TurnState, input: DecideInput): readonly EventDraft[] {
  return pendingApprovals(turn).flatMap((asked) => {
    const data = { approval_id: asked.id };
    const expired = draft(input.mint, turnContext(turn), { type: "approval.expired", data });
    const call = callOf(turn, asked);
    return call === null ? [expired] : [expired, endCall(turn, { call, error: UNANSWERED_TEXT }, input)];
  });
}

function expireCalls(turn: TurnState, input: DecideInput): readonly EventDraft[] {
  const end = { error: UNDELIVERED_TEXT, status: "timeout" } as const;
  return turn.openCalls.flatMap((call) => (call.isRequested ? [endCall(turn, { call, ...end }, input)] : []));
}

/** The client's calls that will not be made, because the user went on without them (ruling 6). */
export function cancelRequested(turn: TurnState, input: DecideInput): readonly EventDraft[] {
  const end = { error: OVERTAKEN_TEXT, status: "cancelled" } as const;
  return turn.openCalls.flatMap((call) => (call.isRequested ? [endCall(turn, { call, ...end }, input)] : []));
}

/** The wait for sessions, which go on: the user has something to say meanwhile. */
export function leaveWaiting(turn: TurnState, input: DecideInput): readonly EventDraft[] {
  const end = { error: LEFT_TEXT, status: "cancelled" } as const;
  return turn.openCalls.flatMap((call) => (call.awaits === undefined ? [] : [endCall(turn, { call, ...end }, input)]));
}

/** No question outlives its turn (T6). */
export function cancelApprovals(turn: TurnState, { mint }: DecideInput): readonly EventDraft[] {
  return pendingApprovals(turn).map(({ id: approval_id }) =>
    draft(mint, turnContext(turn), { type: "approval.answered", data: { approval_id, answer: "cancelled" } }),
  );
}

function endCall(
  turn: TurnState,
  { call, error, status = "error" }: { readonly call: OpenCall; readonly error: string; readonly status?: CallEnd },
  { mint }: DecideInput,
): EventDraft {
  return draft(mint, turnContext(turn), {
    type: "tool.completed",
    data: { tool_call_id: call.id, tool_name: call.name, success: false, status, error },
  });
}

/** A turn that waits for more stays parked, and a parked turn has no owner; one that is held waits for the resume. */
export function goOn(
  state: SessionState & { readonly turn: TurnState },
  events: readonly EventDraft[],
  { runner, hasOwner = false }: AnswerInput,
): Plan {
  // No turn begins in these events, so nothing in them looks at the time.
  const after = foldDrafts(state, events, 0);
  const left = after.turn?.needs ?? [];
  const met = state.turn.needs.filter((need) => !left.includes(need));
  const timers = waitTimers(met);
  const isOwed = after.turn?.phase !== "waiting" && after.hold === "none" && !hasOwner;
  return { events, raises: true, timers, ...(isOwed ? { owner: runner } : {}) };
}
