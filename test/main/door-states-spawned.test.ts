/**
 * The table of doors and states (S4, S7) once more for sessions whose agent is a program of its own: made at each door, begun
 * there, and brought into every state that such a session has.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import type { Step } from "../acp-agent/script.ts";
import { makeRepository } from "../checkouts/repository.ts";
import { openDialectWorld } from "../doors/dialect-world.ts";
import type { DialectWorld } from "../doors/dialect-world.ts";
import { until } from "./children-world.ts";
import { isListedAs, isNowhere, states, wordsOf } from "./door-words.ts";
import type { Words } from "./door-words.ts";

const AGENT = resolve(import.meta.dirname, "../acp-agent/agent.ts");

let world: DialectWorld;
let base: string;
beforeAll(async () => {
  base = await mkdtemp(join(tmpdir(), "serai-spawned-states-"));
  world = await openDialectWorld({
    environment: {
      PATH: process.env["PATH"] ?? "",
      SERAI_ISOLATION: "off",
      SERAI_AGENT_CODEX: JSON.stringify([process.execPath, AGENT]),
    },
  });
  await makeRepository(join(base, "app"), { "README.md": "x\n" });
  const project = { name: "app", path: join(base, "app"), default_harness: "codex" };
  expect((await world.whole.as.owner.post("/projects", project)).status).toBe(201);
});
afterAll(async () => {
  await world[Symbol.asyncDispose]();
  await rm(base, { recursive: true, force: true });
  expect(world.whole.faults).toEqual([]);
});

const ask = <T>(door: string, method: string, path: string, body?: unknown) => world.door(door)<T>(method, path, body);
type One = { readonly id: string };

const makers = ["native", "viben", "agen", "ennio"] as const;
type Maker = (typeof makers)[number];

/** With the words that begin its first turn; none makes one that nothing was said to yet. */
const make: Readonly<Record<Maker, (prompt?: string) => Promise<string>>> = {
  async native(prompt) {
    const { body } = await ask<One>("/api/v1", "POST", "/sessions", { project_id: "app" });
    if (prompt !== undefined) await say(body.id, prompt);
    return body.id;
  },
  viben: async (prompt) => (await ask<One>("/api", "POST", "/sessions", { agent_id: "CODEX", prompt })).body.id,
  agen: async (prompt) => (await ask<One>("/agen/api/v1", "POST", "/sessions", { branch_name: null, prompt })).body.id,
  ennio: async (prompt) =>
    (await ask<{ data: One }>("/ennio/api/v1", "POST", "/sessions", { project_id: "app", prompt })).body.data.id,
};

async function say(id: string, text: string): Promise<void> {
  const body = { message: { content: [{ type: "text", text }] }, when_busy: "queue" };
  expect((await ask("/api/v1", "POST", `/sessions/${id}/messages`, body)).status).toBe(201);
}

interface Native {
  readonly status: string;
  readonly turn_count: number;
  readonly needs: readonly string[];
  readonly hold: string | null;
}
const read = async (id: string) => (await ask<Native>("/api/v1", "GET", `/sessions/${id}`)).body;
const rested = (id: string) =>
  until(async () => {
    const { status, turn_count } = await read(id);
    return status === "idle" && turn_count > 0;
  });
const control = async (id: string, verb: string) =>
  expect((await ask("/api/v1", "POST", `/sessions/${id}/${verb}`)).status).toBe(200);
const usage = { inputTokens: 2_000, outputTokens: 1, totalTokens: 2_001 };
const steps = (...all: readonly Step[]) => JSON.stringify(all);
const HANGS = steps({ say: "At work." }, { hang: "until-cancel" });

interface Way {
  /** What its first turn is about. */
  readonly prompt: string;
  /** From there to the state. */
  readonly bring: (id: string) => Promise<unknown>;
}

/** A program works on until its turn is over, so a session that is paused meanwhile shows both (ruling 7). */
const pausedAtWork: Words = {
  ...states.paused,
  native: ["idle", "active"],
  agen: ["paused", "active"],
  ennio: ["Working", "Active"],
};

