/**
 * A session has one state and five doors: made at any of them and brought into a state, it is right at all of them (S4, S7).
 * Rows are states, columns are doors; every cell is asked of a session that each door has made.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { makeRepository } from "../checkouts/repository.ts";
import { openDialectWorld } from "../doors/dialect-world.ts";
import type { DialectWorld } from "../doors/dialect-world.ts";
import { until } from "./children-world.ts";
import { deliveries, isListedAs, isNowhere, states, wordsOf } from "./door-words.ts";
import type { Delivered, State } from "./door-words.ts";

const makers = ["native", "viben", "agen", "ennio", "enagrams"] as const;
type Maker = (typeof makers)[number];

let world: DialectWorld;
let base: string;
let agent: string;
beforeAll(async () => {
  base = await mkdtemp(join(tmpdir(), "serai-states-"));
  world = await openDialectWorld();
  agent = await world.agent("worker", [{ text: "Done." }], { capabilities: [{ ref: "current_time" }] });
});
afterAll(async () => {
  await world[Symbol.asyncDispose]();
  await rm(base, { recursive: true, force: true });
  expect(world.whole.faults).toEqual([]);
});

const ask = async <T>(door: string, method: string, path: string, body?: unknown) => {
  const answer = await world.door(door)<T>(method, path, body);
  return answer;
};

let count = 0;
const hook = (conversation: string, event: string, more: object = {}) =>
  ask<{ session_id: string }>("/workspaces", "POST", "/sessions/hook", {
    ...{ event, agent_type: "claude_code", workspace_slug: "default", conversation_id: conversation },
    ...more,
  });

/** As a client of that door makes one; nothing was said to it yet. Ennio's sessions begin with their work. */
const begin: Readonly<Record<Exclude<Maker, "ennio">, () => Promise<string>>> = {
  native: () => made("/api/v1", { agent_id: agent }),
  viben: () => made("/api", { agent_id: "HOSTED" }),
  agen: () => made("/agen/api/v1", { branch_name: null }),
  enagrams: async () => (await hook(`conversation-${(count += 1)}`, "SessionStart")).body.session_id,
};

/** The same, and its first turn is over. */
async function make(maker: Maker): Promise<string> {
  if (maker === "ennio") {
    const body = { project_id: "app", prompt: "Begin" };
    const { data } = (await ask<{ data: { id: string } }>("/ennio/api/v1", "POST", "/sessions", body)).body;
    await rested(data.id);
    return data.id;
  }
  const id = await begin[maker]();
  if (maker === "enagrams") {
    await hook(`conversation-${count}`, "UserPromptSubmit", { prompt: "Begin" });
    // `Stop` would end the session here (ruling 28).
    await ask("/api/v1", "POST", `/sessions/${id}/cancel`);
  } else await say(id, "Begin");
  await rested(id);
  return id;
}

async function made(door: string, body: object): Promise<string> {
  const answer = await ask<{ id: string }>(door, "POST", "/sessions", body);
  expect(answer.status, JSON.stringify(answer.body)).toBe(201);
  return answer.body.id;
}

async function say(id: string, text: string): Promise<void> {
  const sent = await ask("/api/v1", "POST", `/sessions/${id}/messages`, {
    message: { content: [{ type: "text", text }] },
  });
  expect(sent.status, JSON.stringify(sent.body)).toBe(201);
}

type Native = Record<"status" | "activity", string> & {
  readonly turn_count: number;
  readonly needs: readonly string[];
};
const native = async (id: string) => (await ask<Native>("/api/v1", "GET", `/sessions/${id}`)).body;
const rested = (id: string) =>
  until(async () => {
    const { status, turn_count } = await native(id);
    return status === "idle" && turn_count > 0;
  });

const script = (steps: readonly object[]) => `\`\`\`serai-script\n${JSON.stringify(steps)}\n\`\`\``;
const verb = async (id: string, name: string) => {
  const done = await ask("/api/v1", "POST", `/sessions/${id}/${name}`);
  expect(done.status, JSON.stringify(done.body)).toBe(200);
};

