/**
 * Many readers in one process: opens connections, counts the events of each, and holds every one against the order 1, 2,
 * 3 … so that a lost or doubled event is seen. Latency is taken from a share of the readers.
 */
import { connect } from "node:net";
import type { Socket } from "node:net";
import { sharedMicroseconds } from "./publisher.ts";

export interface OpenReaders {
  readonly kind: "open";
  readonly url: string;
  readonly count: number;
}
export interface Tell {
  readonly kind: "tell";
}
export interface Told {
  readonly kind: "told";
  readonly open: number;
  /** Events that came to all readers since the last question. */
  readonly events: number;
  /** Readers whose events were not consecutive. */
  readonly broken: number;
  readonly latencies: readonly number[];
}

const CONNECTING_AT_ONCE = 64;
const SAMPLED_EVERY = 20;
const SEQUENCE = Buffer.from('"sequence":');
const MESSAGE = Buffer.from('"message":"');
const COMMA = ",".charCodeAt(0);

interface Reader {
  lastSeq: number;
  rest: Buffer;
  isBroken: boolean;
}

const readers: Reader[] = [];
let events = 0;
let latencies: number[] = [];

function open(url: URL, index: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect(Number(url.port), url.hostname, () => {
      socket.write(`GET ${url.pathname}${url.search} HTTP/1.1\r\nHost: localhost\r\nAuthorization: key\r\n\r\n`);
    });
    const reader: Reader = { lastSeq: 0, rest: Buffer.alloc(0), isBroken: false };
    readers.push(reader);
    const isSampled = index % SAMPLED_EVERY === 0;
    socket.once("data", () => resolve(socket));
    socket.on("data", (chunk) => take(reader, chunk, isSampled));
    socket.on("error", reject);
  });
}

function take(reader: Reader, chunk: Buffer, isSampled: boolean): void {
  const bytes = reader.rest.length === 0 ? chunk : Buffer.concat([reader.rest, chunk]);
  let from = 0;
  for (;;) {
    const at = bytes.indexOf(SEQUENCE, from);
    const end = at < 0 ? -1 : bytes.indexOf("\n", at);
    if (end < 0) break;
    count(reader, bytes.subarray(at, end), isSampled);
    from = end;
  }
  reader.rest = bytes.subarray(Math.max(from, bytes.lastIndexOf("\n")));
}

function count(reader: Reader, frame: Buffer, isSampled: boolean): void {
  const seq = Number(frame.toString("latin1", SEQUENCE.length, frame.indexOf(COMMA)));
  if (reader.lastSeq !== 0 && seq !== reader.lastSeq + 1) reader.isBroken = true;
  reader.lastSeq = seq;
  events++;
  if (!isSampled) return;
  const at = frame.indexOf(MESSAGE) + MESSAGE.length;
  latencies.push(sharedMicroseconds() - Number.parseInt(frame.toString("latin1", at, at + 20), 10));
}

async function openAll({ url, count: wanted }: OpenReaders): Promise<void> {
  const target = new URL(url);
  let next = 0;
  const worker = async () => {
    while (next < wanted) await open(target, next++);
  };
  await Promise.all(Array.from({ length: CONNECTING_AT_ONCE }, worker));
}

function tell(): void {
  const told: Told = {
    kind: "told",
    open: readers.length,
    events,
    broken: readers.filter(({ isBroken }) => isBroken).length,
    latencies,
  };
  events = 0;
  latencies = [];
  process.send?.(told);
}

process.on("message", (message: OpenReaders | Tell) => {
  if (message.kind === "tell") return tell();
  void openAll(message).then(tell);
});
process.on("SIGTERM", () => process.exit(0));
process.send?.({ url: "" });
