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

const makers = ["native", "viben", "agen", "ennio", "enagrams"] as const;
type Maker = (typeof makers)[number];

interface Words {
  readonly native: readonly [status: string, activity: string];
  readonly viben: string;
  readonly agen: readonly [status: string, agentStatus: string];
  readonly ennio: readonly [status: string, activity: string];
  /** Whether it is among those that are at work. */
  readonly enagrams: boolean;
  /** Whether Ennio lists it. */
  readonly isListed: boolean;
}

const states = {
  rested: {
    native: ["idle", "ready"],
    viben: "active",
    agen: ["active", "ready"],
    ennio: ["Working", "Ready"],
    enagrams: true,
    isListed: true,
  },
  active: {
    native: ["active", "active"],
    viben: "active",
    agen: ["active", "active"],
    ennio: ["Working", "Active"],
    enagrams: true,
    isListed: true,
  },
  waiting: {
    native: ["active", "waiting_input"],
    viben: "active",
    agen: ["active", "waiting_input"],
    ennio: ["Working", "WaitingInput"],
    enagrams: true,
    isListed: true,
  },
  paused: {
    native: ["idle", "ready"],
    viben: "paused",
    agen: ["paused", "ready"],
    ennio: ["Working", "Ready"],
    enagrams: true,
    isListed: true,
  },
  red: {
    native: ["idle", "blocked"],
    viben: "active",
    agen: ["active", "blocked"],
    ennio: ["CiFailed", "Blocked"],
    enagrams: true,
    isListed: true,
  },
  fixSent: {
    native: ["idle", "blocked"],
    viben: "active",
    agen: ["active", "blocked"],
    ennio: ["CiFixSent", "Blocked"],
    enagrams: true,
    isListed: true,
  },
  fixFailed: {
    native: ["idle", "blocked"],
    viben: "active",
    agen: ["active", "blocked"],
    ennio: ["CiFixFailed", "Blocked"],
    enagrams: true,
    isListed: true,
  },
  completed: {
    native: ["completed", "exited"],
    viben: "completed",
    agen: ["completed", "exited"],
    ennio: ["Done", "Exited"],
    enagrams: false,
    isListed: false,
  },
  failed: {
    native: ["failed", "exited"],
    viben: "failed",
    agen: ["failed", "exited"],
    ennio: ["Exited", "Exited"],
    enagrams: false,
    isListed: true,
  },
  killed: {
    native: ["killed", "exited"],
    viben: "failed",
    agen: ["killed", "exited"],
    ennio: ["Killed", "Exited"],
    enagrams: false,
    isListed: false,
  },
} as const satisfies Record<string, Words>;
type State = keyof typeof states;

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

/** As a client of that door makes one; its first turn is over. */
const make: Readonly<Record<Maker, () => Promise<string>>> = {
  native: () => begun("/api/v1", { agent_id: agent }),
  viben: () => begun("/api", { agent_id: "HOSTED" }),
  agen: () => begun("/agen/api/v1", { branch_name: null }),
  ennio: async () => {
    const made = await ask<{ data: { id: string } }>("/ennio/api/v1", "POST", "/sessions", {
      project_id: "app",
      prompt: "Begin",
    });
    await rested(made.body.data.id);
    return made.body.data.id;
  },
  enagrams: async () => {
    const conversation = `conversation-${(count += 1)}`;
    const { session_id: id } = (await hook(conversation, "SessionStart")).body;
    await hook(conversation, "UserPromptSubmit", { prompt: "Begin" });
    // `Stop` would end the session here (ruling 28).
    await ask("/api/v1", "POST", `/sessions/${id}/cancel`);
    await rested(id);
    return id;
  },
};

