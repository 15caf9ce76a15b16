/**
 * A parent that waits for its children, each a session whose turn node A has started, in one store. The actors of the
 * other scenes act on any of them; beside them there is the relay. In the end everything must have been told, once.
 */
import { expect } from "vitest";
import { makeDeliver } from "../../../src/app/children/deliver.ts";
import { CANCEL_DEADLINE_MS } from "../../../src/core/decide/cancel.ts";
import { makeSendMessage } from "../../../src/app/send-message.ts";
import type { SessionId } from "../../../src/core/ids.ts";
import { defaultLimits } from "../../../src/core/limits.ts";
import type { Store } from "../../../src/core/ports/store.ts";
import { openMemoryStore } from "../../store/memory-store.ts";
import { makeClock } from "../../store/suite/setting.ts";
import { countingMint, principal } from "../engine-world.ts";
import { noImages } from "../no-images.ts";
import { readAll } from "../read-log.ts";
import type { ScriptOptions } from "../script-harness.ts";
import type { Scene } from "./explore.ts";
import { checkLog, checkRuns } from "./invariants.ts";
import { engineOf, keepAlive, nodeA, nodeB, placeOf, run, takeOver } from "./world.ts";
import type { ActorMaker, RunPlace, World } from "./world.ts";

export interface Family {
  readonly store: Store;
  readonly parent: World;
  readonly children: readonly World[];
}

export interface FamilyParts {
  readonly childCount: number;
  readonly parentSteps: ScriptOptions["steps"];
  readonly childSteps: ScriptOptions["steps"];
  /** The children were made and not asked for anything yet. */
  readonly isUnasked?: boolean;
}

export async function makeFamily({
  childCount,
  parentSteps,
  childSteps,
  isUnasked = false,
}: FamilyParts): Promise<Family> {
  const clock = makeClock(1_700_000_000_000);
  const store = await openMemoryStore({ clock });
  await keepAlive(store);
  const ran: string[] = [];
  const bare = { store, ran, clock, steps: childSteps };
  const parentId = await begin(bare, 1, null);
  const children: World[] = [];
  for (let n = 0; n < childCount; n++) {
    children.push({ ...bare, id: await (isUnasked ? make : begin)(bare, 3 + n * 2, parentId) });
  }
  const parent = { ...bare, id: parentId, steps: parentSteps, awaits: children.map(({ id }) => id) };
  const family = { store, parent, children };
  await relayPass(family, store, { node: nodeA, seed: 9 });
  return family;
}

async function begin(bare: Omit<World, "id">, seed: number, parentId: SessionId | null): Promise<SessionId> {
  const id = await make(bare, seed, parentId);
  await ask({ ...bare, id }, bare.store, seed + 1);
  return id;
}

async function make(bare: Omit<World, "id">, seed: number, parentId: SessionId | null): Promise<SessionId> {
  const { store } = bare;
  const engine = engineOf({ ...bare, id: "" as SessionId }, store, { node: nodeA, seed });
  const parent = parentId === null ? undefined : await store.readSession(parentId);
  const startedBy = parent === undefined ? {} : { startedBy: { parent, callId: "call", task: "", networkRules: [] } };
  const made = await engine.createSession(principal, { agentId: "agt", origin: "api", ...startedBy });
  if (!made.ok) throw new Error(made.refusal.code);
  return made.value.id;
}

/** A first message, in a child as its parent's turn sends it; the turn is node A's, and whoever plays it runs it. */
async function ask(world: World, store: Store, seed: number): Promise<void> {
  const { clock, id } = world;
  const parentId = (await store.readSession(id))?.parentId ?? null;
  const asked = parentId === null ? null : ((await store.readSession(parentId))?.facts.turnId ?? null);
  // A call whose turn was stopped before it looked sends nothing.
  if (parentId !== null && asked === null) return;
  const slots = {
    reserve: () => ({ start: () => undefined, release: () => undefined }),
    nudge: () => undefined,
    isRunning: () => false,
  };
  const { commit } = engineOf(world, store, { node: nodeA, seed });
  const more = { ...noImages, runners: slots, limits: defaultLimits, onOwed: () => undefined };
  const send = makeSendMessage({ store, commit, clock, mint: countingMint(seed), node: nodeA, ...more });
  const metadata = asked === null ? {} : { metadata: { asked_by_turn_id: asked } };
  const sent = await send(principal, id, { message: { content: [{ type: "text", text: "go" }], ...metadata } });
  if (!sent.ok) expect(sent.refusal.code).toMatch(/^(not_allowed|not_found)$/);
}

