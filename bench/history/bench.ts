/**
 * A long history is opened, paged and followed as fast as a short one: sessions of 100 to 100,000 events in one store, each
 * operation asked of all of them in turn, so that what else the machine does falls on all sizes. Every page is verified: so
 * many events, in place. What is told is the largest over the smallest of a round.
 */
import { join } from "node:path";
import { startServer } from "../../test/main/server-process.ts";
import type { ServerProcess } from "../../test/main/server-process.ts";
import { against, told, verify } from "../bench.ts";
import type { Bench, BenchOptions, BenchResult, Row } from "../bench.ts";
import { openCalm } from "../calm.ts";
import { makeFolder } from "../data-folder.ts";
import { openClient } from "../http-client.ts";
import type { HttpClient } from "../http-client.ts";
import { growSizes } from "./grow.ts";
import type { Grown } from "./grow.ts";
import { readFrames } from "./read-frames.ts";
import { medianOf } from "../statistics.ts";

const BLOCK = 40;
const PAGE = 100;

export const bench: Bench = { name: "history", run };

interface Asking {
  readonly server: ServerProcess;
  readonly client: HttpClient;
}

interface Operation {
  readonly what: string;
  readonly hasBar?: boolean;
  readonly run: (asking: Asking, session: Grown) => Promise<void>;
}

const OPERATIONS: readonly Operation[] = [
  { what: "open (GET session)", run: ({ client }, session) => openSession(client, session) },
  { what: "first page", run: (asking, session) => page(asking, session, { query: "after_seq=0", from: 1 }) },
  { what: "middle page", run: (asking, session) => page(asking, session, middle(session, "after_seq")) },
  { what: "middle page, by event id", run: (asking, session) => page(asking, session, middle(session, "since_id")) },
  { what: "page before the last", run: (asking, session) => page(asking, session, beforeLast(session)) },
  {
    what: "last page",
    run: (asking, session) => page(asking, session, { query: "", from: session.events - PAGE + 1 }),
  },
  // Looks through the index of the log, slice by slice, and counts what passes: it grows, and has no bar.
  { what: "last page, of a rare type", hasBar: false, run: ({ client }, session) => rare(client, session) },
  { what: "follow from the end", run: (asking, session) => follow(asking, session, { query: "tail=true", frames: 0 }) },
  { what: "follow, 100 events behind", run: (asking, session) => follow(asking, session, behind(session)) },
];

async function openSession(client: HttpClient, { id, events }: Grown): Promise<void> {
  const { last_event_seq: last } = await client.json<{ last_event_seq: number }>("GET", `/api/v1/sessions/${id}`);
  verify(last === events, `a session of ${events} events shows ${last}`);
}

interface Asked {
  readonly query: string;
  readonly from: number;
}

function middle({ events, middleId }: Grown, by: "after_seq" | "since_id"): Asked {
  // The shortest history is one page: its middle is where it begins.
  const at = events <= PAGE ? 0 : events / 2;
  return { query: by === "after_seq" || at === 0 ? `after_seq=${at}` : `since_id=${middleId}`, from: at + 1 };
}

function beforeLast({ events }: Grown): Asked {
  return events <= PAGE
    ? { query: "", from: 1 }
    : { query: `before_seq=${events - PAGE + 1}`, from: events - 2 * PAGE + 1 };
}

function behind({ events }: Grown) {
  return { query: `after_seq=${events - PAGE}`, frames: PAGE };
}

async function page({ client }: Asking, { id }: Grown, { query, from }: Asked): Promise<void> {
  const path = `/api/v1/sessions/${id}/events?limit=${PAGE}&${query}`;
  const { data } = await client.json<{ data: readonly { seq: number }[] }>("GET", path);
  verify(data.length === PAGE && data.every(({ seq }, at) => seq === from + at), `${path} is not ${PAGE} from ${from}`);
}

/** Its only event of that type is its first. */
async function rare(client: HttpClient, { id }: Grown): Promise<void> {
  const path = `/api/v1/sessions/${id}/events?types=session.created`;
  const { data } = await client.json<{ data: readonly { seq: number }[] }>("GET", path);
  verify(data.length === 1 && data[0]?.seq === 1, `${path} is not the first event`);
}

async function follow({ server }: Asking, { id }: Grown, asked: { query: string; frames: number }): Promise<void> {
  await readFrames(server, { path: `/api/v1/sessions/${id}/sse?${asked.query}`, frames: asked.frames });
}

async function run({ isQuick, say }: BenchOptions): Promise<BenchResult> {
  await using folder = await makeFolder();
  const data = join(folder.path, "data");
  // The first start makes the workspace that the sessions belong to.
  await (await startServer({ folder: data }))[Symbol.asyncDispose]();
  const sessions = await growSizes(data, isQuick ? [100, 1_000, 10_000] : [100, 1_000, 10_000, 100_000]);
  await using server = await startServer({ folder: data });
  using client = openClient(server);
  const asking = { server, client };
  const times = OPERATIONS.map(() => sessions.map((): number[] => []));
  const calm = openCalm();
  for (let round = -1; round < (isQuick ? 3 : 9); round++) {
    await calm.moment();
    for (const [index, operation] of OPERATIONS.entries()) {
      const medians = await measure(asking, { operation, sessions });
      if (round >= 0) for (const [size, median] of medians.entries()) times[index]?.[size]?.push(median);
    }
    if (round >= 0) say(`round ${round} is done`);
  }
  const rows = OPERATIONS.map((operation, index) => rowOf(operation, times[index] ?? []));
  const each = OPERATIONS.map(({ what }, index) => noteOf(what, sessions, times[index] ?? []));
  return {
    rows,
    notes: [`ours: the slowest size, peer: the fastest; p50 of blocks of ${BLOCK}`, ...each, calm.told()],
  };
}

/** The median of each size; the sizes take turns, request by request. */
async function measure(
  asking: Asking,
  { operation, sessions }: { readonly operation: Operation; readonly sessions: readonly Grown[] },
): Promise<readonly number[]> {
  const times = sessions.map((): number[] => []);
  for (let count = 0; count < BLOCK; count++) {
    for (const [at, session] of sessions.entries()) {
      const startedAt = performance.now();
      await operation.run(asking, session);
      times[at]?.push(performance.now() - startedAt);
    }
  }
  return times.map(medianOf);
}

function rowOf({ what, hasBar = true }: Operation, times: readonly (readonly number[])[]): Row {
  const rounds = (times[0] ?? []).map((_, round) => times.map((size) => size[round] ?? Number.NaN));
  const ours = rounds.map((sizes) => Math.max(...sizes));
  const peer = rounds.map((sizes) => Math.min(...sizes));
  const measured = { what, unit: "ms", ours, peer };
  if (!hasBar) return told(measured);
  return against(measured, { text: "largest ≤ 1.5 × smallest", most: 1.5 });
}

function noteOf(what: string, sessions: readonly Grown[], times: readonly (readonly number[])[]): string {
  const each = sessions.map(({ events }, at) => `${events}: ${medianOf(times[at] ?? []).toFixed(2)}`);
  return `${what}, by events: ${each.join(", ")} ms`;
}
