/**
 * The fold over any events at all, likely or not: total, pure, the same in pieces as at once, and always a value that
 * JSON keeps. What real logs fold to is tested where logs are made (`decisions.test.ts`).
 */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Fact, SessionEvent } from "../../src/core/events/envelope.ts";
import { emptyConversation, extendConversation } from "../../src/core/conversation.ts";
import { foldEvents } from "../../src/core/fold.ts";
import type { EventId, ExecId, SessionId } from "../../src/core/ids.ts";
import { initialState } from "../../src/core/state.ts";
import type { SessionState } from "../../src/core/state.ts";
import { factsOf, nativeStatuses, statusOf } from "../../src/core/status.ts";
import { seed } from "../store/suite/setting.ts";

fc.configureGlobal({ seed });

const few = fc.constantFrom("one", "two", "three");
const words = fc.string({ unit: "grapheme", maxLength: 10 });
const content = fc.array(
  words.map((text) => ({ type: "text" as const, text })),
  { maxLength: 2 },
);
const userMessage = fc.record({ id: few, role: fc.constant("user" as const), content });
const agentMessage = fc.record({ id: few, role: fc.constant("agent" as const), content });
const toolCall = fc.record({ id: few, name: few, arguments: fc.jsonValue({ maxDepth: 1 }) });
const turn_id = few;

function fact<T extends Fact["type"]>(type: T, data: fc.Arbitrary<Extract<Fact, { type: T }>["data"]>) {
  return data.map((value) => ({ type, data: value }) as Fact);
}

const facts: fc.Arbitrary<Fact> = fc.oneof(
  fact("turn.started", fc.record({ turn_id, input_message_id: few })),
  fact(
    "turn.completed",
    fc.record({ turn_id, iterations: fc.nat(), stop_reason: fc.constantFrom("end_turn", "max_tokens") }),
  ),
  fact("turn.failed", fc.record({ turn_id, error: words, error_code: words })),
  fact("turn.cancelled", fc.record({ turn_id })),
  fact("session.idled", fc.record({ turn_id })),
  fact("session.paused", fc.record({ by: fc.constantFrom("person", "budget") })),
  fact("session.resumed", fc.record({ by: fc.constantFrom("person", "budget") })),
  fact("session.completed", fc.constant({})),
  fact("session.failed", fc.record({ error: words })),
  fact("session.killed", fc.constant({})),
  fact("session.reopened", fc.record({ was: fc.constantFrom("completed", "failed") })),
  fact("session.deleted", fc.constant({})),
  fact("session.restored", fc.constant({})),
  fact("input.message", fc.record({ message: userMessage }, { requiredKeys: ["message"] })),
  fact("input.message", fc.record({ message: userMessage, starts_turn: fc.boolean(), from_queue: fc.boolean() })),
  fact("message.queued", fc.record({ message: userMessage })),
  fact("message.unqueued", fc.record({ message_id: few, reason: fc.constantFrom("deleted", "edited", "cleared") })),
  fact(
    "process.started",
    fc.record({
      pid: fc.nat(),
      program: words,
      agent_session_id: few,
      isolation: fc.constantFrom("bubblewrap", "none"),
      resumed: fc.boolean(),
    }),
  ),
  fact("reason.started", fc.record({ turn_id })),
  fact(
    "reason.completed",
    fc.record({ turn_id, success: fc.boolean(), has_tool_calls: fc.boolean(), tool_call_count: fc.nat() }),
  ),
  fact("output.message.started", fc.record({ turn_id, message_id: few })),
  fact("output.message.completed", fc.record({ message: agentMessage })),
  fact("act.started", fc.record({ turn_id, tool_calls: fc.array(toolCall, { maxLength: 3 }) })),
  fact("tool.started", fc.record({ tool_call: toolCall })),
  fact(
    "tool.completed",
    fc.record({
      tool_call_id: few,
      tool_name: few,
      success: fc.boolean(),
      status: fc.constantFrom("success", "error"),
    }),
  ),
  fact(
    "act.completed",
    fc.record({ turn_id, completed: fc.boolean(), success_count: fc.nat(), error_count: fc.nat() }),
  ),
  fact("tool.call_requested", fc.record({ tool_calls: fc.array(toolCall, { maxLength: 2 }) })),
  fact("approval.requested", fc.record({ approval_id: few, question: words })),
  fact("approval.answered", fc.record({ approval_id: few, answer: fc.constantFrom("allow", "deny", "cancelled") })),
  fact("approval.expired", fc.record({ approval_id: few })),
  fact("quota.waiting", fc.record({ turn_id, resets_at: words, reason: words })),
  fact("quota.resumed", fc.record({ turn_id })),
  fact("turn.interrupted", fc.record({ turn_id, reason: words, attempt: fc.nat() })),
);

