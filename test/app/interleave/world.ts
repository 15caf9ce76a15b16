/**
 * What the scenes have in common: a session whose turn was started by node A, the people and nodes that act on it, and
 * what must be true when all of them are done. Every actor is the code that runs in production over its gated store.
 */
import { TurnGate } from "../../../src/app/project-work/turn-gate.ts";
import { expect } from "vitest";
import { TurnLog } from "../../../src/app/turn-log.ts";
import type { TurnPlace } from "../../../src/app/turn-log.ts";
import { runTurns } from "../../../src/app/run-turn.ts";
import { foldCurrent } from "../../../src/app/read-session.ts";
import { makeSendMessage } from "../../../src/app/send-message.ts";
import { formatId } from "../../../src/core/ids.ts";
import type { NodeId, SessionId } from "../../../src/core/ids.ts";
import { defaultLimits } from "../../../src/core/limits.ts";
import type { Store } from "../../../src/core/ports/store.ts";
import { openMemoryStore } from "../../store/memory-store.ts";
import { makeClock } from "../../store/suite/setting.ts";
import type { ManualClock } from "../../store/suite/setting.ts";
import { countingMint, openEngine, principal, resolveNothing } from "../engine-world.ts";
import type { Engine } from "../engine-world.ts";
import { noImages } from "../no-images.ts";
import { readAll } from "../read-log.ts";
import { makeScriptHarness } from "../script-harness.ts";
import type { ScriptOptions } from "../script-harness.ts";
import type { Actor, Scene } from "./explore.ts";
import { checkLog, checkRuns } from "./invariants.ts";

export const nodeA = formatId("node", 1, "a".repeat(20)) as NodeId;
export const nodeB = formatId("node", 1, "b".repeat(20)) as NodeId;
export const nodeC = formatId("node", 1, "c".repeat(20)) as NodeId;
export const never = () => new Promise<void>(() => undefined);
const LIFE_MS = 1_000_000;

export interface World {
  readonly store: Store;
  readonly id: SessionId;
  readonly ran: string[];
  readonly steps: ScriptOptions["steps"];
  /** What its calls wait for. */
  readonly awaits?: readonly SessionId[];
  /** Stands still while a scene is played, so nothing depends on when a step is taken. */
  readonly clock: ManualClock;
}

export interface ActorMaker {
  (world: World): Actor;
}

export interface RunPlace {
  readonly node: NodeId;
  readonly seed: number;
}

/** An engine for one actor over its gated store; the background (pulse) never beats by itself here. */
export function engineOf({ ran, steps, awaits = [], clock }: World, store: Store, { node, seed }: RunPlace): Engine {
  const harness = { ...makeScriptHarness({ steps, awaits }), ran };
  return openEngine({ store, clock, node, mint: countingMint(seed), harness, slots: 0, pause: never });
}

export function run(world: World, store: Store, { node, seed, place }: RunPlace & { readonly place: TurnPlace }) {
  const { clock, steps, awaits = [] } = world;
  const engine = engineOf(world, store, { node, seed });
  const harness = makeScriptHarness({ steps, awaits });
  const log = new TurnLog({ store, commit: engine.commit, clock, node, pause: never }, place);
  const deps = {
    store,
    clock,
    mint: countingMint(seed + 50),
    node,
    live: engine.live,
    resolveTurn: resolveNothing,
    harnessOf: () => harness,
    gate: new TurnGate(),
    toolCallLimit: 1_000,
    waits: defaultLimits,
    watch: () => () => undefined,
    pause: never,
    onFault: (fault: unknown) => {
      throw fault;
    },
  };
  return runTurns(deps, log, new AbortController().signal).finally(() => world.ran.push(...harness.ran));
}

