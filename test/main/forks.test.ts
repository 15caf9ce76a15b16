/** Forks on a whole server over SQLite: what they take over, from where, and what they are independent of. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parseLine } from "../../src/core/events/envelope.ts";
import { foldEvents } from "../../src/core/fold.ts";
import type { SessionId } from "../../src/core/ids.ts";
import { initialState } from "../../src/core/state.ts";
import type { EventList } from "../../src/doors/native/schema/event.ts";
import type { FileList } from "../../src/doors/native/schema/file.ts";
import type { MessageList, SentMessage } from "../../src/doors/native/schema/message.ts";
import type { Session } from "../../src/doors/native/schema/session.ts";
import { text } from "../doors/native/native-client.ts";
import type { NativeClient } from "../doors/native/native-client.ts";
import { openWholeServer } from "./whole-server.ts";
import type { WholeServer } from "./whole-server.ts";

let whole: WholeServer;
let owner: NativeClient;
beforeAll(async () => {
  whole = await openWholeServer({ limits: { forkEvents: 200 } });
  owner = whole.as.owner;
});
afterAll(async () => {
  await whole[Symbol.asyncDispose]();
  expect(whole.faults).toEqual([]);
});

const script = (...steps: readonly object[]) => text(`\`\`\`serai-script\n${JSON.stringify(steps)}\n\`\`\``);
const write = (path: string, content: string) => ({ tools: [{ name: "write_file", input: { path, content } }] });

async function make(body: object = {}): Promise<Session> {
  return (await owner.post<Session>("/sessions", { harness_name: "generic", ...body })).body;
}

/** Sends and waits for the end; the id of what was sent. */
async function turn(id: string, message: object): Promise<string> {
  const sent = await owner.post<{ status: string; message: SentMessage }>(
    `/sessions/${id}/messages?wait=true`,
    message,
  );
  expect(sent.body.status, JSON.stringify(sent.body)).toBe("completed");
  return sent.body.message.id;
}

async function fork(id: string, body?: object): Promise<Session> {
  const made = await owner.post<Session>(`/sessions/${id}/fork`, body);
  expect(made.status, JSON.stringify(made.body)).toBe(201);
  return made.body;
}

const events = async (id: string) => (await owner.get<EventList>(`/sessions/${id}/events?limit=1000`)).body.data;
const messages = async (id: string) => (await owner.get<MessageList>(`/sessions/${id}/messages`)).body.data;
const said = async (id: string) => (await messages(id)).map(({ role, content }) => [role, content[0]]);
async function files(id: string): Promise<Readonly<Record<string, string>>> {
  const { data } = (await owner.get<FileList>(`/sessions/${id}/fs?recursive=true`)).body;
  const contents = data.map(async ({ path, is_directory }) => {
    const content = is_directory ? "/" : await (await owner.fetch(`/api/v1/sessions/${id}/fs${path}`)).text();
    return [path, content] as const;
  });
  return Object.fromEntries(await Promise.all(contents));
}

