/**
 * W6 and W7 at the store's port: a check and a take with 10 to 100,000 reservations in the repository, and how long after
 * its deadline a path is the next one's.
 */
import { join } from "node:path";
import type { SessionId } from "../../src/core/ids.ts";
import type { Store } from "../../src/core/ports/store.ts";
import { openSqliteStore } from "../../src/store/sqlite/store.ts";
import { against, told, verify, within } from "../bench.ts";
import type { BenchOptions, Row } from "../bench.ts";
import { openCalm } from "../calm.ts";
import { makeFolder, mint, systemClock } from "../data-folder.ts";
import { medianOf } from "../statistics.ts";
import { fill, makeSession, pathAt, take, wishOf } from "./fill.ts";

const SAMPLES = 300;
const workspaceId = mint("workspace");

/** A store with so many reservations, and what was measured there. */
interface Stage {
  readonly held: number;
  readonly store: Store;
  readonly asker: SessionId;
  readonly check: number[];
  readonly take: number[];
  readonly commit: number[];
}

export async function measureAtPort(options: BenchOptions): Promise<readonly Row[]> {
  await using folder = await makeFolder();
  await using stores = new AsyncDisposableStack();
  const stages: Stage[] = [];
  for (const held of options.isQuick ? [10, 1_000] : [10, 1_000, 10_000, 100_000]) {
    const store = stores.use(await openSqliteStore({ folder: join(folder.path, String(held)), clock: systemClock }));
    stages.push(await openStage(store, held));
  }
  await measureStages(stages, options);
  const [smallest] = stages;
  if (smallest === undefined) throw new Error("There are no stages");
  return [...rowsOf(stages), await expiryRow(smallest.store, options)];
}

async function openStage(store: Store, held: number): Promise<Stage> {
  const [holder, asker] = [await makeSession(store, workspaceId), await makeSession(store, workspaceId)];
  await fill(store, holder, { from: 0, to: held });
  return { held, store, asker, check: [], take: [], commit: [] };
}

/** All of them in each round, so that what else the machine does falls on all. */
async function measureStages(stages: readonly Stage[], { isQuick, say }: BenchOptions): Promise<void> {
  const calm = openCalm();
  for (let round = 0; round <= (isQuick ? 2 : 7); round++) {
    await calm.moment();
    for (const stage of stages) {
      const figures = await measureRound(stage);
      // The first round warms the compiler and the page cache.
      if (round > 0) for (const name of ["check", "take", "commit"] as const) stage[name].push(figures[name]);
    }
  }
  for (const { held, check, take } of stages) {
    say(`${held} held: check ${medianOf(check).toFixed(1)} µs, take ${medianOf(take).toFixed(0)} µs`);
  }
}

/** Medians in microseconds, of calls one after the other and in turn. */
async function measureRound({ store, asker, held }: Stage) {
  const times = { check: [] as number[], take: [] as number[], commit: [] as number[] };
  for (let at = 0; at < SAMPLES; at++) {
    const path = pathAt(Math.floor(Math.random() * held));
    times.check.push(
      await microseconds(async () => {
        const found = await store.findOverlaps(workspaceId, { ...wishOf(asker, [path]), sessionId: asker });
        verify(found.overlaps.length === 1, `${path} was not seen to be held`);
      }),
    );
    const free = `src/part-${at % 97}/free/area/${mint("call")}.ts`;
    times.take.push(await microseconds(() => take(store, asker, wishOf(asker, [free], 60_000))));
    times.commit.push(await microseconds(() => commitOne(store, asker)));
  }
  await giveBack(store, asker);
  return { check: medianOf(times.check), take: medianOf(times.take), commit: medianOf(times.commit) };
}

async function microseconds(work: () => Promise<void>): Promise<number> {
  const startedAt = performance.now();
  await work();
  return (performance.now() - startedAt) * 1_000;
}

/** What a take owes anyway: one event, committed. */
async function commitOne(store: Store, sessionId: SessionId): Promise<void> {
  const event = { id: mint("event"), type: "note.taken", contextJson: "{}", dataJson: `{"text":"${"x".repeat(150)}"}` };
  verify((await store.write({ sessionId, events: [event] })).kind === "committed", "a commit was refused");
}

async function giveBack(store: Store, sessionId: SessionId): Promise<void> {
  await store.write({ sessionId, events: [], team: { reservations: [{ kind: "release_all" }] } });
}

function rowsOf(stages: readonly Stage[]): readonly Row[] {
  const [smallest, largest] = [stages[0], stages.at(-1)];
  if (smallest === undefined || largest === undefined) throw new Error("There are no stages");
  const names = `${smallest.held} → ${largest.held} reservations`;
  const flat = { text: "≤ 1.5 × the smallest", most: 1.5 };
  const unit = "µs";
  return [
    against({ what: `W6 check at the port, ${names}`, unit, ours: largest.check, peer: smallest.check }, flat),
    against({ what: `W6 take at the port, ${names}`, unit, ours: largest.take, peer: smallest.take }, flat),
    told({
      what: `W6 take at the port ÷ one commit, ${largest.held} reservations`,
      unit,
      ours: largest.take,
      peer: largest.commit,
    }),
  ];
}

const POLL_UNTIL_MS = 2_000;

/** From the deadline that the holder was told, to the first check that finds the path free. */
async function expiryRow(store: Store, { isQuick }: BenchOptions): Promise<Row> {
  const [holder, asker] = [await makeSession(store, workspaceId), await makeSession(store, workspaceId)];
  const errors: number[] = [];
  for (let round = 0; round < (isQuick ? 3 : 20); round++) {
    const path = `expiry/${round}.ts`;
    await take(store, holder, wishOf(holder, [path], 100 + round * 7));
    const row = (await store.listReservations({ workspaceId, sessionId: holder, limit: 1 }))[0];
    const deadline = Date.parse(row?.expiresAt ?? "");
    const giveUpAt = performance.now() + POLL_UNTIL_MS;
    for (;;) {
      const { overlaps } = await store.findOverlaps(workspaceId, { ...wishOf(asker, [path]), sessionId: asker });
      if (overlaps.length === 0) break;
      verify(performance.now() < giveUpAt, `${path} is still held long after its deadline`);
    }
    errors.push(Math.abs(Date.now() - deadline));
  }
  return within(
    { what: "W7 a path is free after its deadline", unit: "ms", ours: [Math.max(...errors)] },
    { text: "< 100 ms", most: 100 },
  );
}
