/**
 * W2 and the flat half of W1: durable appends at the `Store` port of SQLite.
 *
 * The peer is the least that durable appends can cost: the same bytes appended to a file, the writes that arrive while
 * an fdatasync is in flight sharing the next one. It keeps no order per session, no fence and no index. Both take turns
 * in one process, on one disk, round by round; every append of ours is counted in the logs afterwards.
 *
 *   SERAI_BENCH_EVENT_BYTES   text in an event; 300
 *   SERAI_BENCH_LARGEST       events in the largest session; 1,000,000
 *   TMPDIR                    the disk
 */
import { closeSync, fdatasync, openSync, write } from "node:fs";
import { join } from "node:path";
import type { DraftLine } from "../src/core/events/envelope.ts";
import type { SessionId } from "../src/core/ids.ts";
import type { Store } from "../src/core/ports/store.ts";
import { initialState } from "../src/core/state.ts";
import { openSqliteStore } from "../src/store/sqlite/store.ts";
import { against, told, verify, within } from "./bench.ts";
import type { Bench, BenchOptions, Row } from "./bench.ts";
import { plainEdit } from "../test/store/plain-edit.ts";
import { makeFolder, mint, systemClock } from "./data-folder.ts";
import { medianOf } from "./statistics.ts";

const CALLERS = 64;
const SESSIONS = 1_000;
const EVENT_BYTES = Number(process.env["SERAI_BENCH_EVENT_BYTES"] ?? 300);
const LARGEST = Number(process.env["SERAI_BENCH_LARGEST"] ?? 1_000_000);
const SAMPLES = 400;

type Append = (sessionId: SessionId, event: DraftLine) => Promise<void>;

const node = mint("node");
const workspaceId = mint("workspace");

function eventOf(): DraftLine {
  const data = { tool_call_id: mint("call"), tool_name: "bash", success: true, text: "x".repeat(EVENT_BYTES) };
  return {
    id: mint("event"),
    type: "tool.completed",
    contextJson: JSON.stringify({ turn_id: mint("turn"), exec_id: mint("exec") }),
    dataJson: JSON.stringify(data),
  };
}

/** Made beforehand, so that what is measured is the store and not the making of events. */
function eventsOf(count: number): readonly DraftLine[] {
  return Array.from({ length: count }, eventOf);
}

async function makeSession(store: Store): Promise<SessionId> {
  const sessionId = mint("session");
  const result = await store.write({
    sessionId,
    create: {
      workspaceId,
      createdBy: null,
      harness: "hosted",
      conversationId: null,
      edit: plainEdit,
      idempotency: null,
    },
    owner: node,
    events: [{ ...eventOf(), type: "session.created" }],
    fold: { state: initialState, through: 0 },
  });
  verify(result.kind === "committed", "a session was not made");
  return sessionId;
}

interface Group {
  readonly line: string;
  readonly done: PromiseWithResolvers<void>;
}

/** Appends to a file; the writes that arrive during a sync form the next group. */
function openFile(path: string): { readonly append: Append; readonly close: () => void } {
  const file = openSync(path, "w");
  let waiting: Group[] = [];
  let isSyncing = false;

  function flush(): void {
    if (isSyncing || waiting.length === 0) return;
    isSyncing = true;
    const group = waiting;
    waiting = [];
    const settle = (error: Error | null) => {
      isSyncing = false;
      for (const { done } of group) if (error === null) done.resolve();
      for (const { done } of group) if (error !== null) done.reject(error);
      process.nextTick(flush);
    };
    const bytes = Buffer.from(group.map(({ line }) => line).join(""));
    write(file, bytes, 0, bytes.length, null, (error) => {
      if (error === null) fdatasync(file, settle);
      else settle(error);
    });
  }

  return {
    close: () => closeSync(file),
    append(sessionId, { id, type, contextJson, dataJson }) {
      const line = `{"id":"${id}","type":"${type}","session_id":"${sessionId}","context":${contextJson},"data":${dataJson}}\n`;
      const done = Promise.withResolvers<void>();
      waiting.push({ line, done });
      if (waiting.length === 1 && !isSyncing) process.nextTick(flush);
      return done.promise;
    },
  };
}

function appendTo(store: Store): Append {
  return async (sessionId, event) => {
    const result = await store.write({ sessionId, epoch: 1, takes: "reset", events: [event] });
    verify(result.kind === "committed", `an append was refused: ${result.kind}`);
  };
}

/** Appends a second, by callers who each wait for one append before the next. */
async function measure(append: Append, sessions: readonly SessionId[], count: number): Promise<number> {
  const events = eventsOf(count);
  let next = 0;
  const caller = async () => {
    for (let event = events[next++]; event !== undefined; event = events[next++]) {
      const session = sessions[Math.floor(Math.random() * sessions.length)];
      if (session !== undefined) await append(session, event);
    }
  };
  const start = performance.now();
  await Promise.all(Array.from({ length: CALLERS }, caller));
  return count / ((performance.now() - start) / 1_000);
}