const bring: Readonly<Record<Exclude<State, "created" | "rested" | Delivered>, (id: string) => Promise<void>>> = {
  active: (id) => say(id, script([{ hang: true }])),
  async waiting(id) {
    await ask("/api/v1", "PATCH", `/sessions/${id}`, { tool_policies: { get_current_time: "approve" } });
    await say(id, script([{ tools: [{ name: "get_current_time", input: {} }] }]));
    await until(async () => (await native(id)).needs.includes("approval"));
  },
  paused: (id) => verb(id, "pause"),
  completed: (id) => verb(id, "complete"),
  async failed(id) {
    expect((await ask("/api", "PATCH", `/sessions/${id}`, { status: "failed" })).status).toBe(200);
  },
  killed: (id) => verb(id, "kill"),
};

/** As whoever watches the forge says it. */
async function deliver(id: string, state: Delivered): Promise<void> {
  for (const change of deliveries[state]) {
    const done = await ask("/api/v1", "PUT", `/sessions/${id}/delivery`, change);
    expect(done.status, JSON.stringify(done.body)).toBe(200);
  }
}

const isDelivered = (state: State): state is Delivered => Object.hasOwn(deliveries, state);

async function brought(maker: Maker, state: State): Promise<string> {
  if (state === "created" && maker !== "ennio") return begin[maker]();
  const id = await make(maker);
  if (isDelivered(state)) await deliver(id, state);
  else if (state !== "created" && state !== "rested") await bring[state](id);
  return id;
}

/** What another agent does is reported, and nobody here can make it hang or wait. */
const NOT_REACHED: Readonly<Partial<Record<Maker, readonly State[]>>> = {
  enagrams: ["active", "waiting"],
  ennio: ["created"],
};
const cellsOf = (those: readonly Maker[]) =>
  those.flatMap((maker) =>
    (Object.keys(states) as State[])
      .filter((state) => NOT_REACHED[maker]?.includes(state) !== true)
      .map((state) => [maker, state] as const),
  );

async function isRight(maker: Maker, state: State): Promise<void> {
  const id = await brought(maker, state);
  expect(await wordsOf(world, id)).toEqual(states[state]);
  await isListedAs(world, id, states[state]);
}

async function isGone(maker: Maker): Promise<void> {
  const id = await make(maker);
  expect((await ask("/api", "DELETE", `/sessions/${id}`)).status).toBe(200);
  await isNowhere(world, id);
}

const withoutProject = ["native", "viben", "agen", "enagrams"] as const;

describe("a session that was made at one door is right at every other", () => {
  it.each(cellsOf(withoutProject))("%s: %s", isRight);
  it.each(withoutProject)("made at %s and deleted it is nowhere", isGone);

  it("a turn that another agent reports is seen everywhere", async () => {
    const conversation = `conversation-${(count += 1)}`;
    const { session_id: id } = (await hook(conversation, "SessionStart")).body;
    await hook(conversation, "UserPromptSubmit", { prompt: "Begin" });
    expect(await wordsOf(world, id)).toEqual(states.active);
    await isListedAs(world, id, states.active);
    await hook(conversation, "Stop");
    expect(await wordsOf(world, id)).toEqual(states.completed);
    await isListedAs(world, id, states.completed);
  });
});

describe("a session of a project, with a working tree, is right at every door", () => {
  beforeAll(async () => {
    await makeRepository(join(base, "app"), { "README.md": "x\n" });
    const project = { name: "app", path: join(base, "app"), default_agent_id: agent };
    expect((await world.whole.as.owner.post("/projects", project)).status).toBe(201);
  });

  it.each(cellsOf(["ennio"]))("%s: %s", isRight);
  it.each(["viben", "agen"] as const)("%s: rested", (maker) => isRight(maker, "rested"));

  it("Agen says when its request was merged", async () => {
    const id = await brought("agen", "merged");
    const { body } = await ask<{ merged_at: string | null }>("/agen/api/v1", "GET", `/sessions/${id}`);
    expect(body.merged_at).toEqual(expect.stringMatching(/^\d{4}-/));
  });

  it("made at ennio and deleted it is nowhere", () => isGone("ennio"));
});