async function begun(door: string, body: object): Promise<string> {
  const made = await ask<{ id: string }>(door, "POST", "/sessions", body);
  expect(made.status, JSON.stringify(made.body)).toBe(201);
  await say(made.body.id, "Begin");
  await rested(made.body.id);
  return made.body.id;
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

const HEAD = "1f0c2d3e4a5b6978";
const NEXT = "9a8b7c6d5e4f3021";
const pr = { number: 42, url: "https://github.com/org/repo/pull/42", state: "open" };
/** As whoever watches the forge says it. */
const deliver = async (id: string, change: object) => {
  const done = await ask("/api/v1", "PUT", `/sessions/${id}/delivery`, { pr, ...change });
  expect(done.status, JSON.stringify(done.body)).toBe(200);
};

const bring: Readonly<Record<State, (id: string) => Promise<void>>> = {
  rested: async () => {},
  active: (id) => say(id, script([{ hang: true }])),
  async waiting(id) {
    await ask("/api/v1", "PATCH", `/sessions/${id}`, { tool_policies: { get_current_time: "approve" } });
    await say(id, script([{ tools: [{ name: "get_current_time", input: {} }] }]));
    await until(async () => (await native(id)).needs.includes("approval"));
  },
  paused: (id) => verb(id, "pause"),
  red: (id) => deliver(id, { checks: "failing", checks_head: HEAD }),
  fixSent: (id) => deliver(id, { checks: "failing", checks_head: HEAD, fix: { sent_for: HEAD } }),
  async fixFailed(id) {
    await deliver(id, { checks: "failing", checks_head: HEAD, fix: { sent_for: HEAD } });
    await deliver(id, { checks: "pending", checks_head: NEXT });
    await deliver(id, { checks: "failing", checks_head: NEXT });
  },
  completed: (id) => verb(id, "complete"),
  async failed(id) {
    expect((await ask("/api", "PATCH", `/sessions/${id}`, { status: "failed" })).status).toBe(200);
  },
  killed: (id) => verb(id, "kill"),
};

async function seen(id: string): Promise<Words> {
  const { status, activity } = await native(id);
  const viben = await ask<{ status: string }>("/api", "GET", `/sessions/${id}`);
  const agen = await ask<{ status: string; agent_status: string }>("/agen/api/v1", "GET", `/sessions/${id}`);
  const ennio = await ask<{ data: { status: string; activity: string } }>("/ennio/api/v1", "GET", `/sessions/${id}`);
  const listed = await ask<{ data: readonly { id: string }[] }>("/ennio/api/v1", "GET", "/sessions");
  const present = await ask<readonly { id: string }[]>("/workspaces", "GET", "/default/sessions");
  return {
    native: [status, activity],
    viben: viben.body.status,
    agen: [agen.body.status, agen.body.agent_status],
    ennio: [ennio.body.data.status, ennio.body.data.activity],
    enagrams: present.body.some((each) => each.id === id),
    isListed: listed.body.data.some((each) => each.id === id),
  };
}

/** What another agent does is reported, and nobody here can make it hang or wait. */
const reachable = (maker: Maker, state: State) => maker !== "enagrams" || (state !== "active" && state !== "waiting");
const cellsOf = (those: readonly Maker[]) =>
  those.flatMap((maker) =>
    (Object.keys(states) as State[]).filter((state) => reachable(maker, state)).map((state) => [maker, state] as const),
  );

async function isRight(maker: Maker, state: State): Promise<void> {
  const id = await make[maker]();
  await bring[state](id);
  expect(await seen(id)).toEqual(states[state]);
}

async function isNowhere(maker: Maker): Promise<void> {
  const id = await make[maker]();
  expect((await ask("/api", "DELETE", `/sessions/${id}`)).status).toBe(200);
  for (const door of ["/api/v1", "/api", "/agen/api/v1", "/ennio/api/v1"]) {
    expect((await ask(door, "GET", `/sessions/${id}`)).status).toBe(404);
  }
  const present = await ask<readonly { id: string }[]>("/workspaces", "GET", "/default/sessions");
  expect(present.body.some((each) => each.id === id)).toBe(false);
}

const withoutProject = ["native", "viben", "agen", "enagrams"] as const;

describe("a session that was made at one door is right at every other", () => {
  it.each(cellsOf(withoutProject))("%s: %s", isRight);
  it.each(withoutProject)("made at %s and deleted it is nowhere", isNowhere);

  it("a turn that another agent reports is seen everywhere", async () => {
    const conversation = `conversation-${(count += 1)}`;
    const { session_id: id } = (await hook(conversation, "SessionStart")).body;
    await hook(conversation, "UserPromptSubmit", { prompt: "Begin" });
    expect(await seen(id)).toEqual(states.active);
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
  it("made at ennio and deleted it is nowhere", () => isNowhere("ennio"));
});
