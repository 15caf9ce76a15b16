/** What the fold keeps of a running turn, number by number (T4, T6, T7, A5). */
import { describe, expect, test } from "vitest";
import { foldDrafts } from "../../src/core/decide/fold-drafts.ts";
import { draft } from "../../src/core/decide/plan.ts";
import type { Fact } from "../../src/core/events/envelope.ts";
import { initialState } from "../../src/core/state.ts";
import type { SessionState, TurnState } from "../../src/core/state.ts";
import { makeClock, makeMint } from "../store/suite/setting.ts";

const clock = makeClock();
const mint = makeMint(clock);
const turn_id = "turn_1";
const started: Fact = { type: "turn.started", data: { turn_id, input_message_id: "msg_1" } };
const reasoning: Fact = { type: "reason.started", data: { turn_id } };

function fold(facts: readonly Fact[], from: SessionState = initialState): SessionState {
  return foldDrafts(
    from,
    facts.map((fact) => draft(mint, {}, fact)),
    clock.now(),
  );
}

function turnAfter(...facts: readonly Fact[]): TurnState {
  const { turn } = fold([started, reasoning, ...facts]);
  if (turn === null) throw new Error("There is no turn left");
  return turn;
}

function act(...ids: readonly string[]): Fact {
  const tool_calls = ids.map((id) => ({ id, name: "read_file", arguments: { path: "/a" } }));
  return { type: "act.started", data: { turn_id, tool_calls } };
}

function result(tool_call_id: string, text: string, success = true): Fact {
  const status = success ? "success" : "error";
  return {
    type: "tool.completed",
    data: { tool_call_id, tool_name: "read_file", success, status, result: [{ type: "text", text }] },
  };
}

const acted: Fact = {
  type: "act.completed",
  data: { turn_id, completed: true, success_count: 1, error_count: 0 },
};
const input = (starts_turn?: boolean): Fact => ({
  type: "input.message",
  data: {
    message: { id: mint("message"), role: "user", content: [] },
    ...(starts_turn === undefined ? {} : { starts_turn }),
  },
});

