/** The feed of a workspace: pages, and the stream that follows it by the rules of a session's log (F1 to F6). */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Fact } from "../../../src/core/events/envelope.ts";
import type { SessionId } from "../../../src/core/ids.ts";
import { PAGE_LINES } from "../../../src/app/follow.ts";
import type { FeedEvent, FeedList } from "../../../src/doors/native/schema/feed.ts";
import type { HttpServer } from "../../../src/http/server.ts";
import { principal } from "../../app/engine-world.ts";
import { openSse } from "../../http/sse-client.ts";
import type { SseClient } from "../../http/sse-client.ts";
import { appendFacts, appendNotes, makeSession } from "./log-writer.ts";
import { openClient } from "./native-client.ts";
import { keys, openNative } from "./open-native.ts";
import type { Native, NativeOptions } from "./open-native.ts";

let native: Native;
let server: HttpServer;
const clients: SseClient[] = [];

const idled: Fact = { type: "session.idled", data: {} };
const failed: Fact = { type: "session.failed", data: { error: "It broke" } };

async function open(options: NativeOptions = {}) {
  native = await openNative({ slots: 0, ...options });
  server = await native.listen();
}

async function list(query = "", key: string = keys.owner): Promise<readonly FeedEvent[]> {
  const client = await openClient(native, key);
  const { status, body } = await client.get<FeedList>(`/feed${query}`);
  expect(status).toBe(200);
  return body.data;
}

async function stream(query = "", headers: Record<string, string> = {}): Promise<SseClient> {
  const client = await openSse(`${server.url}/api/v1/feed/sse${query}`, headers);
  clients.push(client);
  return client;
}

const placesOf = (client: SseClient) =>
  client.frames.flatMap(({ data }) => {
    const { position }: Partial<FeedEvent> = { ...data };
    return position === undefined ? [] : [position];
  });
const typesOf = (lines: readonly FeedEvent[]) => lines.map(({ type }) => type);
const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, i) => from + i);

beforeEach(() => open());
afterEach(async () => {
  for (const client of clients.splice(0)) client.close();
  await native[Symbol.asyncDispose]();
});

describe("a page of the feed", () => {
  it("shows what happened in all sessions, oldest first, each as its session's log has it (F6)", async () => {
    const [one, two] = [await makeSession(native), await makeSession(native)];
    await appendNotes(native, one, 2, 4);
    await appendFacts(native, two, [idled]);
    await appendFacts(native, one, [failed]);
    const lines = await list();
    expect(lines.map(({ session_id, type, position }) => [session_id, type, position])).toEqual([
      [one, "session.created", 1],
      [two, "session.created", 2],
      [two, "session.idled", 3],
      [one, "session.failed", 4],
    ]);
    const client = await openClient(native, keys.owner);
    const log = await client.get<{ data: unknown[] }>(`/sessions/${one}/events?limit=1`);
    const { position, user_id, ...event } = lines[3] ?? {};
    expect([event, position, user_id]).toEqual([log.body.data[0], 4, principal.userId]);
  });

  it("is the last of it, the first after a position, or the last before one", async () => {
    const id = await makeSession(native);
    for (const _ of range(2, 9)) await appendFacts(native, id, [idled]);
    const places = async (query: string) => (await list(query)).map(({ position }) => position);
    expect(await places("?limit=3")).toEqual([7, 8, 9]);
    expect(await places("?limit=3&before=7")).toEqual([4, 5, 6]);
    expect(await places("?limit=3&after=2")).toEqual([3, 4, 5]);
    expect(await places("?after=9")).toEqual([]);
    const client = await openClient(native, keys.owner);
    expect(await client.get("/feed?after=1&before=3")).toMatchObject({ status: 400, body: { code: "invalid_cursor" } });
  });

  it("is filtered by type and by session, and a type that never comes is refused by name (F3)", async () => {
    const [one, two] = [await makeSession(native), await makeSession(native)];
    await appendFacts(native, one, [idled, failed]);
    await appendFacts(native, two, [idled]);
    expect(typesOf(await list("?types=session.failed&types=session.created"))).toEqual([
      "session.created",
      "session.created",
      "session.failed",
    ]);
    expect(typesOf(await list(`?session_id=${two}&exclude=session.created`))).toEqual(["session.idled"]);
    const client = await openClient(native, keys.owner);
    for (const [type, detail] of [
      ["tool.completed", "'tool.completed' is never in the feed"],
      ["no.such", "unknown event type 'no.such'"],
    ]) {
      const refused = await client.get<{ detail: string }>(`/feed?types=${type}`);
      expect(refused.status).toBe(400);
      expect(refused.body.detail).toContain(detail);
    }
  });

  it("shows nothing of another workspace", async () => {
    const id = await makeSession(native);
    expect(await list("", keys.stranger)).toEqual([]);
    expect(await list(`?session_id=${id}`, keys.stranger)).toEqual([]);
    expect(await list("", keys.viewer)).toHaveLength(1);
  });

  it("loses the lines of a deleted session, but that it was deleted (B12)", async () => {
    const [gone, kept] = [await makeSession(native), await makeSession(native)];
    const client = await openClient(native, keys.owner);
    expect((await client.call("DELETE", `/sessions/${gone}`)).status).toBe(204);
    expect((await list()).map(({ session_id, type }) => [session_id, type])).toEqual([
      [kept, "session.created"],
      [gone, "session.deleted"],
    ]);
  });
});