/** Another node believes that A is dead and takes whatever there is, while A goes on. */
export const takeOver =
  (seed: number, node = nodeB): ActorMaker =>
  (world) => ({
    name: "take",
    start: async (store) => {
      const engine = engineOf(world, store, { node, seed });
      let place: TurnPlace | null = null;
      await engine.takeTurn(world.id, { start: (at) => (place = at), release: () => undefined });
      if (place !== null) await run(world, store, { node, seed: seed + 1, place });
    },
  });

export async function placeOf({ store, id }: World): Promise<TurnPlace> {
  const record = await store.readSession(id);
  if (record === undefined) throw new Error("The session is gone");
  const { state, foldedSeq, head } = await foldCurrent(store, record);
  return { sessionId: id, epoch: head.epoch, state, foldedSeq };
}

/** A turn that node A owns and nobody has begun to run. */
export async function makeWorld(steps: ScriptOptions["steps"] = [1]): Promise<World> {
  const clock = makeClock(1_700_000_000_000);
  const store = await openMemoryStore({ clock });
  await keepAlive(store);
  const harness = makeScriptHarness({ steps });
  const engine = openEngine({ store, clock, node: nodeA, mint: countingMint(1), harness, pause: never });
  const made = await engine.createSession(principal, { agentId: "agt", origin: "api" });
  if (!made.ok) throw new Error(made.refusal.code);
  // Started as by admission, but run by the scene's own actor.
  const slots = {
    reserve: () => ({ start: () => undefined, release: () => undefined }),
    nudge: () => undefined,
    isRunning: () => false,
  };
  const start = makeSendMessage({
    store,
    commit: engine.commit,
    clock,
    mint: countingMint(2),
    node: nodeA,
    ...noImages,
    runners: slots,
    limits: defaultLimits,
    onOwed: () => undefined,
  });
  const sent = await start(principal, made.value.id, { message: { content: [{ type: "text", text: "go" }] } });
  if (!sent.ok) throw new Error(sent.refusal.code);
  return { store, id: made.value.id, ran: [], steps, clock };
}

export async function keepAlive(store: Store): Promise<void> {
  for (const node of [nodeA, nodeB, nodeC]) await store.renewNode(node, LIFE_MS);
}

export interface SceneParts {
  readonly world: World;
  readonly makers: readonly ActorMaker[];
  /** Brings to its end what still waits for somebody. */
  readonly settle?: (world: World, round: number) => Promise<void>;
}

export function sceneOf({ world, makers, settle = async () => undefined }: SceneParts): Scene {
  const { store, id } = world;
  return {
    store,
    grain: makers.length > 2 ? "reads-as-one" : "every-call",
    actors: makers.map((make) => make(world)),
    digest: async () => {
      const { lines } = await store.readLog({ sessionId: id, after: 0, limit: 1_000 });
      const record = await store.readSession(id);
      const queue = (await store.readQueue(id)).map(({ messageId }) => messageId);
      const timers = await store.dueTimers(10);
      return JSON.stringify([lines.map((line) => line.id), record?.head, record?.facts, queue, timers]);
    },
    check: async () => {
      await settleWork(world, settle);
      const events = await readAll(store, id);
      checkLog(events);
      checkRuns(events, world.ran);
      expect(await store.dueTimers(10), "A3: a timer is left over").toEqual([]);
    },
  };
}

const ROUNDS = 12;

/** What the pulse would do afterwards: fire what is due and take whatever has no owner, until nothing is left. */
async function settleWork(world: World, settle: NonNullable<SceneParts["settle"]>): Promise<void> {
  for (let round = 0; round < ROUNDS; round++) {
    const engine = engineOf(world, world.store, { node: nodeB, seed: 100 + round * 4 });
    for (const timer of await world.store.dueTimers(10)) await engine.fireTimer(timer);
    const [next] = await world.store.findOwnerless(nodeB, 1);
    if (next !== undefined) await takeOver(101 + round * 4)(world).start(world.store);
    else if ((await world.store.readSession(world.id))?.facts.turn === "none") return;
    else await settle(world, 103 + round * 4);
  }
  throw new Error("S6: work is left over that nobody can end");
}
