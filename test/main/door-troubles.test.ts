/**
 * What can go wrong with an agent or a repository, through each door: a program that is not installed, ends at its start,
 * speaks garbage, dies at work, reaches outside of its checkout; a repository that is gone, a branch that somebody has.
 */
import { mkdtemp, rename, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { makeRepository } from "../checkouts/repository.ts";
import { openDialectWorld } from "../doors/dialect-world.ts";
import type { DialectWorld } from "../doors/dialect-world.ts";
import { until } from "./children-world.ts";

const AGENT = resolve(import.meta.dirname, "../acp-agent/agent.ts");
const program = (...options: readonly string[]) => JSON.stringify([process.execPath, AGENT, ...options]);

let world: DialectWorld;
let base: string;
beforeAll(async () => {
  base = await mkdtemp(join(tmpdir(), "serai-troubles-"));
  world = await openDialectWorld({
    environment: {
      // Nothing of this machine's is found in it.
      PATH: "/usr/bin:/bin",
      SERAI_ISOLATION: "off",
      SERAI_AGENT_CLAUDE_CODE: program(),
      SERAI_AGENT_CODEX: program("--exit-at-start"),
      SERAI_AGENT_GEMINI: JSON.stringify(["/bin/sh", "-c", "echo 'Welcome!'; echo '[1,2'; exec sleep 600"]),
    },
  });
  await makeRepository(join(base, "app"), { "README.md": "# App\n" });
  const made = await world.whole.as.owner.post("/projects", { name: "app", path: join(base, "app") });
  expect(made.status).toBe(201);
});
afterAll(async () => {
  await world[Symbol.asyncDispose]();
  await rm(base, { recursive: true, force: true });
  expect(world.whole.faults).toEqual([]);
});

const doors = ["native", "viben", "agen", "ennio"] as const;
type DoorName = (typeof doors)[number];
const ask = <T>(door: string, method: string, path: string, body?: unknown) => world.door(door)<T>(method, path, body);

interface Began {
  readonly status: number;
  readonly id: string;
}

/** A session whose agent is this program, with its first prompt, as a client of that door begins one. */
const begin: Readonly<Record<DoorName, (prompt: string, branch: string | null) => Promise<Began>>> = {
  async native(prompt, branch) {
    const made = await ask<{ id: string }>("/api/v1", "POST", "/sessions", { project_id: "app", branch_name: branch });
    await send.native(made.body.id, prompt);
    return { status: made.status, id: made.body.id };
  },
  async viben(prompt) {
    const { body } = await world.whole.as.owner.get<{ default_harness: string }>("/projects/app");
    const agent_id = body.default_harness.toUpperCase().replaceAll("-", "_");
    const made = await ask<{ id: string }>("/api", "POST", "/sessions", { agent_id, prompt });
    return { status: made.status, id: made.body.id };
  },
  async agen(prompt, branch) {
    const made = await ask<{ id: string }>("/agen/api/v1", "POST", "/sessions", { branch_name: branch, prompt });
    return { status: made.status, id: made.body.id };
  },
  async ennio(prompt, branch) {
    const body = { project_id: "app", prompt, ...(branch === null ? {} : { branch }) };
    const made = await ask<{ data: { id: string } }>("/ennio/api/v1", "POST", "/sessions", body);
    return { status: made.status, id: made.body.data?.id ?? "" };
  },
};

const send: Readonly<Record<DoorName, (id: string, text: string) => Promise<number>>> = {
  native: async (id, text) =>
    (await ask("/api/v1", "POST", `/sessions/${id}/messages`, { message: { content: [{ type: "text", text }] } }))
      .status,
  viben: async (id, content) => (await ask("/api", "POST", `/sessions/${id}/message`, { content })).status,
  agen: async (id, content) => (await ask("/agen/api/v1", "POST", `/sessions/${id}/messages`, { content })).status,
  ennio: async (id, message) => (await ask("/ennio/api/v1", "POST", `/sessions/${id}/send`, { message })).status,
};

type Event = { readonly type: string; readonly data: Record<string, unknown> };
const events = async (id: string) =>
  (await world.whole.as.owner.get<{ data: Event[] }>(`/sessions/${id}/events?limit=1000`)).body.data;
const ended = (id: string, turns = 1) =>
  until(async () => {
    const { body } = await world.whole.as.owner.get<{ status: string; turn_count: number }>(`/sessions/${id}`);
    return body.status === "idle" && body.turn_count >= turns;
  });

async function words(id: string) {
  const { body: native } = await ask<Record<"status" | "activity" | "stop_reason", string>>(
    "/api/v1",
    "GET",
    `/sessions/${id}`,
  );
  const { body: viben } = await ask<{ status: string }>("/api", "GET", `/sessions/${id}`);
  const { body: agen } = await ask<{ status: string; agent_status: string }>("/agen/api/v1", "GET", `/sessions/${id}`);
  const { body: ennio } = await ask<{ data: { status: string; activity: string } }>(
    "/ennio/api/v1",
    "GET",
    `/sessions/${id}`,
  );
  return {
    native: [native.status, native.activity, native.stop_reason],
    viben: viben.status,
    agen: [agen.status, agen.agent_status],
    ennio: [ennio.data.status, ennio.data.activity],
  };
}

/** Ruling 21: the process is gone; ruling 25: Ennio calls that Exited. Every message to it tries again. */
const GONE = {
  native: ["idle", "exited", "failed"],
  viben: "active",
  agen: ["active", "exited"],
  ennio: ["Exited", "Exited"],
};

const workBy = async (harness: string) => {
  const changed = await world.whole.as.owner.call("PATCH", "/projects/app", { default_harness: harness });
  expect(changed.status).toBe(200);
};

describe.each([
  ["that is not installed", "opencode", "agent_not_installed", /install it with: npm install -g opencode-ai/],
  ["that ends at its start", "codex", "agent_exited", /ended with code 3: fatal: the moon is in the wrong phase/],
])("an agent %s", (_, harness, code, sentence) => {
  beforeAll(() => workBy(harness));

  it.each(doors)("is told of, and its session takes the next message (%s)", async (door) => {
    const { id, status } = await begin[door]("Begin", null);
    expect(status).toBe(door === "ennio" ? 200 : 201);
    await ended(id);
    const log = await events(id);
    const failed = log.find(({ type }) => type === "turn.failed");
    expect(failed?.data).toMatchObject({ error_code: code, error: expect.stringMatching(sentence) });
    // As the answer of a turn, too, so that whoever reads the conversation knows.
    expect(JSON.stringify(log.findLast(({ type }) => type === "output.message.completed")?.data)).toMatch(sentence);
    expect(await words(id)).toEqual(GONE);
    expect(await send[door](id, "Again")).toBeLessThan(300);
    await ended(id, 2);
    expect(await words(id)).toEqual(GONE);
  });
});

describe("an agent that dies at work", () => {
  beforeAll(() => workBy("claude-code"));

  it.each(doors)("is exited until the next message starts another (%s)", async (door) => {
    const { id } = await begin[door]('[{"say":"Going."},{"crash":"SIGKILL"}]', null);
    await ended(id);
    expect(await words(id)).toEqual(GONE);
    expect(await send[door](id, '[{"say":"Here again."}]')).toBeLessThan(300);
    await ended(id, 2);
    expect(await words(id)).toEqual({
      native: ["idle", "ready", "end_turn"],
      viben: "active",
      agen: ["active", "ready"],
      ennio: ["Working", "Ready"],
    });
  });

  it.each(doors)("reads and writes nothing outside of its checkout, and the log says so (%s)", async (door) => {
    const outside = join(base, "outside.txt");
    const steps = [{ fs: "read", path: "/etc/hostname" }, { fs: "write", path: outside, text: "x" }, { say: "End" }];
    const { id } = await begin[door](JSON.stringify(steps), null);
    await ended(id);
    const calls = (await events(id)).filter(({ type }) => type === "tool.completed");
    expect(calls.map(({ data }) => [data["tool_name"], data["success"], data["error"]])).toEqual([
      ["read_file", false, "The file is outside of the session's checkout"],
      ["write_file", false, "The file is outside of the session's checkout"],
    ]);
  });

  it.each(["native", "agen", "ennio"] as const)("has its branch alone (%s)", async (door) => {
    const first = await begin[door]("Begin", `taken/${door}`);
    await ended(first.id);
    const second = await begin[door]("Begin", `taken/${door}`);
    // There the branch is looked at before the session is made.
    if (door !== "native") return expect(second.status).toBe(409);
    await ended(second.id);
    const failed = (await events(second.id)).find(({ type }) => type === "turn.failed");
    expect(failed?.data).toMatchObject({
      error_code: "branch_in_use",
      error: expect.stringContaining("name another one"),
    });
    expect(await words(second.id)).toEqual(GONE);
  });
});

describe("words that are too long, or none", () => {
  const bodies = {
    viben: (text: string) => ["/api", { agent_id: "HOSTED", prompt: text }] as const,
    agen: (text: string) => ["/agen/api/v1", { branch_name: null, prompt: text }] as const,
    ennio: (text: string) => ["/ennio/api/v1", { project_id: "app", prompt: text }] as const,
  };

  it.each(["viben", "agen", "ennio"] as const)("begin nothing and are not sent (%s)", async (door) => {
    const { body } = await ask<{ id: string }>("/api", "POST", "/sessions", { agent_id: "HOSTED" });
    for (const text of ["x".repeat(300_000), " \n"]) {
      const [prefix, create] = bodies[door](text);
      const refused = await ask<{ error: string }>(prefix, "POST", "/sessions", create);
      expect(refused).toMatchObject({ status: 400, body: { error: expect.stringMatching(/^\/prompt: /) } });
      expect(await send[door](body.id, text)).toBe(400);
    }
    expect(await events(body.id)).toHaveLength(1);
  });
});

describe("at Ennio's door", () => {
  const spawn = (body: object) =>
    ask<{ error: string; code: number }>("/ennio/api/v1", "POST", "/sessions", { prompt: "x", ...body });

  it("a field that is wrong has the name that its page gives it", async () => {
    expect(await spawn({ project_id: "app", branch: "HEAD" })).toMatchObject({
      status: 400,
      body: { error: expect.stringMatching(/^\/branch: is no name for a branch/), code: 400 },
    });
    expect((await spawn({ project_id: "app", branch: "clash/one" })).status).toBe(200);
    expect(await spawn({ project_id: "app", branch: "clash" })).toMatchObject({
      status: 400,
      body: { error: expect.stringMatching(/^\/branch: .*beside the branch "clash\/one"; name another$/), code: 400 },
    });
  });

  it("a repository that is gone, and a setup that fails, are errors of the configuration: 400", async () => {
    await makeRepository(join(base, "away"), { "README.md": "# Away\n" });
    const body = { name: "away", path: join(base, "away"), setup: ["echo no luck >&2; exit 3"] };
    expect((await world.whole.as.owner.post("/projects", body)).status).toBe(201);
    expect(await spawn({ project_id: "away" })).toMatchObject({
      status: 400,
      body: { error: expect.stringContaining("no luck"), code: 400 },
    });
    await rename(join(base, "away"), join(base, "moved"));
    expect(await spawn({ project_id: "away" })).toMatchObject({
      status: 400,
      body: { error: expect.stringContaining("there is no folder"), code: 400 },
    });
  });
});

describe("an agent that speaks garbage", () => {
  it("is waited for no longer than it may take, and can be cancelled meanwhile", async () => {
    await workBy("gemini");
    const { id } = await begin.agen("Begin", null);
    await until(async () => (await events(id)).some(({ type }) => type === "checkout.created"));
    expect((await ask("/agen/api/v1", "POST", `/sessions/${id}/cancel`)).status).toBe(200);
    await ended(id);
    expect((await events(id)).map(({ type }) => type)).toContain("turn.cancelled");
  });
});
