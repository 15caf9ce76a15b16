/** The export of a session and the global chat, on a whole server over SQLite. */
import { request } from "node:http";
import type { IncomingMessage } from "node:http";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Serai } from "../../src/client/index.ts";
import type { EventId, SessionId } from "../../src/core/ids.ts";
import type { EventList } from "../../src/doors/native/schema/event.ts";
import type { MessageList } from "../../src/doors/native/schema/message.ts";
import type { Session } from "../../src/doors/native/schema/session.ts";
import { text } from "../doors/native/native-client.ts";
import type { NativeClient } from "../doors/native/native-client.ts";
import { openWholeServer } from "./whole-server.ts";
import type { WholeServer } from "./whole-server.ts";

let whole: WholeServer;
let owner: NativeClient;
beforeAll(async () => {
  whole = await openWholeServer();
  owner = whole.as.owner;
});
afterAll(() => whole[Symbol.asyncDispose]());

const make = async () => (await owner.post<Session>("/sessions", { harness_name: "generic" })).body.id;
const linesOf = (body: string) =>
  body
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as { id: string; seq?: number });

/** Facts from outside a turn, straight into the store: a log as long as a test needs. */
async function grow(id: string, count: number, bytes = 100): Promise<void> {
  const { store } = whole.server;
  for (let left = count; left > 0; left -= 500) {
    const events = Array.from({ length: Math.min(left, 500) }, () => ({
      id: `evt_${crypto.randomUUID().replaceAll("-", "")}` as EventId,
      type: "output.message.completed",
      contextJson: "{}",
      dataJson: JSON.stringify({
        message: {
          id: `msg_${crypto.randomUUID().replaceAll("-", "")}`,
          role: "agent",
          content: [{ type: "text", text: "x".repeat(bytes) }],
        },
      }),
    }));
    await store.write({ sessionId: id as SessionId, events });
  }
}

describe("an export", () => {
  it("is one Message a line, as the list of messages has them, to be kept as a file", async () => {
    const id = await make();
    const steps = [{ tools: [{ name: "get_current_time", input: {} }] }, { text: "Done." }];
    const script = text(`\`\`\`serai-script\n${JSON.stringify(steps)}\n\`\`\``);
    await owner.post(`/sessions/${id}/messages?wait=true`, script);
    const response = await owner.fetch(`/api/v1/sessions/${id}/export`);
    expect(response.headers.get("content-type")).toBe("application/x-ndjson");
    expect(response.headers.get("content-disposition")).toBe(`attachment; filename="${id}.jsonl"`);
    const { data } = (await owner.get<MessageList>(`/sessions/${id}/messages`)).body;
    expect(data.map(({ role }) => role)).toEqual(["user", "agent", "tool_result", "agent"]);
    expect(linesOf(await response.text())).toEqual(data);
  });

  it("gives every event when asked, byte for byte as the log has it", async () => {
    const id = await make();
    await owner.post(`/sessions/${id}/messages?wait=true`, text("hello"));
    const exported = linesOf(await (await owner.fetch(`/api/v1/sessions/${id}/export?format=events`)).text());
    const { data } = (await owner.get<EventList>(`/sessions/${id}/events?limit=1000`)).body;
    expect(exported).toEqual(data);
    expect(await owner.get(`/sessions/${id}/export?format=xml`)).toMatchObject({ status: 400 });
  });

  it("is empty for a session in which nothing was said", async () => {
    expect(await (await owner.fetch(`/api/v1/sessions/${await make()}/export`)).text()).toBe("");
  });

  it("holds what there was when it began, however long it takes to be read", async () => {
    const id = await make();
    await grow(id, 20_000, 500);
    const download = await open(`/sessions/${id}/export?format=events`);
    let body = "";
    let isGrown = false;
    for await (const chunk of download.setEncoding("utf8")) {
      body += chunk as string;
      if (!isGrown) await grow(id, 500);
      isGrown = true;
    }
    expect(linesOf(body).map(({ seq }) => seq)).toEqual(Array.from({ length: 20_001 }, (_, n) => n + 1));
  });

  it("breaks off when the session is deleted under way: nobody takes the half for the whole", async () => {
    const id = await make();
    await grow(id, 20_000, 2_000);
    const download = await open(`/sessions/${id}/export?format=events`);
    await owner.call("DELETE", `/sessions/${id}?permanent=true`);
    const failure = (async () => {
      for await (const _ of download);
    })();
    await expect(failure).rejects.toThrow("aborted");
  });

  it("is nobody else's", async () => {
    const id = await make();
    expect((await whole.as.viewer.fetch(`/api/v1/sessions/${id}/export`)).status).toBe(200);
    expect((await whole.as.stranger.get(`/sessions/${id}/export`)).status).toBe(404);
  });
});

