/** Streams over a real socket: cursors, filters, beats, cycles, slow readers, the end (F1 to F5, Q6). */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { formatId } from "../../../src/core/ids.ts";
import type { SessionId } from "../../../src/core/ids.ts";
import type { HttpServer } from "../../../src/http/server.ts";
import { openSse, seqsOf } from "../../http/sse-client.ts";
import type { SseClient } from "../../http/sse-client.ts";
import { appendFacts, appendNotes, makeSession, note } from "./log-writer.ts";
import { keys, openNative } from "./open-native.ts";
import type { Native, NativeOptions } from "./open-native.ts";

let native: Native;
let server: HttpServer;
let sessionId: SessionId;
const clients: SseClient[] = [];

async function open(options: NativeOptions = {}) {
  native = await openNative({ slots: 0, ...options });
  server = await native.listen();
  sessionId = await makeSession(native);
}

async function stream(query = "", headers: Record<string, string> = {}): Promise<SseClient> {
  const client = await openSse(`${server.url}/api/v1/sessions/${sessionId}/sse${query}`, headers);
  clients.push(client);
  return client;
}

async function eventIds(): Promise<readonly string[]> {
  const response = await fetch(`${server.url}/api/v1/sessions/${sessionId}/events?limit=1000`, {
    headers: { authorization: `Bearer ${keys.owner}` },
  });
  const { data } = (await response.json()) as { data: { id: string }[] };
  return data.map(({ id }) => id);
}

const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, i) => from + i);

afterEach(async () => {
  for (const client of clients.splice(0)) client.close();
  await native[Symbol.asyncDispose]();
});

describe("a fresh stream", () => {
  beforeEach(() => open());

  it("sends headers and `connected` at once, before anything happens (F1)", async () => {
    const client = await stream("?tail=true");
    expect(client.status).toBe(200);
    expect(client.headers["content-type"]).toBe("text/event-stream; charset=utf-8");
    expect(client.headers["cache-control"]).toContain("no-cache");
    expect(client.headers["x-accel-buffering"]).toBe("no");
    const first = await client.find(() => true);
    expect(first).toMatchObject({ event: "connected", id: undefined, data: { status: "connected" } });
    expect(first.retry).toBeGreaterThan(0);
  });

  it("replays from the start and goes on live, the whole envelope in each frame (F1, F2, E2)", async () => {
    await appendNotes(native, sessionId, 2, 5);
    const client = await stream();
    await client.events(5);
    await appendNotes(native, sessionId, 6, 8);
    const events = await client.events(8);
    expect(seqsOf(client)).toEqual(range(1, 8));
    const last = events[7];
    expect(last?.event).toBe("tool.progress");
    expect(last?.id).toBe(last?.data?.id);
    expect(Object.keys(last?.data ?? {})).toEqual([
      "id",
      "type",
      "ts",
      "session_id",
      "seq",
      "sequence",
      "context",
      "data",
    ]);
    expect(last?.data).toMatchObject({ session_id: sessionId, seq: 8, sequence: 8, data: { message: "note 8" } });
  });

  it("gives the same envelope as the list of events, byte for byte", async () => {
    await appendNotes(native, sessionId, 2, 3);
    const client = await stream();
    const events = await client.events(3);
    const response = await fetch(`${server.url}/api/v1/sessions/${sessionId}/events`, {
      headers: { authorization: `Bearer ${keys.owner}` },
    });
    const texts = events.map(({ text }) =>
      text
        .split("\n")
        .find((line) => line.startsWith("data: "))
        ?.slice(6),
    );
    expect(await response.text()).toBe(`{"data":[${texts.join(",")}]}`);
  });

  it("writes one commit of many events to many readers without loss", async () => {
    const readers = await Promise.all(range(1, 20).map(() => stream("?tail=true")));
    await Promise.all(readers.map((reader) => reader.find(({ event }) => event === "connected")));
    await appendFacts(
      native,
      sessionId,
      range(1, 300).map((i) => note(`n${i}`)),
    );
    await Promise.all(readers.map((reader) => reader.events(300)));
    for (const reader of readers) expect(seqsOf(reader)).toEqual(range(2, 301));
  });

  it("answers HEAD without opening a stream", async () => {
    const response = await fetch(`${server.url}/api/v1/sessions/${sessionId}/sse`, {
      method: "HEAD",
      headers: { authorization: `Bearer ${keys.owner}` },
    });
    expect(response.status).toBe(200);
    expect(native.streams.size).toBe(0);
  });
});

