/** Agen's page on a whole server: its one route byte by byte, and the others in its style (rulings 4, 13, 16, 24). */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { agenStatuses, agenWords } from "../../../src/doors/agen/statuses.ts";
import { statusOf } from "../../../src/core/status.ts";
import { makeRepository } from "../../checkouts/repository.ts";
import { until } from "../../main/children-world.ts";
import { openDialectWorld } from "../dialect-world.ts";
import type { Ask, DialectWorld } from "../dialect-world.ts";

interface Session {
  readonly id: string;
  readonly title: string;
  readonly status: string;
  readonly origin: string;
  readonly branch_name: string | null;
  readonly merged_at: string | null;
  readonly model?: string;
}

let world: DialectWorld;
let agen: Ask;
let base: string;
beforeAll(async () => {
  base = await mkdtemp(join(tmpdir(), "serai-agen-"));
  world = await openDialectWorld();
  agen = world.door("/agen/api/v1");
});
afterAll(async () => {
  await world[Symbol.asyncDispose]();
  await rm(base, { recursive: true, force: true });
  expect(world.whole.faults).toEqual([]);
});

async function make(more: object = {}): Promise<Session> {
  const made = await agen<Session>("POST", "/sessions", { branch_name: null, ...more });
  expect(made.status, JSON.stringify(made.body)).toBe(201);
  return made.body;
}
const get = async (id: string) => (await agen<Session>("GET", `/sessions/${id}`)).body;
const control = (id: string, verb: string) => world.whole.as.owner.post(`/sessions/${id}/${verb}`);
const readWork = async (id: string) =>
  (await world.whole.as.owner.get<{ delivery: { ahead: number | null } }>(`/sessions/${id}`)).body.delivery;
const hanging = '```serai-script\n[{"hang":true}]\n```';

describe("a session without a project", () => {
  it("has exactly the page's keys, those that may be empty as null", async () => {
    const made = await agen("POST", "/sessions", { branch_name: null, auto_commit: false, model: "scripted" });
    expect(made.status).toBe(201);
    expect(made.body).toEqual({
      id: expect.stringMatching(/^ses_/),
      title: "New session",
      workspace_id: expect.stringMatching(/^wsp_/),
      user_id: expect.stringMatching(/^usr_/),
      branch_name: null,
      auto_commit: false,
      status: "created",
      origin: "api",
      created_at: expect.any(String),
      updated_at: expect.any(String),
      sandbox_id: null,
      model: "scripted",
      agent_status: "ready",
      merged_at: null,
      deep_work_id: null,
    });
    expect(await get(made.body["id"] as string)).toEqual(made.body);
  });

  it("needs branch_name, which may be null; auto_commit is false unless said", async () => {
    expect(await agen("POST", "/sessions", { auto_commit: true })).toMatchObject({
      status: 400,
      body: { code: "invalid_input", error: expect.stringContaining("branch_name") },
    });
    expect(await make({ branch_name: "feat/x", auto_commit: true })).toMatchObject({
      branch_name: "feat/x",
      auto_commit: true,
    });
  });

  it.each(["a..b", "a b", "-a", "a/", "/a", ".a", "a.lock", "a~1", "@{-1}", "HEAD", "", "x".repeat(256)])(
    "takes no branch that is called %.20j",
    async (branch_name) => expect((await agen("POST", "/sessions", { branch_name })).status).toBe(400),
  );

  it("takes only a model that there is", async () => {
    expect(await agen("POST", "/sessions", { branch_name: null, model: "gpt-nobody" })).toMatchObject({
      status: 404,
      body: { error: 'Model "gpt-nobody" was not found', code: "not_found" },
    });
  });

  it("has the title of its first message, and shows two axes", async () => {
    const { id } = await make();
    const sent = await agen("POST", `/sessions/${id}/messages`, { content: `Fix the form\n${hanging}` });
    expect(sent.status).toBe(201);
    expect(sent.body).toEqual({
      id: expect.stringMatching(/^msg_/),
      session_id: id,
      content: `Fix the form\n${hanging}`,
      created_at: expect.any(String),
    });
    expect(await get(id)).toMatchObject({ title: "Fix the form", status: "active", agent_status: "active" });
    expect(await agen("POST", `/sessions/${id}/cancel`)).toMatchObject({ status: 200, body: { id, status: "active" } });
    await world.settled(id);
    expect(await get(id)).toMatchObject({ status: "active", agent_status: "ready" });
    expect((await agen("POST", `/sessions/${id}/cancel`)).status).toBe(200);
  });

  it("begins with its prompt", async () => {
    const { id, title, status } = await make({ prompt: "Say hello" });
    expect({ title, status }).toEqual({ title: "Say hello", status: "created" });
    await world.settled(id);
    expect((await get(id)).status).toBe("active");
  });

  it("has nothing to merge", async () => {
    const { id } = await make();
    const refused = await agen("POST", `/sessions/${id}/merge`);
    expect(refused).toMatchObject({ status: 409, body: { code: "no_checkout" } });
    expect(Object.keys(refused.body)).toEqual(["error", "code"]);
  });

  it("shows where it came from", async () => {
    const client = world.whole.as.owner;
    const agent = await world.agent("for-origin");
    const origin = async (body: object) =>
      (await get((await client.post<{ id: string }>("/sessions", { agent_id: agent, ...body })).body.id)).origin;
    expect(await origin({})).toBe("api");
    expect(await origin({ deep_work_id: "dw-1" })).toBe("deep_work");
  });
});

