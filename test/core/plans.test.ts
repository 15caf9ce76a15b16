/** What single decisions come to, event by event: admission, cancel, end, close (T1, T6, E5, A6, A7, rulings 6 and 7). */
import { describe, expect, test } from "vitest";
import { CANCEL_DEADLINE_MS, CANCEL_REQUEST_TEXT, decideCancel } from "../../src/core/decide/cancel.ts";
import { decideClose, decideRestore, TRASH_MS } from "../../src/core/decide/close.ts";
import { cancelTail, CANCEL_TEXT, endTurn } from "../../src/core/decide/end-turn.ts";
import { foldDrafts } from "../../src/core/decide/fold-drafts.ts";
import type { Plan } from "../../src/core/decide/plan.ts";
import { decideSend } from "../../src/core/decide/send.ts";
import type { Message } from "../../src/core/events/content.ts";
import type { QueuedMessage, WhenBusy } from "../../src/core/session.ts";
import { initialState } from "../../src/core/state.ts";
import type { OpenCall, SessionState, TurnState } from "../../src/core/state.ts";
import { makeClock, makeMint, messageOf, turnState } from "../store/suite/setting.ts";

const clock = makeClock();
const mint = makeMint(clock);
const node = mint("node");
const sessionId = mint("session");
const nowMs = clock.now();
const call = (id: string): OpenCall => ({ id, name: "run", signature: 1, started: true, isRequested: false });
const calls = [call("a"), call("b")];
const acting = { phase: "acting", isReasonOpen: false, isActOpen: true, openCalls: calls } as const;

type Busy = SessionState & { readonly turn: TurnState };

function busy(turn: Partial<TurnState> = {}, rest: Partial<SessionState> = {}): Busy {
  const state = turnState(mint, turn, rest);
  if (state.turn === null) throw new Error("Unreachable");
  return { ...state, turn: state.turn };
}

function typesOf(plan: Plan | null | undefined): readonly string[] {
  return plan?.events.map(({ type }) => type) ?? [];
}

function after(state: SessionState, plan: Plan | null | undefined): SessionState {
  return foldDrafts(state, plan?.events ?? [], nowMs);
}

function send(state: SessionState, whenBusy: WhenBusy, queueLimit = 3) {
  const message = messageOf(mint, "go");
  const decided = decideSend(
    state,
    { sessionId, message, whenBusy, queueLimit },
    { mint, runner: node, agentId: null },
  );
  return { message, decided, plan: decided.ok ? decided.value.plan : null };
}

describe("sending a message", () => {
  test("T1: is refused when the queue is full, and fits in it when one fewer waits", () => {
    const full = { ...busy(), queuedCount: 3 };
    expect(send(full, "queue").decided).toMatchObject({ refusal: { code: "quota_exceeded", limit: 3 } });
    expect(send({ ...full, queuedCount: 2 }, "queue").decided).toMatchObject({ value: { delivery: "queued" } });
  });

  test("A1: steers a turn that runs by a control event, and the turn does not end over it", () => {
    const state = busy({ unreadCount: 0 });
    const { plan, message } = send(state, "steer");
    expect(plan).toMatchObject({ raises: true, events: [{ data: { message }, context: { turn_id: state.turn.id } }] });
    expect(plan).not.toHaveProperty("owner");
    expect(after(state, plan).turn?.unreadCount).toBe(1);
  });

  const requested = calls.map((each) => ({ ...each, started: false, isRequested: true }));
  const waiting = { ...acting, openCalls: requested, phase: "waiting", needs: ["tool_results"] } as const;
  test.each(["refuse", "queue", "steer"] as const)(
    "ruling 6: to a turn that waits for a client's tools cancels those calls and joins the turn (%s)",
    (whenBusy) => {
      const state = busy(waiting);
      const { plan, decided } = send(state, whenBusy);
      expect(typesOf(plan)).toEqual(["tool.completed", "tool.completed", "input.message"]);
      for (const event of plan?.events.slice(0, 2) ?? []) {
        expect(event).toMatchObject({ data: { success: false, status: "cancelled" } });
      }
      expect(plan).toMatchObject({ raises: true, owner: node });
      expect(decided).toMatchObject({ value: { delivery: "resumed" } });
      expect(after(state, plan).turn).toMatchObject({ phase: "acting", needs: [], openCalls: [], unreadCount: 1 });
    },
  );

  test("A5: to a turn that waits for more than a client's tools leaves it parked, without an owner", () => {
    const asked = { ...call("c"), started: false };
    const state = busy({
      ...waiting,
      openCalls: [...requested, asked],
      needs: ["tool_results", "approval"],
      approvals: [{ id: "apr_1", callId: "c", answer: null }],
    });
    const { plan, decided } = send(state, "refuse");
    expect(typesOf(plan)).toEqual(["tool.completed", "tool.completed", "input.message"]);
    expect(plan).not.toHaveProperty("owner");
    expect(decided).toMatchObject({ value: { delivery: "steered" } });
    expect(plan?.timers).toEqual([{ kind: "tool_results_expiry", dueInMs: null }]);
    expect(after(state, plan).turn).toMatchObject({
      phase: "waiting",
      needs: ["approval"],
      openCalls: [asked],
      unreadCount: 1,
    });
  });
});