describe("cursors (F2, Q6)", () => {
  beforeEach(async () => {
    await open();
    await appendNotes(native, sessionId, 2, 12);
  });

  it("resumes strictly after every event, by since_id, after_seq and Last-Event-ID alike", async () => {
    const ids = await eventIds();
    for (const [index, id] of ids.entries()) {
      const seq = index + 1;
      for (const [query, headers] of [
        [`?since_id=${id}`, {}],
        [`?after_seq=${seq}`, {}],
        [`?after_sequence=${seq}`, {}],
        ["", { "last-event-id": id }],
      ] as const) {
        const client = await stream(query, headers);
        if (seq < 12) await client.events(12 - seq);
        else await client.find(({ event }) => event === "connected");
        expect({ query, seqs: seqsOf(client) }).toEqual({ query, seqs: range(seq + 1, 12) });
        client.close();
      }
    }
  });

  it("starts at 0 with after_seq=0, at the end with tail=true", async () => {
    const whole = await stream("?after_seq=0");
    await whole.events(12);
    const tail = await stream("?tail=true");
    await tail.find(({ event }) => event === "connected");
    await appendNotes(native, sessionId, 13, 13);
    await tail.events(1);
    expect(seqsOf(tail)).toEqual([13]);
  });

  it("lets Last-Event-ID beat since_id, after_seq and tail (B3)", async () => {
    const ids = await eventIds();
    for (const query of [`?since_id=${ids[1]}`, "?after_seq=2", "?tail=true", `?since_id=${ids[1]}&tail=true`]) {
      const client = await stream(query, { "last-event-id": ids[9] ?? "" });
      await client.events(2);
      expect({ query, seqs: seqsOf(client) }).toEqual({ query, seqs: [11, 12] });
    }
  });

  it("gives an unknown Last-Event-ID one reset that clears the browser's cursor, then the log from the start (B11)", async () => {
    for (const id of [formatId("event", 1, "0".repeat(20)), "garbage"]) {
      const client = await stream("?tail=true", { "last-event-id": id });
      await client.events(12);
      expect(client.frames.filter(({ event }) => event === "reset")).toHaveLength(1);
      expect(client.frames[1]).toMatchObject({ event: "reset", id: "" });
      expect(seqsOf(client)).toEqual(range(1, 12));
    }
  });

  it("refuses an unknown, a foreign and a malformed since_id, two cursors, and a seq past the end", async () => {
    const foreign = await makeSession(native);
    const page = await native.engine.store.readLog({ sessionId: foreign, after: 0, limit: 1 });
    for (const query of [
      `?since_id=${formatId("event", 1, "0".repeat(20))}`,
      `?since_id=${page.lines[0]?.id}`,
      "?since_id=evt_01933b5a",
      "?after_seq=1&tail=true",
      "?after_seq=13",
      "?after_seq=-1",
    ]) {
      const client = await stream(query);
      expect({ query, status: client.status }).toEqual({ query, status: 400 });
    }
  });

  it("neither loses nor repeats while the log grows under it", async () => {
    const writing = appendNotes(native, sessionId, 13, 160);
    const readers: SseClient[] = [];
    for (let i = 0; i < 12; i++) {
      readers.push(await stream(`?after_seq=${i}`));
      await new Promise((resolve) => setImmediate(resolve));
    }
    await writing;
    for (const [i, reader] of readers.entries()) {
      await reader.events(160 - i);
      expect(seqsOf(reader)).toEqual(range(i + 1, 160));
    }
  });
});

