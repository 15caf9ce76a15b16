/**
 * Turns that wait, on a real server with the scripted model, as a client sees them: a round trip through a tool of the
 * client, a person who allows and denies, nobody who answers; and kill -9 while a turn waits and right after an answer.
 */
import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pino } from "pino";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { boot } from "../../src/main/boot.ts";
import { readSettings } from "../../src/main/config.ts";
import type { Limits } from "../../src/core/limits.ts";
import { apiOf, startServer } from "./server-process.ts";
import type { Api } from "./server-process.ts";

interface WireEvent {
  readonly id: string;
  readonly type: string;
  readonly data: Readonly<Record<string, unknown>>;
}

interface Waiting {
  readonly api: Api;
  readonly id: string;
}

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "serai-approvals-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const askUser = { type: "client_side", name: "ask_user", description: "Asks the user" };

/** One server of this process, over a real socket, with the times that a test gives it. */
async function open(name: string, limits: Partial<Limits> = {}): Promise<Api> {
  const data = join(folder, name);
  const read = readSettings({ port: 0, data }, {}, folder);
  if (!read.ok) throw new Error(read.reason);
  const options = { settings: read.settings, environment: {}, version: "test", log: pino({ level: "silent" }), limits };
  const server = await boot({
    ...options,
    onBroken: (fault) => {
      throw fault;
    },
  });
  onTestFinished(() => server[Symbol.asyncDispose]());
  const key = (await readFile(join(data, "admin.key"), "utf8")).trim();
  return apiOf({ url: server.url, key });
}

async function post<T>(api: Api, path: string, body: unknown): Promise<{ readonly status: number; readonly body: T }> {
  const { status, body: answer } = await api.json("POST", path, body);
  return { status, body: answer as T };
}

/** An agent that must ask before it writes and has a tool of the client; it does as the steps say. */
async function start(api: Api, steps: readonly unknown[]): Promise<Waiting> {
  const agent = await post<{ id: string }>(api, "/agents", {
    name: `agent ${crypto.randomUUID()}`,
    system_prompt: "",
    capabilities: [{ ref: "session_file_system" }],
    tools: [askUser],
    tool_policies: { write_file: "approve" },
  });
  expect(agent.status).toBe(201);
  const session = await post<{ id: string }>(api, "/sessions", { agent_id: agent.body.id });
  const { id } = session.body;
  const script = `Go.\n\`\`\`serai-script\n${JSON.stringify(steps)}\n\`\`\``;
  const message = { content: [{ type: "text", text: script }] };
  expect((await post(api, `/sessions/${id}/messages`, { message })).status).toBe(201);
  return { api, id };
}

const write = (path: string) => ({ name: "write_file", input: { path, content: "hello" } });

