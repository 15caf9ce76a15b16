/**
 * Random lives of a session: every decision by anybody at any moment, runners that lag behind and nodes that die. The
 * rules are read from the log that comes of it. A failing life is printed by fast-check with its seed.
 */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { foldDrafts } from "../../src/core/decide/fold-drafts.ts";
import { initialState } from "../../src/core/state.ts";
import { factsOf, nativeStatuses, statusOf } from "../../src/core/status.ts";
import { carryOut, commands } from "./model/commands.ts";
import type { Command } from "./model/commands.ts";
import { endsOf, fatesOf, findBreach } from "./model/log-rules.ts";
import { SessionModel } from "./model/session-model.ts";
import { seed } from "../store/suite/setting.ts";

const RUNS = 2_000;
fc.configureGlobal({ seed });
const lives = fc.array(commands, { minLength: 1, maxLength: 80, size: "max" });

function live(all: readonly Command[], after: (model: SessionModel) => void = () => undefined): SessionModel {
  const model = new SessionModel();
  for (const command of all) {
    carryOut(model, command);
    after(model);
  }
  return model;
}

/** Brings a session to rest, as a person would who resumes it and then waits. */
function settle(model: SessionModel): void {
  for (const kind of ["restore", "resume"] as const) carryOut(model, { kind });
  for (let round = 0; round < 200; round++) {
    carryOut(model, { kind: "take", isRepeatable: false });
    carryOut(model, { kind: "step", step: "answer" });
    carryOut(model, { kind: "come" });
  }
}

describe("whatever happens to a session", () => {
  test("E5, E6, T1: its log keeps the order of every turn and nothing of a turn follows its end", () => {
    fc.assert(
      fc.property(lives, (all) => {
        expect(findBreach(live(all).log)).toBeUndefined();
      }),
      { numRuns: RUNS },
    );
  });

  test("E5: every turn ends at most once, and the one that has not is the one that runs", () => {
    fc.assert(
      fc.property(lives, (all) => {
        const { log, state } = live(all);
        const ends = endsOf(log);
        for (const count of ends.values()) expect(count).toBe(1);
        const started = log.flatMap((event) => (event.type === "turn.started" ? [event.data.turn_id] : []));
        const unended = started.filter((id) => !ends.has(id));
        const running = state.turn === null || state.turn.phase === "cancelling" ? [] : [state.turn.id];
        expect(unended).toEqual(running);
      }),
      { numRuns: RUNS },
    );
  });

  test("T1: every message it took is read once, taken out of the queue, or still waits in it", () => {
    fc.assert(
      fc.property(lives, (all) => {
        const { log, queue, taken } = live(all);
        const fates = fatesOf(log, queue);
        expect(new Set(fates.keys())).toEqual(new Set(taken.keys()));
        for (const id of taken.keys()) expect(fates.get(id)).toHaveLength(1);
      }),
      { numRuns: RUNS },
    );
  });

  test("A1: what its fold counts as queued is what waits, after every commit", () => {
    fc.assert(
      fc.property(lives, (all) => {
        live(all, ({ state, queue }) => expect(state.queuedCount).toBe(queue.length));
      }),
      { numRuns: RUNS },
    );
  });

  test("T6: a held, ended or deleted session starts no turn", () => {
    fc.assert(
      fc.property(lives, (all) => {
        const { log, clock } = live(all);
        let state = initialState;
        for (const event of log) {
          const isFree = state.hold === "none" && state.lifecycle === "open" && !state.isDeleted;
          expect(event.type !== "turn.started" || isFree).toBe(true);
          state = foldDrafts(state, [event], clock.now());
        }
      }),
      { numRuns: RUNS },
    );
  });

  test("A5: a turn that waits has no owner, nor has a session without a turn", () => {
    fc.assert(
      fc.property(lives, (all) => {
        live(all, ({ state, owner }) => {
          expect(state.turn?.phase === "waiting" && owner !== null).toBe(false);
          expect(state.turn === null && owner !== null).toBe(false);
        });
      }),
      { numRuns: RUNS },
    );
  });

  test("S6: it comes to rest by itself once nothing holds it, with an empty queue and every turn ended", () => {
    fc.assert(
      fc.property(lives, (all) => {
        const model = live(all);
        settle(model);
        expect(findBreach(model.log)).toBeUndefined();
        const facts = { ...factsOf(model.state), preview: null, outputPreview: null };
        const status = statusOf(nativeStatuses, facts);
        expect(status).toBe(model.state.lifecycle === "killed" ? "killed" : "idle");
        expect(model.state).toMatchObject({ turn: null, hold: "none" });
        expect(model.state.lifecycle === "killed" ? [] : model.queue).toEqual([]);
      }),
      { numRuns: RUNS },
    );
  });

  test("T6: a cancel that clears leaves nothing in the queue of a session that goes on", () => {
    fc.assert(
      fc.property(lives, (all) => {
        const model = live(all);
        carryOut(model, { kind: "cancel", clears: true });
        const isOpen = model.state.lifecycle === "open" && !model.state.isDeleted;
        expect(isOpen && model.queue.length > 0).toBe(false);
      }),
      { numRuns: RUNS },
    );
  });

  test("B13: its state is the fold of its log, in whatever pieces it was folded", () => {
    fc.assert(
      fc.property(lives, fc.infiniteStream(fc.integer({ min: 1, max: 9 })), (all, sizes) => {
        const { log, clock } = live(all);
        let state = initialState;
        for (let at = 0; at < log.length;) {
          const size = sizes.next().value;
          const stored = JSON.stringify(state);
          state = foldDrafts(JSON.parse(stored) as typeof state, log.slice(at, at + size), clock.now());
          at += size;
        }
        expect(state).toStrictEqual(foldDrafts(initialState, log, clock.now()));
        expect(JSON.parse(JSON.stringify(state))).toStrictEqual(state);
      }),
      { numRuns: RUNS },
    );
  });

  test("the random lives reach every corner that they are meant to try", () => {
    const seen = new Map<string, number>();
    for (const all of fc.sample(lives, { numRuns: RUNS, seed: 1 })) {
      const { log, refused } = live(all);
      const corners = new Set<string>(log.map(({ type }) => type));
      if (refused > 0) corners.add("refused");
      if (log.some((event) => event.type === "turn.failed" && event.data.error_code === "no_progress")) {
        corners.add("sealed");
      }
      for (const corner of corners) seen.set(corner, (seen.get(corner) ?? 0) + 1);
    }
    const corners = [
      "refused",
      "sealed",
      "turn.completed",
      "turn.failed",
      "turn.cancelled",
      "turn.interrupted",
      "tool.completed",
      "message.queued",
      "message.unqueued",
      "approval.answered",
      "quota.resumed",
      "session.paused",
      "session.resumed",
      "session.completed",
      "session.killed",
      "session.deleted",
      "session.restored",
      "session.reopened",
    ];
    for (const corner of corners) expect([corner, (seen.get(corner) ?? 0) >= RUNS / 100]).toEqual([corner, true]);
  });
});