/** A response whose body nobody has begun to read. */
async function open(path: string): Promise<IncomingMessage> {
  const key = (await readFile(join(whole.folder, "admin.key"), "utf8")).trim();
  return new Promise((resolve, reject) => {
    const headers = { authorization: `Bearer ${key}` };
    request(`${whole.server.url}/api/v1${path}`, { headers }, resolve).on("error", reject).end();
  });
}

describe("the global chat", () => {
  const chat = (client: NativeClient, body?: object) => client.post<Session>("/sessions/chat", body);

  it("is one for each user, made when it is first asked for, however many ask at once (ruling 18)", async () => {
    const answers = await Promise.all(Array.from({ length: 50 }, () => chat(owner)));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
    expect(new Set(answers.map(({ body }) => body.id)).size).toBe(1);
    const me = (await owner.get<{ id: string }>("/auth/me")).body.id;
    const [first] = answers;
    expect(first?.body).toMatchObject({ tags: ["global-chat", `user:${me}`], status: "idle", agent_id: null });
    const harness = await owner.get<{ name: string }>(`/harnesses/${first?.body.harness_id}`);
    expect(harness.body.name).toBe("platform-chat");
    const others = await chat(whole.as.stranger);
    expect(others.body.id).not.toBe(first?.body.id);
    const made = await owner.get<{ total: number }>("/sessions?tags=global-chat");
    expect(made.body.total).toBe(1);
  });

  it("is found again by its row, not by tags", async () => {
    const { id } = (await chat(owner)).body;
    await owner.call("PATCH", `/sessions/${id}`, { tags: ["renamed"] });
    const { body } = await owner.post<Session>("/sessions", { harness_name: "generic", tags: ["global-chat"] });
    expect((await chat(owner)).body.id).toBe(id);
    expect(body.id).not.toBe(id);
  });

  it("talks, and is there after a restart", async () => {
    const { id } = (await chat(owner, { locale: "uk_UA" })).body;
    await owner.post(`/sessions/${id}/messages?wait=true`, text("hello"));
    await whole.restart();
    expect((await chat(owner)).body).toMatchObject({ id, turn_count: 1 });
  });

  it("is made anew once it was deleted, for good or not, and once only", async () => {
    const { id } = (await chat(owner)).body;
    await owner.call("DELETE", `/sessions/${id}`);
    const again = await Promise.all(Array.from({ length: 20 }, () => chat(owner, { locale: "de" })));
    const ids = new Set(again.map(({ body }) => body.id));
    expect(ids.size).toBe(1);
    expect(ids.has(id)).toBe(false);
    expect(again[0]?.body.locale).toBe("de");
    await owner.post(`/sessions/${id}/restore`);
    expect(ids.has((await chat(owner)).body.id)).toBe(true);
    const [second = ""] = ids;
    await owner.call("DELETE", `/sessions/${second}?permanent=true`);
    expect([id, second]).not.toContain((await chat(owner)).body.id);
  });

  it("is not for those who may only read, and wants a language or nothing", async () => {
    expect((await chat(whole.as.viewer)).status).toBe(403);
    expect(await chat(owner, { locale: "no language" })).toMatchObject({ status: 400, body: { path: "/locale" } });
  });
});

describe("the client", () => {
  it("forks, pins, counts, chats and exports", async () => {
    const key = (await readFile(join(whole.folder, "admin.key"), "utf8")).trim();
    const { sessions } = new Serai({ baseUrl: whole.server.url, apiKey: key });
    const id = await make();
    await owner.post(`/sessions/${id}/messages?wait=true`, text("hello"));
    const fork = await sessions.fork(id, { title: "mine", tags: ["x"] }, { idempotencyKey: "client-fork" });
    expect(fork).toMatchObject({ title: "mine", forkedFromSessionId: id });
    await sessions.pin(fork.id);
    expect((await sessions.list({ pinned: true })).data.map((each) => each.id)).toEqual([fork.id]);
    await sessions.unpin(fork.id);
    expect((await sessions.stats()).total).toBeGreaterThan(1);
    expect((await sessions.chat({ locale: "en" })).tags).toContain("global-chat");
    const exported = await new Response(await sessions.export(fork.id)).text();
    expect(linesOf(exported)).toHaveLength(2);
  });
});
