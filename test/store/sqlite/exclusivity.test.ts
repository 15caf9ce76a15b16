/**
 * Fifty agents contend for ten paths (W7, R10): whatever they do in whatever order, no two ever hold what only one may.
 * `SERAI_OPERATIONS=100000` tries longer; a failure prints its seed.
 */
import { expect, test } from "vitest";
import type { SessionId } from "../../../src/core/ids.ts";
import type { FeedLine } from "../../../src/core/ports/team.ts";
import type { Reservation } from "../../../src/core/team/reservation.ts";
import { seed } from "../suite/setting.ts";
import { makeScene, teamOf, wishOf } from "../suite/team-scene.ts";
import { History } from "./reservation-history.ts";
import { openSqliteSetting } from "./sqlite-setting.ts";
import type { SqliteSetting } from "./sqlite-setting.ts";

const AGENTS = 50;
const OPERATIONS = Number(process.env["SERAI_OPERATIONS"] ?? 5_000);
const PATHS = [
  "/",
  "src/",
  "src/a.ts",
  "src/b.ts",
  "src/auth/",
  "src/auth/login.ts",
  "src/auth/jwt.ts",
  "docs/",
  "docs/a.md",
  "x",
];

/** mulberry32. */
function makeRandom(start: number): (below: number) => number {
  let state = start;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

interface Counts {
  granted: number;
  held: number;
  moved: number;
  released: number;
  expired: number;
}

class Agents {
  readonly counts: Counts = { granted: 0, held: 0, moved: 0, released: 0, expired: 0 };
  readonly history = new History();
  readonly faults: string[] = [];
  readonly #setting: SqliteSetting;
  readonly #random: (below: number) => number;
  /** By the time at which its end was answered. */
  readonly #ended = new Map<string, number>();
  #left = OPERATIONS;
  #tick = 0;

  constructor(setting: SqliteSetting, random: (below: number) => number) {
    this.#setting = setting;
    this.#random = random;
  }

  async run(id: SessionId): Promise<void> {
    const own: Reservation[] = [];
    while (this.#left-- > 0) {
      this.#setting.clock.advance(this.#random(3));
      const dice = this.#random(10);
      if (dice < 6) await this.#take(id, own);
      else if (dice < 8) await this.#release(id, own);
      else if (dice < 9) await this.#renew(id, own);
      else await this.#sweep();
    }
  }

  async #take(id: SessionId, own: Reservation[]): Promise<void> {
    const random = this.#random;
    const paths = [...new Set(Array.from({ length: 1 + random(3) }, () => PATHS[random(PATHS.length)] ?? "x"))];
    const mode = random(5) === 0 ? ("shared" as const) : ("exclusive" as const);
    const wish = wishOf(id, paths, { mode, ttlMs: 1 + random(200) });
    const { store, workspaceId, mint } = this.#setting;
    const found = await store.findOverlaps(workspaceId, { ...wish, sessionId: id });
    if (found.overlaps.length > 0 && random(2) === 0)
      return this.#refused(found.overlaps.map((each) => each.reservation));
    const ids = wish.paths.map(
      ({ key }) => found.held.find(({ path }) => path.key === key)?.reservation.id ?? mint("reservation"),
    );
    const isKept = new Set(found.held.map(({ reservation }) => reservation.id));
    const fresh = ids.filter((one) => !isKept.has(one));
    const data = {
      reservation_ids: fresh,
      paths: wish.paths.filter((_, at) => fresh.includes(ids[at]!)).map(({ path }) => path),
      mode,
    };
    const events = fresh.length === 0 ? [] : [this.#setting.line("reservation.acquired", data)];
    const begun = ++this.#tick;
    const result = await store.write({ sessionId: id, events, team: { reservations: [{ kind: "take", wish, ids }] } });
    if (result.kind === "held")
      return this.#refused(
        result.overlaps.map((each) => each.reservation),
        begun,
      );
    if (result.kind === "reservations_moved") return void this.counts.moved++;
    const { granted } = teamOf(result);
    this.counts.granted++;
    this.history.saw(granted);
    own.push(...granted.filter((row) => fresh.includes(row.id)));
  }

  /** Nobody is refused for what was over before they asked. */
  #refused(rows: readonly Reservation[], begun = Infinity): void {
    this.counts.held++;
    for (const { id } of rows)
      if ((this.#ended.get(id) ?? Infinity) < begun && begun !== Infinity) this.faults.push(`refused for ${id}`);
  }

  async #release(id: SessionId, own: Reservation[]): Promise<void> {
    const row = own.splice(this.#random(Math.max(own.length, 1)), 1)[0];
    if (row === undefined) return;
    const event = this.#setting.line("reservation.released", { reservation_ids: [row.id], paths: [row.path.path] });
    const step = { kind: "release", ids: [row.id] } as const;
    const { kind } = await this.#setting.store.write({
      sessionId: id,
      events: [event],
      team: { reservations: [step] },
    });
    if (kind === "committed") this.counts.released++;
    this.#ended.set(row.id, ++this.#tick);
  }

  async #renew(id: SessionId, own: readonly Reservation[]): Promise<void> {
    const row = own[this.#random(Math.max(own.length, 1))];
    if (row === undefined) return;
    // Never nearer: the history takes the latest deadline that was ever told for the one that counts.
    const leftMs = Math.max(0, Date.parse(this.history.deadlineOf(row.id)) - this.#setting.clock.now());
    const step = { kind: "renew", ids: [row.id], ttlMs: leftMs + 1 + this.#random(100) } as const;
    const result = await this.#setting.store.write({ sessionId: id, events: [], team: { reservations: [step] } });
    if (result.kind === "committed") this.history.saw(teamOf(result).granted);
  }

  async #sweep(): Promise<void> {
    const { store } = this.#setting;
    const rows = await store.findExpired(100);
    const sessionId = rows[0]?.sessionId;
    if (sessionId === undefined) return;
    const theirs = rows.filter((row) => row.sessionId === sessionId);
    const ids = theirs.map(({ id }) => id);
    const data = { reservation_ids: ids, paths: theirs.map(({ path }) => path.path) };
    const event = this.#setting.line("reservation.expired", data);
    const step = { kind: "expire", ids } as const;
    const { kind } = await store.write({ sessionId, events: [event], team: { reservations: [step] } });
    if (kind === "committed") this.counts.expired++;
  }
}