describe("filters (F3, B4)", () => {
  beforeEach(() => open());

  it("shows only the types that are asked for, without those that are excluded; `connected` passes", async () => {
    await appendFacts(native, sessionId, [{ type: "session.title.updated", data: { title: "x" } }, note("a")]);
    const only = await stream("?types=session.created&types=tool.progress");
    await only.events(2);
    expect(only.frames.map(({ event }) => event)).toEqual(["connected", "session.created", "tool.progress"]);
    const without = await stream("?exclude=tool.progress&exclude=output.message.delta");
    await without.events(2);
    expect(seqsOf(without)).toEqual([1, 2]);
  });

  it("refuses an unknown type by name, and more than 25", async () => {
    const response = await fetch(`${server.url}/api/v1/sessions/${sessionId}/sse?types=turn.startled`, {
      headers: { authorization: `Bearer ${keys.owner}` },
    });
    expect(response.status).toBe(400);
    expect(((await response.json()) as { detail: string }).detail).toContain("unknown event type 'turn.startled'");
    const many = await stream(
      `?${range(1, 26)
        .map(() => "types=turn.started")
        .join("&")}`,
    );
    expect(many.status).toBe(400);
    const enough = await stream(
      `?${range(1, 25)
        .map(() => "types=turn.started")
        .join("&")}`,
    );
    expect(enough.status).toBe(200);
  });

  it("moves the resume point over more than 100 events that are filtered out, with an id and no data", async () => {
    const client = await stream("?types=session.created");
    await client.events(1);
    await appendNotes(native, sessionId, 2, 150);
    const frame = await client.find(({ id, data }) => id !== undefined && data === undefined);
    expect(frame.event).toBeUndefined();
    const ids = await eventIds();
    expect(ids.indexOf(frame.id ?? "")).toBeGreaterThan(100);
    const again = await stream("?types=tool.progress", { "last-event-id": frame.id ?? "" });
    const rest = 150 - 1 - ids.indexOf(frame.id ?? "");
    if (rest > 0) await again.events(rest);
    expect(seqsOf(again)).toEqual(range(150 - rest + 1, 150));
  });
});