/** What a relay does in one pass, one row after the other. */
export async function relayPass(family: Pick<Family, "parent">, store: Store, place: RunPlace): Promise<void> {
  const engine = engineOf(family.parent, store, place);
  const { commit, cancelTurn, controlSession } = engine;
  const mint = countingMint(place.seed + 60);
  const deps = { store, commit, clock: family.parent.clock, mint, onControl: () => undefined };
  const deliver = makeDeliver({ ...deps, cancelTurn, controlSession });
  for (const row of await store.readOutbox(0, 100)) {
    await deliver(row);
    await store.dropOutbox([row.place]);
  }
}

export type FamilyMaker = (family: Family) => ActorMaker;

export const relay =
  (seed: number, node = nodeA): FamilyMaker =>
  (family) =>
  () => ({ name: `relay${seed}`, start: (store) => relayPass(family, store, { node, seed }) });

/** An actor of the other scenes, on the parent or on a child. */
export const onParent = (maker: ActorMaker) => ({ on: "parent", maker }) as const;
export const onChild = (maker: ActorMaker, which = 0) => ({ on: "child", which, maker }) as const;

export type FamilyActor = ReturnType<typeof onParent> | ReturnType<typeof onChild> | FamilyMaker;

/** Ids of two sessions never agree, or what one tells would be taken for what the other does. */
const runnerOf =
  (seed: number): ActorMaker =>
  (world) => ({
    name: "runner",
    start: async (store) => run(world, store, { node: nodeA, seed, place: await placeOf(world) }),
  });

export const parentRunner = onParent(runnerOf(10));
export const childRunner = (which = 0) => onChild(runnerOf(12 + which * 2), which);

/** The parent's turn gives the child something to do: it has read its own session, and now it sends. */
export const asking = (seed: number) =>
  onChild((world) => ({ name: "ask", start: async (store) => ask(world, store, seed) }));

export interface FamilyScene extends FamilyParts {
  readonly actors: readonly FamilyActor[];
  /** Time that has passed before the scene begins. */
  readonly waitedMs?: number;
  /** Played to its end before the scene begins. */
  readonly before?: readonly FamilyActor[];
}

export async function familyScene(parts: FamilyScene): Promise<Scene> {
  const family = await makeFamily(parts);
  const { store, parent, children } = family;
  const all = [parent, ...children];
  for (const actor of parts.before ?? []) await actorOf(family, actor).start(store);
  parent.clock.advance(parts.waitedMs ?? 0);
  if (parts.waitedMs !== undefined) await keepAlive(store);
  return {
    store,
    grain: parts.actors.length > 2 ? "reads-as-one" : "every-call",
    actors: parts.actors.map((actor) => actorOf(family, actor)),
    digest: async () => {
      const facts = await Promise.all(all.map(({ id }) => digestOf(store, id)));
      return JSON.stringify([facts, await store.readOutbox(0, 100), await store.dueTimers(10)]);
    },
    check: async () => {
      await settle(family);
      for (const world of all) checkLog(await readAll(store, world.id));
      await checkRunsOf(family);
      await checkTold(family);
      if (parts.isUnasked === true) await checkStopped(family);
      expect(await store.dueTimers(10), "A3: a timer is left over").toEqual([]);
    },
  };
}

function actorOf(family: Family, actor: FamilyActor) {
  if (typeof actor === "function") return actor(family)(family.parent);
  const world = actor.on === "parent" ? family.parent : family.children[actor.which];
  if (world === undefined) throw new Error("There is no such child");
  const made = actor.maker(world);
  return { ...made, name: `${actor.on}${actor.on === "child" ? actor.which : ""}:${made.name}` };
}