describe("the stream of the feed", () => {
  async function fill(): Promise<SessionId> {
    const [one, two] = [await makeSession(native), await makeSession(native)];
    for (const n of range(3, 8)) await appendFacts(native, n % 2 === 0 ? one : two, [idled]);
    return one;
  }

  it("replays from the start, then tells of every session as it happens, each frame with the event's id (F1, F2)", async () => {
    const one = await fill();
    const client = await stream();
    expect(await client.find(() => true)).toMatchObject({ event: "connected" });
    await client.events(8);
    await appendNotes(native, one, 5, 6);
    await appendFacts(native, one, [failed]);
    await makeSession(native);
    const events = await client.events(10);
    expect(placesOf(client)).toEqual(range(1, 10));
    expect(events.map(({ id }) => id)).toEqual(events.map(({ data }) => data?.id));
    expect(events.slice(8).map(({ event }) => event)).toEqual(["session.failed", "session.created"]);
    expect(events.map(({ data }) => data)).toEqual(await list());
  });

  it("resumes strictly after every event, by since_id, after and Last-Event-ID alike; the header beats all (F2, B3)", async () => {
    await fill();
    for (const { id, position } of await list()) {
      for (const [query, headers] of [
        [`?since_id=${id}`, {}],
        [`?after=${position}`, {}],
        ["", { "last-event-id": id }],
        ["?tail=true", { "last-event-id": id }],
      ] as const) {
        const client = await stream(query, headers);
        if (position < 8) await client.events(8 - position);
        else await client.find(({ event }) => event === "connected");
        expect(placesOf(client)).toEqual(range(position + 1, 8));
        client.close();
      }
    }
  });

  it("begins at the end with tail=true", async () => {
    const one = await fill();
    const client = await stream("?tail=true");
    await client.find(({ event }) => event === "connected");
    await appendFacts(native, one, [idled]);
    await client.events(1);
    expect(placesOf(client)).toEqual([9]);
  });

  it("refuses an unknown since_id, a place behind the end and two cursors, and resets an unknown Last-Event-ID (F2)", async () => {
    await fill();
    const unknown = "evt_00000000000070008000000000000009";
    for (const query of [`?since_id=${unknown}`, "?after=9", "?after=1&tail=true"]) {
      expect((await stream(query)).status).toBe(400);
    }
    const client = await stream("", { "last-event-id": unknown });
    const frames = await client.events(8);
    expect(client.frames.slice(0, 2).map(({ event }) => event)).toEqual(["connected", "reset"]);
    expect(frames).toHaveLength(8);
  });

  it("shows only the types and the session that were asked for, and moves the cursor over the others (F3, B4)", async () => {
    const one = await fill();
    const client = await stream(`?types=session.failed&session_id=${one}`);
    await client.find(({ event }) => event === "connected");
    for (let i = 0; i < PAGE_LINES + 20; i++) await appendFacts(native, one, [idled]);
    await appendFacts(native, one, [failed]);
    const [event] = await client.events(1);
    expect(event?.event).toBe("session.failed");
    const bare = await client.find(({ id, data }) => id !== undefined && data === undefined);
    expect((await list("?limit=1000")).map(({ id }) => id)).toContain(bare.id);
  });

  it("shows a reader that many sessions write to every line once, in order", async () => {
    const ids = await Promise.all(range(1, 5).map(() => makeSession(native)));
    const readers = await Promise.all(range(1, 5).map(() => stream()));
    await Promise.all(ids.flatMap((id) => range(1, 60).map(() => appendFacts(native, id, [idled]))));
    for (const reader of readers) {
      await reader.events(305);
      expect(placesOf(reader)).toEqual(range(1, 305));
    }
  });

  it("tells a viewer of one workspace nothing of another", async () => {
    const client = await stream("", { authorization: `Bearer ${keys.stranger}` });
    await client.find(({ event }) => event === "connected");
    const mine = await stream("");
    await fill();
    await mine.events(8);
    expect(placesOf(client)).toEqual([]);
  });
});

describe("a stream of the feed ends", () => {
  it("with `disconnecting` after its time, everything drained before (F4)", async () => {
    await native[Symbol.asyncDispose]();
    await open({ streams: { cycleMs: 150, visitMs: 20 } });
    await makeSession(native);
    const client = await stream();
    const last = await client.find(({ event }) => event === "disconnecting");
    expect(last.data).toMatchObject({ reason: "connection_cycle" });
    await client.closed;
    expect(placesOf(client)).toEqual([1]);
  });

  it("when the key that opened it is revoked", async () => {
    await native[Symbol.asyncDispose]();
    await open({ streams: { visitMs: 20 } });
    const id = await makeSession(native);
    const client = await stream("?tail=true", { authorization: `Bearer ${keys.member}` });
    await client.find(({ event }) => event === "connected");
    native.revoked.add("key_0000000000017222a222222222222222");
    await client.closed;
    await appendFacts(native, id, [idled]);
    expect(placesOf(client)).toEqual([]);
    expect(client.frames.some(({ event }) => event === "disconnecting")).toBe(false);
  });
});
