/**
 * Exhaustive interleavings around a turn that waits for a person and for the client (A5, T6, ruling 6): answers against
 * other answers, cancels, messages, take-overs, expiry and the ends of a session. What nobody answers in a scene is
 * answered afterwards, so every log is whole in the end.
 */
import { describe, expect, test } from "vitest";
import { makeAnswerApproval } from "../../../src/app/answer-approval.ts";
import { makeGiveToolResults } from "../../../src/app/give-tool-results.ts";
import type { TurnPlace } from "../../../src/app/turn-log.ts";
import { defaultLimits } from "../../../src/core/limits.ts";
import type { Store } from "../../../src/core/ports/store.ts";
import type { ToolPolicy } from "../../../src/core/ports/tools.ts";
import { pendingApprovals } from "../../../src/core/state.ts";
import { countingMint, principal } from "../engine-world.ts";
import { cancel, close, pauseAndResume, runner, send } from "./actors.ts";
import { explore } from "./explore.ts";
import type { Scene } from "./explore.ts";
import { engineOf, keepAlive, makeWorld, nodeA, nodeC, placeOf, run, sceneOf, takeOver } from "./world.ts";
import type { ActorMaker, World } from "./world.ts";

const LIMIT = 400_000;
const DAY_MS = 24 * 60 * 60 * 1000;

interface Asked {
  readonly approvalIds: readonly string[];
  readonly callIds: readonly string[];
}

/** What the turn waits for, as everybody in the scene was told. */
async function askedOf(world: World): Promise<Asked> {
  const { turn } = (await placeOf(world)).state;
  if (turn === null) return { approvalIds: [], callIds: [] };
  const callIds = turn.openCalls.flatMap(({ id, isRequested }) => (isRequested ? [id] : []));
  return { approvalIds: pendingApprovals(turn).map(({ id }) => id), callIds };
}

type Maker = (asked: Asked) => ActorMaker;

const always =
  (maker: ActorMaker): Maker =>
  () =>
    maker;

/** On a node that may run the turn itself, or on one whose slots are all taken. */
function answeringOn(
  world: World,
  store: Store,
  { seed, hasSlot }: { readonly seed: number; readonly hasSlot: boolean },
) {
  const engine = engineOf(world, store, { node: nodeA, seed });
  let place: TurnPlace | null = null;
  const slot = { start: (at: TurnPlace) => void (place = at), release: () => undefined };
  const runners = { reserve: () => (hasSlot ? slot : null), nudge: () => undefined, isRunning: () => false };
  const deps = { store, commit: engine.commit, clock: world.clock, mint: countingMint(seed + 1), node: nodeA, runners };
  return {
    deps: { ...deps, onOwed: () => undefined, rules: engine.rules, limits: defaultLimits },
    goOn: async () => {
      if (place !== null) await run(world, store, { node: nodeA, seed: seed + 2, place });
    },
  };
}

/** The first answer counts, whoever gives it; the others are told. */
const answer =
  (seed: number, said: "allow" | "deny", { which = 0, hasSlot = false } = {}): Maker =>
  ({ approvalIds }) =>
  (world) => ({
    name: `${said}${which}${hasSlot ? " here" : ""}`,
    start: async (store) => {
      const { deps, goOn } = answeringOn(world, store, { seed, hasSlot });
      const command = { approvalId: approvalIds[which] ?? "", answer: said, scope: "once" } as const;
      const answered = await makeAnswerApproval(deps)(principal, world.id, command);
      if (!answered.ok) expect(answered.refusal.code).toMatch(/^(already_answered|not_found)$/);
      await goOn();
    },
  });

const give =
  (seed: number, hasSlot = false): Maker =>
  ({ callIds }) =>
  (world) => ({
    name: "results",
    start: async (store) => {
      const { deps, goOn } = answeringOn(world, store, { seed, hasSlot });
      const results = callIds.map((callId) => ({ callId, result: "42" }));
      const given = await makeGiveToolResults(deps)(principal, world.id, results);
      if (!given.ok) expect(given.refusal.code).toMatch(/^(not_waiting|not_found)$/);
      await goOn();
    },
  });

/** What is due by now, as the pulse of node A has read it. */
const expire =
  (seed: number): Maker =>
  () =>
  (world) => ({
    name: "expire",
    start: async (store) => {
      const engine = engineOf(world, store, { node: nodeA, seed });
      for (const timer of await store.dueTimers(10)) await engine.fireTimer(timer);
    },
  });

