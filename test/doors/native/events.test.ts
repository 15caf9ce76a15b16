/** Pages of a log at the native door (ruling 11). */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { formatId } from "../../../src/core/ids.ts";
import type { SessionId } from "../../../src/core/ids.ts";
import { eventSchemas, hintTypes } from "../../../src/core/events/envelope.ts";
import type { EventList, EventsSummary } from "../../../src/doors/native/schema/event.ts";
import { appendFacts, appendNotes, makeSession, note } from "./log-writer.ts";
import { openClient } from "./native-client.ts";
import type { NativeClient } from "./native-client.ts";
import { keys, openNative } from "./open-native.ts";
import type { Native } from "./open-native.ts";

let native: Native;
let owner: NativeClient;
let id: SessionId;

beforeEach(async () => {
  native = await openNative({ slots: 0 });
  owner = await openClient(native);
  id = await makeSession(native);
  await appendNotes(native, id, 2, 30);
});
afterEach(() => native[Symbol.asyncDispose]());

const page = (query = "") => owner.get<EventList>(`/sessions/${id}/events${query}`);
const seqs = async (query: string) => (await page(query)).body.data.map(({ seq }) => seq);
const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, i) => from + i);

describe("a page of events", () => {
  it("is the last `limit` unless told, oldest first, with the whole count beside it", async () => {
    const { body, headers } = await page("?limit=3");
    expect(body.data.map(({ seq }) => seq)).toEqual([28, 29, 30]);
    expect(headers.get("x-total-count")).toBe("30");
    expect((await page()).body.data).toHaveLength(30);
  });

  it("is the first after a place, or the last before one", async () => {
    const third = (await page("?after_seq=2&limit=1")).body.data[0]?.id;
    expect(await seqs("?after_seq=2&limit=3")).toEqual([3, 4, 5]);
    expect(await seqs("?after_sequence=2&limit=3")).toEqual([3, 4, 5]);
    expect(await seqs(`?since_id=${third}&limit=2`)).toEqual([4, 5]);
    expect(await seqs("?before_seq=10&limit=2")).toEqual([8, 9]);
    expect(await seqs("?before_sequence=3")).toEqual([1, 2]);
    expect(await seqs("?after_seq=30")).toEqual([]);
  });

  it("holds at most 1,000", async () => {
    await appendFacts(
      native,
      id,
      Array.from({ length: 1_000 }, (_, i) => note(`m${i}`)),
    );
    expect(await seqs("?limit=5000")).toEqual(range(31, 1_030));
    expect(await seqs("?after_seq=0&limit=1000")).toEqual(range(1, 1_000));
  });

  it("shows the types that are asked for, and counts those", async () => {
    const { body, headers } = await page("?types=session.created&types=turn.completed");
    expect(body.data.map(({ type }) => type)).toEqual(["session.created"]);
    expect(headers.get("x-total-count")).toBe("1");
    expect(await seqs("?exclude=tool.progress")).toEqual([1]);
  });

  it("takes every type that an event or a hint can have as a filter", async () => {
    for (const type of [...Object.keys(eventSchemas), ...hintTypes]) {
      const { status } = await page(`?types=${type}`);
      expect({ type, status }).toEqual({ type, status: 200 });
    }
  });

  it.each([
    ["?types=turn.startled", "types", "unknown event type 'turn.startled'"],
    ["?exclude=x", "exclude", "unknown event type 'x'"],
    ["?since_id=evt_1", "since_id", "no event id"],
    [`?since_id=${formatId("event", 1, "0".repeat(20))}`, "since_id", "no event of this session"],
    ["?after_seq=1&before_seq=3", "since_id", "one of"],
    ["?after_seq=x", "after_seq", "whole number"],
    ["?limit=0", "limit", ""],
  ])("refuses %s", async (query, path, words) => {
    const { status, body } = await owner.get(`/sessions/${id}/events${query}`);
    expect(status).toBe(400);
    expect(body.path?.replace(/\.\d+$/, "")).toBe(path);
    expect(body.detail).toContain(words);
  });

  it("refuses the event of another session as a place", async () => {
    const other = await makeSession(native);
    const foreign = await owner.get<EventList>(`/sessions/${other}/events`);
    const { status, body } = await owner.get(`/sessions/${id}/events?since_id=${foreign.body.data[0]?.id}`);
    expect(status).toBe(400);
    expect(body.code).toBe("invalid_cursor");
  });

  it("is nothing to a stranger", async () => {
    const stranger = await openClient(native, keys.stranger);
    expect((await stranger.get(`/sessions/${id}/events`)).status).toBe(404);
  });
});

describe("a log at a glance", () => {
  it("counts events by type, turns and failures, and says from when to when", async () => {
    const failed = { turn_id: "turn_1", error: "x", error_code: "processing_error" };
    await appendFacts(native, id, [
      { type: "turn.started", data: { turn_id: "turn_1", input_message_id: "msg_1" } },
      { type: "turn.failed", data: failed },
      { type: "turn.started", data: { turn_id: "turn_2", input_message_id: "msg_2" } },
    ]);
    const { body } = await owner.get<EventsSummary>(`/sessions/${id}/events/summary`);
    const events = (await page("?limit=1000")).body.data;
    expect(body).toEqual({
      total: events.length,
      by_type: [
        { event_type: "session.created", count: 1 },
        { event_type: "tool.progress", count: 29 },
        { event_type: "turn.failed", count: 1 },
        { event_type: "turn.started", count: 2 },
      ],
      first_ts: events[0]?.ts,
      last_ts: events.at(-1)?.ts,
      turn_count: 2,
      error_count: 1,
    });
  });

  it("is nobody else's", async () => {
    const path = `/sessions/${id}/events/summary`;
    const statuses = [keys.member, keys.viewer, keys.stranger, "nobody"].map(
      async (key) => (await (await openClient(native, key)).get(path)).status,
    );
    expect(await Promise.all(statuses)).toEqual([200, 200, 404, 401]);
    expect((await owner.get(`/sessions/${formatId("session", 9, "9".repeat(20))}/events/summary`)).status).toBe(404);
    expect((await owner.get("/sessions/nonsense/events/summary")).status).toBe(400);
  });
});

describe("a stream in process", () => {
  it("has the same frames as over a socket, and ends when its reader lets go", async () => {
    const response = await owner.fetch(`/api/v1/sessions/${id}/sse?after_seq=29`);
    expect(response.headers.get("content-type")).toBe("text/event-stream; charset=utf-8");
    const reader = response.body?.getReader();
    let whole = "";
    while (!whole.includes('"seq":31')) {
      const text = new TextDecoder().decode((await reader?.read())?.value);
      whole += text;
      if (text.includes('"seq":30')) await appendNotes(native, id, 31, 31);
    }
    expect(whole.match(/^event: .*$/gm)).toEqual(["event: connected", "event: tool.progress", "event: tool.progress"]);
    expect(native.streams.size).toBe(1);
    await reader?.cancel();
    expect(native.streams.size).toBe(0);
  });
});