function cancel(state: SessionState, more: Partial<Parameters<typeof decideCancel>[1]> = {}) {
  const input = { mint, runner: node, agentId: null, nowMs, next: null, hasOwner: true, clear: [] };
  return decideCancel(state, { ...input, ...more });
}

function queued(message: Message): QueuedMessage {
  return {
    messageId: message.id,
    sessionId,
    position: 1,
    messageJson: JSON.stringify(message),
    queuedEventId: mint("event"),
    createdAt: "2026-01-01T12:00:00.000Z",
  };
}

describe("cancelling a turn", () => {
  test("T6: that has an owner is asked for in one commit, with a deadline, and leaves the owner", () => {
    const approvals = ["apr_1", "apr_2"].map((id) => ({ id, callId: null, answer: null }));
    const state = busy({ ...acting, phase: "waiting", needs: ["approval"], approvals });
    const { plan, answer } = cancel(state);
    expect(answer).toBe("cancelled");
    expect(typesOf(plan)).toEqual(["turn.cancelled", "input.message", "approval.answered", "approval.answered"]);
    expect(plan?.events[1]).toMatchObject({
      context: {},
      data: { starts_turn: false, message: { role: "user", content: [{ type: "text", text: CANCEL_REQUEST_TEXT }] } },
    });
    expect(plan?.events[2]).toMatchObject({ data: { approval_id: "apr_1", answer: "cancelled" } });
    expect(plan).toMatchObject({
      raises: true,
      timers: [
        { kind: "approval_expiry", dueInMs: null },
        { kind: "cancel_deadline", dueInMs: CANCEL_DEADLINE_MS },
      ],
    });
    expect(plan).not.toHaveProperty("owner");
    expect(after(state, plan).turn).toMatchObject({ phase: "cancelling", needs: [], approvals: [] });
  });

  test("T6: has a tail in its order, and the deadline goes with it", () => {
    const state = busy({ ...acting, phase: "cancelling" });
    const tail = cancelTail(state, { mint, runner: node, agentId: null, nowMs, next: null });
    expect(typesOf(tail)).toEqual([
      "tool.completed",
      "tool.completed",
      "act.completed",
      "output.message.completed",
      "session.idled",
    ]);
    expect(tail.events[0]).toMatchObject({ data: { tool_call_id: "a", success: false, status: "cancelled" } });
    expect(tail.events[2]).toMatchObject({ data: { completed: false, success_count: 0, error_count: 2 } });
    expect(tail.events[3]).toMatchObject({ data: { message: { content: [{ type: "text", text: CANCEL_TEXT }] } } });
    expect(tail).toMatchObject({ owner: null, raises: true, timers: [{ kind: "cancel_deadline", dueInMs: null }] });
  });

  test("E5: counts what had succeeded when an act is cut off", () => {
    const state = busy({ ...acting, phase: "cancelling", actCallCount: 5, failedCallCount: 1 });
    const tail = cancelTail(state, { mint, runner: node, agentId: null, nowMs, next: null });
    expect(tail.events[2]).toMatchObject({ type: "act.completed", data: { success_count: 2, error_count: 3 } });
  });

  test("B1: closes the message that was being written under the id its hints carried", () => {
    const openMessageId = mint("message");
    const state = busy({ phase: "cancelling", openMessageId });
    const tail = cancelTail(state, { mint, runner: null, agentId: null, nowMs, next: null });
    expect(typesOf(tail)).toEqual(["reason.completed", "output.message.completed", "session.idled"]);
    expect(tail.events[1]).toMatchObject({ data: { message: { id: openMessageId } } });
  });

  test("A6: that has no owner is one commit with its tail, and nothing is left to fall due", () => {
    const { plan } = cancel(busy({ phase: "waiting", isReasonOpen: false, needs: ["quota"] }), { hasOwner: false });
    expect(typesOf(plan)).toEqual(["turn.cancelled", "input.message", "output.message.completed", "session.idled"]);
    expect(plan).toMatchObject({ owner: null, raises: true, timers: [{ kind: "quota", dueInMs: null }] });
  });

  test("A7: goes on with the queue in the same commit, unless the queue is cleared with it", () => {
    const next = messageOf(mint, "next");
    const state = busy({}, { queuedCount: 1 });
    const on = cancel(state, { hasOwner: false, next }).plan;
    expect(typesOf(on)).not.toContain("session.idled");
    expect(after(state, on)).toMatchObject({ queuedCount: 0, turn: { inputMessageId: next.id } });
    expect(on?.queue).toEqual([{ kind: "remove", messageIds: [next.id] }]);
    const cleared = cancel(state, { hasOwner: false, next, clear: [queued(next)] }).plan;
    expect(typesOf(cleared)).toContain("message.unqueued");
    expect(typesOf(cleared).at(-1)).toBe("session.idled");
    expect(after(state, cleared)).toMatchObject({ queuedCount: 0, turn: null });
    expect(cleared?.queue).toEqual([{ kind: "remove", messageIds: [next.id] }]);
  });

  test("T6: twice is the same as once, and none is a no-op", () => {
    expect(cancel(busy({ phase: "cancelling" }))).toEqual({ plan: null, answer: "cancelled" });
    expect(cancel(initialState)).toEqual({ plan: null, answer: "no_op" });
  });

  test("T6: clears a queue that is only waiting for its turn", () => {
    const message = messageOf(mint, "next");
    const { plan, answer } = cancel({ ...initialState, queuedCount: 1 }, { hasOwner: false, clear: [queued(message)] });
    expect(answer).toBe("cancelled");
    expect(plan).toMatchObject({ raises: true, queue: [{ kind: "remove", messageIds: [message.id] }] });
    expect(typesOf(plan)).toEqual(["message.unqueued"]);
  });
});