async function digestOf(store: Store, id: SessionId) {
  const { lines } = await store.readLog({ sessionId: id, after: 0, limit: 1_000 });
  const record = await store.readSession(id);
  const queue = (await store.readQueue(id)).map(({ messageId }) => messageId);
  return [lines.map((line) => line.id), record?.head, record?.facts, record?.sums, queue];
}

const ROUNDS = 30;

/** What relay and pulse do afterwards. A wait that nobody can end any more is what this is about. */
async function settle(family: Family): Promise<void> {
  const { store, parent, children } = family;
  let late = 0;
  for (let round = 0; round < ROUNDS; round++) {
    const seed = 100 + round * 4;
    const engine = engineOf(parent, store, { node: nodeB, seed });
    await relayPass(family, store, { node: nodeB, seed: seed + 1 });
    for (const timer of await store.dueTimers(10)) await engine.fireTimer(timer);
    const [next] = await store.findOwnerless(nodeB, 1);
    const world = [parent, ...children].find(({ id }) => id === next);
    if (world !== undefined) await takeOver(seed + 2)(world).start(store);
    else if ((await store.readOutbox(0, 1)).length > 0) continue;
    else if (await areAtRest(family)) return;
    else if (++late > 2) throw new Error("A5: a wait is left that nothing but its own time can end");
    // An owner that was cancelled and does not answer is given five seconds (T6); a wait has a minute.
    else parent.clock.advance(CANCEL_DEADLINE_MS);
  }
  throw new Error("S6: work is left over that nobody can end");
}

async function areAtRest({ store, parent, children }: Family): Promise<boolean> {
  const records = await Promise.all([parent, ...children].map(({ id }) => store.readSession(id)));
  return records.every((record) => record?.facts.turn === "none");
}

async function checkRunsOf({ store, parent, children }: Family): Promise<void> {
  const logs = await Promise.all([parent, ...children].map(({ id }) => readAll(store, id)));
  checkRuns(logs.flat(), parent.ran);
}

const ENDS = new Set(["subagent.completed", "subagent.failed", "subagent.cancelled"]);

/** C4: each end of a child's turn is told once, and what it used is counted once. */
async function checkTold({ store, parent, children }: Family): Promise<void> {
  const [record, events] = [await store.readSession(parent.id), await readAll(store, parent.id)];
  const told = events.flatMap((event) => (ENDS.has(event.type) ? [(event.data as { turn_id: string }).turn_id] : []));
  expect(new Set(told).size, "C4: the end of a turn is told twice").toBe(told.length);
  const turns: unknown[] = [];
  let inputTokens = await ownTokens(store, parent.id);
  for (const { id } of children) {
    const child = await store.readSession(id);
    expect(child?.facts.turn, "C4: a child was left running").toBe("none");
    inputTokens += await ownTokens(store, id);
    const started = (await readAll(store, id)).filter(({ type }) => type === "turn.started");
    turns.push(...started.map(({ context }) => context.turn_id));
  }
  expect(new Set(told), "C4: an end of a turn was not told").toEqual(new Set(turns));
  expect(record?.sums.inputTokens, "C4: what children use is counted once").toBe(inputTokens);
}

/** T6: what a stopped parent has asked for is stopped before it is run, whichever of the two came first. */
async function checkStopped({ store, parent, children }: Family): Promise<void> {
  const isStopped = (await readAll(store, parent.id)).some(({ type }) => type === "turn.cancelled");
  const logs = await Promise.all(children.map(({ id }) => readAll(store, id)));
  const types = logs.flat().map(({ type }) => type);
  if (isStopped) expect(types, "T6: a child went on for a parent that was stopped").not.toContain("turn.completed");
}

async function ownTokens(store: Store, id: SessionId): Promise<number> {
  const events = await readAll(store, id);
  return events.filter(({ type }) => type === "llm.generation").length * 10;
}