/** Follows the log from its start until an event of the type; gives all up to it. */
async function until({ api, id }: Waiting, type: string): Promise<readonly WireEvent[]> {
  const response = await api.fetch(`/sessions/${id}/sse?deltas=false`);
  const events: WireEvent[] = [];
  let text = "";
  for await (const chunk of response.body ?? []) {
    text += Buffer.from(chunk).toString();
    const frames = text.split("\n\n");
    text = frames.pop() ?? "";
    for (const frame of frames) {
      const data = /^data: (\{"id":.*)$/m.exec(frame)?.[1];
      if (data === undefined) continue;
      events.push(JSON.parse(data) as WireEvent);
      if (events.at(-1)?.type === type) return events;
    }
  }
  throw new Error(`The stream ended before ${type}: ${events.map((event) => event.type).join(" ")}`);
}

function last(events: readonly WireEvent[], type: string): Readonly<Record<string, unknown>> {
  const found = events.findLast((event) => event.type === type);
  if (found === undefined) throw new Error(`No ${type} in ${events.map((event) => event.type).join(" ")}`);
  return found.data;
}

async function answer({ api, id }: Waiting, body: unknown) {
  const inbox = (await api.json("GET", `/approvals?session_id=${id}`)).body as { data: { id: string }[] };
  return api.json("POST", `/sessions/${id}/approvals/${inbox.data[0]?.id}`, body);
}

async function fileText({ api, id }: Waiting, path: string): Promise<string | null> {
  const response = await api.fetch(`/sessions/${id}/fs${path}`);
  const text = await response.text();
  return response.ok ? text : null;
}

describe("a turn that waits, on a real server", () => {
  test("goes through a tool of the client and back", async () => {
    const api = await open("client");
    const session = await start(api, [
      { text: "Let me ask", tools: [{ name: "ask_user", input: { question: "Which?" } }] },
      { text: "Thank you" },
    ]);
    const asked = last(await until(session, "tool.call_requested"), "tool.call_requested");
    const [call] = asked["tool_calls"] as { id: string; name: string; arguments: unknown }[];
    expect(call).toMatchObject({ name: "ask_user", arguments: { question: "Which?" } });
    const results = { tool_results: [{ tool_call_id: call?.id, result: { choice: "the second" } }] };
    const given = await post(api, `/sessions/${session.id}/tool-results`, results);
    expect(given).toEqual({ status: 200, body: { accepted: 1, status: "active" } });
    const events = await until(session, "session.idled");
    expect(last(events, "tool.completed")).toMatchObject({
      success: true,
      result: [{ text: '{"choice":"the second"}' }],
    });
    expect(last(events, "turn.completed")).toMatchObject({ stop_reason: "end_turn", tool_call_count: 1 });
  });

  test("does what a person allows and not what they deny", async () => {
    const api = await open("person");
    const session = await start(api, [
      { text: "Two files", tools: [write("/a.txt")] },
      { text: "And one more", tools: [write("/b.txt")] },
      { text: "Done" },
    ]);
    await until(session, "approval.requested");
    expect(await answer(session, { answer: "allow" })).toMatchObject({ status: 200 });
    await until(session, "approval.answered");
    await expect.poll(() => fileText(session, "/a.txt")).toBe("hello");
    await expect.poll(async () => (await answer(session, { answer: "deny" })).status).toBe(200);
    const events = await until(session, "session.idled");
    expect(last(events, "tool.completed")).toMatchObject({ success: false, error: "The user did not allow this" });
    expect(await fileText(session, "/b.txt")).toBeNull();
  });

  test("asks about a tool once when it is allowed for the session", async () => {
    const api = await open("scope");
    const session = await start(api, [{ tools: [write("/a.txt")] }, { tools: [write("/b.txt")] }, { text: "Done" }]);
    await until(session, "approval.requested");
    await answer(session, { answer: "allow", scope: "session" });
    const events = await until(session, "session.idled");
    expect(events.filter(({ type }) => type === "approval.requested")).toHaveLength(1);
    expect(await fileText(session, "/b.txt")).toBe("hello");
  });

  test("goes on by itself when nobody answers in time", async () => {
    const api = await open("late", { approvalMs: 200, toolResultsMs: 100 });
    const session = await start(api, [
      { tools: [write("/a.txt"), { name: "ask_user", input: {} }] },
      { text: "Then I go on without" },
    ]);
    const events = await until(session, "session.idled");
    const ends = events.filter(({ type }) => type === "tool.completed").map(({ data }) => data["status"]);
    expect(new Set(ends)).toEqual(new Set(["error", "timeout"]));
    expect(events.map(({ type }) => type)).toContain("approval.expired");
    expect(await fileText(session, "/a.txt")).toBeNull();
  });
});

describe("T14: kill -9 around a turn that waits", () => {
  const steps = [{ text: "One file", tools: [write("/a.txt")] }, { text: "Done" }];

  test(
    "Q2: a turn that waits is still waiting after the restart, and takes its answer",
    { timeout: 60_000 },
    async () => {
      const own = join(folder, "waiting");
      const first = await startServer({ folder: own });
      const session = await start(apiOf(first), steps);
      await until(session, "approval.requested");
      await first.kill();
      const second = await startServer({ folder: own });
      const again = { api: apiOf(second), id: session.id };
      expect(await again.api.json("GET", `/sessions/${session.id}`)).toMatchObject({ body: { needs: ["approval"] } });
      expect(await answer(again, { answer: "allow" })).toMatchObject({ status: 200 });
      const events = await until(again, "session.idled");
      expect(events.map(({ type }) => type)).not.toContain("turn.interrupted");
      expect(await fileText(again, "/a.txt")).toBe("hello");
      await second[Symbol.asyncDispose]();
    },
  );

  test.each(["after:tool.started*1", "after:output.message.started*1"])(
    "Q2: a process that dies %s an allowed call leaves a turn that the next one ends, with the file written once",
    { timeout: 60_000 },
    async (point) => {
      const own = join(folder, point.replaceAll(/\W/g, "-"));
      const first = await startServer({ folder: own, env: { SERAI_TEST_CRASH_AT: point } });
      const died = once(first.child, "exit");
      const session = await start(apiOf(first), steps);
      await until(session, "approval.requested");
      // The answer may die with the process; what was committed counts.
      await answer(session, { answer: "allow" }).catch(() => null);
      expect((await died)[1]).toBe("SIGKILL");
      const second = await startServer({ folder: own });
      const again = { api: apiOf(second), id: session.id };
      const events = await until(again, "session.idled");
      const types = events.map(({ type }) => type);
      expect(types.filter((type) => type === "approval.answered")).toHaveLength(1);
      expect(types.filter((type) => type === "tool.started")).toHaveLength(1);
      expect(types.filter((type) => type === "tool.completed")).toHaveLength(1);
      expect(types).toContain("turn.completed");
      const versions = await again.api.json("POST", `/sessions/${session.id}/fs/_/versions`, { path: "/a.txt" });
      expect((versions.body as { data: unknown[] }).data).toHaveLength(1);
      await second[Symbol.asyncDispose]();
    },
  );
});
