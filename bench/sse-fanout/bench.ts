/**
 * W3: one session, many viewers: CPU per delivered frame, latency and memory against bare `ServerResponse.write` of the
 * same bytes. W4: many sessions that stream text to one viewer each. Four processes: ours, the limit, and the readers of each; rounds take turns. Verified: every viewer got
 * every event once, in order.
 */
import { once } from "node:events";
import { join } from "node:path";
import { against, told, verify, within } from "../bench.ts";
import type { Bench, BenchOptions, BenchResult, Row } from "../bench.ts";
import { openChild } from "../child.ts";
import type { Child } from "../child.ts";
import { quantileOf } from "../statistics.ts";
import type { Published } from "./publisher.ts";
import type { Told } from "./readers.ts";

export const bench: Bench = { name: "sse-fanout", run };

interface Load {
  /** A session of its own for each viewer, and a text that grows in each. */
  readonly isText?: boolean;
  readonly viewers: number;
  readonly perSecond: number;
  readonly events: number;
  readonly rounds: number;
}

const MICROSECONDS = "µs";

async function run({ isQuick, say }: BenchOptions): Promise<BenchResult> {
  const loads: readonly Load[] = isQuick
    ? [
        { viewers: 200, perSecond: 20, events: 40, rounds: 2 },
        { isText: true, viewers: 200, perSecond: 20, events: 40, rounds: 2 },
      ]
    : [
        { viewers: 1_000, perSecond: 10, events: 60, rounds: 7 },
        { viewers: 10_000, perSecond: 2, events: 12, rounds: 7 },
        { isText: true, viewers: 1_000, perSecond: 10, events: 60, rounds: 7 },
      ];
  const rows: Row[] = [];
  for (const load of loads) rows.push(...(await measure(load, say)));
  return {
    rows,
    notes: ["Readers and both servers share the cores, so latency is mostly that of the queue for them."],
  };
}

interface Side {
  readonly server: Child;
  readonly readers: Child;
  readonly cpu: number[];
  readonly p50: number[];
  readonly p99: number[];
  readonly idle: Published;
  readonly live: number[];
  readonly resident: number[];
}

async function measure(load: Load, say: BenchOptions["say"]): Promise<readonly Row[]> {
  await using ours = await openSide("serai-server.ts", load);
  await using raw = await openSide("raw-server.ts", load);
  say(`${load.viewers} viewers are there, of each`);
  const warmUp = { ...load, events: Math.ceil(load.events / 3) };
  for (const side of [ours, raw]) await publish(side, warmUp);
  for (const side of [ours, raw]) for (const figures of figuresOf(side)) figures.length = 0;
  for (let round = 0; round < load.rounds; round++) {
    const order = round % 2 === 0 ? [ours, raw] : [raw, ours];
    for (const side of order) await publish(side, load);
    say(
      `round ${round + 1}: ${(ours.cpu.at(-1) ?? 0).toFixed(1)} against ${(raw.cpu.at(-1) ?? 0).toFixed(1)} µs a frame`,
    );
  }
  if (load.isText === true) return [textRow(load, { ours, raw })];
  const name = `${load.viewers} viewers × ${load.perSecond}/s`;
  const bars = { cpu: "CPU ≤ 1.3 × raw", p99: "p99 ≤ 1.5 × raw" };
  return [
    against(
      { what: `${name}: CPU per delivered frame`, unit: MICROSECONDS, ours: ours.cpu, peer: raw.cpu },
      { text: bars.cpu, most: 1.3 },
    ),
    against({ what: `${name}: p99`, unit: MICROSECONDS, ours: ours.p99, peer: raw.p99 }, { text: bars.p99, most: 1.5 }),
    told({ what: `${name}: p50`, unit: MICROSECONDS, ours: ours.p50, peer: raw.p50 }),
    within(
      { what: `${name}: living memory per viewer beyond raw`, unit: "KB", ours: beyond(ours.live, raw.live) },
      { text: "≤ raw + 6 KB", most: 6 },
    ),
    told({ what: `${name}: resident memory per viewer`, unit: "KB", ours: ours.resident, peer: raw.resident }),
  ];
}

function figuresOf({ cpu, p50, p99, live, resident }: Side): readonly number[][] {
  return [cpu, p50, p99, live, resident];
}

function beyond(ours: readonly number[], raw: readonly number[]): readonly number[] {
  return ours.map((value, round) => value - (raw[round] ?? Number.NaN));
}

/** W4. */
function textRow({ viewers, perSecond }: Load, { ours, raw }: { readonly ours: Side; readonly raw: Side }): Row {
  const what = `${viewers} sessions stream text × ${perSecond}/s: CPU per frame`;
  const bar = { text: "CPU ≤ 2 × raw", most: 2 };
  return against({ what, unit: MICROSECONDS, ours: ours.cpu, peer: raw.cpu }, bar);
}

async function openSide(file: string, { viewers, isText = false }: Load): Promise<Side & AsyncDisposable> {
  const execArgv = ["--expose-gc"];
  const server = await openChild({ file: join(import.meta.dirname, file), args: isText ? ["text"] : [], execArgv });
  const readers = await openChild({ file: join(import.meta.dirname, "readers.ts") });
  const idle = await ask<Published>(server, { kind: "publish", count: 1, perSecond: 1_000 });
  const opened = await ask<Told>(readers, { kind: "open", url: server.url, count: viewers });
  verify(opened.open === viewers, `${opened.open} of ${viewers} readers came in`);
  return {
    server,
    readers,
    idle,
    cpu: [],
    p50: [],
    p99: [],
    live: [],
    resident: [],
    async [Symbol.asyncDispose]() {
      await readers[Symbol.asyncDispose]();
      await server[Symbol.asyncDispose]();
    },
  };
}

async function publish(side: Side, { viewers, events, perSecond }: Load): Promise<void> {
  const published = await ask<Published>(side.server, { kind: "publish", count: events, perSecond });
  const got = await ask<Told>(side.readers, { kind: "tell" });
  verify(got.events === viewers * events, `${got.events} events came of ${viewers * events}`);
  verify(got.broken === 0, `${got.broken} readers missed an event`);
  side.cpu.push(published.cpuMicroseconds / (viewers * events));
  side.p50.push(quantileOf(got.latencies, 0.5));
  side.p99.push(quantileOf(got.latencies, 0.99));
  side.live.push((published.liveBytes - side.idle.liveBytes) / 1_024 / viewers);
  side.resident.push((published.rssBytes - side.idle.rssBytes) / 1_024 / viewers);
}

async function ask<T>({ process: child }: Child, question: object): Promise<T> {
  const answered = once(child, "message");
  child.send(question);
  const [answer] = await answered;
  return answer as T;
}