const events: fc.Arbitrary<readonly SessionEvent[]> = fc
  .array(fc.oneof({ weight: 20, arbitrary: facts }, { weight: 1, arbitrary: fc.constant(null) }), {
    maxLength: 60,
    size: "max",
  })
  .map((list) =>
    list.map((said, index): SessionEvent => {
      const placed = {
        id: `evt_${index}` as EventId,
        sessionId: "ses_1" as SessionId,
        seq: index + 1,
        ts: new Date(index).toISOString(),
        context: { exec_id: `exec_${index}` as ExecId },
      };
      if (said === null) return { ...placed, known: false, type: "from.the.future", data: [index] };
      return { ...placed, ...said, known: true };
    }),
  );

const pieces = fc.array(fc.integer({ min: 1, max: 7 }), { minLength: 60, maxLength: 60 });

function inPieces<T>(list: readonly T[], sizes: readonly number[]): readonly (readonly T[])[] {
  let at = 0;
  return sizes.map((size) => list.slice(at, (at += size)));
}

describe("the fold of any events", () => {
  test("is the same in pieces, each begun from JSON, as at once", () => {
    fc.assert(
      fc.property(events, pieces, (all, sizes) => {
        const whole = foldEvents(initialState, all);
        const folded = inPieces(all, sizes).reduce<SessionState>(
          (state, piece) => foldEvents(JSON.parse(JSON.stringify(state)) as SessionState, piece),
          initialState,
        );
        expect(folded).toStrictEqual(whole);
      }),
      { numRuns: 1_000 },
    );
  });

  test("is a value that JSON keeps whole, with counts that are never below nothing", () => {
    fc.assert(
      fc.property(events, (all) => {
        const state = foldEvents(initialState, all);
        expect(JSON.parse(JSON.stringify(state))).toStrictEqual(state);
        expect(Math.min(state.queuedCount, state.turnCount, state.turn?.unreadCount ?? 0)).toBeGreaterThanOrEqual(0);
        expect(state.turn?.phase === "waiting" && state.turn.needs.length === 0).toBe(false);
      }),
      { numRuns: 1_000 },
    );
  });

  test("changes nothing that it was given", () => {
    fc.assert(
      fc.property(events, (all) => {
        const before = foldEvents(initialState, all.slice(0, 5));
        const text = JSON.stringify([before, all]);
        foldEvents(before, all);
        expect(JSON.stringify([before, all])).toBe(text);
      }),
    );
  });

  test("B13: passes over types that this program does not know", () => {
    fc.assert(
      fc.property(events, (all) => {
        const known = all.filter((event) => event.known);
        expect(foldEvents(initialState, all)).toStrictEqual(foldEvents(initialState, known));
      }),
    );
  });

  test("S4: has a native status, always", () => {
    fc.assert(
      fc.property(events, (all) => {
        const facts = { ...factsOf(foldEvents(initialState, all)), preview: null, outputPreview: null };
        expect(nativeStatuses.map(({ word }) => word)).toContain(statusOf(nativeStatuses, facts));
      }),
    );
  });

  test("T8: gives the same conversation in pieces as at once", () => {
    fc.assert(
      fc.property(events, pieces, (all, sizes) => {
        const whole = extendConversation(emptyConversation, all);
        expect(inPieces(all, sizes).reduce(extendConversation, emptyConversation)).toStrictEqual(whole);
        expect(whole.throughSeq).toBe(all.length);
      }),
    );
  });
});
