/**
 * W1: one durable append over HTTP, one writer: a title (one event) and a queued message, against a bare server that does one
 * fdatasync of the same body; and the same in sessions of 1 k to 1 M events.
 *
 * Three processes: ours, the peer, and this one as the client of both. Verified: each log holds every acknowledged event once,
 * without a gap.
 */
import { join } from "node:path";
import { parseId } from "../../src/core/ids.ts";
import type { SessionId } from "../../src/core/ids.ts";
import { openSqliteStore } from "../../src/store/sqlite/store.ts";
import { startServer } from "../../test/main/server-process.ts";
import { against, told, verify } from "../bench.ts";
import type { Bench, BenchOptions, BenchResult, Row } from "../bench.ts";
import { openCalm } from "../calm.ts";
import { openChild } from "../child.ts";
import { growSession, makeFolder, mint, systemClock } from "../data-folder.ts";
import { openClient } from "../http-client.ts";
import type { HttpClient } from "../http-client.ts";
import { medianOf } from "../statistics.ts";
import { readSeqs } from "../verify-log.ts";

/** Less than the 100 messages that may wait in a session. */
const BLOCK = 80;
const WARM_UP = 300;

interface Size {
  readonly id: SessionId;
  readonly events: number;
  /** Events that the server acknowledged on top. */
  acknowledged: number;
  lastTitle: string;
  readonly patch: number[];
  readonly patchPeer: number[];
  readonly post: number[];
  readonly postPeer: number[];
}

interface Clients {
  readonly ours: HttpClient;
  readonly peer: HttpClient;
}

export const bench: Bench = { name: "http-append", run };

async function run({ isQuick, say }: BenchOptions): Promise<BenchResult> {
  await using folder = await makeFolder();
  const data = join(folder.path, "data");
  // The first start makes the workspace that the sessions belong to.
  await (await startServer({ folder: data }))[Symbol.asyncDispose]();
  const sizes = await grow(data, isQuick ? [1_000, 10_000] : [1_000, 10_000, 100_000, 1_000_000], say);
  await using server = await startServer({ folder: data });
  await using bare = await openChild({
    file: join(import.meta.dirname, "peer.ts"),
    args: [join(folder.path, "peer.log")],
  });
  using ours = openClient(server);
  using peer = openClient(bare);
  const clients = { ours, peer };
  for (const size of sizes) {
    await ours.json("POST", `/api/v1/sessions/${size.id}/pause`);
    size.acknowledged++;
  }
  await warmUp(clients, sizes);
  const calm = openCalm();
  for (let round = 0; round < (isQuick ? 3 : 9); round++) {
    for (const size of sizes) {
      await calm.moment();
      await measure(clients, size, BLOCK);
    }
  }
  for (const size of sizes) await check(ours, size);
  return { rows: rowsOf(sizes), notes: [noteOf(sizes), calm.told()] };
}

async function grow(data: string, counts: readonly number[], say: BenchOptions["say"]): Promise<Size[]> {
  await using store = await openSqliteStore({ folder: data, clock: systemClock });
  const { records } = await store.listRecords({ kind: "workspace", limit: 1 });
  const workspaceId = parseId("workspace", records[0]?.id ?? "");
  if (workspaceId === undefined) throw new Error("The first start made no workspace");
  const sizes: Size[] = [];
  for (const events of counts) {
    const id = mint("session");
    await growSession(store, { id, workspaceId, events });
    say(`a session of ${events} events is there`);
    sizes.push({ id, events, acknowledged: 0, lastTitle: "", patch: [], patchPeer: [], post: [], postPeer: [] });
  }
  return sizes;
}

async function warmUp(clients: Clients, sizes: readonly Size[]): Promise<void> {
  for (let done = 0; done < WARM_UP; done += BLOCK) for (const size of sizes) await measure(clients, size, BLOCK);
  for (const { patch, patchPeer, post, postPeer } of sizes) {
    for (const figures of [patch, patchPeer, post, postPeer]) figures.length = 0;
  }
}

