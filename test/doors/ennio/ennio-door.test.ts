/** Ennio's page on a whole server: six routes, exactly its keys and errors, a real repository and a tracker of files. */
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parseId } from "../../../src/core/ids.ts";
import type { Delivery } from "../../../src/core/delivery.ts";
import { runGit } from "../../../src/lib/git.ts";
import { until } from "../../main/children-world.ts";
import { makeRepository } from "../../checkouts/repository.ts";
import { openDialectWorld } from "../dialect-world.ts";
import type { Ask, DialectWorld } from "../dialect-world.ts";
import { openGithubServer } from "../../forges/github-server.ts";
import type { GithubServer } from "../../forges/github-server.ts";

interface Session {
  readonly id: string;
  readonly status: string;
  readonly activity: string;
  readonly branch: string | null;
}
type One = { readonly data: Session };
type Refused = { readonly error: string; readonly code: number };

const token = "a-token-of-ennio-that-has-32-characters";
const dashboard = "https://dashboard.example.com";
let world: DialectWorld;
let ennio: Ask;
let base: string;
let github: GithubServer;
beforeAll(async () => {
  base = await mkdtemp(join(tmpdir(), "serai-ennio-"));
  github = await openGithubServer();
  const path = "/repos/org/repo/issues/42";
  github.answers.set(path, github.issue(path, { title: "Add input validation" }));
  world = await openDialectWorld({
    serve: { ennioToken: token, ennioCorsOrigins: ["http://localhost:3000", dashboard], doors: ["ennio=0", "viben=0"] },
    environment: { GITHUB_API_URL: github.url },
  });
  ennio = world.door("/ennio/api/v1");
  await makeRepository(join(base, "my-app"), { "README.md": "# My app\n" });
  await makeRepository(join(base, "other"), { "README.md": "# Other\n" });
  await mkdir(join(base, "my-app-issues"));
  await writeFile(join(base, "my-app-issues", "42.md"), "# Validate the form\n\nIt takes anything.\n");
  const agent = await world.agent("worker", [{ text: "Done." }]);
  await world.agent("reviewer", [{ text: "Reviewed." }]);
  await project("my-app", { tracker: { kind: "folder", path: join(base, "my-app-issues") }, default_agent_id: agent });
  await project("other", { tracker: { kind: "github", repository: "org/repo" }, default_agent_id: agent });
});
afterAll(async () => {
  await world[Symbol.asyncDispose]();
  await github[Symbol.asyncDispose]();
  await rm(base, { recursive: true, force: true });
  expect(world.whole.faults).toEqual([]);
});

async function project(name: string, more: object) {
  const made = await world.whole.as.owner.post("/projects", { name, path: join(base, name), ...more });
  expect(made.status, JSON.stringify(made.body)).toBe(201);
}
const hanging = '```serai-script\n[{"hang":true}]\n```';
const spawn = (more: object = {}) => ennio<One>("POST", "/sessions", { project_id: "my-app", prompt: "Go", ...more });
async function spawned(more: object = {}): Promise<Session> {
  const made = await spawn(more);
  expect(made.status, JSON.stringify(made.body)).toBe(200);
  return made.body.data;
}
const get = async (id: string) => (await ennio<One>("GET", `/sessions/${id}`)).body.data;
const native = (id: string) => world.whole.as.owner.get<Record<string, unknown>>(`/sessions/${id}`);

/** As a forge would say it. */
async function deliver(id: string, change: Delivery) {
  const session = parseId("session", id);
  if (session === undefined) throw new Error(`${id} is no session`);
  const { first, engine } = world.whole.server;
  const owner = { workspaceId: first.workspaceId, userId: first.userId, keyId: null, role: "owner" } as const;
  expect((await engine.work.uses.setDelivery(owner, session, change)).ok).toBe(true);
}
const request = { number: 42, url: "https://github.com/org/repo/pull/42", state: "open", draft: false } as const;

