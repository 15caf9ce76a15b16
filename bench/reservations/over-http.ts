/**
 * The native routes over HTTP, with 100,000 reservations in the repository: a check that is denied, a take of what is mine
 * already, and a take of what is free, beside a bare server that answers, and one that waits for one fdatasync before it does.
 */
import { join } from "node:path";
import { parseId } from "../../src/core/ids.ts";
import { openSqliteStore } from "../../src/store/sqlite/store.ts";
import { startServer } from "../../test/main/server-process.ts";
import { told, verify } from "../bench.ts";
import type { BenchOptions, Row } from "../bench.ts";
import { openCalm } from "../calm.ts";
import { openChild } from "../child.ts";
import { makeFolder, systemClock } from "../data-folder.ts";
import { openClient } from "../http-client.ts";
import type { HttpClient } from "../http-client.ts";
import { medianOf } from "../statistics.ts";
import { fill, makeSession, pathAt } from "./fill.ts";

const BLOCK = 150;
const place = { repository: { origin: "git@github.com:acme/app.git", root: "/w/app", branch: "main" } };

interface Clients {
  readonly ours: HttpClient;
  readonly bare: HttpClient;
  /** Bare, and one fdatasync. */
  readonly synced: HttpClient;
}

const kinds = ["check", "mine", "take", "bare", "synced"] as const;
type Times = Readonly<Record<(typeof kinds)[number], number[]>>;

export async function measureOverHttp(
  options: BenchOptions,
): Promise<{ readonly rows: readonly Row[]; readonly note: string }> {
  await using folder = await makeFolder();
  const data = join(folder.path, "data");
  await (await startServer({ folder: data }))[Symbol.asyncDispose]();
  const held = options.isQuick ? 1_000 : 100_000;
  await prepare(data, held);
  await using server = await startServer({ folder: data });
  await using answering = await openChild({ file: join(import.meta.dirname, "peer.ts"), args: [] });
  await using syncing = await openChild({
    file: join(import.meta.dirname, "../http-append/peer.ts"),
    args: [join(folder.path, "peer.log")],
  });
  using ours = openClient(server);
  using bare = openClient(answering);
  using synced = openClient(syncing);
  const calm = openCalm();
  const times = await measure({ ours, bare, synced }, { held, rounds: options.isQuick ? 2 : 7, calm });
  return { rows: rowsOf(times, held), note: calm.told() };
}

/** A holder of another session has everything. */
async function prepare(data: string, held: number): Promise<void> {
  await using store = await openSqliteStore({ folder: data, clock: systemClock });
  const { records } = await store.listRecords({ kind: "workspace", limit: 1 });
  const workspaceId = parseId("workspace", records[0]?.id ?? "");
  if (workspaceId === undefined) throw new Error("The first start made no workspace");
  await fill(store, await makeSession(store, workspaceId), { from: 0, to: held });
}

interface Measuring {
  readonly held: number;
  readonly rounds: number;
  readonly calm: ReturnType<typeof openCalm>;
}

async function measure(clients: Clients, { held, rounds, calm }: Measuring): Promise<Times> {
  const times: Times = { check: [], mine: [], take: [], bare: [], synced: [] };
  const { id } = await clients.ours.json<{ id: string }>("POST", "/api/v1/sessions", { harness_name: "generic" });
  const mine = { session_id: id, paths: ["mine/a.ts"], ttl_ms: 7_200_000, ...place };
  await clients.ours.json("POST", "/api/v1/reservations", mine);
  for (let round = 0; round <= rounds; round++) {
    await calm.moment();
    const block = await measureBlock(clients, { held, id, mine, round });
    if (round > 0) for (const kind of kinds) times[kind].push(medianOf(block[kind]));
  }
  return times;
}

interface Block {
  readonly held: number;
  readonly id: string;
  readonly mine: object;
  readonly round: number;
}

async function measureBlock({ ours, bare, synced }: Clients, { held, id, mine, round }: Block): Promise<Times> {
  const block: Times = { check: [], mine: [], take: [], bare: [], synced: [] };
  for (let at = 0; at < BLOCK; at++) {
    const asked = { session_id: id, paths: [pathAt(Math.floor(Math.random() * held))], ...place };
    const free = { session_id: id, paths: [`free/${round}/${at}.ts`], ttl_ms: 60_000, ...place };
    block.check.push(await timeOf(ours, "/api/v1/reservations/check", asked, '"deny"'));
    block.bare.push(await timeOf(bare, "/", asked, "deny"));
    block.mine.push(await timeOf(ours, "/api/v1/reservations", mine, "mine/a.ts"));
    block.take.push(await timeOf(ours, "/api/v1/reservations", free, "free/"));
    block.synced.push(await timeOf(synced, "/", free, "free/"));
  }
  await ours.json("POST", "/api/v1/reservations/release", { session_id: id, paths: ["free/"], ...place });
  return block;
}

async function timeOf(client: HttpClient, path: string, body: unknown, expected: string): Promise<number> {
  const startedAt = performance.now();
  const { status, text } = await client.send("POST", path, body);
  const took = performance.now() - startedAt;
  verify(status < 300 && text.includes(expected), `${path} answered ${status}: ${text.slice(0, 300)}`);
  return took;
}

/** W6 is about hooks (`../hooks`); for these routes there is no bar. */
function rowsOf({ check, mine, take, bare, synced }: Times, held: number): readonly Row[] {
  const unit = "ms";
  return [
    told({
      what: `Check that is denied over HTTP, ${held} reservations, beside bare, p50`,
      unit,
      ours: check,
      peer: bare,
    }),
    told({ what: "Take of what is mine already over HTTP, beside bare, p50", unit, ours: mine, peer: bare }),
    told({
      what: "Take of what is free over HTTP, beside bare with one fdatasync, p50",
      unit,
      ours: take,
      peer: synced,
    }),
    told({ what: "Bare answer with one fdatasync, beside without", unit, ours: synced, peer: bare }),
  ];
}