describe("the fold of a turn", () => {
  test("T3: counts model calls, and forgets what they have read", () => {
    expect(fold([started]).turn).toMatchObject({
      iteration: 0,
      unreadCount: 1,
      phase: "reasoning",
      isReasonOpen: false,
    });
    expect(turnAfter(input(), input())).toMatchObject({ iteration: 1, unreadCount: 2, isReasonOpen: true });
    expect(turnAfter(input(), reasoning)).toMatchObject({ iteration: 2, unreadCount: 0 });
  });

  test("T6: does not count the words of a cancel as something to read", () => {
    expect(turnAfter(input(false))).toMatchObject({ unreadCount: 0 });
    const cancelled: Fact = { type: "turn.cancelled", data: { turn_id } };
    expect(turnAfter(cancelled, input(false), input())).toMatchObject({ phase: "cancelling" });
  });

  test("T4: knows the calls that are open and which of them may have run", () => {
    const call = { id: "a", name: "read_file", arguments: { path: "/a" } };
    const turn = turnAfter(act("a", "b"), { type: "tool.started", data: { tool_call: call } });
    expect(turn.openCalls.map(({ id, started: isStarted }) => [id, isStarted])).toEqual([
      ["a", true],
      ["b", false],
    ]);
    expect(turnAfter(act("a", "b"), result("a", "x")).openCalls.map(({ id }) => id)).toEqual(["b"]);
    expect(turnAfter(act("a", "b"), acted)).toMatchObject({ openCalls: [], isActOpen: false });
  });

  test("T7: counts the calls of the whole turn, and the failures of one act", () => {
    const turn = turnAfter(act("a", "b"), result("a", "x", false), acted, reasoning, act("c"), result("c", "x", false));
    expect(turn).toMatchObject({ toolCallCount: 3, failedCallCount: 1, actCallCount: 1 });
  });

  test("T7: counts the same call with the same result, until anything of it changes", () => {
    const rounds = (...texts: readonly string[]) =>
      texts.flatMap((text, n) => [act(`c${n}`), result(`c${n}`, text), acted, reasoning]);
    expect(turnAfter(...rounds("x", "x", "x")).repeat.count).toBe(3);
    expect(turnAfter(...rounds("x", "x", "y")).repeat.count).toBe(1);
    expect(turnAfter(...rounds("x", "y", "x")).repeat.count).toBe(1);
    const other: Fact = {
      type: "act.started",
      data: { turn_id, tool_calls: [{ id: "z", name: "read_file", arguments: { path: "/b" } }] },
    };
    expect(turnAfter(...rounds("x", "x"), other, result("z", "x")).repeat.count).toBe(1);
  });

  test("sums what its model calls used, and keeps the first words of its last answer", () => {
    const generation = (input_tokens: number): Fact => ({
      type: "llm.generation",
      data: {
        through_seq: 1,
        output: { text_length: 1 },
        metadata: { model: "m", success: true, usage: { input_tokens, output_tokens: 2, cost_usd: 0.5 } },
      },
    });
    const answer = (text: string): Fact => ({
      type: "output.message.completed",
      data: { message: { id: "msg_2", role: "agent", content: [{ type: "text", text }] } },
    });
    const turn = turnAfter(generation(10), answer("first"), generation(20), answer("x".repeat(500)));
    expect(turn.usage).toEqual({ input_tokens: 30, output_tokens: 4, cost_usd: 1 });
    expect(turn).toMatchObject({ lastText: "x".repeat(200) });
  });

  test("B1: knows the message that is being written until it is, or its reasoning is over", () => {
    const writing: Fact = { type: "output.message.started", data: { turn_id, message_id: "msg_2" } };
    const reasoned: Fact = {
      type: "reason.completed",
      data: { turn_id, success: false, has_tool_calls: false, tool_call_count: 0 },
    };
    expect(turnAfter(writing).openMessageId).toBe("msg_2");
    expect(turnAfter(writing, reasoned)).toMatchObject({ openMessageId: null, isReasonOpen: false });
  });

  const ask = (approval_id: string): Fact => ({
    type: "approval.requested",
    data: { approval_id, question: "May I?" },
  });
  const answered = (approval_id: string): Fact => ({
    type: "approval.answered",
    data: { approval_id, answer: "allow" },
  });

  test("E5: lets calls that are named later join the act that is open, and closes it once", () => {
    const turn = turnAfter(act("a"), act("b"), result("a", "x"));
    expect(turn).toMatchObject({ isActOpen: true, actCallCount: 2, toolCallCount: 2 });
    expect(turn.openCalls.map(({ id }) => id)).toEqual(["b"]);
  });

  test("A5: keeps what an answer holds for, for the harness that waits for it", () => {
    const said: Fact = { type: "approval.answered", data: { approval_id: "apr_1", answer: "allow", scope: "session" } };
    expect(turnAfter(act("a"), ask("apr_1"), said).approvals).toMatchObject([{ answer: "allow", scope: "session" }]);
  });

  test("A5: waits until every approval is answered or expired, and then acts on", () => {
    const asked = [act("a", "b"), ask("apr_1"), ask("apr_2")];
    expect(turnAfter(...asked)).toMatchObject({ phase: "waiting", needs: ["approval"] });
    expect(turnAfter(...asked, answered("apr_1"))).toMatchObject({
      phase: "waiting",
      needs: ["approval"],
      approvals: [
        { id: "apr_1", callId: null, answer: "allow" },
        { id: "apr_2", callId: null, answer: null },
      ],
    });
    const expired: Fact = { type: "approval.expired", data: { approval_id: "apr_2" } };
    expect(turnAfter(...asked, answered("apr_1"), expired)).toMatchObject({ phase: "acting", needs: [] });
  });

  test("A5: waits until nothing is needed any more, whatever comes first", () => {
    const requested: Fact = {
      type: "tool.call_requested",
      data: { tool_calls: [{ id: "a", name: "read_file", arguments: {} }] },
    };
    const asked = [act("a"), requested, ask("apr_1")];
    expect(turnAfter(...asked).needs).toEqual(["tool_results", "approval"]);
    expect(turnAfter(...asked, answered("apr_1"))).toMatchObject({ phase: "waiting", needs: ["tool_results"] });
    expect(turnAfter(...asked, result("a", "x"))).toMatchObject({ phase: "waiting", needs: ["approval"] });
    expect(turnAfter(...asked, result("a", "x"), answered("apr_1"))).toMatchObject({ phase: "acting", needs: [] });
  });

  test("T5: waits for a quota in the middle of reasoning and goes on with it", () => {
    const waiting: Fact = { type: "quota.waiting", data: { turn_id, resets_at: "later", reason: "limit" } };
    expect(turnAfter(waiting)).toMatchObject({ phase: "waiting", needs: ["quota"], isReasonOpen: true });
    const resumed: Fact = { type: "quota.resumed", data: { turn_id } };
    expect(turnAfter(waiting, resumed)).toMatchObject({ phase: "reasoning", needs: [], isReasonOpen: true });
  });

  test("T6: needs nothing once it is cancelled, and late answers wake nobody", () => {
    const cancelled: Fact = { type: "turn.cancelled", data: { turn_id } };
    for (const late of [[], [answered("apr_1"), result("a", "x")]]) {
      const turn = turnAfter(act("a"), ask("apr_1"), input(), cancelled, ...late);
      expect(turn).toMatchObject({ phase: "cancelling", needs: [], approvals: [], unreadCount: 0 });
    }
  });
});

describe("the fold of a session", () => {
  test("S4: keeps how the last turn ended", () => {
    const end = (fact: Fact) => fold([started, fact]).stopReason;
    expect(end({ type: "turn.completed", data: { turn_id, iterations: 1, stop_reason: "max_tokens" } })).toBe(
      "max_tokens",
    );
    expect(end({ type: "turn.failed", data: { turn_id, error: "No", error_code: "x" } })).toBe("failed");
    expect(end({ type: "turn.cancelled", data: { turn_id } })).toBe("cancelled");
  });

  test("S5: forgets hold and turn at its ends, and keeps its hold through the trash", () => {
    const paused: Fact = { type: "session.paused", data: { by: "budget" } };
    const ends = ["session.completed", "session.killed"] as const;
    for (const type of ends)
      expect(fold([started, paused, { type, data: {} }])).toMatchObject({ hold: "none", turn: null });
    const failed: Fact = { type: "session.failed", data: { error: "No" } };
    expect(fold([paused, failed])).toMatchObject({ hold: "none", lifecycle: "failed" });
    const deleted = fold([started, paused, { type: "session.deleted", data: {} }]);
    expect(deleted).toMatchObject({ isDeleted: true, hold: "budget", turn: null });
    expect(fold([{ type: "session.restored", data: {} }], deleted)).toMatchObject({ isDeleted: false, hold: "budget" });
  });
});