/** Whoever is still waited for says no in the end. */
async function settle(world: World, seed: number): Promise<void> {
  const asked = await askedOf(world);
  const [approvalId] = asked.approvalIds;
  const last = approvalId === undefined ? give(seed)(asked) : answer(seed, "deny")(asked);
  await last(world).start(world.store);
}

interface Scenery {
  readonly makers: readonly Maker[];
  readonly steps?: readonly (readonly ToolPolicy[])[];
  /** The time of every wait has passed. */
  readonly isLate?: boolean;
}

async function makeScene({ makers, steps = [["approve", "client_side"]], isLate = false }: Scenery): Promise<Scene> {
  const world = await makeWorld(steps);
  await runner(world).start(world.store);
  if (isLate) world.clock.advance(DAY_MS);
  await keepAlive(world.store);
  const asked = await askedOf(world);
  expect(asked.approvalIds.length + asked.callIds.length).toBeGreaterThan(0);
  return sceneOf({ world, makers: makers.map((make) => make(asked)), settle });
}

const two = [["approve", "approve"]] as const;
const one = [["approve"]] as const;
const clientOnly = [["client_side"]] as const;

describe("every interleaving around a turn that waits for a person and the client", () => {
  const scenes: Record<string, Scenery> = {
    "A1: of two people who disagree": { makers: [answer(20, "allow"), answer(24, "deny")], steps: one },
    "A1: of two answers to two questions": {
      makers: [answer(20, "allow"), answer(24, "deny", { which: 1 })],
      steps: two,
    },
    "A5: of an answer and the client's results": { makers: [answer(20, "allow"), give(24)] },
    "A5: of an answer and the results, each on a node that can run the turn": {
      makers: [answer(20, "allow", { hasSlot: true }), give(24, true)],
    },
    "T6: of an answer and a cancel": {
      makers: [answer(20, "allow", { hasSlot: true }), always(cancel(24))],
      steps: one,
    },
    "T6: of the client's results and a cancel": { makers: [give(20, true), always(cancel(24))], steps: clientOnly },
    "ruling 6: of the client's results and a message": {
      makers: [give(20, true), always(send(24, "queue"))],
      steps: clientOnly,
    },
    "ruling 6: of an answer and a message": {
      makers: [answer(20, "allow", { hasSlot: true }), always(send(24, "queue"))],
    },
    "A3: of an answer and a take-over": {
      makers: [answer(20, "allow", { hasSlot: true }), always(takeOver(24))],
      steps: one,
    },
    "A3: of an answer without a slot and two nodes that take": {
      makers: [answer(20, "allow"), always(takeOver(24)), always(takeOver(30, nodeC))],
      steps: one,
    },
    "A3: of an answer, a cancel and a take-over": {
      makers: [answer(20, "allow"), always(cancel(24)), always(takeOver(28))],
      steps: one,
    },
    "ruling 6: of an answer, a message and a take-over": {
      makers: [answer(20, "allow", { hasSlot: true }), always(send(24, "queue")), always(takeOver(28))],
    },
    "P6: of an answer and its expiry": {
      makers: [answer(20, "allow", { hasSlot: true }), expire(24)],
      steps: one,
      isLate: true,
    },
    "P6: of the results, a message and their expiry": {
      makers: [give(20, true), always(send(24, "queue")), expire(28)],
      steps: clientOnly,
      isLate: true,
    },
    "P6: of two nodes that let it expire, and a second question": {
      makers: [expire(20), expire(24)],
      steps: [["approve"], ["approve"]],
      isLate: true,
    },
    "ruling 7: of an answer, a pause and a resume": {
      makers: [answer(20, "allow", { hasSlot: true }), always(pauseAndResume(24))],
      steps: one,
    },
    "B12: of an answer and a kill": {
      makers: [answer(20, "allow", { hasSlot: true }), always(close(24, "kill"))],
      steps: one,
    },
    "B12: of an answer, the results and a delete": {
      makers: [answer(20, "allow", { hasSlot: true }), give(24), always(close(28, "delete"))],
    },
  };
  for (const [name, scenery] of Object.entries(scenes)) {
    test(name, { timeout: 120_000 }, async (context) => {
      const explored = await explore(() => makeScene(scenery), LIMIT);
      await context.annotate(`${explored.schedules} schedules, ${explored.states} states`);
      expect(explored.states).toBeGreaterThan(10);
    });
  }
});