describe("ending a turn", () => {
  const input = { mint, runner: node, agentId: "agt_1", nowMs: nowMs + 2_500, next: null };
  const before = [{ id: mint("event"), type: "reason.completed", context: {}, data: {} }] as never;

  test("E5: is one commit: the last facts, the end, the idling, and no owner", () => {
    const usage = { input_tokens: 5, output_tokens: 7 };
    const state = busy({ iteration: 3, toolCallCount: 4, usage, startedAt: new Date(nowMs).toISOString() });
    const plan = endTurn(state, { end: { kind: "completed", stopReason: "max_iterations" }, before }, input);
    expect(typesOf(plan)).toEqual(["reason.completed", "turn.completed", "session.idled"]);
    expect(plan.events[1]?.data).toEqual({
      turn_id: state.turn.id,
      iterations: 3,
      usage,
      stop_reason: "max_iterations",
      duration_ms: 2_500,
      tool_call_count: 4,
    });
    expect(plan.events[2]?.data).toEqual({ turn_id: state.turn.id, iterations: 3, usage });
    expect(plan).toMatchObject({ owner: null, raises: true, takes: "reset" });
  });

  test("T5: in failure says why", () => {
    const plan = endTurn(busy(), { end: { kind: "failed", error: "No", errorCode: "llm_error" }, before: [] }, input);
    expect(plan.events[0]).toMatchObject({ type: "turn.failed", data: { error: "No", error_code: "llm_error" } });
  });

  test("A7: begins the next turn of the queue in the same commit, for the same runner", () => {
    const next = messageOf(mint, "next");
    const end = { kind: "completed", stopReason: "end_turn" } as const;
    const plan = endTurn(busy({}, { queuedCount: 1 }), { end, before: [] }, { ...input, next });
    expect(typesOf(plan)).toEqual([
      "turn.completed",
      "input.message",
      "turn.started",
      "session.activated",
      "reason.started",
      "output.message.started",
    ]);
    expect(plan.events[1]?.data).toEqual({ message: next, from_queue: true });
    expect(plan.events[4]?.data).toMatchObject({ agent_id: "agt_1", iteration: 1 });
    expect(plan).toMatchObject({ owner: node, takes: "reset", queue: [{ kind: "remove", messageIds: [next.id] }] });
  });

  test("ruling 7: leaves the queue alone on hold", () => {
    const end = { kind: "completed", stopReason: "end_turn" } as const;
    const held = busy({}, { queuedCount: 1, hold: "person" });
    const plan = endTurn(held, { end, before: [] }, { ...input, next: messageOf(mint, "next") });
    expect(typesOf(plan)).toEqual(["turn.completed", "session.idled"]);
    expect(plan).not.toHaveProperty("queue");
  });

  test("E5: never lasted less than nothing, though the clock was set back", () => {
    const state = busy({ startedAt: new Date(nowMs + 3_600_000).toISOString() });
    const plan = endTurn(state, { end: { kind: "completed", stopReason: "end_turn" }, before: [] }, input);
    expect(plan.events[0]?.data).toMatchObject({ duration_ms: 0 });
  });
});

