/** Filters by status agree with the status of each session that they list (S7, C1). */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { SessionId } from "../../../src/core/ids.ts";
import type { Need } from "../../../src/core/session-words.ts";
import type { SessionState, TurnState } from "../../../src/core/state.ts";
import { initialState } from "../../../src/core/state.ts";
import { factsOf, holds, nativeStatuses, statusOf, wherePredicate } from "../../../src/core/status.ts";
import type { FactPredicate, FactTests } from "../../../src/core/status.ts";
import { openSetting, seed, turnState } from "./setting.ts";
import type { Setting, Suite } from "./setting.ts";

interface Facts {
  readonly lifecycle: SessionState["lifecycle"];
  readonly hold: SessionState["hold"];
  readonly phase: TurnState["phase"] | "none";
  readonly queuedCount: number;
  readonly turnCount: number;
  readonly needs: readonly Need[];
  readonly isObserved: boolean;
}

const facts: fc.Arbitrary<Facts> = fc.record({
  lifecycle: fc.constantFrom("open", "open", "completed", "failed", "killed"),
  hold: fc.constantFrom("none", "none", "person", "budget"),
  phase: fc.constantFrom("none", "none", "reasoning", "acting", "waiting", "cancelling"),
  queuedCount: fc.nat({ max: 2 }),
  turnCount: fc.nat({ max: 2 }),
  needs: fc.subarray(["approval", "tool_results", "quota"] as const),
  isObserved: fc.boolean(),
});

const tests: fc.Arbitrary<FactTests> = fc.record(
  {
    lifecycle: fc.subarray(["open", "completed", "failed", "killed"] as const),
    hold: fc.subarray(["none", "person", "budget"] as const),
    turn: fc.subarray(["none", "active", "waiting", "cancelling"] as const),
    hasTurns: fc.boolean(),
    hasQueue: fc.boolean(),
    needs: fc.subarray(["approval", "tool_results", "quota", "budget"] as const),
  },
  { requiredKeys: [] },
);

const { predicate: predicates } = fc.letrec<{ predicate: FactPredicate; leaf: FactPredicate }>((tie) => ({
  predicate: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    tie("leaf"),
    fc.record({ kind: fc.constant("any" as const), of: fc.array(tie("predicate"), { maxLength: 3 }) }),
    fc.record({ kind: fc.constant("all" as const), of: fc.array(tie("predicate"), { maxLength: 3 }) }),
    fc.record({ kind: fc.constant("not" as const), of: tie("predicate") }),
  ),
  leaf: fc.record({ kind: fc.constant("facts" as const), tests }),
}));

function stateOf(setting: Setting, { phase, needs, isObserved, ...counts }: Facts): SessionState {
  const rest = { ...counts, ...(isObserved ? { isObserved } : {}) };
  if (phase === "none") return { ...initialState, ...rest };
  return turnState(setting.mint, { phase, needs: phase === "waiting" ? needs : [] }, rest);
}

async function makeAll(setting: Setting, all: readonly Facts[]): Promise<ReadonlyMap<SessionId, SessionState>> {
  const made = new Map<SessionId, SessionState>();
  for (const one of all) {
    const state = stateOf(setting, one);
    made.set(await setting.make(one.isObserved ? { harness: "observed" } : {}, { state }), state);
  }
  return made;
}

async function find(setting: Setting, where: FactPredicate): Promise<readonly SessionId[]> {
  const query = { workspaceId: setting.workspaceId, where };
  const { sessions } = await setting.store.listSessions({ ...query, order: "created_at", limit: 1_000 });
  expect(await setting.store.countSessions(query, 10_000)).toBe(sessions.length);
  return sessions.map(({ id }) => id).toSorted();
}

function held(state: SessionState) {
  return { ...factsOf(state), preview: null, outputPreview: null };
}

export function describeStatuses(suite: Suite): void {
  describe("a filter by facts", () => {
    test("C1: lists by every native status exactly the sessions that have it, over random facts", async () => {
      await using setting = await openSetting(suite);
      const all = fc.sample(facts, { numRuns: 150, seed: 7 });
      const made = await makeAll(setting, all);
      const words = new Set(nativeStatuses.map(({ word }) => word));
      let listed = 0;
      for (const word of words) {
        const found = await find(setting, wherePredicate(nativeStatuses, word));
        const expected = made.entries().filter(([, state]) => statusOf(nativeStatuses, held(state)) === word);
        expect(found).toEqual(Array.from(expected, ([id]) => id).toSorted());
        expect(found.length).toBeGreaterThan(0);
        listed += found.length;
      }
      expect(listed).toBe(made.size);
    });

    test("S7: says of every predicate what the interpreter says", async () => {
      await using setting = await openSetting(suite);
      const made = await makeAll(setting, fc.sample(facts, { numRuns: 60, seed: 11 }));
      const property = fc.asyncProperty(predicates, async (where) => {
        const expected = made.entries().filter(([, state]) => holds(where, held(state)));
        expect(await find(setting, where)).toEqual(Array.from(expected, ([id]) => id).toSorted());
      });
      await fc.assert(property, { numRuns: 150, seed });
    });

    test("S4: lists what needs a person, page by page, and nothing else", async () => {
      await using setting = await openSetting(suite);
      const made = await makeAll(setting, fc.sample(facts, { numRuns: 60, seed: 13 }));
      const where: FactPredicate = { kind: "facts", tests: { needs: ["approval"] } };
      const expected = made.entries().filter(([, state]) => state.turn?.needs.includes("approval") === true);
      const seen: SessionId[] = [];
      for (let offset = 0; ; offset += 2) {
        const query = { workspaceId: setting.workspaceId, where, order: "created_at", limit: 2, offset } as const;
        const { sessions, hasMore } = await setting.store.listSessions(query);
        seen.push(...sessions.map(({ id }) => id));
        if (!hasMore) break;
      }
      expect(seen.length).toBeGreaterThan(2);
      expect(seen.toSorted()).toEqual(Array.from(expected, ([id]) => id).toSorted());
    });

    test("S7: follows the facts when a turn begins and ends", async () => {
      await using setting = await openSetting(suite);
      const id = await setting.make();
      const active = wherePredicate(nativeStatuses, "active");
      const seen = [];
      for (const state of [turnState(setting.mint), initialState, { ...initialState, queuedCount: 1 }]) {
        await setting.commit(await setting.fenced(id, { raises: true, state }));
        seen.push(await find(setting, active));
      }
      expect(seen).toEqual([[id], [], [id]]);
    });
  });
}
