/**
 * Many readers in one process: opens connections, counts the events of each, and holds every one against the order 1, 2,
 * 3 … so that a lost or doubled event is seen. Latency is taken from a share of the readers.
 */
import { connect } from "node:net";
import type { Socket } from "node:net";
import { DELTA, sessionOf } from "./frame.ts";
import { sharedMicroseconds } from "./publisher.ts";

export interface OpenReaders {
  readonly kind: "open";
  readonly url: string;
  readonly count: number;
  readonly key?: string;
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
const TEXT = Buffer.from('"delta":"');
const OFFSET = Buffer.from('","offset":');
const MESSAGE = Buffer.from('"message":"');
const COMMA = ",".charCodeAt(0);

interface Reader {
  lastSeq: number;
  /** Where the text that came so far ends. */
  end: number;
  rest: Buffer;
  isBroken: boolean;
}

const readers: Reader[] = [];
let events = 0;
let latencies: number[] = [];

function open(url: URL, index: number, key: string): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect(Number(url.port), url.hostname, () => {
      socket.write(`GET ${url.pathname}${url.search} HTTP/1.1\r\nHost: localhost\r\nAuthorization: ${key}\r\n\r\n`);
    });
    const reader: Reader = { lastSeq: 0, end: 0, rest: Buffer.alloc(0), isBroken: false };
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
    const end = bytes.indexOf("\n\n", from);
    if (end < 0) break;
    takeFrame(reader, bytes.subarray(from, end), isSampled);
    from = end + 2;
  }
  reader.rest = bytes.subarray(from);
}

function takeFrame(reader: Reader, frame: Buffer, isSampled: boolean): void {
  const at = frame.indexOf(SEQUENCE);
  if (at >= 0) return count(reader, frame.subarray(at), isSampled);
  const text = frame.indexOf(TEXT);
  if (text >= 0) countText(reader, frame.subarray(text + TEXT.length));
}

/** Counts pieces of the size they are made in; several may come as one. */
function countText(reader: Reader, frame: Buffer): void {
  const cut = frame.indexOf(OFFSET);
  const offset = Number.parseInt(frame.toString("latin1", cut + OFFSET.length, cut + OFFSET.length + 12), 10);
  if (offset !== reader.end) reader.isBroken = true;
  reader.end = offset + cut;
  events += cut / DELTA.length;
}

function count(reader: Reader, frame: Buffer, isSampled: boolean): void {
  const seq = Number(frame.toString("latin1", SEQUENCE.length, frame.indexOf(COMMA)));
  if (reader.lastSeq !== 0 && seq !== reader.lastSeq + 1) reader.isBroken = true;
  reader.lastSeq = seq;
  events++;
  if (!isSampled) return;
  const at = frame.indexOf(MESSAGE) + MESSAGE.length;
  if (at >= MESSAGE.length)
    latencies.push(sharedMicroseconds() - Number.parseInt(frame.toString("latin1", at, at + 20), 10));
}

async function openAll({ url, count: wanted, key = "key" }: OpenReaders): Promise<void> {
  let next = 0;
  const worker = async () => {
    while (next < wanted) {
      const index = next++;
      const named = url.replace("{i}", String(index)).replace("{session}", sessionOf(index + 1));
      await open(new URL(named), index, key);
    }
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
  openAll(message).then(tell, (cause: unknown) => {
    throw cause;
  });
});
process.on("SIGTERM", () => process.exit(0));
process.send?.({ url: "" });
