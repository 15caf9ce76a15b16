/**
 * From an append to the frame that shows it: a title is sent over one connection, and a viewer of the session on another reads its
 * event. Both ends are in this process, so one clock sees both; the server is another.
 *
 * Verified: every event comes as exactly one frame, in order.
 */
import { request } from "node:http";
import { startServer } from "../test/main/server-process.ts";
import type { ServerProcess } from "../test/main/server-process.ts";
import { told, verify, within } from "./bench.ts";
import type { Bench, BenchOptions, BenchResult } from "./bench.ts";
import { openCalm } from "./calm.ts";
import { makeFolder } from "./data-folder.ts";
import { openClient } from "./http-client.ts";
import type { HttpClient } from "./http-client.ts";
import { medianOf, quantileOf } from "./statistics.ts";

const BLOCK = 200;

interface Frame {
  readonly title: string;
  readonly at: number;
}

interface Viewer extends Disposable {
  next(): Promise<Frame>;
  readonly seen: number;
}

export const bench: Bench = { name: "append-to-frame", run };

async function run({ isQuick }: BenchOptions): Promise<BenchResult> {
  await using folder = await makeFolder();
  await using server = await startServer({ folder: folder.path });
  using client = openClient(server);
  const id = await makeSession(client);
  using viewer = await openViewer(server, id);
  const calm = openCalm();
  const fromSent: number[] = [];
  const fromAnswer: number[] = [];
  const slowest: number[] = [];
  for (let round = -1; round < (isQuick ? 3 : 9); round++) {
    await calm.moment();
    const times = await measure(client, viewer, { id, round });
    if (round < 0) continue;
    fromSent.push(medianOf(times.fromSent));
    slowest.push(quantileOf(times.fromSent, 0.99));
    fromAnswer.push(medianOf(times.fromAnswer));
  }
  verify(viewer.seen === BLOCK * (isQuick ? 4 : 10), `${viewer.seen} frames came`);
  const bar = { text: "≤ 3 ms", most: 3 };
  return {
    rows: [
      within({ what: "PATCH sent → frame read, p50", unit: "ms", ours: fromSent }, bar),
      told({ what: "PATCH sent → frame read, p99", unit: "ms", ours: slowest }),
      told({ what: "PATCH answered → frame read, p50", unit: "ms", ours: fromAnswer }),
    ],
    notes: [`p50 and p99 of blocks of ${BLOCK}; a negative figure: the frame was read before the answer`, calm.told()],
  };
}

export async function makeSession(client: HttpClient): Promise<string> {
  const { data } = await client.json<{ data: readonly { id: string }[] }>("GET", "/api/v1/agents");
  const made = await client.json<{ id: string }>("POST", "/api/v1/sessions", { agent_id: data[0]?.id });
  return made.id;
}

async function measure(
  client: HttpClient,
  viewer: Viewer,
  { id, round }: { readonly id: string; readonly round: number },
) {
  const fromSent: number[] = [];
  const fromAnswer: number[] = [];
  for (let at = 0; at < BLOCK; at++) {
    const title = `round ${round}, title ${at}`;
    const frame = viewer.next();
    const sentAt = performance.now();
    const { status } = await client.send("PATCH", `/api/v1/sessions/${id}`, { title });
    const answeredAt = performance.now();
    verify(status === 200, `PATCH answered ${status}`);
    const read = await frame;
    verify(read.title === title, `the frame shows "${read.title}" and not "${title}"`);
    fromSent.push(read.at - sentAt);
    fromAnswer.push(read.at - answeredAt);
  }
  return { fromSent, fromAnswer };
}

/** Reads the stream with as little as can be: a frame is what ends in an empty line. */
async function openViewer({ url, key }: ServerProcess, id: string): Promise<Viewer> {
  const { promise: opened, resolve: open, reject } = Promise.withResolvers<void>();
  const waiting: ((frame: Frame) => void)[] = [];
  let seen = 0;
  let text = "";
  const onData = (chunk: Buffer) => {
    const at = performance.now();
    text += chunk.toString();
    const frames = text.split("\n\n");
    text = frames.pop() ?? "";
    for (const frame of frames.filter((each) => /^event: session\.updated$/m.test(each))) {
      const data = JSON.parse(/^data: (.*)$/m.exec(frame)?.[1] ?? "{}") as { data: { title: string } };
      seen++;
      waiting.shift()?.({ title: data.data.title, at });
    }
  };
  const headers = { authorization: `Bearer ${key}`, accept: "text/event-stream" };
  const sent = request(`${url}/api/v1/sessions/${id}/sse?tail=true`, { headers }, (response) => {
    response.on("data", onData);
    response.on("error", reject);
    open();
  });
  sent.once("error", reject);
  sent.end();
  await opened;
  return {
    next: () => new Promise((resolve) => waiting.push(resolve)),
    get seen() {
      return seen;
    },
    [Symbol.dispose]: () => sent.destroy(),
  };
}