describe("the status of a session", () => {
  it.each([
    ["created", []],
    ["paused", ["pause"]],
    ["completed", ["complete"]],
    ["killed", ["kill"]],
  ] as const)("is %s, and the list by it has this one", async (word, verbs) => {
    const { id } = await make();
    for (const verb of verbs) await control(id, verb);
    expect((await get(id)).status).toBe(word);
    for (const status of agenWords) {
      const { body } = await agen<{ sessions: Session[] }>("GET", `/sessions?status=${status}`);
      expect(body.sessions.some((each) => each.id === id)).toBe(status === word);
    }
  });

  it("is a word of the page for every session that there can be", () => {
    const rest = {
      turnId: null,
      stopReason: null,
      isolation: null,
      preview: null,
      outputPreview: null,
      needs: [],
      queuedCount: 0,
    };
    for (const lifecycle of ["open", "completed", "failed", "killed"] as const)
      for (const hold of ["none", "person", "budget"] as const)
        for (const turn of ["none", "active", "waiting", "cancelling"] as const)
          expect(agenWords).toContain(statusOf(agenStatuses, { ...rest, lifecycle, hold, turn, turnCount: 1 }));
  });
});

describe("an id that names nothing is a 404, whatever it looks like (ruling 3)", () => {
  it.each(["<string>", "ses_00000000000070008000000000000009", "%ff", "a".repeat(2_000)])("%.40s", async (id) => {
    for (const [method, path, body] of [
      ["GET", "", undefined],
      ["POST", "/messages", { content: "x" }],
      ["POST", "/cancel", undefined],
      ["POST", "/merge", undefined],
    ] as const) {
      const answer = await agen(method, `/sessions/${encodeURI(id).replace("%25ff", "%ff")}${path}`, body);
      expect(answer).toMatchObject({ status: 404, body: { code: "not_found" } });
    }
  });
});

describe("a key", () => {
  it("goes into x-api-key, and without one nothing is answered", async () => {
    const key = (await world.whole.as.owner.post<{ key: string }>("/keys", { name: "agen", role: "member" })).body.key;
    const url = `${world.whole.server.url}/agen/api/v1/sessions`;
    expect((await fetch(url, { headers: { "x-api-key": key } })).status).toBe(200);
    const refused = await fetch(url);
    expect(refused.status).toBe(401);
    expect(await refused.json()).toEqual({ error: expect.any(String), code: "unauthenticated" });
  });
});

