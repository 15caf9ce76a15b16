/**
 * From the items of a harness to plans: gives facts their ids and contexts, adds the file changes of the calls that
 * they complete, and seals a turn that goes in circles (T7). Decides nothing that `core/decide` could.
 */
import { closeOpenWork, endTurn } from "../core/decide/end-turn.ts";
import type { EndInput } from "../core/decide/end-turn.ts";
import { foldDrafts } from "../core/decide/fold-drafts.ts";
import { draft, turnContext } from "../core/decide/plan.ts";
import type { TimerChange } from "../core/decide/plan.ts";
import type { EventContext, EventDraft, EventType, Fact } from "../core/events/envelope.ts";
import type { MintId } from "../core/ids.ts";
import type { Limits } from "../core/limits.ts";
import type { FileChange } from "../core/ports/files.ts";
import type { HarnessItem } from "../core/ports/harness.ts";
import type { BusyState, StepPlan } from "./turn-log.ts";

export type FactsItem = Extract<HarnessItem, { kind: "facts" }>;

export const MAX_REPEATS = 5;

export interface FactsInput extends EndInput {
  readonly changesOf: (callId: string) => readonly FileChange[];
  readonly toolCallLimit: number;
  readonly waits: WaitLimits;
}

/** How long answers are waited for. */
export type WaitLimits = Pick<Limits, "approvalMs" | "toolResultsMs">;

/** The events of a step; a new model call in the middle of them begins a new `exec_id`. */
function draftFacts(state: BusyState, facts: readonly Fact[], mint: MintId): readonly EventDraft[] {
  let context: EventContext = turnContext(state.turn);
  return facts.map((fact) => {
    if (fact.type === "reason.started") context = { ...context, exec_id: mint("exec") };
    return draft(mint, context, fact);
  });
}

function withFiles(facts: readonly Fact[], changesOf: FactsInput["changesOf"]) {
  const files = facts.flatMap((fact) => (fact.type === "tool.completed" ? changesOf(fact.data.tool_call_id) : []));
  const written = files.map((change): Fact => ({
    type: "file.written",
    data: {
      path: change.path,
      operation: change.kind === "put" ? "write" : change.kind === "delete" ? "delete" : "mkdir",
      ...(change.kind === "put" ? { size_bytes: change.sizeBytes, created: change.base === "absent" } : {}),
    },
  }));
  return { files, facts: [...written, ...facts] };
}

/** The plan of one item. Made anew for every attempt, so it always stands on the state that it is committed to. */
export function planFacts(state: BusyState, item: FactsItem, input: FactsInput): StepPlan {
  const { files, facts } = withFiles(item.facts, input.changesOf);
  const events = draftFacts(state, withExpiry(facts, input), input.mint);
  const after = foldDrafts(state, events, input.nowMs).turn;
  const isUnread = (after?.unreadCount ?? 0) > 0;
  const plan: StepPlan = { events, raises: false, takes: "reset", files };
  const sealed = sealOf(after, input);
  if (sealed !== null) return sealTurn({ state, events, files, error: sealed }, input);
  if (item.next.kind === "ends" && !(isUnread && item.next.end.kind === "completed")) {
    const folded = foldDrafts(state, events, input.nowMs);
    const ended = endTurn(
      { ...folded, turn: folded.turn ?? state.turn },
      { end: item.next.end, before: events },
      input,
    );
    return { ...ended, files };
  }
  // A harness that holds a process waits for the answer itself; what ends the wait is the same timer.
  if (item.next.kind !== "waits") return isAsking(item) ? { ...plan, timers: waitEnds(after, item, input) } : plan;
  return { ...plan, raises: true, owner: null, timers: waitEnds(after, item, input) };
}

function isAsking({ facts }: FactsItem): boolean {
  return facts.some(({ type }) => type === "approval.requested");
}

/** What ends a wait that nobody ends; all of one kind are asked in one commit and end together. */
function waitEnds(
  turn: BusyState["turn"] | null,
  { facts, next }: Pick<FactsItem, "facts" | "next">,
  { waits }: FactsInput,
): readonly TimerChange[] {
  const needs = turn?.needs ?? [];
  const resumeInMs = next.kind === "waits" ? next.resumeInMs : undefined;
  const timeouts = facts.flatMap((fact) => (fact.type === "subagent.awaited" ? [fact.data.timeout_ms] : []));
  return [
    ...(resumeInMs === undefined ? [] : [{ kind: "quota", dueInMs: resumeInMs } as const]),
    ...(needs.includes("approval") ? [{ kind: "approval_expiry", dueInMs: waits.approvalMs } as const] : []),
    ...(needs.includes("tool_results") ? [{ kind: "tool_results_expiry", dueInMs: waits.toolResultsMs } as const] : []),
    ...(timeouts.length === 0 ? [] : [{ kind: "sessions_expiry", dueInMs: Math.min(...timeouts) } as const]),
  ];
}

/** For people to see; what ends the wait is the timer, by the store's clock (D5). */
function withExpiry(facts: readonly Fact[], { waits, nowMs }: FactsInput): readonly Fact[] {
  const expires_at = new Date(nowMs + waits.approvalMs).toISOString();
  return facts.map((fact) =>
    fact.type === "approval.requested" ? { ...fact, data: { ...fact.data, expires_at } } : fact,
  );
}

function sealOf(turn: BusyState["turn"] | null, { toolCallLimit }: FactsInput): string | null {
  if (turn === null) return null;
  if (turn.repeat.count >= MAX_REPEATS) {
    return `The same tool was called ${turn.repeat.count} times with the same arguments and the same result`;
  }
  return turn.toolCallCount > toolCallLimit ? `The turn made more than ${toolCallLimit} tool calls` : null;
}

interface Seal {
  readonly state: BusyState;
  readonly events: readonly EventDraft[];
  readonly files: readonly FileChange[];
  readonly error: string;
}

/** What a turn that is over need not say any more. */
const BEGINNINGS: ReadonlySet<EventType> = new Set([
  "reason.started",
  "output.message.started",
  "approval.requested",
  "tool.call_requested",
  "subagent.awaited",
]);

function sealTurn({ state, events, files, error }: Seal, input: FactsInput): StepPlan {
  const done = events.filter(({ type }) => !BEGINNINGS.has(type));
  const folded = foldDrafts(state, done, input.nowMs);
  const turn = folded.turn ?? state.turn;
  const closed = closeOpenWork(turn, "interrupted", input);
  const end = { kind: "failed", error, errorCode: "no_progress" } as const;
  const settled = { ...folded, turn: { ...turn, openCalls: [], isActOpen: false, isReasonOpen: false } };
  return { ...endTurn(settled, { end, before: [...done, ...closed] }, input), files };
}

/** The same item when a file of a call turned out to have changed under it, or the files' quota was met. */
export function failCalls(item: FactsItem, isFailed: (callId: string) => boolean, error: string): FactsItem {
  const facts = item.facts.map((fact): Fact => {
    if (fact.type !== "tool.completed" || !isFailed(fact.data.tool_call_id)) return fact;
    const { tool_call_id, tool_name } = fact.data;
    const result = [{ type: "text" as const, text: error }];
    return {
      type: "tool.completed",
      data: { tool_call_id, tool_name, success: false, status: "error", error, result },
    };
  });
  return { ...item, facts };
}