describe("a fork", () => {
  it("begins with configuration, log and files of the session, and goes its own way", async () => {
    const config = { tags: ["a"], system_prompt: "Be brief.", locale: "de", hints: { x: 1 }, max_iterations: 7 };
    const parent = await make({ title: "Plan", ...config, initial_files: [{ path: "/a.txt", content: "one" }] });
    await turn(parent.id, script(write("/b/c.txt", "two"), { text: "Written." }));
    const before = await events(parent.id);
    const child = await fork(parent.id);
    expect(child).toMatchObject({
      ...config,
      title: "Plan (fork)",
      harness_id: parent.harness_id,
      status: "idle",
      turn_count: 1,
      message_count: 3,
      usage: null,
      preview: expect.stringContaining("serai-script"),
      output_preview: "Written.",
      forked_from_session_id: parent.id,
      forked_from_seq: before.length,
    });
    expect(await said(child.id)).toEqual(await said(parent.id));
    expect(await files(child.id)).toEqual({ "/a.txt": "one", "/b": "/", "/b/c.txt": "two" });
    const after = await events(child.id);
    expect(after.map(({ type, seq, data }) => [type, seq, data]).slice(1)).toEqual(
      before.map(({ type, seq, data }) => [type, seq, data]).slice(1),
    );
    expect(after[0]).toMatchObject({ type: "session.created", data: { forked_from_session_id: parent.id } });
    expect(new Set([...before, ...after].map(({ id }) => id)).size).toBe(before.length + after.length);

    await turn(child.id, script(write("/b/c.txt", "mine"), { text: "Changed." }));
    await owner.call("DELETE", `/sessions/${child.id}/fs/a.txt`);
    await turn(parent.id, script(write("/d.txt", "three"), { text: "More." }));
    expect(await files(parent.id)).toEqual({ "/a.txt": "one", "/b": "/", "/b/c.txt": "two", "/d.txt": "three" });
    expect(await files(child.id)).toEqual({ "/b": "/", "/b/c.txt": "mine" });
    expect(await events(parent.id)).toEqual([...before, ...(await events(parent.id)).slice(before.length)]);
  });

  it("has the state that its log folds to, at the fork and from there on (B13)", async () => {
    const { id } = await make();
    await turn(id, script(write("/a", "one"), { text: "Written." }));
    await owner.post(`/sessions/${id}/pause`);
    const child = (await fork(id)).id as SessionId;
    const { store } = whole.server;
    const isFolded = async () => {
      const record = await store.readSession(child);
      const { lines } = await store.readLog({ sessionId: child, after: 0, limit: 1_000 });
      const folded = foldEvents(initialState, lines.slice(0, record?.foldedSeq).map(parseLine));
      expect(record?.state).toEqual(folded);
      expect(record?.foldedSeq).toBe(lines.length);
    };
    await isFolded();
    await turn(child, text("go on"));
    await isFolded();
  });

  it("takes what its body says instead", async () => {
    const parent = await make({ title: "Plan", tags: ["a"] });
    const agent = await owner.post<{ id: string }>("/agents", { name: "other", system_prompt: "" });
    const body = { title: null, tags: ["b"], agent_id: agent.body.id, system_prompt: "New.", locale: "pt_br" };
    const changed = { title: null, tags: ["b"], agent_id: agent.body.id, system_prompt: "New.", locale: "pt-BR" };
    expect(await fork(parent.id, body)).toMatchObject(changed);
    const long = await make({ title: "😀".repeat(100) });
    expect((await fork(long.id)).title).toMatch(/^(😀)+ \(fork\)$/u);
    expect((await fork((await make()).id)).title).toBe("Session (fork)");
  });

  it("ends with the turn of a message, with the files as they were then", async () => {
    const { id } = await make();
    const first = await turn(id, script(write("/a", "one"), { text: "First." }));
    await turn(
      id,
      script(write("/a", "two"), { tools: [{ name: "delete_file", input: { path: "/b" } }] }, write("/b", "x"), {
        text: "Second.",
      }),
    );
    const [, , , , , answer] = await messages(id);
    await owner.call("PUT", `/sessions/${id}/fs/a`, { content: "three" });
    const toFirst = await fork(id, { up_to_message_id: first });
    expect(await files(toFirst.id)).toEqual({ "/a": "one" });
    expect((await messages(toFirst.id)).map(({ role }) => role)).toEqual(["user", "agent", "tool_result", "agent"]);
    const log = await events(toFirst.id);
    expect(log.slice(-2).map(({ type }) => type)).toEqual(["turn.completed", "session.idled"]);
    expect(log.length).toBe(toFirst.forked_from_seq);
    const toSecond = await fork(id, { up_to_message_id: answer?.id });
    expect(await files(toSecond.id)).toEqual({ "/a": "two", "/b": "x" });
    expect(await files((await fork(id)).id)).toEqual({ "/a": "three", "/b": "x" });
    const ofFork = await fork(toSecond.id, { up_to_message_id: first });
    expect(await files(ofFork.id)).toEqual({ "/a": "one" });
    expect(await said(ofFork.id)).toEqual(await said(toFirst.id));
    for (const up_to_message_id of ["msg_00000000000070008000000000000000", "nonsense"]) {
      const refused = await owner.post(`/sessions/${id}/fork`, { up_to_message_id });
      expect(refused).toMatchObject({ status: 404, body: { kind: "message" } });
    }
  });

  it("is open and idle whatever the session has come to", async () => {
    const { id } = await make();
    const first = await turn(id, text("hello"));
    await owner.post(`/sessions/${id}/pause`);
    await owner.post(`/sessions/${id}/messages`, { ...text("later"), when_busy: "queue" });
    const ofHeld = await fork(id);
    expect(ofHeld).toMatchObject({ status: "idle", hold: null, queued_count: 0 });
    expect((await events(ofHeld.id)).slice(-2).map(({ type }) => type)).toEqual([
      "session.resumed",
      "message.unqueued",
    ]);
    await turn(ofHeld.id, text("go on"));
    await owner.post(`/sessions/${id}/complete`);
    expect(await fork(id)).toMatchObject({ status: "idle", turn_count: 1 });
    await owner.post(`/sessions/${id}/kill`);
    const ofKilled = await fork(id);
    expect(ofKilled).toMatchObject({ status: "idle", turn_count: 1 });
    await turn(ofKilled.id, text("alive"));
    expect((await fork(id, { up_to_message_id: first })).status).toBe("idle");
  });

  it("is refused in the middle of a turn, with what can be done", async () => {
    const { id } = await make();
    const sent = await owner.post<SentMessage>(`/sessions/${id}/messages`, script({ hang: true }));
    const refused = await owner.post(`/sessions/${id}/fork`);
    expect(refused).toMatchObject({
      status: 409,
      body: { code: "not_allowed", action: "fork", state: "active", allowed: expect.arrayContaining(["cancel"]) },
    });
    await owner.post(`/sessions/${id}/cancel`);
    await expect.poll(async () => (await owner.get<Session>(`/sessions/${id}`)).body.status).toBe("idle");
    const child = await fork(id, { up_to_message_id: sent.body.id });
    expect((await said(child.id)).at(-1)).toEqual(["agent", { type: "text", text: "Work was cancelled by user." }]);
  });

  it("is made once for an Idempotency-Key (T2)", async () => {
    const [{ id }, other] = [await make(), await make()];
    const headers = { "idempotency-key": "fork-once" };
    const first = await owner.post<Session>(`/sessions/${id}/fork`, { title: "x" }, headers);
    expect((await owner.post<Session>(`/sessions/${id}/fork`, { title: "x" }, headers)).body.id).toBe(first.body.id);
    expect((await owner.post(`/sessions/${id}/fork`, { title: "y" }, headers)).status).toBe(422);
    expect((await owner.post(`/sessions/${other.id}/fork`, { title: "x" }, headers)).status).toBe(422);
  });

  it("is refused when the log is longer than the limit, by the limit's name, and not up to an earlier turn", async () => {
    const { id } = await make();
    const first = await turn(id, text("hello"));
    for (let n = 0; n < 25; n++) await owner.post(`/sessions/${id}/fs/f${n}`, { content: "" });
    for (let n = 0; n < 18; n++) await turn(id, text(`more ${n}`));
    const refused = await owner.post(`/sessions/${id}/fork`);
    expect(refused).toMatchObject({ status: 413, body: { setting: "forkEvents", limit: 200 } });
    expect((await fork(id, { up_to_message_id: first })).turn_count).toBe(1);
  });

  it("keeps its files and images when the session it was made of is erased", async () => {
    const { id } = await make({ initial_files: [{ path: "/a", content: "kept" }] });
    const base64 = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";
    const image = { type: "image", base64, media_type: "image/png" };
    await turn(id, { message: { content: [{ type: "text", text: "look" }, image] } });
    const child = await fork(id);
    const imageOf = async (session: string) => {
      const parts = (await messages(session)).flatMap(({ content }) => content);
      const part = parts.find(({ type }) => type === "image_file");
      return part?.type === "image_file" ? part.image_id : "";
    };
    const [parents, childs] = [await imageOf(id), await imageOf(child.id)];
    expect(childs).toMatch(/^img_/);
    expect(childs).not.toBe(parents);
    await owner.call("DELETE", `/sessions/${id}?permanent=true`);
    expect((await owner.fetch(`/api/v1/images/${parents}`)).status).toBe(404);
    const shown = await owner.fetch(`/api/v1/images/${childs}`);
    expect(Buffer.from(await shown.arrayBuffer()).toString("base64")).toBe(base64);
    expect(await files(child.id)).toEqual({ "/a": "kept" });
    expect(await files((await fork(child.id)).id)).toEqual({ "/a": "kept" });
  });

  it("knows only agents and models that are there, and only one's own sessions", async () => {
    const { id } = await make();
    const unknown = "agt_00000000000070008000000000000000";
    expect((await owner.post(`/sessions/${id}/fork`, { agent_id: unknown })).status).toBe(404);
    expect((await owner.post(`/sessions/${id}/fork`, { model_id: "mod_x" })).status).toBe(404);
    expect((await owner.post(`/sessions/${id}/fork`, { tags: "x" })).status).toBe(400);
    expect((await whole.as.stranger.post(`/sessions/${id}/fork`)).status).toBe(404);
  });

  it("goes on after a restart", async () => {
    const { id } = await make();
    await turn(id, text("hello"));
    const child = await fork(id);
    await whole.restart();
    await turn(child.id, text("still here"));
    expect(await said(child.id)).toHaveLength(4);
  });
});