async function readFeed({ store, workspaceId }: SqliteSetting): Promise<readonly FeedLine[]> {
  const lines: FeedLine[] = [];
  for (let after = 0; ;) {
    const page = await store.readFeed({ workspaceId, after, limit: 1_000 });
    lines.push(...page.lines.filter(({ type }) => type.startsWith("reservation.")));
    if (page.through >= page.end) return lines;
    after = page.through;
  }
}

test(
  `R10: of ${AGENTS} agents that contend for ten paths no two ever hold one (seed ${seed})`,
  { timeout: 600_000 },
  async () => {
    await using setting = await openSqliteSetting();
    const agents = new Agents(setting, makeRandom(seed));
    const ids = await Promise.all(Array.from({ length: AGENTS }, () => setting.make()));
    await Promise.all(ids.map((id) => agents.run(id)));
    const { counts, history, faults } = agents;
    const lines = await readFeed(setting);
    expect(faults).toEqual([]);
    expect(history.faultsOf(lines)).toEqual([]);
    // It was a contest: all of this has happened, and often.
    for (const count of [counts.granted, counts.held, counts.released, counts.expired]) {
      expect(count).toBeGreaterThan(OPERATIONS / 200);
    }
    expect(await makeScene(setting).heldBy(setting.mint("session"))).toEqual([]);
  },
);

test("R10: the history shows what it is there to show", async () => {
  await using setting = await openSqliteSetting();
  const [a, b] = [await setting.make(), await setting.make()];
  const history = new History();
  const acquired = (id: string, path: string) =>
    setting.line("reservation.acquired", { reservation_ids: [id], paths: [path] });
  const row = (id: string, token: number) => ({ id, token, expiresAt: "2026-01-01T12:10:00.000Z" }) as Reservation;
  history.saw([row("r1", 1), row("r2", 2), row("r3", 2)]);
  await setting.commit(setting.fact(a, { events: [acquired("r1", "src/")] }));
  await setting.commit(setting.fact(b, { events: [acquired("r2", "src/a.ts")] }));
  await setting.commit(setting.fact(b, { events: [acquired("r3", "docs/")] }));
  await setting.commit(
    setting.fact(a, { events: [setting.line("reservation.expired", { reservation_ids: ["r1"], paths: ["src/"] })] }),
  );
  expect(history.faultsOf(await readFeed(setting))).toEqual([
    "r2 beside r1",
    "r3 has token 2 after 2",
    "r1 expired too early",
  ]);
});
