/**
 * `kill -9` of a server while sessions wait for something: none of them waits for ever under the next one (S6).
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import type { Session } from "../../../src/doors/native/schema/session.ts";
import type { Step } from "../../acp-agent/script.ts";
import { makeRepository } from "../../checkouts/repository.ts";
import { until } from "../children-world.ts";
import { apiOf, startServer } from "../server-process.ts";
import type { Api, ServerProcess } from "../server-process.ts";

const AGENT = resolve(import.meta.dirname, "../../acp-agent/agent.ts");

let folder: string;
let server: ServerProcess;
let api: Api;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "serai-waiting-"));
  await makeRepository(join(folder, "app"), { "a.txt": "a\n" });
  await start();
});
afterEach(async () => {
  await server[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

async function start(): Promise<void> {
  const env = { SERAI_AGENT_CODEX: JSON.stringify([process.execPath, AGENT]), SERAI_ISOLATION: "off" };
  server = await startServer({ folder, env });
  api = apiOf(server);
}

async function restart(): Promise<void> {
  await server.kill();
  await start();
}

async function post<T>(path: string, body: unknown): Promise<T> {
  const { status, body: answer } = await api.json("POST", path, body);
  expect(status, JSON.stringify(answer)).toBeLessThan(300);
  return answer as T;
}

const get = async <T>(path: string) => (await api.json("GET", path)).body as T;
const all = async () => (await get<{ data: Session[] }>("/sessions?limit=100")).data;
const eventsOf = async (id: string) =>
  (await get<{ data: { type: string; data: Record<string, unknown> }[] }>(`/sessions/${id}/events?limit=1000`)).data;
const ended = (id: string) =>
  until(async () => {
    const now = await get<Session>(`/sessions/${id}`);
    return now.status === "idle" && now.stop_reason !== null && now;
  });

async function begin(steps: readonly Step[], project: object = {}): Promise<string> {
  const body = { name: "app", path: join(folder, "app"), default_harness: "codex", ...project };
  await post("/projects", body);
  const { id } = await post<Session>("/sessions", { project_id: "app" });
  await post(`/sessions/${id}/messages`, { message: { content: [{ type: "text", text: JSON.stringify(steps) }] } });
  return id;
}

it("W16: a parent and its child in the one place of a project both end under the next server", async () => {
  const child: readonly Step[] = [{ waitMs: 1_500 }, { say: "Deep." }];
  const id = await begin(
    [
      { call: "start_session", input: { agent: "worker", prompt: JSON.stringify(child) } },
      { call: "wait_for_session", input: { session_id: "{session}", timeout_seconds: 30 } },
    ],
    { max_sessions: 1, setup: ["sleep 1"] },
  );
  const harness = await post<{ id: string }>("/harnesses", { name: "programs", kind: "codex" });
  await post("/agents", { name: "worker", system_prompt: "Work.", harness_id: harness.id });
  const works = async (session: string) => (await eventsOf(session)).some(({ type }) => type === "process.started");
  await until(async () => {
    const other = (await all()).find((each) => each.id !== id);
    return other !== undefined && (await works(other.id));
  });
  await restart();
  await ended(id);
  for (const each of await all()) expect((await ended(each.id)).stop_reason).toBe("end_turn");
}, 90_000);

it("S6: a program that died with its server asks anew, and nobody's answer to its first question is needed", async () => {
  const steps = [{ ask: { toolCallId: "t", title: "Delete all", kind: "delete" } }, { say: "Gone." }] as const;
  const id = await begin(steps);
  const questions = async (type: string) => (await eventsOf(id)).filter((event) => event.type === type);
  await until(async () => (await get<Session>(`/sessions/${id}`)).needs.includes("approval"));
  await restart();
  await until(async () => (await questions("approval.requested")).length === 2);
  const [withdrawn] = await questions("approval.answered");
  expect(withdrawn?.data["answer"]).toBe("cancelled");
  const { data } = await until(async () => {
    const asked = await get<{ data: { id: string }[] }>(`/approvals?root_id=${id}`);
    return asked.data.length > 0 && asked;
  });
  expect(data).toHaveLength(1);
  await post(`/sessions/${id}/approvals/${data[0]?.id}`, { answer: "allow" });
  expect((await ended(id)).stop_reason).toBe("end_turn");
  expect(await questions("approval.requested")).toHaveLength(2);
}, 90_000);

it("S16: a session that was made to begin at once begins under the next server, once", async () => {
  const project = { name: "slow", path: join(folder, "app"), default_harness: "codex", setup: ["sleep 4"] };
  await post("/projects", project);
  const key = { authorization: `Bearer ${server.key}`, "content-type": "application/json" };
  const spawn = { project_id: "slow", prompt: JSON.stringify([{ say: "Begun." }]) };
  const init = { method: "POST", headers: key, body: JSON.stringify(spawn) };
  const cutOff = fetch(`${server.url}/ennio/api/v1/sessions`, init).catch(() => null);
  const { id } = await until(async () => (await all())[0] ?? false);
  await restart();
  expect(await cutOff).toBeNull();
  expect(await get<Session>(`/sessions/${id}`)).toMatchObject({ status: "idle", turn_count: 0 });
  expect(await ended(id)).toMatchObject({ stop_reason: "end_turn", turn_count: 1 });
  expect(await all()).toHaveLength(1);
}, 90_000);
