/**
 * W5: many viewers come back at once, each many events behind, against the same bytes from memory; meanwhile one writer
 * appends to another session. The whole server over SQLite. Verified: every viewer got every event once, in order.
 */
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parseId } from "../../src/core/ids.ts";
import { openSqliteStore } from "../../src/store/sqlite/store.ts";
import { startServer } from "../../test/main/server-process.ts";
import { against, told, verify, within } from "../bench.ts";
import type { Bench, BenchOptions, BenchResult, Row } from "../bench.ts";
import { openChild } from "../child.ts";
import type { Child } from "../child.ts";
import { growSession, makeFolder, mint, systemClock } from "../data-folder.ts";
import { openClient } from "../http-client.ts";
import type { HttpClient } from "../http-client.ts";
import type { Told } from "../sse-fanout/readers.ts";
import { quantileOf } from "../statistics.ts";

export const bench: Bench = { name: "sse-catch-up", run };

interface Load {
  readonly viewers: number;
  readonly behind: number;
  readonly rounds: number;
}

async function run({ isQuick, say }: BenchOptions): Promise<BenchResult> {
  const loads: readonly Load[] = isQuick
    ? [{ viewers: 50, behind: 500, rounds: 2 }]
    : [
        { viewers: 1_000, behind: 1_000, rounds: 5 },
        { viewers: 9_000, behind: 100, rounds: 5 },
      ];
  await using folder = await makeFolder();
  const data = join(folder.path, "data");
  await (await startServer({ folder: data }))[Symbol.asyncDispose]();
  const events = 2_000;
  const [id, other] = await grow(data, events);
  await using server = await startServer({ folder: data });
  using client = openClient(server);
  const frames = await framesOf(server, `${server.url}/api/v1/sessions/${id}/sse?after_seq=0`, events);
  const place: Place = { server, client, id, other, events, frames };
  const rows: Row[] = [];
  for (const load of loads) rows.push(...(await measure(place, load, say)));
  return { rows, notes: ["Readers take as much CPU as the server, on the same cores."] };
}

interface Place {
  readonly server: Awaited<ReturnType<typeof startServer>>;
  readonly client: HttpClient;
  readonly id: string;
  readonly other: string;
  readonly events: number;
  readonly frames: readonly string[];
}

async function grow(data: string, events: number): Promise<readonly [string, string]> {
  await using store = await openSqliteStore({ folder: data, clock: systemClock });
  const { records } = await store.listRecords({ kind: "workspace", limit: 1 });
  const workspaceId = parseId("workspace", records[0]?.id ?? "");
  if (workspaceId === undefined) throw new Error("The first start made no workspace");
  const ids = [mint("session"), mint("session")] as const;
  await growSession(store, { id: ids[0], workspaceId, events });
  await growSession(store, { id: ids[1], workspaceId, events: 1 });
  return ids;
}

/** The frames as the server sends them, for the limit to send the same. */
async function framesOf({ key }: { readonly key: string }, url: string, events: number): Promise<readonly string[]> {
  const abort = new AbortController();
  const response = await fetch(url, { headers: { authorization: `Bearer ${key}` }, signal: abort.signal });
  let text = "";
  const decoder = new TextDecoder();
  for await (const chunk of response.body ?? []) {
    text += decoder.decode(chunk, { stream: true });
    if (text.includes(`"sequence":${events},`)) break;
  }
  abort.abort();
  return text.split(/(?<=\n\n)/).filter((frame) => frame.includes('"sequence":'));
}

async function measure(place: Place, load: Load, say: BenchOptions["say"]): Promise<readonly Row[]> {
  const { server, events, id, frames } = place;
  const name = `${load.viewers} viewers, ${load.behind} events behind`;
  const figures = {
    ours: [] as number[],
    peer: [] as number[],
    cpu: [] as number[],
    p99: [] as number[],
    calm: [] as number[],
  };
  await using memory = await openChild({ file: join(import.meta.dirname, "memory-server.ts") });
  await ask(memory, { frames: frames.slice(-load.behind) });
  const url = `${server.url}/api/v1/sessions/${id}/sse?deltas=false&after_seq=${events - load.behind}`;
  for (let round = 0; round < load.rounds; round++) {
    figures.calm.push(quantileOf(await appendFor(place, 1_500), 0.99));
    const peer = await comeBack({ url: memory.url, key: "none", load });
    const before = cpuMicroseconds(server.child.pid ?? 0);
    const append = new AbortController();
    const appending = appendFor(place, 60_000, append.signal);
    const ours = await comeBack({ url, key: server.key, load });
    append.abort();
    figures.p99.push(quantileOf(await appending, 0.99));
    figures.ours.push(ours);
    figures.peer.push(peer);
    figures.cpu.push((cpuMicroseconds(server.child.pid ?? 0) - before) / (load.viewers * load.behind));
    say(
      `round ${round + 1}: ${ours.toFixed(2)} s against ${peer.toFixed(2)} s, ${(figures.cpu.at(-1) ?? 0).toFixed(2)} µs an event`,
    );
  }
  return [
    within(
      { what: `${name}: until all are there`, unit: "s", ours: figures.ours, peer: figures.peer },
      { text: "≤ 3 s", most: 3 },
    ),
    within(
      { what: `${name}: CPU per event, all of the server's`, unit: "µs", ours: figures.cpu },
      { text: "≤ 2 µs", most: 2 },
    ),
    against(
      { what: `${name}: p99 of appends meanwhile, against calm`, unit: "ms", ours: figures.p99, peer: figures.calm },
      { text: "≤ 3 × calm", most: 3 },
    ),
    told({ what: `${name}: the same bytes from memory`, unit: "s", ours: figures.peer }),
  ];
}

/** Seconds from the first connection until the last viewer has its last event. */
async function comeBack({ url, key, load }: { url: string; key: string; load: Load }): Promise<number> {
  await using readers = await openChild({ file: join(import.meta.dirname, "../sse-fanout/readers.ts") });
  const startedAt = performance.now();
  let got = await ask<Told>(readers, { kind: "open", url, count: load.viewers, key });
  let events = got.events;
  while (events < load.viewers * load.behind && performance.now() - startedAt < 60_000) {
    await new Promise((resolve) => setTimeout(resolve, 20));
    got = await ask<Told>(readers, { kind: "tell" });
    events += got.events;
  }
  const seconds = (performance.now() - startedAt) / 1_000;
  verify(events === load.viewers * load.behind, `${events} events came of ${load.viewers * load.behind}`);
  verify(got.broken === 0, `${got.broken} readers missed an event or got one twice`);
  return seconds;
}

/** Milliseconds of each append, one after the other, at most 50 a second. */
async function appendFor({ client, other }: Place, forMs: number, signal?: AbortSignal): Promise<readonly number[]> {
  const took: number[] = [];
  const startedAt = performance.now();
  while (performance.now() - startedAt < forMs && signal?.aborted !== true) {
    const before = performance.now();
    await client.json("PATCH", `/api/v1/sessions/${other}`, { title: `t${took.length}` });
    took.push(performance.now() - before);
    await new Promise((resolve) => setTimeout(resolve, Math.max(0, 20 - (performance.now() - before))));
  }
  return took;
}

/** User and system time of a process and its threads; a tick of the kernel is 10 ms. */
function cpuMicroseconds(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) * 10_000;
}

async function ask<T>({ process: child }: Child, question: object): Promise<T> {
  const answered = once(child, "message");
  child.send(question);
  const [answer] = await answered;
  return answer as T;
}