/** Its turn is owed and waits for money (S4): active, and blocked. */
const unpaid: Words = {
  ...states.active,
  native: ["active", "blocked"],
  agen: ["active", "blocked"],
  ennio: ["Working", "Blocked"],
};

const ways: readonly (readonly [string, Words, Way])[] = [
  ["rested", states.rested, { prompt: "Begin", bring: rested }],
  ["active", states.active, { prompt: HANGS, bring: begun }],
  [
    "waiting for a person",
    states.waiting,
    {
      prompt: steps({ ask: { toolCallId: "x", title: "rm -rf /", kind: "execute" } }),
      bring: (id) => until(async () => (await read(id)).needs.includes("approval")),
    },
  ],
  ["paused", states.paused, { prompt: "Begin", bring: (id) => rested(id).then(() => control(id, "pause")) }],
  ["paused at work", pausedAtWork, { prompt: HANGS, bring: (id) => begun(id).then(() => control(id, "pause")) }],
  ["without money", unpaid, { prompt: steps({ waitMs: 300 }, { end: { usage } }), bring: spendAll }],
  ["completed", states.completed, { prompt: HANGS, bring: (id) => control(id, "complete") }],
  [
    "failed",
    states.failed,
    { prompt: HANGS, bring: (id) => ask("/api", "PATCH", `/sessions/${id}`, { status: "failed" }) },
  ],
  ["killed", states.killed, { prompt: HANGS, bring: (id) => control(id, "kill") }],
  ["merged", states.merged, { prompt: "Begin", bring: merge }],
];

/** Its program has its prompt. */
function begun(id: string) {
  return until(async () => {
    const log = await ask<{ data: readonly { type: string }[] }>("/api/v1", "GET", `/sessions/${id}/events`);
    return log.body.data.some(({ type }) => type === "process.started");
  });
}

/** The first turn uses more than there is; the second one, which waits behind it, finds nothing left. */
async function spendAll(id: string): Promise<void> {
  const { body } = await ask<{ spent: { tokens: number } }>("/api/v1", "GET", "/projects/app");
  await budget({ tokens: body.spent.tokens + 1_000 });
  await say(id, "And then this");
  await until(async () => (await read(id)).needs.includes("budget"));
}

async function budget(limit: object | null): Promise<void> {
  const changed = await world.whole.as.owner.call("PATCH", "/projects/app", { budget: limit });
  expect(changed.status, JSON.stringify(changed.body)).toBe(200);
}

async function merge(id: string): Promise<void> {
  await rested(id);
  await say(id, steps({ write: { path: `${id}.txt`, text: "x" } }));
  await until(async () => (await read(id)).turn_count === 2);
  await rested(id);
  expect((await ask("/api/v1", "POST", `/sessions/${id}/commit`, {})).status).toBe(200);
  expect((await ask("/agen/api/v1", "POST", `/sessions/${id}/merge`, { strategy: "squash" })).status).toBe(200);
}

afterEach(() => budget(null));

describe.each(makers)("a spawned session that was made at %s is right at every door", (maker) => {
  it.each(ways)("%s", async (_, words, { prompt, bring }) => {
    const id = await make[maker](prompt);
    await bring(id);
    expect(await wordsOf(world, id)).toEqual(words);
    await isListedAs(world, id, words);
    await control(id, "kill");
  });

  it("deleted, it is nowhere", async () => {
    const id = await make[maker](HANGS);
    expect((await ask("/api", "DELETE", `/sessions/${id}`)).status).toBe(200);
    await isNowhere(world, id);
  });
});

it.each(["native", "viben", "agen"] as const)(
  "before anything is said to it, one made at %s is created",
  async (maker) => {
    const id = await make[maker]();
    expect(await wordsOf(world, id)).toEqual(states.created);
    await isListedAs(world, id, states.created);
  },
);
