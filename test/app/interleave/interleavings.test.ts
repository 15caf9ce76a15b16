/**
 * Exhaustive interleavings of runner × cancel × queue × steer × take-over (A1 to A7 of the engine page), with the code
 * that runs in production over the store in memory. Each scene says how many schedules it had; none may break a rule.
 */
import { describe, expect, test } from "vitest";
import { TurnLog } from "../../../src/app/turn-log.ts";
import type { TurnPlace } from "../../../src/app/turn-log.ts";
import { runTurns } from "../../../src/app/run-turn.ts";
import { foldCurrent } from "../../../src/app/read-session.ts";
import { formatId } from "../../../src/core/ids.ts";
import type { NodeId, SessionId } from "../../../src/core/ids.ts";
import { defaultLimits } from "../../../src/core/limits.ts";
import { noImages } from "../no-images.ts";
import type { Store } from "../../../src/core/ports/store.ts";
import { openMemoryStore } from "../../store/memory-store.ts";
import { countingMint, openEngine, principal, resolveNothing } from "../engine-world.ts";
import type { Engine } from "../engine-world.ts";
import { readAll } from "../read-log.ts";
import { makeScriptHarness } from "../script-harness.ts";
import { explore } from "./explore.ts";
import type { Actor, Scene } from "./explore.ts";
import { checkLog } from "./invariants.ts";

const LIMIT = 400_000;
const nodeA = formatId("node", 1, "a".repeat(20)) as NodeId;
const nodeB = formatId("node", 1, "b".repeat(20)) as NodeId;
const never = () => new Promise<void>(() => undefined);

/** Time stands still, so nothing depends on when a step is taken. */
const stillClock = { now: () => 1_700_000_000_000, monotonic: () => 0 };

interface World {
  readonly store: Store;
  readonly id: SessionId;
  readonly ran: string[];
}

interface ActorMaker {
  (world: World): Actor;
}

/** An engine for one actor over its gated store; the background (pulse) never beats by itself here. */
function engineOf(
  world: World,
  store: Store,
  { node, seed }: { readonly node: NodeId; readonly seed: number },
): Engine {
  const harness = { ...makeScriptHarness({ steps: [1] }), ran: world.ran };
  return openEngine({ store, clock: stillClock, node, mint: countingMint(seed), harness, slots: 0, pause: never });
}

function run(
  world: World,
  store: Store,
  { node, seed, place }: { readonly node: NodeId; readonly seed: number; readonly place: TurnPlace },
) {
  const engine = engineOf(world, store, { node, seed });
  const script = makeScriptHarness({ steps: [1] });
  const harness = { ...script, run: script.run };
  const log = new TurnLog({ store, commit: engine.commit, clock: stillClock, node, pause: never }, place);
  const deps = {
    store,
    clock: stillClock,
    mint: countingMint(seed + 50),
    node,
    live: engine.live,
    resolveTurn: resolveNothing,
    harness,
    toolCallLimit: 1_000,
    waits: defaultLimits,
    watch: () => () => undefined,
    pause: never,
    onFault: (fault: unknown) => {
      throw fault;
    },
  };
  return runTurns(deps, log, new AbortController().signal).finally(() => world.ran.push(...script.ran));
}

/** The runner of node A, which committed the start of the turn and owns it. */
const runner: ActorMaker = (world) => ({
  name: "runner",
  start: async (store) => run(world, store, { node: nodeA, seed: 10, place: await placeOf(world) }),
});

const cancel =
  (seed: number, clearsQueue = false): ActorMaker =>
  (world) => ({
    name: `cancel${seed}`,
    start: async (store) => {
      const engine = engineOf(world, store, { node: nodeA, seed });
      expect(await engine.cancelTurn(principal, world.id, { clearsQueue })).toMatchObject({ ok: true });
    },
  });

const send =
  (seed: number, whenBusy: "queue" | "steer"): ActorMaker =>
  (world) => ({
    name: whenBusy,
    start: async (store) => {
      const engine = engineOf(world, store, { node: nodeA, seed });
      const message = { content: [{ type: "text" as const, text: whenBusy }] };
      const sent = await engine.sendMessage(principal, world.id, { message, whenBusy });
      if (!sent.ok) expect(sent.refusal).toMatchObject({ code: "not_allowed", state: "killed" });
    },
  });

const pauseAndResume =
  (seed: number): ActorMaker =>
  (world) => ({
    name: "pause",
    start: async (store) => {
      const engine = engineOf(world, store, { node: nodeA, seed });
      for (const action of ["pause", "resume"] as const) {
        expect(await engine.controlSession(principal, world.id, { action })).toMatchObject({ ok: true });
      }
    },
  });

/** A message that comes too late is refused; the session ends for good. */
const close =
  (seed: number, action: "kill" | "delete"): ActorMaker =>
  (world) => ({
    name: action,
    start: async (store) => {
      const engine = engineOf(world, store, { node: nodeA, seed });
      expect(await engine.controlSession(principal, world.id, { action })).toMatchObject({ ok: true });
    },
  });

