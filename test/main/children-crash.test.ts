/**
 * kill -9 of the server around children (P10, C4, Q2): after a child was made, after the park, between a child's end and
 * its telling, after the telling and before the row is gone, and anywhere. After the restart every parent has gone on,
 * with each child made once, each end told once, each token counted once.
 */
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { awaitAll, fence, orchestrating, startOf, until } from "./children-world.ts";
import type { WireEvent, WireSession } from "./children-world.ts";
import { apiOf, startServer } from "./server-process.ts";
import type { Api } from "./server-process.ts";

const ROUNDS = 5;
const FAMILIES = 6;
const usage = { input: 100, output: 10 };

async function post<T>(api: Api, path: string, body: unknown): Promise<T> {
  const { status, body: answer } = await api.json("POST", path, body);
  expect(status, JSON.stringify(answer)).toBe(201);
  return answer as T;
}

async function get<T>(api: Api, path: string): Promise<T> {
  return (await api.json("GET", path)).body as T;
}

async function makeAgents(api: Api): Promise<string> {
  const agent = (name: string, steps: readonly unknown[], more: object = {}) =>
    post<{ id: string }>(api, "/agents", { name, system_prompt: fence(steps), ...more });
  await agent("fast", [{ text: "fast is done", usage }]);
  await agent("slow", [{ text: "slow is done", chunks: 4, chunkDelayMs: 40, usage }]);
  const steps = [
    { tools: [startOf("fast"), startOf("slow")], usage },
    { tools: [awaitAll], usage },
    { text: "both are done", usage },
  ];
  return (await agent("boss", steps, orchestrating())).id;
}

async function begin(api: Api, agent_id: string): Promise<string> {
  const { id } = await post<{ id: string }>(api, "/sessions", { agent_id });
  await post(api, `/sessions/${id}/messages`, { message: { content: [{ type: "text", text: "Begin" }] } });
  return id;
}

async function checkFamily(api: Api, id: string): Promise<void> {
  const parent = await until(async () => {
    const now = await get<WireSession>(api, `/sessions/${id}`);
    return now.status === "idle" && now.usage?.input_tokens === 500 && now;
  });
  expect(parent).toMatchObject({ stop_reason: "end_turn", usage: { input_tokens: 500, output_tokens: 50 } });
  const { data: events } = await get<{ data: WireEvent[] }>(api, `/sessions/${id}/events?after_seq=0&limit=1000`);
  expect(events.map(({ seq }) => seq)).toEqual(events.map((_, index) => index + 1));
  const count = (type: string) => events.filter((event) => event.type === type).length;
  const counted = {
    spawned: count("subagent.spawned"),
    completed: count("subagent.completed"),
    ends: count("turn.completed"),
  };
  expect(counted).toEqual({ spawned: 2, completed: 2, ends: 1 });
  const { data: children } = await get<{ data: WireSession[] }>(api, `/sessions?parent_id=${id}`);
  expect(new Set(children.map(({ title }) => title))).toEqual(new Set(["Work as fast", "Work as slow"]));
  expect(children).toHaveLength(2);
  for (const child of children) {
    const types = `/sessions/${child.id}/events?after_seq=0&limit=1000&types=turn.started`;
    expect((await get<{ data: WireEvent[] }>(api, types)).data, "a child was asked once").toHaveLength(1);
  }
}

const points = [
  "after:tool.started*1",
  "tell:child_made*1",
  "told:child_made*2",
  "tell:asked_by_parent*1",
  "tell:awaiting*1",
  "tell:turn_ended*1",
  "told:turn_ended*1",
  "tell:turn_ended*2",
  "told:turn_ended*2",
];

test.each(points)(
  "P10: a server that dies at %s has told everything after its restart",
  { timeout: 60_000 },
  async (point) => {
    const folder = await mkdtemp(join(tmpdir(), "serai-children-"));
    const first = await startServer({ folder, env: { SERAI_TEST_CRASH_AT: point } });
    const died = once(first.child, "exit");
    const id = await begin(apiOf(first), await makeAgents(apiOf(first)));
    expect((await died)[1]).toBe("SIGKILL");
    const second = await startServer({ folder });
    await checkFamily(apiOf(second), id);
    await second[Symbol.asyncDispose]();
    await rm(folder, { recursive: true, force: true });
  },
);

test(
  `P10: ${ROUNDS} rounds of kill -9 among ${FAMILIES} parents with their children lose nothing and tell nothing twice`,
  { timeout: 120_000 },
  async () => {
    const folder = await mkdtemp(join(tmpdir(), "serai-children-"));
    let server = await startServer({ folder });
    const agentId = await makeAgents(apiOf(server));
    for (let round = 0; round < ROUNDS; round++) {
      const api = apiOf(server);
      const ids = await Promise.all(Array.from({ length: FAMILIES }, () => begin(api, agentId)));
      await new Promise((resolve) => setTimeout(resolve, 30 + round * 60));
      await server.kill();
      server = await startServer({ folder });
      for (const id of ids) await checkFamily(apiOf(server), id);
    }
    await server[Symbol.asyncDispose]();
    await rm(folder, { recursive: true, force: true });
  },
);
