/**
 * A runner of the model: it commits facts of a turn one step after the other at the epoch it believes in, and when it
 * is refused it does what A1 says: still the owner, it catches up or commits the cancel's tail; no longer, it stops.
 */
import { cancelTail, endTurn } from "../../../src/core/decide/end-turn.ts";
import { foldDrafts } from "../../../src/core/decide/fold-drafts.ts";
import { draft, turnContext } from "../../../src/core/decide/plan.ts";
import type { Plan } from "../../../src/core/decide/plan.ts";
import { startReasonDrafts } from "../../../src/core/decide/start-turn.ts";
import type { EventDraft, Fact } from "../../../src/core/events/envelope.ts";
import type { OpenCall } from "../../../src/core/state.ts";
import type { BusyState, RunnerView, SessionModel } from "./session-model.ts";

export const stepNames = ["answer", "call", "result", "error", "client_tools", "approval", "quota", "fail"] as const;
export type StepName = (typeof stepNames)[number];

/** What the runner would commit next; as much of `step` as fits where the turn stands. */
export function stepPlan(model: SessionModel, state: BusyState, step: StepName): Plan {
  const { turn } = state;
  if (turn.isActOpen) return turn.openCalls.length > 0 ? actPlan(model, state, step) : goOnPlan(model, state, []);
  if (!turn.isReasonOpen) return goOnPlan(model, state, []);
  switch (step) {
    case "call":
      return factsPlan(model, state, [...reasoned(model, state, true), ...callFacts(model, state)]);
    case "quota": {
      const data = { turn_id: turn.id, resets_at: "2026-01-01T13:00:00.000Z", reason: "Rate limit" };
      return parkPlan(model, state, [{ type: "quota.waiting", data }]);
    }
    case "fail":
      return failPlan(model, state);
    default:
      return answerPlan(model, state);
  }
}

function drafts(model: SessionModel, state: BusyState, facts: readonly Fact[]): readonly EventDraft[] {
  return facts.map((fact) => draft(model.mint, turnContext(state.turn), fact));
}

function factsPlan(model: SessionModel, state: BusyState, facts: readonly Fact[]): Plan {
  return { events: drafts(model, state, facts), raises: false, takes: "reset" };
}

function parkPlan(model: SessionModel, state: BusyState, facts: readonly Fact[]): Plan {
  return { ...factsPlan(model, state, facts), raises: true, owner: null };
}

function reasoned(model: SessionModel, { turn }: BusyState, hasCalls: boolean): readonly Fact[] {
  const id = turn.openMessageId ?? model.mint("message");
  const message = { id, role: "agent" as const, content: [{ type: "text" as const, text: "Well" }] };
  const tool_call_count = hasCalls ? 2 : 0;
  return [
    { type: "output.message.completed", data: { message } },
    { type: "reason.completed", data: { turn_id: turn.id, success: true, has_tool_calls: hasCalls, tool_call_count } },
  ];
}

/** The first call may be made at once; about the others somebody is asked. */
function callFacts(model: SessionModel, { turn }: BusyState): readonly Fact[] {
  const tool_calls = [1, 2, 3].map((n) => ({ id: model.mint("call") as string, name: "read_file", arguments: { n } }));
  return [
    { type: "act.started", data: { turn_id: turn.id, tool_calls } },
    ...tool_calls.slice(0, 1).map((tool_call): Fact => ({ type: "tool.started", data: { tool_call } })),
  ];
}

/** The next model call, after whatever was open is closed. */
function goOnPlan(model: SessionModel, state: BusyState, before: readonly Fact[]): Plan {
  const { turn } = state;
  const acted: Fact = {
    type: "act.completed",
    data: { turn_id: turn.id, completed: true, success_count: 1, error_count: 0 },
  };
  const first = drafts(model, state, turn.isActOpen ? [...before, acted] : before);
  const { exec_id: _, ...context } = turnContext(turn);
  const next = startReasonDrafts({ context, iteration: turn.iteration + 1 }, model.deciding());
  return { events: [...first, ...next], raises: false, takes: "reset" };
}

