/**
 * Walks every interleaving of some actors over one store. An actor is real code of the engine; each call it makes to
 * the store is one step, and between two steps everything else has come to rest. A state that was seen before (the same
 * store, and every actor having had the same answers so far) is not walked again, so the walk is exhaustive and ends.
 */
import { createHash } from "node:crypto";
import type { Store } from "../../../src/core/ports/store.ts";

export interface Actor {
  readonly name: string;
  /** Runs to its end over its own view of the store. */
  readonly start: (store: Store) => Promise<unknown>;
}

/**
 * every-call  each call is a step
 * reads-as-one  the reads between two writes are one step: what was read may still be stale when it is written upon,
 *               which is where races live, but the reads of one decision see one moment. For scenes of three actors.
 */
export type Grain = "every-call" | "reads-as-one";

export interface Scene {
  readonly store: Store;
  readonly grain: Grain;
  readonly actors: readonly Actor[];
  /** Everything that decides how the store will answer, as text. */
  readonly digest: () => Promise<string>;
  /** After every actor has ended. Throws when something is wrong. */
  readonly check: () => Promise<void>;
}

export interface Explored {
  readonly schedules: number;
  readonly states: number;
}

interface Waiting {
  readonly resume: () => void;
}

interface Playing {
  readonly name: string;
  readonly trace: ReturnType<typeof createHash>;
  waiting: Waiting | null;
  isDone: boolean;
  failure: unknown;
}

/** Plays all schedules; `make` builds a fresh scene for each, always the same way. */
export async function explore(make: () => Promise<Scene>, limit: number): Promise<Explored> {
  const seen = new Set<string>();
  const open: (readonly number[])[] = [[]];
  let schedules = 0;
  for (let prefix = open.pop(); prefix !== undefined; prefix = open.pop()) {
    if (++schedules > limit) throw new Error(`More than ${limit} schedules; make the scene smaller`);
    open.push(...(await play(await make(), prefix, seen)));
  }
  return { schedules, states: seen.size };
}

/** Follows a prefix, then always the first actor that can move; gives the prefixes of the roads not taken. */
async function play(
  scene: Scene,
  prefix: readonly number[],
  seen: Set<string>,
): Promise<readonly (readonly number[])[]> {
  const players = scene.actors.map((actor) => enter(actor, scene));
  const taken: number[] = [];
  const branches: number[][] = [];
  for (;;) {
    await settle();
    const ready = players.flatMap((player, index) => (player.waiting === null ? [] : [index]));
    if (ready.length === 0) break;
    const isFree = taken.length >= prefix.length;
    if (isFree) {
      const key = await stateKey(scene, players);
      if (seen.has(key)) return branches;
      seen.add(key);
      for (const other of ready.slice(1)) branches.push([...taken, other]);
    }
    const next = isFree ? ready[0] : prefix[taken.length];
    if (next === undefined) throw new Error("The schedule names nobody");
    taken.push(next);
    step(players[next], taken);
  }
  await finish(scene, players, taken);
  return branches;
}

function step(player: Playing | undefined, taken: readonly number[]): void {
  const waiting = player?.waiting;
  if (player === undefined || waiting === null || waiting === undefined) {
    throw new Error(`Schedule ${taken.join("")} asks an actor to move that cannot; the scene is not deterministic`);
  }
  player.waiting = null;
  waiting.resume();
}

async function finish(scene: Scene, players: readonly Playing[], taken: readonly number[]): Promise<void> {
  const schedule = taken.map((index) => players[index]?.name).join(" ");
  try {
    for (const { name, isDone, failure } of players) {
      if (failure !== undefined) throw new Error(`${name} failed`, { cause: failure });
      if (!isDone) throw new Error(`${name} never ended`);
    }
    await scene.check();
  } catch (cause) {
    throw new Error(`Broken by the schedule: ${schedule}`, { cause });
  }
}

function enter(actor: Actor, { store, grain }: Scene): Playing {
  const player: Playing = {
    name: actor.name,
    trace: createHash("sha1"),
    waiting: null,
    isDone: false,
    failure: undefined,
  };
  actor.start(gated(store, player, grain)).then(
    () => (player.isDone = true),
    (failure: unknown) => (player.failure = failure ?? new Error("Failed without a reason")),
  );
  return player;
}

/** The store, with each call held back until the schedule lets it through. */
function gated(store: Store, player: Playing, grain: Grain): Store {
  let isReading = false;
  const turn = () => new Promise<void>((resume) => (player.waiting = { resume }));
  return new Proxy(store, {
    get(target, name, receiver) {
      const method: unknown = Reflect.get(target, name, receiver);
      if (typeof method !== "function") return method;
      return async (...args: readonly unknown[]) => {
        const isRead = name !== "write";
        if (grain === "every-call" || !isRead || !isReading) await turn();
        isReading = isRead;
        const answer: unknown = await Reflect.apply(method, target, args);
        player.trace.update(`${String(name)} ${JSON.stringify(answer) ?? "nothing"}\n`);
        return answer;
      };
    },
  });
}

async function stateKey(scene: Scene, players: readonly Playing[]): Promise<string> {
  const traces = players.map(({ trace, waiting }) => `${trace.copy().digest("base64")}${waiting === null ? "." : "?"}`);
  return createHash("sha1")
    .update(`${await scene.digest()}\n${traces.join("\n")}`)
    .digest("base64");
}

/** Lets everything that does not wait for the store come to rest. */
function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
