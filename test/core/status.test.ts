/** Statuses: one interpreter computes the word, one filter finds the sessions that have it; they agree (S4, S7, C1). */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { needNames } from "../../src/core/session.ts";
import type { TurnFacts } from "../../src/core/session.ts";
import { initialState } from "../../src/core/state.ts";
import { stopReasonOf } from "../../src/core/project-work/spawned.ts";
import { activityOf, factsOf, holds, nativeStatuses, statusOf, wherePredicate } from "../../src/core/status.ts";
import { makeClock, makeMint, seed, turnState } from "../store/suite/setting.ts";

fc.configureGlobal({ seed });

const facts: fc.Arbitrary<TurnFacts> = fc.record(
  {
    lifecycle: fc.constantFrom("open", "completed", "failed", "killed"),
    hold: fc.constantFrom("none", "person", "budget"),
    turn: fc.constantFrom("none", "active", "waiting", "cancelling"),
    turnId: fc.constant(null),
    needs: fc.subarray([...needNames]),
    stopReason: fc.constant(null),
    isolation: fc.constant(null),
    turnCount: fc.nat({ max: 2 }),
    queuedCount: fc.nat({ max: 2 }),
    preview: fc.constant(null),
    outputPreview: fc.constant(null),
    isObserved: fc.constant(true as const),
  },
  {
    requiredKeys: [
      "lifecycle",
      "hold",
      "turn",
      "turnId",
      "needs",
      "stopReason",
      "isolation",
      "turnCount",
      "queuedCount",
      "preview",
      "outputPreview",
    ],
  },
);

const words = [...new Set(nativeStatuses.map(({ word }) => word))];

describe("the native status", () => {
  test("C1: is the one word whose filter holds, for all facts", () => {
    fc.assert(
      fc.property(facts, (held) => {
        const found = words.filter((word) => holds(wherePredicate(nativeStatuses, word), held));
        expect(found).toEqual([statusOf(nativeStatuses, held)]);
      }),
      { numRuns: 1_000 },
    );
  });

  const idle: TurnFacts = {
    lifecycle: "open",
    hold: "none",
    turn: "none",
    turnId: null,
    needs: [],
    stopReason: null,
    isolation: null,
    turnCount: 0,
    queuedCount: 0,
    preview: null,
    outputPreview: null,
  };
  test.each<[string, Partial<TurnFacts>, string]>([
    ["nothing going on", {}, "idle"],
    ["a turn that runs", { turn: "active" }, "active"],
    ["a turn that waits", { turn: "waiting", needs: ["approval"] }, "active"],
    ["a queue that is owed a turn", { queuedCount: 1 }, "active"],
    ["a turn on hold", { turn: "active", hold: "person" }, "idle"],
    ["a queue on hold", { queuedCount: 1, hold: "budget" }, "idle"],
    ["a message that waits for an agent that is only watched", { queuedCount: 1, isObserved: true }, "idle"],
    ["a turn of an agent that is only watched", { turn: "active", isObserved: true }, "active"],
    ["a cancel's tail outstanding, on hold too", { turn: "cancelling", hold: "person" }, "active"],
    ["a failed turn behind it", { stopReason: "failed", turnCount: 1 }, "idle"],
    ["an end, whatever its queue", { lifecycle: "completed", queuedCount: 1 }, "completed"],
    ["a spawn that never ran", { lifecycle: "failed" }, "failed"],
    ["a kill", { lifecycle: "killed", hold: "person" }, "killed"],
  ])("S4: of a session with %s", (_, changed, word) => {
    expect(statusOf(nativeStatuses, { ...idle, ...changed })).toBe(word);
  });

  test("S4: needs money while a budget holds it, beside what its turn needs", () => {
    expect(factsOf({ ...initialState, hold: "budget" }).needs).toEqual(["budget"]);
    expect(factsOf({ ...initialState, hold: "person" }).needs).toEqual([]);
    const waiting = turnState(makeMint(makeClock()), { phase: "waiting", needs: ["approval"] }, { hold: "budget" });
    expect(factsOf(waiting)).toMatchObject({
      needs: ["approval", "budget"],
      turn: "waiting",
      turnId: waiting.turn?.id,
    });
  });

  const lastActiveAt = "2026-01-01T12:00:00.000Z";
  const soon = Date.parse(lastActiveAt) + 299_999;
  test.each<[Partial<TurnFacts>, number, string]>([
    [{ lifecycle: "killed", needs: ["approval"] }, soon, "exited"],
    [{ turn: "waiting", needs: ["tool_results"] }, soon, "waiting_input"],
    [{ turn: "waiting", needs: ["quota", "answer"] }, soon, "waiting_input"],
    [{ turn: "waiting", needs: ["quota"] }, soon, "blocked"],
    [{ hold: "budget", needs: ["budget"] }, soon, "blocked"],
    [{ turn: "active" }, soon, "active"],
    [{}, soon, "ready"],
    [{}, soon + 1, "idle"],
  ])("ruling 21: activity of %j", (changed, nowMs, activity) => {
    expect(activityOf({ facts: { ...idle, ...changed }, lastActiveAt }, nowMs)).toBe(activity);
  });

  test.each([
    ["agent_exited", "codex", "exited"],
    ["agent_not_installed", "pi", "exited"],
    ["setup_failed", "claude-code", "exited"],
    ["agent_error", "codex", "ready"],
    ["setup_failed", "hosted", "ready"],
  ] as const)("ruling 21: a turn that failed with %s leaves %s %s", (failure, harness, activity) => {
    const facts = { ...idle, stopReason: stopReasonOf(failure) };
    expect(activityOf({ facts, lastActiveAt, harness }, soon)).toBe(activity);
    expect(activityOf({ facts: { ...facts, turn: "active" }, lastActiveAt, harness }, soon)).toBe("active");
    expect(activityOf({ facts: { ...facts, stopReason: "end_turn" }, lastActiveAt, harness }, soon)).toBe("ready");
  });

  test("ruling 30: an agent that is only watched is gone after five silent minutes, or once its turn has failed of it", () => {
    const of = (facts: Partial<TurnFacts>, nowMs: number) =>
      activityOf({ facts: { ...idle, ...facts }, lastActiveAt, harness: "observed" }, nowMs);
    expect(of({}, soon)).toBe("ready");
    expect(of({}, soon + 1)).toBe("exited");
    expect(of({ stopReason: "failed" }, soon)).toBe("exited");
    expect(of({ turn: "active" }, soon + 1)).toBe("active");
    // A message that waits for its next hook brings nobody back.
    expect(of({ queuedCount: 1 }, soon)).toBe("ready");
    expect(of({ queuedCount: 1 }, soon + 1)).toBe("exited");
  });
});