describe("closing a session", () => {
  const deciding = { mint, runner: null, agentId: null };
  function close(state: SessionState, action: "complete" | "kill" | "delete", hasOwner = false) {
    const decided = decideClose(state, { action, sessionId, reason: "enough", hasOwner }, deciding);
    if (!decided.ok || decided.value === null) throw new Error("Nothing was closed");
    return decided.value;
  }

  test("E6: ends the turn that is under way, all of it, before the session", () => {
    const plan = close(busy(acting), "kill");
    expect(typesOf(plan)).toEqual([
      "turn.cancelled",
      "tool.completed",
      "tool.completed",
      "act.completed",
      "session.idled",
      "session.killed",
    ]);
    expect(plan.events.at(-1)?.data).toEqual({ reason: "enough" });
    expect(plan).toMatchObject({ raises: true, owner: null, takes: "reset", timers: [] });
  });

  test("T6: answers what was asked, so that no question outlives its turn", () => {
    const approvals = [{ id: "apr_1", callId: "a", answer: null }] as const;
    const plan = close(busy({ ...acting, phase: "waiting", needs: ["approval"], approvals }), "kill");
    expect(typesOf(plan).slice(0, 3)).toEqual(["turn.cancelled", "approval.answered", "tool.completed"]);
    expect(plan.events[1]?.data).toEqual({ approval_id: "apr_1", answer: "cancelled" });
    expect(plan.timers).toEqual([{ kind: "approval_expiry", dueInMs: null }]);
  });

  test("E5: of a turn that is being cancelled does not cancel it twice", () => {
    expect(typesOf(close(busy({ phase: "cancelling" }), "complete"))).toEqual([
      "reason.completed",
      "session.idled",
      "session.completed",
    ]);
  });

  test("A1: fences the owner off first, since it may be writing", () => {
    expect(close(busy(), "kill", true)).toMatchObject({ events: [], raises: true, owner: null });
    expect(typesOf(close(initialState, "kill", true))).toEqual(["session.killed"]);
  });

  test("B12: by deleting it sets the purge, and a restore takes that back", () => {
    expect(close(initialState, "delete").timers).toEqual([{ kind: "purge", dueInMs: TRASH_MS }]);
    expect(decideRestore({ ...initialState, isDeleted: true }, deciding)).toMatchObject({
      raises: true,
      events: [{ type: "session.restored" }],
      timers: [{ kind: "purge", dueInMs: null }],
    });
  });
});
