/** Taking a turn that has no live owner: what goes on, what is closed, what is given up (T4, A3, A5, A11, B1). */
import { describe, expect, test } from "vitest";
import { fenceOff, decideTake, MAX_TAKES } from "../../src/core/decide/take-over.ts";
import type { TakeInput } from "../../src/core/decide/take-over.ts";
import { foldDrafts } from "../../src/core/decide/fold-drafts.ts";
import type { Plan } from "../../src/core/decide/plan.ts";
import { initialState } from "../../src/core/state.ts";
import type { OpenCall, SessionState } from "../../src/core/state.ts";
import { makeClock, makeMint, messageOf, turnState } from "../store/suite/setting.ts";

const clock = makeClock();
const mint = makeMint(clock);
const node = mint("node");

const input: TakeInput = {
  mint,
  runner: node,
  agentId: null,
  nowMs: clock.now(),
  next: null,
  takes: 0,
  hasOwner: false,
  isRepeatable: () => false,
  holdsProcess: false,
};

const call = (id: string, started: boolean): OpenCall => ({
  id,
  name: "run",
  signature: 1,
  started,
  isRequested: false,
});

function acting(openCalls: readonly OpenCall[]): SessionState {
  return turnState(mint, { phase: "acting", isReasonOpen: false, isActOpen: true, openCalls, toolCallCount: 2 });
}

function typesOf(plan: Plan | null): readonly string[] {
  return plan?.events.map(({ type }) => type) ?? [];
}

function after(state: SessionState, plan: Plan | null): SessionState {
  return foldDrafts(state, plan?.events ?? [], clock.now());
}