async function verifyLogs(store: Store, sessions: readonly SessionId[], expected: number): Promise<void> {
  let found = 0;
  for (const sessionId of sessions) {
    const { lines } = await store.readLog({ sessionId, after: 0, limit: 1_000_000 });
    verify(
      lines.every(({ seq }, index) => seq === index + 1),
      `the log of ${sessionId} has a gap`,
    );
    found += lines.length - 1;
  }
  verify(found === expected, `${expected} appends were acknowledged, ${found} are in the logs`);
}

async function groupRow(store: Store, folder: string, { isQuick, say }: BenchOptions): Promise<Row> {
  const [rounds, count] = isQuick ? [2, 4_000] : [5, 40_000];
  const sessions = await Promise.all(Array.from({ length: SESSIONS }, () => makeSession(store)));
  const file = openFile(join(folder, "appended"));
  const ours: number[] = [];
  const peer: number[] = [];
  // The first round warms the compiler, the page cache and the length of the write-ahead log.
  for (let round = 0; round <= rounds; round++) {
    const both = [
      await measure(file.append, sessions, count),
      await measure(appendTo(store), sessions, count),
    ] as const;
    say(`W2 round ${round}: file ${both[0].toFixed(0)}/s, store ${both[1].toFixed(0)}/s`);
    if (round > 0) peer.push(both[0]);
    if (round > 0) ours.push(both[1]);
  }
  file.close();
  await verifyLogs(store, sessions, count * (rounds + 1));
  const what = `W2 durable appends at the port, ${CALLERS} callers, ${SESSIONS} sessions, ${EVENT_BYTES} bytes of text`;
  return against({ what, unit: "/s", ours, peer }, { text: "≥ 0.7 × write + fdatasync in groups", least: 0.7 });
}

async function grow(store: Store, sessionId: SessionId, to: number): Promise<void> {
  const head = await store.readHead(sessionId);
  for (let seq = head?.seq ?? 0; seq < to; seq += 1_000) {
    const result = await store.write({ sessionId, epoch: 1, events: eventsOf(Math.min(1_000, to - seq)) });
    verify(result.kind === "committed", "a session did not grow");
  }
}

/** Milliseconds of each of some appends, one after the other. */
async function sample(append: Append, sessionId: SessionId): Promise<readonly number[]> {
  const times: number[] = [];
  for (const event of eventsOf(SAMPLES)) {
    const start = performance.now();
    await append(sessionId, event);
    times.push(performance.now() - start);
  }
  return times;
}

/** The same session at every size, beside a session of that moment that is small: what else the disk does falls on both. */
async function flatRows(store: Store, { isQuick, say }: BenchOptions): Promise<readonly Row[]> {
  const sessionId = await makeSession(store);
  const append = appendTo(store);
  const p50s: number[] = [];
  const ratios: number[] = [];
  for (let events = 1_000; events <= (isQuick ? 10_000 : LARGEST); events *= 10) {
    await grow(store, sessionId, events);
    const small = await makeSession(store);
    await grow(store, small, 1_000);
    const rounds = Array.from({ length: 5 }, (_, round) => round);
    const large: number[] = [];
    const beside: number[] = [];
    for (const _ of rounds) {
      large.push(...(await sample(append, sessionId)));
      beside.push(...(await sample(append, small)));
    }
    p50s.push(medianOf(large));
    ratios.push(medianOf(large) / medianOf(beside));
    say(
      `W1 ${events} events: p50 ${(medianOf(large) * 1_000).toFixed(0)} µs, ${(medianOf(beside) * 1_000).toFixed(0)} µs at 1,000`,
    );
  }
  const flat = { what: "W1 append p50 at 1 k … 1 M events ÷ at 1 k, same moment", unit: "×", ours: ratios };
  return [
    within({ ...flat, ours: [Math.max(...ratios)] }, { text: "≤ 1.5 from 1 k to 1 M events", most: 1.5 }),
    told({ what: "W1 append p50 at the port, one writer, each size", unit: "ms", ours: p50s }),
  ];
}

export const bench: Bench = {
  name: "store-append",
  async run(options) {
    await using folder = await makeFolder();
    const store = await openSqliteStore({ folder: join(folder.path, "data"), clock: systemClock, node });
    try {
      const rows = [await groupRow(store, folder.path, options), ...(await flatRows(store, options))];
      const notes = [
        "What share is reached depends on what a sync costs: the peer's time is nearly all sync, ours is that and some " +
          "14 µs of CPU a write (85 pages of the log for 64 writes of as many sessions). With 3 ms added to each sync on " +
          "both sides the share was 0.74 on the machine where it was 0.3 with syncs of 0.1 ms.",
      ];
      return { rows, notes };
    } finally {
      await store[Symbol.asyncDispose]();
    }
  },
};