/** One block of each kind, request by request in turn with the peer. */
async function measure(clients: Clients, size: Size, count: number): Promise<void> {
  const path = `/api/v1/sessions/${size.id}`;
  const patches = await alternate(clients, count, (at) => {
    size.lastTitle = `title ${size.acknowledged + at}`;
    return { method: "PATCH", path, body: { title: size.lastTitle } };
  });
  size.patch.push(patches.ours);
  size.patchPeer.push(patches.peer);
  const posts = await alternate(clients, count, (at) => {
    const message = { content: [{ type: "text", text: `message ${at}: please look at the failing test` }] };
    return { method: "POST", path: `${path}/messages`, body: { message, when_busy: "queue" } };
  });
  size.post.push(posts.ours);
  size.postPeer.push(posts.peer);
  size.acknowledged += 2 * count + (await emptyQueue(clients.ours, path));
}

interface Request {
  readonly method: string;
  readonly path: string;
  readonly body: unknown;
}

async function alternate({ ours, peer }: Clients, count: number, requestOf: (at: number) => Request) {
  const times = { ours: [] as number[], peer: [] as number[] };
  for (let at = 0; at < count; at++) {
    const { method, path, body } = requestOf(at);
    times.ours.push(await timeOf(ours, { method, path, body }));
    times.peer.push(await timeOf(peer, { method, path, body }));
  }
  return { ours: medianOf(times.ours), peer: medianOf(times.peer) };
}

async function timeOf(client: HttpClient, { method, path, body }: Request): Promise<number> {
  const startedAt = performance.now();
  const { status, text } = await client.send(method, path, body);
  const took = performance.now() - startedAt;
  verify(status === 200 || status === 201, `${method} ${path} answered ${status}: ${text}`);
  return took;
}

async function emptyQueue(ours: HttpClient, path: string): Promise<number> {
  const { data } = await ours.json<{ data: readonly { id: string }[] }>("GET", `${path}/queue`);
  for (const { id } of data) await ours.json("DELETE", `${path}/queue/${id}`);
  return data.length;
}

async function check(ours: HttpClient, size: Size): Promise<void> {
  const { title } = await ours.json<{ title: string }>("GET", `/api/v1/sessions/${size.id}`);
  verify(title === size.lastTitle, `the session of ${size.events} shows the title "${title}", not "${size.lastTitle}"`);
  const seqs = await readSeqs(ours, size.id, size.events);
  verify(
    seqs.length === size.acknowledged,
    `${size.acknowledged} events were acknowledged and ${seqs.length} are there`,
  );
  verify(
    seqs.every((seq, at) => seq === size.events + 1 + at),
    "the log has a gap or a repeat",
  );
}

function rowsOf(sizes: readonly Size[]): Row[] {
  const smallest = sizes[0];
  const largest = sizes.at(-1);
  if (smallest === undefined || largest === undefined) throw new Error("There are no sizes");
  const bar = { text: "≤ 2 × http + fdatasync", most: 2 };
  const flat = { text: "≤ 1.5 × the smallest", most: 1.5 };
  const names = `${smallest.events} → ${largest.events} events`;
  return [
    against({ what: "PATCH title, p50", unit: "ms", ours: smallest.patch, peer: smallest.patchPeer }, bar),
    against({ what: "POST queued message, p50", unit: "ms", ours: smallest.post, peer: smallest.postPeer }, bar),
    against({ what: `PATCH, ${names}`, unit: "ms", ours: largest.patch, peer: smallest.patch }, flat),
    against({ what: `POST, ${names}`, unit: "ms", ours: largest.post, peer: smallest.post }, flat),
    ...sizes.map(({ events, patch, patchPeer }) =>
      told({ what: `PATCH at ${events} events`, unit: "ms", ours: patch, peer: patchPeer }),
    ),
  ];
}

function noteOf(sizes: readonly Size[]): string {
  const events = sizes.reduce((sum, { acknowledged }) => sum + acknowledged, 0);
  return `p50 of blocks of ${BLOCK}; peer: bare node:http + write + fdatasync of the body; ${events} events verified in the logs`;
}
