/** Which project a session is in: that of the one that started it, or the one that it is taken into before it has a tree. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Client, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Project } from "../../../src/doors/native/schema/project.ts";
import type { Session } from "../../../src/doors/native/schema/session.ts";
import { makeRepository } from "../../checkouts/repository.ts";
import { text } from "../../doors/native/native-client.ts";
import { awaitAll, fence, orchestrating, startOf, until } from "../children-world.ts";
import { openWorkWorld } from "./work-world.ts";
import type { WorkWorld } from "./work-world.ts";

let world: WorkWorld;
let ground: string;
beforeEach(async () => {
  ground = await mkdtemp(join(tmpdir(), "serai-membership-"));
  world = await openWorkWorld({ default_harness: "hosted", budget: { tokens: 50_000 } });
});
afterEach(async () => {
  await world[Symbol.asyncDispose]();
  await rm(ground, { recursive: true, force: true });
  expect(world.whole.faults).toEqual([]);
});

async function agent(name: string, steps: readonly object[], more: object = {}): Promise<string> {
  const made = await world.owner.post<{ id: string }>("/agents", { name, system_prompt: fence(steps), ...more });
  expect(made.status, JSON.stringify(made.body)).toBe(201);
  return made.body.id;
}
const startAndAwait = (name: string) => [{ tools: [startOf(name)] }, { tools: [awaitAll] }];
const childrenOf = async (id: string) =>
  (await world.owner.get<{ data: Session[] }>(`/sessions?parent_id=${id}`)).body.data;
const patch = (id: string, body: object) =>
  world.owner.call<Session & { code?: string }>("PATCH", `/sessions/${id}`, body);
const spent = async () => (await world.owner.get<Project>("/projects/app")).body.spent.tokens;
const usage = (input: number, output: number) => ({ usage: { input, output } });

describe("a session that another one starts", () => {
  it("E2: is in the project of the one above, all the way down, and draws on its budget", async () => {
    await agent("worker", [{ text: "Done.", ...usage(1_000, 100) }]);
    const middle = [...startAndAwait("worker"), { text: "So it is." }];
    await agent("middle", middle, orchestrating());
    const top = await agent("top", [...startAndAwait("middle"), { text: "Done." }], orchestrating());
    const { id } = await world.make({ agent_id: top });
    await world.turn(id, "Begin");
    const [child] = await childrenOf(id);
    const [below] = await childrenOf(child?.id ?? "");
    expect([child?.project_id, below?.project_id]).toEqual([world.project.id, world.project.id]);
    expect(below?.checkout).toMatchObject({ repository: world.repository });
    const sessions = await Promise.all([id, child?.id ?? "", below?.id ?? ""].map((each) => world.read(each)));
    const used = sessions.map(({ usage: sum }) => (sum?.input_tokens ?? 0) + (sum?.output_tokens ?? 0));
    expect(used[2]).toBe(1_100);
    // A session's usage holds that of those below it.
    expect(await spent()).toBe(used[0]);
  });

  it("E2: waits for the project's budget like any other, and goes on when it is raised", async () => {
    // Its instructions alone are more than the one above leaves of the budget.
    const instructions = `${"word ".repeat(4_000)}\n${fence([{ text: "Done.", ...usage(8_000, 100) }])}`;
    await agent("worker", [], { system_prompt: instructions });
    const steps = [
      { tools: [startOf("worker")], ...usage(15_000, 100) },
      { text: "Started.", ...usage(10, 10) },
    ];
    const top = await agent("top", steps, orchestrating());
    await world.owner.call("PATCH", "/projects/app", { budget: { tokens: 20_000 } });
    const { id } = await world.make({ agent_id: top });
    await world.owner.post(`/sessions/${id}/messages`, text("Begin"));
    const [child] = await until(async () => {
      const found = await childrenOf(id);
      return found.some(({ needs }) => needs.includes("budget")) ? found : undefined;
    });
    expect(await spent()).toBeLessThanOrEqual(15_120);
    await world.owner.call("PATCH", "/projects/app", { budget: { tokens: 50_000 } });
    const done = await until(async () => {
      const now = await world.read(child?.id ?? "");
      return now.status === "idle" ? now : undefined;
    });
    expect(done.stop_reason).toBe("end_turn");
    expect(await spent()).toBe(15_120 + 8_100);
  });

  it("has its agent's own model, not the project's", async () => {
    const models = (await world.owner.get<{ data: { id: string }[] }>("/models")).body.data;
    await world.owner.call("PATCH", "/projects/app", { default_model_id: models[0]?.id ?? "" });
    await agent("worker", [{ text: "Done." }]);
    const top = await agent("top", [...startAndAwait("worker"), { text: "Done." }], orchestrating());
    const made = await world.make({ agent_id: top });
    await world.turn(made.id, "Begin");
    const [child] = await childrenOf(made.id);
    expect([made.model_id, child?.model_id]).toEqual([models[0]?.id, null]);
  });
});

/** As the program of a session's agent has it. */
async function openTools(sessionId: string) {
  const client = new Client({ name: "tester", version: "1" });
  const fetch = (url: string | URL, init?: RequestInit) => world.owner.fetch(new URL(url).pathname, init);
  const requestInit = { headers: { "X-Serai-Session": sessionId } };
  await client.connect(
    new StreamableHTTPClientTransport(new URL("/mcp", world.whole.server.url), { fetch, requestInit }),
  );
  return client;
}

