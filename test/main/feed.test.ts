/** The feed, decisions and briefings of a whole server on SQLite, also after it was started again. */
import { afterEach, beforeEach, expect, it } from "vitest";
import type { FeedEvent, FeedList } from "../../src/doors/native/schema/feed.ts";
import type { Briefing, Decision, DecisionList } from "../../src/doors/native/schema/team.ts";
import type { Session } from "../../src/doors/native/schema/session.ts";
import { text } from "../doors/native/native-client.ts";
import { openSse } from "../http/sse-client.ts";
import { openWholeServer } from "./whole-server.ts";
import type { WholeServer } from "./whole-server.ts";

let whole: WholeServer;
beforeEach(async () => {
  whole = await openWholeServer();
});
afterEach(async () => {
  await whole[Symbol.asyncDispose]();
  expect(whole.faults).toEqual([]);
});

async function makeSession(title: string): Promise<string> {
  return (await whole.as.member.post<Session>("/sessions", { harness_name: "generic", title })).body.id;
}

async function feed(query = ""): Promise<readonly FeedEvent[]> {
  return (await whole.as.viewer.get<FeedList>(`/feed${query}`)).body.data;
}

it("N1, N3: tells of a turn and of a decision in the order of their commits, to the readers of the workspace alone", async () => {
  const id = await makeSession("Build JWT auth flow");
  await whole.as.member.post(`/sessions/${id}/messages?wait=true`, text("hello"));
  const made = await whole.as.member.post<Decision>("/decisions", { title: "Use JWT for auth", session_id: id });
  const lines = await feed();
  expect(lines.map(({ type }) => type)).toEqual([
    "session.created",
    "session.activated",
    "session.idled",
    "decision.recorded",
  ]);
  expect(lines.every(({ session_id }) => session_id === id)).toBe(true);
  expect(lines.at(-1)?.data).toMatchObject({ decision_id: made.body.id, title: "Use JWT for auth" });
  expect((await whole.as.stranger.get<FeedList>("/feed")).body.data).toEqual([]);
  expect((await whole.as.stranger.get<DecisionList>("/decisions?q=jwt")).body.total).toBe(0);
  expect((await whole.as.stranger.get<Briefing>("/brief")).body.text).toBe("No other agents are active.");
  const brief = (await whole.as.viewer.get<Briefing>("/brief")).body.text;
  expect(brief).toMatch(
    /^Team briefing:\n\nActive agents:\n - .+ \(Serai\): Build JWT auth flow\n\nRecent decisions:\n - Use JWT/,
  );
});

it("N5: goes on after a restart where the reader was", async () => {
  const id = await makeSession("One");
  const [first] = await feed();
  await whole.restart();
  const key = (await whole.as.owner.post<{ key: string }>("/keys", { name: "reader" })).body.key;
  const headers = { authorization: `Bearer ${key}`, "last-event-id": first?.id ?? "" };
  const client = await openSse(`${whole.server.url}/api/v1/feed/sse`, headers);
  await client.find(({ event }) => event === "connected");
  await whole.as.member.call("PATCH", `/sessions/${id}`, { title: "Another" });
  await makeSession("Two");
  const events = await client.events(2);
  expect(events.map(({ event }) => event)).toEqual(["session.updated", "session.created"]);
  client.close();
});

it("N6: forgets a purged session and never gives its places away again", async () => {
  const id = await makeSession("One");
  const gone = await makeSession("Two");
  const before = await feed();
  expect((await whole.as.member.call("DELETE", `/sessions/${gone}?permanent=true`)).status).toBe(204);
  await expect.poll(async () => (await feed(`?session_id=${gone}`)).length).toBe(0);
  const next = await makeSession("Three");
  const after = await feed();
  expect(after.map(({ session_id }) => session_id)).toEqual([id, next]);
  expect(after.at(-1)?.position).toBeGreaterThan(before.at(-1)?.position ?? 0);
});