// Last: from here on the workspace has a project, and every session of this page is of it.
describe("a session of the workspace's project", () => {
  it("gets branch and tree with its first turn, commits by itself, and is merged", async () => {
    await makeRepository(join(base, "app"), { "README.md": "# App\n" });
    const agent = await world.agent("writer", [{ text: "Done." }]);
    const project = { name: "app", path: join(base, "app"), default_agent_id: agent };
    expect((await world.whole.as.owner.post("/projects", project)).status).toBe(201);
    const { id, branch_name } = await make({ auto_commit: true });
    expect(branch_name).toBeNull();
    await agen("POST", `/sessions/${id}/messages`, { content: "Write a greeting" });
    await world.settled(id);
    const shown = await get(id);
    expect(shown).toMatchObject({ sandbox_id: expect.stringMatching(/^sbx_/), merged_at: null });
    expect(shown.branch_name).toMatch(/^serai\/write-a-greeting-/);
    // As an agent would, in the middle of a turn.
    const { checkout } = (await world.whole.as.owner.get<{ checkout: { path: string } }>(`/sessions/${id}`)).body;
    await writeFile(join(checkout.path, "hello.txt"), "Hello\n");
    await agen("POST", `/sessions/${id}/messages`, { content: "Commit it" });
    await until(async () => (await readWork(id)).ahead === 1);
    await world.settled(id);
    const merged = await agen<Session>("POST", `/sessions/${id}/merge`, { strategy: "merge" });
    expect(merged.status, JSON.stringify(merged.body)).toBe(200);
    expect(merged.body.merged_at).not.toBeNull();
  });

  it("uses the branch that it is given", async () => {
    const { id, branch_name } = await make({ branch_name: "feat/mine", prompt: "Begin" });
    expect(branch_name).toBe("feat/mine");
    await world.settled(id);
    expect((await get(id)).branch_name).toBe("feat/mine");
  });

  it("is not made for a branch that it cannot have, and says why", async () => {
    const before = (await agen<{ sessions: Session[] }>("GET", "/sessions")).body.sessions.length;
    const taken = await agen("POST", "/sessions", { branch_name: "feat/mine" });
    expect(taken).toMatchObject({
      status: 409,
      body: { code: "branch_in_use", error: expect.stringContaining("feat/mine") },
    });
    const beside = await agen("POST", "/sessions", { branch_name: "feat" });
    expect(beside).toMatchObject({
      status: 400,
      body: { error: expect.stringMatching(/^\/branch_name: .*"feat\/mine"/) },
    });
    expect((await agen("POST", "/sessions", { branch_name: "feat/mine" }, "viewer")).status).toBe(403);
    expect((await agen<{ sessions: Session[] }>("GET", "/sessions")).body.sessions).toHaveLength(before);
  });

  it("V5: is of the first project until the workspace has another, and again when that one is gone", async () => {
    const { owner } = world.whole.as;
    await makeRepository(join(base, "other"), { "README.md": "# Other\n" });
    const [first] = (await owner.get<{ data: { id: string }[] }>("/projects")).body.data;
    const other = await owner.post<{ id: string }>("/projects", { name: "other", path: join(base, "other") });
    const workspaceId = world.whole.server.first.workspaceId;
    const path = `/workspaces/${workspaceId}`;
    const projectOf = async ({ id }: Session) =>
      (await owner.get<{ project_id: string | null }>(`/sessions/${id}`)).body.project_id;
    expect(await projectOf(await make({}))).toBe(first?.id);
    expect((await owner.call("PATCH", path, { default_project_id: "prj_nonsense" })).status).toBe(404);
    const set = await owner.call<object>("PATCH", path, { default_project_id: other.body.id });
    expect(set.body).toMatchObject({ default_project_id: other.body.id });
    expect(await projectOf(await make({}))).toBe(other.body.id);
    expect((await owner.call("DELETE", `/projects/${other.body.id}`)).status).toBe(204);
    expect(await projectOf(await make({}))).toBe(first?.id);
  });
});