describe("a session that is spawned", () => {
  it("is answered Spawning with exactly the page's keys, on its branch, and then works", async () => {
    const made = await spawn({
      issue_id: "42",
      prompt: "Add input validation",
      branch: "feat/validation",
      role: "implementer",
    });
    expect(made.status).toBe(200);
    expect(made.body).toEqual({
      data: {
        id: expect.stringMatching(/^ses_/),
        project_id: "my-app",
        status: "Spawning",
        activity: "Ready",
        branch: "feat/validation",
        pr_url: null,
        agent_name: "hosted",
      },
    });
    const { id } = made.body.data;
    await world.settled(id);
    expect(await get(id)).toEqual({ ...made.body.data, status: "Working" });
    const shown = (await native(id)).body;
    expect(shown).toMatchObject({ role: "implementer", issue_id: "42", checkout: { branch: "feat/validation" } });
    expect(shown["initial_prompt"]).toBe(
      "Add input validation\n\n<issue>\n# Validate the form\nid: 42\n\n# Validate the form\n\nIt takes anything.\n</issue>",
    );
  });

  it("works on an issue of GitHub without a prompt, and the agent that its role names does it", async () => {
    const { id, branch } = await spawned({ project_id: "other", issue_id: "#42", prompt: undefined, role: "reviewer" });
    expect(branch).toMatch(/^serai\//);
    await world.settled(id);
    const shown = (await native(id)).body;
    expect(shown["initial_prompt"]).toContain(
      "# Add input validation\nid: 42\nurl: https://github.com/org/repo/issues/42",
    );
    expect(shown["output_preview"]).toBe("Reviewed.");
  });

  it.each([
    [400, { project_id: "my-app" }, /issue_id or prompt/],
    [400, { project_id: "my app", prompt: "x" }, /project_id/],
    [400, { prompt: "x" }, /project_id/],
    [400, { project_id: "my-app", prompt: "" }, /prompt/],
    [400, { project_id: "my-app", prompt: "x", branch: "a..b" }, /branch/],
    [404, { project_id: "nobody", prompt: "x" }, /^Project not found$/],
    [404, { project_id: "my-app", issue_id: "43" }, /^Issue not found$/],
    [404, { project_id: "my-app", issue_id: "../42" }, /^Issue not found$/],
  ] as const)("is refused with %i for %j", async (code, body, error) => {
    const before = (await ennio<{ data: unknown[] }>("GET", "/sessions")).body.data.length;
    const refused = await ennio<Refused>("POST", "/sessions", body);
    expect(refused).toMatchObject({ status: code, body: { error: expect.stringMatching(error), code } });
    expect(Object.keys(refused.body)).toEqual(["error", "code"]);
    expect((await ennio<{ data: unknown[] }>("GET", "/sessions")).body.data).toHaveLength(before);
  });

  it("has its branch alone: another one on it is a 409, and leaves nothing behind", async () => {
    await spawned({ branch: "mine" });
    const refused = await ennio<Refused>("POST", "/sessions", { project_id: "my-app", prompt: "x", branch: "mine" });
    expect(refused).toMatchObject({ status: 409, body: { code: 409 } });
  });

  it("is a 504 when its tracker cannot be asked", async () => {
    github.answers.set("/repos/org/repo/issues/5", { status: 500, body: { message: "Server Error" } });
    const refused = await ennio<Refused>("POST", "/sessions", { project_id: "other", issue_id: "5" });
    expect(refused).toMatchObject({ status: 504, body: { code: 504 } });
  });
});

describe("a spawn that cannot go on takes back what it made", () => {
  const trees = async () => (await runGit({ folder: join(base, "limited"), args: ["worktree", "list"] })).stdout;
  const made = async () =>
    (await world.whole.as.owner.get<{ total: number }>("/sessions?deleted=true&search=unwanted")).body.total;

  it("where its tree takes longer than it may: 504", async () => {
    await makeRepository(join(base, "limited"), { "README.md": "x\n" });
    await project("limited", { setup: ["sleep 20"], setup_timeout_seconds: 1, budget: { tokens: 0 } });
    const before = await trees();
    const refused = await spawn({ project_id: "limited", prompt: "unwanted", branch: "slow" });
    expect(refused).toMatchObject({ status: 504, body: { code: 504 } });
    expect(await trees()).toBe(before);
    expect((await ennio<{ data: unknown[] }>("GET", "/sessions?project_id=limited")).body.data).toEqual([]);
    expect(await made()).toBe(0);
  });

  it("where its project's budget is used up: 402", async () => {
    await world.whole.as.owner.call("PATCH", "/projects/limited", { setup: [] });
    const before = await trees();
    const refused = await spawn({ project_id: "limited", prompt: "unwanted" });
    expect(refused).toMatchObject({ status: 402, body: { error: expect.stringContaining("limited"), code: 402 } });
    expect((await ennio<{ data: unknown[] }>("GET", "/sessions?project_id=limited")).body.data).toEqual([]);
    await until(async () => (await trees()) === before);
  });
});

describe("the status of a session", () => {
  it("follows its work, and what is over is not in the list", async () => {
    const { id } = await spawned();
    await world.settled(id);
    const steps: readonly (readonly [Delivery, string])[] = [
      [{ pr: { ...request, draft: true } }, "PrDraft"],
      [{ pr: request }, "PrOpen"],
      [{ checks: "failing", checksHead: "1f0c2d3e" }, "CiFailed"],
      [{ fixSentFor: "1f0c2d3e" }, "CiFixSent"],
      [{ checks: "failing", checksHead: "9a8b7c6d" }, "CiFixFailed"],
      [{ checks: "passing" }, "CiPassing"],
      [{ review: "pending" }, "ReviewPending"],
      [{ review: "changes_requested" }, "ChangesRequested"],
      [{ review: "approved" }, "Approved"],
      [{ mergeable: false }, "MergeConflicts"],
    ];
    const isListed = async () =>
      (await ennio<{ data: Session[] }>("GET", "/sessions")).body.data.some((each) => each.id === id);
    for (const [change, status] of steps) {
      await deliver(id, change);
      expect(await get(id)).toMatchObject({ status, pr_url: request.url });
      expect(await isListed()).toBe(true);
    }
    await deliver(id, { pr: { ...request, state: "merged" } });
    expect((await get(id)).status).toBe("Merged");
    expect(await isListed()).toBe(false);
    expect((await ennio("DELETE", `/sessions/${id}`)).body).toEqual({ data: "killed" });
    expect((await get(id)).status).toBe("Merged");
  });

  it("shows what its agent does", async () => {
    const { id } = await spawned({ prompt: hanging });
    expect(await get(id)).toMatchObject({ status: "Working", activity: "Active" });
    await world.whole.as.owner.post(`/sessions/${id}/kill`);
    expect(await get(id)).toMatchObject({ status: "Killed", activity: "Exited" });
  });
});

describe("ending a session", () => {
  it("answers killed, ends its turn, and is the same again", async () => {
    const { id } = await spawned({ prompt: hanging });
    for (let count = 0; count < 2; count += 1) {
      expect(await ennio("DELETE", `/sessions/${id}`)).toMatchObject({ status: 200, body: { data: "killed" } });
      expect((await get(id)).status).toBe("Killed");
    }
    const refused = await ennio<Refused>("POST", `/sessions/${id}/send`, { message: "x" });
    expect(refused).toMatchObject({ status: 409, body: { code: 409 } });
  });

  it("leaves one that is done as it is, and kills one that has exited (ruling 25)", async () => {
    const { id } = await spawned();
    await world.settled(id);
    await world.whole.as.owner.post(`/sessions/${id}/complete`);
    expect((await ennio("DELETE", `/sessions/${id}`)).body).toEqual({ data: "killed" });
    expect((await get(id)).status).toBe("Done");
    const other = await spawned({ prompt: hanging });
    await world.door("/api/sessions")("PATCH", `/${other.id}`, { status: "failed" });
    expect((await get(other.id)).status).toBe("Exited");
    await ennio("DELETE", `/sessions/${other.id}`);
    expect((await get(other.id)).status).toBe("Killed");
    expect((await world.door("/api/sessions")("GET", `/${other.id}`)).body).toMatchObject({ status: "failed" });
  });
});

describe("a message", () => {
  it("is sent, and waits for a turn that runs", async () => {
    const { id } = await spawned({ prompt: hanging });
    const sent = await ennio("POST", `/sessions/${id}/send`, {
      message: "Also add unit tests for the validation logic",
    });
    expect(sent).toMatchObject({ status: 200, body: { data: "sent" } });
    expect((await native(id)).body).toMatchObject({ queued_count: 1 });
  });
});

describe("an id", () => {
  it.each(["session-abc123", "ses_00000000000070008000000000000009", "a".repeat(100)])(
    "%s names nothing: 404, exactly",
    async (id) => {
      for (const [method, path, body] of [
        ["GET", "", undefined],
        ["DELETE", "", undefined],
        ["POST", "/send", { message: "x" }],
      ] as const) {
        const answer = await ennio(method, `/sessions/${id}${path}`, body);
        expect(answer).toMatchObject({ status: 404, body: { error: "Session not found", code: 404 } });
      }
    },
  );

  it.each(["a.b", "%ff", "a%20b", "%00", "ä"])("%s cannot be one: 400", async (id) => {
    const answer = await ennio("GET", `/sessions/${id}`);
    expect(answer).toMatchObject({ status: 400, body: { code: 400 } });
    expect((await ennio("GET", `/sessions?project_id=${id}`)).status).toBe(400);
  });

  it("of a project filters the list", async () => {
    const { id } = await spawned({ project_id: "other", prompt: "Go" });
    const ids = async (project: string) =>
      (await ennio<{ data: Session[] }>("GET", `/sessions?project_id=${project}`)).body.data.map((each) => each.id);
    expect(await ids("other")).toContain(id);
    expect(await ids("my-app")).not.toContain(id);
    expect(await ennio("GET", "/sessions?project_id=nobody")).toMatchObject({
      status: 404,
      body: { error: "Project not found", code: 404 },
    });
  });
});

describe("HTTP at this door", () => {
  const raw = (path: string, init: RequestInit = {}) => fetch(`${world.whole.server.url}/ennio/api/v1${path}`, init);
  const bearer = { authorization: `Bearer ${token}` };

  it("knows the token of the configuration, and no other", async () => {
    expect((await raw("/sessions", { headers: bearer })).status).toBe(200);
    for (const headers of [{}, { authorization: `Bearer ${token}x` }, { authorization: "Basic abc" }]) {
      const refused = await raw("/sessions", { headers });
      expect(refused.status).toBe(401);
      expect(await refused.json()).toEqual({ error: expect.any(String), code: 401 });
    }
    expect((await fetch(`${world.whole.server.url}/api/v1/keys`, { headers: bearer })).status).toBe(403);
  });

  it("tells its health to everybody", async () => {
    const answer = await raw("/health");
    expect(answer.status).toBe(200);
    expect(await answer.text()).toBe('{"data":"ok"}');
  });

  it.each([
    ["{", "application/json"],
    ["message=x", "application/x-www-form-urlencoded"],
    [JSON.stringify({ message: "x".repeat(2_000_000) }), "application/json"],
    ["[]", "application/json"],
  ])("calls a body like %.12s (%s) a 400 in its own shape", async (body, type) => {
    const headers = { ...bearer, "content-type": type };
    const answer = await raw("/sessions", { method: "POST", headers, body });
    expect(answer.status).toBe(400);
    expect(await answer.json()).toEqual({ error: expect.any(String), code: 400 });
  });

  it("calls an unknown route a 404 in its own shape", async () => {
    const answer = await raw("/nothing", { headers: bearer });
    expect(await answer.json()).toEqual({ error: "There is no route GET /ennio/api/v1/nothing", code: 404 });
  });

  it("opens itself to the configured origins, preflight without a key, and to no others", async () => {
    const preflight = await raw("/sessions", { method: "OPTIONS", headers: { origin: dashboard } });
    expect(preflight.status).toBe(204);
    expect(preflight.headers.get("access-control-allow-origin")).toBe(dashboard);
    expect(preflight.headers.get("access-control-allow-methods")).toBe("GET, POST, DELETE");
    const got = await raw("/sessions", { headers: { ...bearer, origin: dashboard } });
    expect(got.headers.get("access-control-allow-origin")).toBe(dashboard);
    const other = await raw("/sessions", { method: "OPTIONS", headers: { origin: "https://evil.example" } });
    expect(other.headers.get("access-control-allow-origin")).toBeNull();
    const native = await fetch(`${world.whole.server.url}/api/v1/sessions`, {
      method: "OPTIONS",
      headers: { origin: dashboard },
    });
    expect([...native.headers.keys()].filter((name) => name.startsWith("access-control"))).toEqual([]);
  });
});

describe("a door on a port of its own (D2)", () => {
  it("stands at the root, with nothing else beside it", async () => {
    const at = (name: string) => world.whole.server.doorUrls.find(({ door }) => door === name)?.url ?? "";
    const headers = { authorization: `Bearer ${token}` };
    expect(await (await fetch(`${at("ennio")}/api/v1/health`)).json()).toEqual({ data: "ok" });
    expect((await fetch(`${at("ennio")}/api/v1/sessions`, { headers })).status).toBe(200);
    expect((await fetch(`${at("viben")}/api/sessions`, { headers })).status).toBe(200);
    for (const path of ["/openapi.json", "/api/v1/keys", "/ennio/api/v1/health", "/api/sessions"]) {
      const answer = await fetch(`${at("ennio")}${path}`, { headers });
      expect(answer.status).toBe(404);
      expect(await answer.json()).toEqual({ error: expect.any(String), code: 404 });
    }
  });
});