/** Node B believes that A is dead and takes whatever there is, while A goes on. */
const takeOver =
  (seed: number): ActorMaker =>
  (world) => ({
    name: "take",
    start: async (store) => {
      const engine = engineOf(world, store, { node: nodeB, seed });
      let place: TurnPlace | null = null;
      await engine.takeTurn(world.id, { start: (at) => (place = at), release: () => undefined });
      if (place !== null) await run(world, store, { node: nodeB, seed: seed + 1, place });
    },
  });

async function placeOf({ store, id }: World): Promise<TurnPlace> {
  const record = await store.readSession(id);
  if (record === undefined) throw new Error("The session is gone");
  const { state, foldedSeq, head } = await foldCurrent(store, record);
  return { sessionId: id, epoch: head.epoch, state, foldedSeq };
}

async function makeWorld(): Promise<World> {
  const store = await openMemoryStore({ clock: stillClock });
  await store.renewNode(nodeA, 1_000_000);
  await store.renewNode(nodeB, 1_000_000);
  const harness = makeScriptHarness({ steps: [1] });
  const engine = openEngine({ store, clock: stillClock, node: nodeA, mint: countingMint(1), harness, pause: never });
  const made = await engine.createSession(principal, { agentId: "agt", origin: "api" });
  if (!made.ok) throw new Error(made.refusal.code);
  // Started as by admission, but run by the scene's own actor.
  const slots = {
    reserve: () => ({ start: () => undefined, release: () => undefined }),
    nudge: () => undefined,
    isRunning: () => false,
  };
  const { makeSendMessage } = await import("../../../src/app/send-message.ts");
  const start = makeSendMessage({
    store,
    commit: engine.commit,
    clock: stillClock,
    mint: countingMint(2),
    node: nodeA,
    ...noImages,
    runners: slots,
    limits: defaultLimits,
    onOwed: () => undefined,
  });
  const sent = await start(principal, made.value.id, { message: { content: [{ type: "text", text: "go" }] } });
  if (!sent.ok) throw new Error(sent.refusal.code);
  return { store, id: made.value.id, ran: [] };
}

async function makeScene(makers: readonly ActorMaker[]): Promise<Scene> {
  const world = await makeWorld();
  const { store, id } = world;
  return {
    store,
    grain: makers.length > 2 ? "reads-as-one" : "every-call",
    actors: makers.map((make) => make(world)),
    digest: async () => {
      const { lines } = await store.readLog({ sessionId: id, after: 0, limit: 1_000 });
      const record = await store.readSession(id);
      const queue = (await store.readQueue(id)).map(({ messageId }) => messageId);
      return JSON.stringify([lines.map((line) => line.id), record?.head, record?.facts, queue]);
    },
    check: async () => {
      await settleWork(world);
      checkLog(await readAll(store, id));
      const repeated = world.ran.filter((call, index) => world.ran.indexOf(call) !== index);
      expect(repeated, "A12: no call runs twice").toEqual([]);
    },
  };
}

/** What the pulse would do afterwards: take whatever has no owner, until nothing is left. */
async function settleWork(world: World): Promise<void> {
  for (let round = 0; round < 5; round++) {
    const [next] = await world.store.findOwnerless(nodeB, 1);
    const timers = await world.store.dueTimers(10);
    if (next === undefined && timers.length === 0) return;
    await takeOver(60 + round * 2)(world).start(world.store);
  }
  throw new Error("S6: work is left over that nobody can end");
}

describe("every interleaving of a runner of one tool step", () => {
  const scenes: Record<string, readonly ActorMaker[]> = {
    "A1a: with a cancel": [runner, cancel(20)],
    "A1b: with a message that is queued": [runner, send(20, "queue")],
    "A1c: with a message that steers": [runner, send(20, "steer")],
    "A6: with two cancels": [runner, cancel(20), cancel(22)],
    "A6: with a cancel and a queued message": [runner, cancel(20), send(22, "queue")],
    "A6: with a cancel that clears the queue and a queued message": [runner, cancel(20, true), send(22, "queue")],
    "A1: with a steer and a cancel": [runner, send(20, "steer"), cancel(22)],
    "A1: with a steer and a queued message": [runner, send(20, "steer"), send(22, "queue")],
    "A4, A12: with a take-over by another node": [runner, takeOver(20)],
    "A3: with a take-over and a cancel": [runner, takeOver(20), cancel(24)],
    "A3: with a take-over and a queued message": [runner, takeOver(20), send(24, "queue")],
    "A3: with a take-over and a steer": [runner, takeOver(20), send(24, "steer")],
    "B12: with a delete": [runner, close(20, "delete")],
    "B12: with a kill and a queued message": [runner, close(20, "kill"), send(24, "queue")],
    "ruling 7: with a pause and a resume": [runner, pauseAndResume(20)],
  };
  for (const [name, makers] of Object.entries(scenes)) {
    test(name, { timeout: 120_000 }, async (context) => {
      const explored = await explore(() => makeScene(makers), LIMIT);
      context.annotate(`${explored.schedules} schedules, ${explored.states} states`);
      expect(explored.states).toBeGreaterThan(20);
    });
  }
});