describe("taking a turn", () => {
  test.each([
    ["an owed one", turnState(mint)] as const,
    ["one whose wait is over", acting([call("a", true)])] as const,
  ])("A3: goes on with %s without a word", (_, state) => {
    expect(decideTake(state, input)).toEqual({ events: [], raises: true, owner: node });
  });

  test("A1: that still has an owner first fences it off and counts that", () => {
    expect(decideTake(turnState(mint), { ...input, hasOwner: true })).toEqual(fenceOff());
  });

  test("B1: that was cut off in the middle of reasoning ends that step and begins it anew", () => {
    const state = turnState(mint, { openMessageId: mint("message"), iteration: 4, unreadCount: 1 });
    const plan = decideTake(state, { ...input, takes: 1 });
    expect(typesOf(plan)).toEqual(["turn.interrupted", "reason.completed", "reason.started", "output.message.started"]);
    expect(plan?.events[1]).toMatchObject({ data: { success: false } });
    expect(plan).toMatchObject({ owner: node, raises: true });
    const { turn } = after(state, plan);
    expect(turn).toMatchObject({ id: state.turn?.id, isReasonOpen: true, iteration: 5, unreadCount: 0 });
    expect(turn?.openMessageId).not.toBe(state.turn?.openMessageId);
    expect(turn?.execId).not.toBe(state.turn?.execId);
  });

  test("T4: tells the model of calls that may have run, and runs those again that may be repeated", () => {
    const state = acting([call("ran", true), call("safe", true), call("waiting", false)]);
    const plan = decideTake(state, { ...input, takes: 1, isRepeatable: ({ id }) => id === "safe" });
    expect(typesOf(plan)).toEqual(["turn.interrupted", "tool.completed"]);
    expect(plan?.events[1]).toMatchObject({ data: { tool_call_id: "ran", success: false, status: "error" } });
    const { turn } = after(state, plan);
    expect(turn).toMatchObject({ phase: "acting", isActOpen: true });
    expect(turn?.openCalls.map(({ id }) => id)).toEqual(["safe", "waiting"]);
  });

  test(`A11: is given up at loss ${MAX_TAKES} without a step, with everything that was open closed`, () => {
    const state = acting([call("a", true), call("b", false)]);
    expect(typesOf(decideTake(state, { ...input, takes: MAX_TAKES - 1 }))).not.toContain("turn.failed");
    const plan = decideTake(state, { ...input, takes: MAX_TAKES });
    expect(typesOf(plan)).toEqual([
      "turn.interrupted",
      "tool.completed",
      "tool.completed",
      "act.completed",
      "turn.failed",
      "session.idled",
    ]);
    expect(plan?.events[4]).toMatchObject({ data: { error_code: "no_progress" } });
    expect(plan?.events[3]).toMatchObject({ data: { completed: false, success_count: 0, error_count: 2 } });
    expect(plan).toMatchObject({ owner: null, takes: "reset" });
    expect(after(state, plan)).toMatchObject({ turn: null, stopReason: "failed" });
  });

  test("A11: that is given up lets the next message of the queue begin in the same commit", () => {
    const next = messageOf(mint, "next");
    const state = turnState(mint, {}, { queuedCount: 1 });
    const plan = decideTake(state, { ...input, takes: MAX_TAKES, next });
    expect(typesOf(plan)).toContain("turn.failed");
    expect(typesOf(plan)).not.toContain("session.idled");
    expect(plan).toMatchObject({ owner: node, takes: "reset", queue: [{ kind: "remove", messageIds: [next.id] }] });
    expect(after(state, plan)).toMatchObject({ queuedCount: 0, turnCount: 2, turn: { inputMessageId: next.id } });
  });

  test("T6: that is being cancelled commits the tail, on hold too, and then starts nothing", () => {
    for (const hold of ["none", "person"] as const) {
      const next = messageOf(mint, "next");
      const state = turnState(mint, { phase: "cancelling" }, { hold, queuedCount: 1 });
      const plan = decideTake(state, { ...input, next });
      expect(typesOf(plan).slice(0, 2)).toEqual(["reason.completed", "output.message.completed"]);
      expect(typesOf(plan).includes("session.idled")).toBe(hold === "person");
      expect(typesOf(plan).includes("turn.started")).toBe(hold === "none");
      expect(plan?.timers).toEqual([{ kind: "cancel_deadline", dueInMs: null }]);
    }
  });

  test("A2: of a queue without a turn starts its first message", () => {
    const next = messageOf(mint, "next");
    const plan = decideTake({ ...initialState, queuedCount: 2 }, { ...input, next });
    expect(typesOf(plan).slice(0, 2)).toEqual(["input.message", "turn.started"]);
    expect(plan).toMatchObject({ owner: node, queue: [{ kind: "remove", messageIds: [next.id] }] });
  });

  const asks = (state: Partial<SessionState> = {}) => {
    const approvals = [{ id: "apr_1", callId: "safe", answer: null }] as const;
    const { turn, ...rest } = acting([call("ran", true), call("safe", false)]);
    return turnState(mint, { ...turn, phase: "waiting", needs: ["approval"], approvals }, { ...rest, ...state });
  };

  test("S6: whose process asked a person and died with its owner withdraws the question and goes on", () => {
    const state = asks();
    const plan = decideTake(state, { ...input, takes: 1, holdsProcess: true });
    expect(typesOf(plan)).toEqual(["approval.answered", "turn.interrupted", "tool.completed"]);
    expect(plan?.events[0]?.data).toEqual({ approval_id: "apr_1", answer: "cancelled" });
    expect(plan).toMatchObject({ owner: node, timers: [{ kind: "approval_expiry", dueInMs: null }] });
    expect(after(state, plan).turn).toMatchObject({ phase: "acting", needs: [] });
  });

  test("S6: is owed at its resume where a person holds it, and says nothing more of what was interrupted", () => {
    const state = asks({ hold: "person" });
    const plan = decideTake(state, { ...input, takes: 1, holdsProcess: true });
    expect(plan).toMatchObject({ takes: "reset" });
    expect(plan).not.toHaveProperty("owner");
    const held = after(state, plan);
    expect(held.turn).toMatchObject({ phase: "acting", needs: [] });
    expect(decideTake(held, { ...input, holdsProcess: true })).toBeNull();
    expect(decideTake({ ...held, hold: "none" }, { ...input, holdsProcess: true })).toMatchObject({
      events: [],
      owner: node,
    });
  });

  test("S6: is fenced off first where a process asked, too, and left alone where none did", () => {
    expect(decideTake(asks(), { ...input, hasOwner: true, holdsProcess: true })).toEqual(fenceOff());
    expect(decideTake(asks(), { ...input, takes: 1 })).toBeNull();
    const parked = turnState(mint, { phase: "waiting", needs: ["budget"] });
    expect(decideTake(parked, { ...input, takes: 1, holdsProcess: true })).toBeNull();
  });

  const next = messageOf(mint, "next");
  test.each([
    ["nothing to do", initialState, null],
    ["a held queue", { ...initialState, queuedCount: 1, hold: "person" } as const, next],
    ["a held turn", turnState(mint, {}, { hold: "budget" }), null],
    ["a turn that waits", turnState(mint, { phase: "waiting", needs: ["approval"] }), null],
    ["a deleted session", turnState(mint, {}, { isDeleted: true }), null],
    ["a completed session with a queue", { ...initialState, lifecycle: "completed", queuedCount: 1 } as const, next],
    ["a killed session", { ...initialState, lifecycle: "killed" } as const, null],
  ] as const)("A5: leaves alone: %s", (_, state: SessionState, waiting) => {
    expect(decideTake(state, { ...input, next: waiting, takes: 2 })).toBeNull();
  });
});
