/** From what a harness says to what is committed: the end of waits, and turns that go in circles. */
import { describe, expect, test } from "vitest";
import { MAX_REPEATS, planFacts } from "../../src/app/turn-facts.ts";
import type { FactsInput, FactsItem } from "../../src/app/turn-facts.ts";
import type { BusyState } from "../../src/app/turn-log.ts";
import type { Fact } from "../../src/core/events/envelope.ts";
import { foldDrafts } from "../../src/core/decide/fold-drafts.ts";
import type { TurnState } from "../../src/core/state.ts";
import { makeClock, makeMint, turnState } from "../store/suite/setting.ts";

const clock = makeClock();
const mint = makeMint(clock);
const input: FactsInput = {
  mint,
  runner: mint("node"),
  agentId: null,
  nowMs: clock.now(),
  next: null,
  changesOf: () => [],
  toolCallLimit: 10,
  waits: { approvalMs: 60_000, toolResultsMs: 5_000 },
};

function acting(turn: Partial<TurnState> = {}): BusyState {
  const openCalls = ["a", "b", "c"].map((id) => ({ id, name: id, signature: 1, started: false, isRequested: false }));
  const state = turnState(mint, { phase: "acting", isReasonOpen: false, isActOpen: true, openCalls, ...turn });
  if (state.turn === null) throw new Error("Unreachable");
  return { ...state, turn: state.turn };
}

function ask(id: string): Fact {
  const tool_call = { id, name: id, arguments: {} };
  return { type: "approval.requested", data: { approval_id: `apr_${id}`, tool_call, question: "May I?" } };
}

const request: Fact = {
  type: "tool.call_requested",
  data: { tool_calls: [{ id: "c", name: "c", arguments: {} }] },
};
const waits = (facts: readonly Fact[], more: object = {}): FactsItem => ({
  kind: "facts",
  facts,
  next: { kind: "waits", ...more },
});
const typesOf = ({ events }: ReturnType<typeof planFacts>) => events.map(({ type }) => type);

describe("the commit that parks a turn", () => {
  test("A5: frees the owner, and sets one timer for each kind of wait", () => {
    const plan = planFacts(acting(), waits([ask("a"), ask("b"), request]), input);
    expect(plan).toMatchObject({
      raises: true,
      owner: null,
      takes: "reset",
      timers: [
        { kind: "approval_expiry", dueInMs: 60_000 },
        { kind: "tool_results_expiry", dueInMs: 5_000 },
      ],
    });
  });

  test("says when a question expires", () => {
    const plan = planFacts(acting(), waits([ask("a")]), input);
    expect(plan.events[0]).toMatchObject({ data: { expires_at: "2026-01-01T12:01:00.000Z" } });
    expect(plan.timers).toEqual([{ kind: "approval_expiry", dueInMs: 60_000 }]);
  });

  test("T5: for a quota waits as long as the provider said", () => {
    const data = { turn_id: "turn_1", resets_at: "2026-01-01T13:00:00.000Z", reason: "Limit" };
    const plan = planFacts(acting(), waits([{ type: "quota.waiting", data }], { resumeInMs: 7 }), input);
    expect(plan.timers).toEqual([{ kind: "quota", dueInMs: 7 }]);
  });
});

describe("T7: a turn that goes in circles", () => {
  test("asks nobody any more, and leaves nothing open", () => {
    const state = acting({ repeat: { signature: 1, count: MAX_REPEATS } });
    const plan = planFacts(state, waits([ask("a"), request]), input);
    expect(typesOf(plan)).toEqual([
      "tool.completed",
      "tool.completed",
      "tool.completed",
      "act.completed",
      "turn.failed",
      "session.idled",
    ]);
    expect(plan).toMatchObject({ owner: null });
    expect(plan).not.toHaveProperty("timers");
    expect(foldDrafts(state, plan.events, clock.now()).turn).toBeNull();
  });
});