function actPlan(model: SessionModel, state: BusyState, step: StepName): Plan {
  const { turn } = state;
  const started = turn.openCalls.find((each) => each.started);
  if (started !== undefined) return resultPlan(model, state, { call: started, step });
  const isAllowed = ({ id }: OpenCall) =>
    turn.approvals.some(({ callId, answer }) => callId === id && answer === "allow");
  const allowed = turn.openCalls.find(isAllowed);
  if (allowed === undefined) return askPlan(model, state, step);
  return factsPlan(model, state, [{ type: "tool.started", data: { tool_call: shown(allowed) } }]);
}

function shown({ id, name }: OpenCall) {
  return { id, name, arguments: {} };
}

/** Only calls are left that wait for somebody: a person, the client, or one for each. */
function askPlan(model: SessionModel, state: BusyState, step: StepName): Plan {
  const [first, ...others] = state.turn.openCalls.map(shown);
  const asked =
    step === "client_tools" || first === undefined ? [] : step === "approval" ? [first, ...others] : [first];
  const requested = state.turn.openCalls.map(shown).filter(({ id }) => !asked.some((call) => call.id === id));
  return parkPlan(model, state, [
    ...asked.map((tool_call): Fact => {
      const approval_id = model.mint("approval");
      return { type: "approval.requested", data: { approval_id, tool_call, question: "May I?" } };
    }),
    ...(requested.length === 0
      ? []
      : [{ type: "tool.call_requested", data: { tool_calls: requested } } satisfies Fact]),
  ]);
}

function resultPlan(
  model: SessionModel,
  state: BusyState,
  { call, step }: { readonly call: OpenCall; readonly step: StepName },
): Plan {
  const success = step !== "error";
  const completed: Fact = {
    type: "tool.completed",
    data: { tool_call_id: call.id, tool_name: call.name, success, status: success ? "success" : "error" },
  };
  const isLast = state.turn.openCalls.length === 1;
  return isLast ? goOnPlan(model, state, [completed]) : factsPlan(model, state, [completed]);
}

/** A turn does not end over an input that no model call has seen. */
function answerPlan(model: SessionModel, state: BusyState): Plan {
  const facts = reasoned(model, state, false);
  if (state.turn.unreadCount > 0) return goOnPlan(model, state, facts);
  return endPlan(model, state, { facts, end: { kind: "completed", stopReason: "end_turn" } });
}

function failPlan(model: SessionModel, state: BusyState): Plan {
  const { turn } = state;
  const [said, reason] = reasoned(model, state, false);
  const failed = { ...reason?.data, turn_id: turn.id, success: false, has_tool_calls: false, tool_call_count: 0 };
  const facts = [{ type: "reason.completed", data: failed }, said].filter((fact) => fact !== undefined) as Fact[];
  return endPlan(model, state, { facts, end: { kind: "failed", error: "No model", errorCode: "llm_error" } });
}

type Ended = { readonly facts: readonly Fact[]; readonly end: Parameters<typeof endTurn>[1]["end"] };

function endPlan(model: SessionModel, state: BusyState, { facts, end }: Ended): Plan {
  const before = drafts(model, state, facts);
  const folded = foldDrafts(state, before, model.clock.now());
  return endTurn({ ...folded, turn: folded.turn ?? state.turn }, { end, before }, model.ending(model.runner?.node));
}

/** One step of the runner, or what it does instead once it finds that the session has moved on. */
export function runStep(model: SessionModel, step: StepName): void {
  const { runner } = model;
  if (runner === null) return;
  const { turn } = runner.state;
  if (turn === null || turn.phase === "waiting") model.runner = null;
  else if (turn.phase === "cancelling")
    attempt(model, runner, cancelTail({ ...runner.state, turn }, model.ending(runner.node)));
  else if (runner.state.hold !== "none")
    attempt(model, runner, { events: [], raises: true, owner: null, takes: "reset" });
  else attempt(model, runner, stepPlan(model, { ...runner.state, turn }, step));
}

function attempt(model: SessionModel, { node, epoch }: RunnerView, plan: Plan): void {
  model.commit(plan, epoch);
  model.runner = model.owner === node ? model.viewOf(node) : null;
}