describe("beats, cycles and ends (F4)", () => {
  it("sends a comment while nothing happens, and the resume point instead when a filter has hidden events", async () => {
    await open({ streams: { heartbeatMs: 60, visitMs: 20 } });
    const quiet = await stream("?tail=true");
    await quiet.find(({ isComment }) => isComment);
    expect(quiet.frames.filter(({ isComment }) => isComment)[0]?.text).toBe(": heartbeat");
    const filtered = await stream("?types=session.created");
    await filtered.events(1);
    await appendNotes(native, sessionId, 2, 3);
    const moved = await filtered.find(({ id, data }) => id !== undefined && data === undefined);
    expect(moved.id).toBe((await eventIds())[2]);
    await filtered.find(({ isComment }) => isComment);
  });

  it("ends each connection after its time with `disconnecting` in a write of its own; a reader that comes back misses nothing", async () => {
    await open({ streams: { cycleMs: 120, visitMs: 20, retryMs: 10 } });
    const seen: number[] = [];
    let cursor: Record<string, string> = {};
    const writing = (async () => {
      for (let i = 2; i <= 60; i++) {
        await appendNotes(native, sessionId, i, i);
        await new Promise((resolve) => setTimeout(resolve, 8));
      }
    })();
    let cycles = 0;
    while (seen.at(-1) !== 60) {
      const client = await stream("", cursor);
      await client.closed;
      cycles++;
      seen.push(...seqsOf(client));
      const last = client.frames.at(-1);
      expect(last).toMatchObject({ event: "disconnecting", data: { reason: "connection_cycle" } });
      expect(last?.data?.retry_ms).toBe(last?.retry);
      expect(client.chunks.at(-1)?.startsWith("event: disconnecting")).toBe(true);
      const id = client.frames.findLast((frame) => frame.id !== undefined)?.id;
      cursor = id === undefined ? cursor : { "last-event-id": id };
    }
    await writing;
    expect(seen).toEqual(range(1, 60));
    expect(cycles).toBeGreaterThan(2);
  });

  it("ends all streams at shutdown with reason `shutdown`, and the server closes in time", async () => {
    await open();
    const readers = await Promise.all([stream(), stream(), stream("?tail=true")]);
    await Promise.all(readers.map((reader) => reader.find(({ event }) => event === "connected")));
    const before = performance.now();
    await server[Symbol.asyncDispose]();
    for (const reader of readers) {
      await reader.closed;
      expect(reader.frames.at(-1)).toMatchObject({ event: "disconnecting", data: { reason: "shutdown" } });
    }
    expect(performance.now() - before).toBeLessThan(900);
  });

  it("says the last events of a deleted session and ends (ruling 10)", async () => {
    await open();
    const client = await stream();
    const filtered = await stream("?types=session.created");
    await client.events(1);
    await fetch(`${server.url}/api/v1/sessions/${sessionId}`, {
      method: "DELETE",
      headers: { authorization: `Bearer ${keys.owner}` },
    });
    await Promise.all([client.closed, filtered.closed]);
    expect(client.frames.at(-1)?.event).toBe("session.deleted");
    expect(native.streams.size).toBe(0);
  });

  it("ends the streams of a revoked key within a visit, and says nothing more on them", async () => {
    await open({ streams: { visitMs: 40 } });
    const member = await stream("", { authorization: `Bearer ${keys.member}` });
    const owner = await stream();
    await member.events(1);
    native.revoked.add("key_0000000000017222a222222222222222");
    await member.closed;
    await appendNotes(native, sessionId, 2, 2);
    await owner.events(2);
    expect(seqsOf(member)).toEqual([1]);
  });

  it("lets a reader in and sends it away when there are too many (B11)", async () => {
    await open({ streams: { maxStreams: 2 } });
    await Promise.all([stream("?tail=true"), stream("?tail=true")]);
    const late = await stream();
    expect(late.status).toBe(200);
    await late.closed;
    expect(late.frames).toHaveLength(1);
    expect(late.frames[0]?.retry).toBeGreaterThanOrEqual(1_000);
    expect(late.frames[0]?.retry).toBeLessThanOrEqual(10_000);
  });
});

describe("slow readers (F5)", () => {
  const big = () => note("x".repeat(30_000));

  it("cuts a reader that takes nothing, and costs the others nothing", async () => {
    await open({ streams: { stallMs: 400, visitMs: 40 } });
    const stalled = await stream();
    await stalled.events(1);
    stalled.stall();
    const lively = await stream();
    for (let i = 0; i < 400; i++) await appendFacts(native, sessionId, [big()]);
    await lively.events(401);
    expect(seqsOf(lively)).toEqual(range(1, 401));
    while (native.streams.size > 1) await new Promise((resolve) => setTimeout(resolve, 10));
    stalled.flow();
    await stalled.closed;
    expect(stalled.frames.length).toBeLessThan(401);
  });

  it("never holds more than a page for a reader, and loses nothing for one that comes round", async () => {
    await open({ streams: { stallMs: 20_000, visitMs: 40 } });
    const slow = await stream();
    await slow.events(1);
    slow.stall();
    const before = process.memoryUsage().arrayBuffers;
    for (let i = 0; i < 600; i++) await appendFacts(native, sessionId, [big()]);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(60 * 1024 * 1024);
    slow.flow();
    await slow.events(601);
    expect(seqsOf(slow)).toEqual(range(1, 601));
  });
});