describe("a session that an agent starts over MCP", () => {
  it("E2: is in the project of the one that it was started from, and in none where there is none", async () => {
    await agent("worker", [{ text: "Done." }]);
    const [inside, outside] = [
      await world.make(),
      await world.owner.session({ agent_id: undefined, harness_name: "generic" }),
    ];
    for (const [{ id }, expected] of [
      [inside, world.project.id],
      [outside, null],
    ] as const) {
      const client = await openTools(id);
      const { content } = await client.callTool({
        name: "start_session",
        arguments: { agent: "worker", prompt: "Go" },
      });
      await client.close();
      const started = /ses_[0-9a-f]{32}/.exec(JSON.stringify(content))?.[0] ?? "";
      expect((await world.read(started)).project_id).toBe(expected);
      await until(async () => (await world.read(started)).turn_count === 1);
    }
  });
});

describe("the project of a session", () => {
  async function another(name: string): Promise<Project> {
    await makeRepository(join(ground, name), { "z.txt": "z\n" });
    const made = await world.owner.post<Project>("/projects", { name, path: join(ground, name) });
    expect(made.status).toBe(201);
    return made.body;
  }

  it("is changed and taken away as long as the session has no checkout, by slug or id, with an event", async () => {
    const other = await another("other");
    const { id } = await world.make();
    expect(await patch(id, { project_id: "other" })).toMatchObject({ status: 200, body: { project_id: other.id } });
    expect((await patch(id, { project_id: null })).body.project_id).toBeNull();
    expect((await patch(id, { title: "A", project_id: world.project.id })).body).toMatchObject({
      title: "A",
      project_id: world.project.id,
    });
    const changed = (await world.events(id)).filter(({ type }) => type === "session.updated");
    expect(changed.map(({ data }) => data["changed"])).toEqual([["projectId"], ["projectId"], ["title", "projectId"]]);
    await patch(id, { project_id: "other" });
    await world.turn(id, "hello");
    expect((await world.read(id)).checkout?.repository).toBe(join(ground, "other"));
    const listed = await world.owner.get<{ data: Session[] }>(`/sessions?project_id=${other.id}`);
    expect(listed.body.data.map((each) => each.id)).toEqual([id]);
  });

  it("stays once there is a checkout, also when that was taken away again", async () => {
    await another("other");
    const { id } = await world.make();
    await world.owner.post(`/sessions/${id}/checkout`);
    const branch = (await world.read(id)).checkout?.branch;
    for (const project_id of ["other", null]) {
      const refused = await patch(id, { title: "Moved", project_id });
      expect(refused).toMatchObject({ status: 409, body: { code: "has_checkout", branch } });
    }
    expect(await patch(id, { project_id: "app" })).toMatchObject({ status: 200, body: { title: null } });
    await world.owner.post(`/sessions/${id}/kill`);
    await world.settled();
    expect((await world.read(id)).checkout).toBeNull();
    expect((await patch(id, { project_id: "other" })).body.code).toBe("has_checkout");
  });

  it("stays while its checkout is being made, whoever asks first", async () => {
    await another("other");
    await world.owner.call("PATCH", "/projects/app", { setup: ["sleep 0.3"] });
    const { id } = await world.make();
    const [made, moved] = await Promise.all([
      world.owner.post(`/sessions/${id}/checkout`),
      patch(id, { project_id: "other" }),
    ]);
    expect(made.status).toBe(200);
    const { checkout, project_id } = await world.read(id);
    const isMoved = moved.status === 200;
    expect(checkout?.repository).toBe(isMoved ? join(ground, "other") : world.repository);
    expect(project_id === world.project.id).toBe(!isMoved);
  });

  it("stays while a turn runs or waits", async () => {
    const made = await world.owner.post<Session>("/sessions", { harness_name: "generic" });
    const { id } = made.body;
    await world.owner.post(`/sessions/${id}/messages`, text(fence([{ hang: true }])));
    expect(await patch(id, { project_id: "app" })).toMatchObject({ status: 400, body: { code: "turn_running" } });
    await world.owner.post(`/sessions/${id}/pause`);
    expect((await patch(id, { project_id: "app" })).body.code).toBe("turn_running");
    await world.owner.post(`/sessions/${id}/resume`);
    await world.owner.post(`/sessions/${id}/cancel`);
    await until(async () => (await world.read(id)).status === "idle");
    expect((await patch(id, { project_id: "app" })).body.project_id).toBe(world.project.id);
    await world.turn(id, "hello");
    expect(await spent()).toBeGreaterThan(0);
  });

  it.each([
    ["one that is not there", "nowhere", 404],
    ["an id that is none", "prj_x", 404],
    ["a number", 7, 400],
    ["nothing but a space", " ", 404],
    ["too long a name", "x".repeat(201), 400],
    ["text with a NUL", "a\u0000b", 400],
  ])("is not changed to %s", async (_, project_id, status) => {
    const { id } = await world.make();
    expect((await patch(id, { title: "Moved", project_id })).status).toBe(status);
    expect(await world.read(id)).toMatchObject({ title: null, project_id: world.project.id });
  });

  it("is not another workspace's, and no stranger changes it", async () => {
    await makeRepository(join(ground, "theirs"), { "t.txt": "t\n" });
    const { stranger } = world.whole.as;
    const theirs = await stranger.post<Project>("/projects", { name: "theirs", path: join(ground, "theirs") });
    expect(theirs.status).toBe(201);
    const { id } = await world.make();
    for (const project_id of ["theirs", theirs.body.id]) expect((await patch(id, { project_id })).status).toBe(404);
    expect((await stranger.call("PATCH", `/sessions/${id}`, { project_id: "theirs" })).status).toBe(404);
    const { viewer } = world.whole.as;
    expect((await viewer.call("PATCH", `/sessions/${id}`, { project_id: null })).status).toBe(403);
    expect((await world.read(id)).project_id).toBe(world.project.id);
  });
});
