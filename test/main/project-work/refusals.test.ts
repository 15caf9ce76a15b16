/** What cannot be worked in is said before or when it is tried, with what to do about it; nothing is left half made. */
import { mkdir, mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { git } from "../../../src/lib/git.ts";
import { put } from "../../checkouts/repository.ts";
import { openWorkWorld } from "./work-world.ts";
import type { WorkWorld } from "./work-world.ts";

let world: WorkWorld;
let ground: string;
beforeAll(async () => {
  ground = await mkdtemp(join(tmpdir(), "serai-refusals-"));
  await mkdir(join(ground, "plain"));
  await mkdir(join(ground, "empty"));
  await git(join(ground, "empty"), "init", "--quiet");
  world = await openWorkWorld();
});
afterAll(async () => {
  await world[Symbol.asyncDispose]();
  await rm(ground, { recursive: true, force: true });
  expect(world.whole.faults).toEqual([]);
});

describe("a project", () => {
  it.each([
    ["a folder that is no repository", () => ({ path: join(ground, "plain") }), 409, "git init"],
    ["a repository without a commit", () => ({ path: join(ground, "empty") }), 409, "make the first one"],
    ["a folder that is not there", () => ({ path: join(ground, "gone") }), 409, "there is no folder"],
    ["a relative path", () => ({ path: "app" }), 400, "absolute"],
    ["neither path nor URL", () => ({}), 400, "one of the two"],
    ["both", () => ({ path: ground, url: "https://example.com/a.git" }), 400, "one of the two"],
    ["a URL that starts a program", () => ({ url: "ext::sh -c id" }), 409, "no URL of a repository"],
    ["an agent that is not there", () => ({ path: world.repository, default_agent_id: "agt_x" }), 404, "agt_x"],
    ["a harness that is not there", () => ({ path: world.repository, default_harness: "vim" }), 400, "default_harness"],
    ["a budget below nothing", () => ({ path: world.repository, budget: { usd: -1 } }), 400, "budget"],
  ])("of %s is refused", async (_, bodyOf, status, words) => {
    const answer = await world.owner.post("/projects", { name: "other", ...bodyOf() });
    expect(answer.status).toBe(status);
    expect(answer.body.detail).toContain(words);
  });

  it.each(["", "Ünder", "a b", "-a", "a/b", "x".repeat(65)])("called %j is refused", async (name) => {
    const answer = await world.owner.post("/projects", { name, path: world.repository });
    expect(answer).toMatchObject({ status: 400, body: { path: "/name" } });
  });

  it("has its slug alone, and gives it back when it is removed", async () => {
    const body = { name: "twice", path: world.repository };
    const [made, again] = [await world.owner.post("/projects", body), await world.owner.post("/projects", body)];
    expect([made.status, again.status]).toEqual([201, 409]);
    await world.owner.call("DELETE", "/projects/twice");
    expect((await world.owner.post("/projects", body)).status).toBe(201);
  });

  it("keeps what a change leaves out", async () => {
    const body = { name: "kept", path: world.repository, rules: "Be brief.", setup: ["true"], copy_files: [".env"] };
    await world.owner.post("/projects", body);
    const changed = await world.owner.call<object>("PATCH", "/projects/kept", { max_sessions: 3 });
    expect(changed.body).toMatchObject({ rules: "Be brief.", setup: ["true"], copy_files: [".env"], max_sessions: 3 });
  });
});

describe("a session", () => {
  const create = (body: object) => world.owner.post<{ id: string }>("/sessions", body);

  it("of a project that is not there is a 404, by id, by slug, and after it was removed", async () => {
    await world.owner.post("/projects", { name: "removed", path: world.repository });
    await world.owner.call("DELETE", "/projects/removed");
    const named = ["nonsense", "prj_00000000000000000000000000000000", "removed"];
    for (const project_id of named) {
      expect(await create({ project_id, harness: "codex" })).toMatchObject({ status: 404, body: { kind: "project" } });
    }
  });

  it.each(["a..b", "a b", "/a", "a/", "@", "-a", "a.lock", "a~1", ".a", "a//b"])(
    "of a branch called %j is refused",
    async (branch_name) => {
      const answer = await create({ project_id: "app", branch_name });
      expect(answer).toMatchObject({ status: 400, body: { path: "/branch_name" } });
    },
  );

  it("cannot be made an observed one", async () => {
    expect(await create({ harness: "observed" })).toMatchObject({ status: 400, body: { path: "/harness" } });
  });

  it("of a branch that another one has is told who has it, and works when that one has ended", async () => {
    const [first, second] = [
      await create({ project_id: "app", branch_name: "feat/one" }),
      await create({ project_id: "app", branch_name: "feat/one" }),
    ];
    const made = await world.owner.post<{ path: string }>(`/sessions/${first.body.id}/checkout`);
    expect(made).toMatchObject({ status: 200, body: { branch: "feat/one" } });
    const refused = await world.owner.post(`/sessions/${second.body.id}/checkout`);
    expect(refused).toMatchObject({ status: 409, body: { code: "branch_in_use", branch: "feat/one" } });
    await world.turn(second.body.id, "hello");
    const failed = (await world.events(second.body.id)).find(({ type }) => type === "turn.failed");
    expect(failed?.data).toMatchObject({ error_code: "branch_in_use" });
    await world.owner.post(`/sessions/${first.body.id}/kill`);
    await world.settled();
    expect((await world.owner.post(`/sessions/${second.body.id}/checkout`)).status).toBe(200);
  });

  it("whose setup fails says what it said, and leaves neither tree nor branch", async () => {
    const setup = ["echo no luck >&2; exit 3"];
    await world.owner.post("/projects", { name: "broken", path: world.repository, setup, default_harness: "codex" });
    const { body } = await create({ project_id: "broken", branch_name: "broken/one" });
    const refused = await world.owner.post(`/sessions/${body.id}/checkout`);
    expect(refused).toMatchObject({ status: 409, body: { code: "setup_failed" } });
    expect(refused.body.detail).toContain("no luck");
    expect(await git(world.repository, "branch", "--list", "broken/one")).toBe("");
    expect(await readdir(join(world.whole.folder, "checkouts", "trees"))).not.toContain(body.id);
  });

  it("of an agent that is not installed says how to have it", async () => {
    const { body } = await create({ project_id: "app", harness: "gemini" });
    await world.turn(body.id, "hello");
    const failed = (await world.events(body.id)).find(({ type }) => type === "turn.failed");
    expect(failed?.data).toMatchObject({ error_code: "agent_not_installed" });
  });

  it("is not merged while a turn runs, and told what can be done about it", async () => {
    const { body } = await create({ project_id: "app", title: "Busy", when_busy: "queue" });
    const message = { content: [{ type: "text", text: JSON.stringify([{ hang: "until-cancel" }]) }] };
    await world.owner.post(`/sessions/${body.id}/checkout`);
    await world.owner.post(`/sessions/${body.id}/messages`, { message });
    const refused = await world.owner.post(`/sessions/${body.id}/merge`, {});
    expect(refused).toMatchObject({ status: 400, body: { code: "turn_running" } });
    expect(refused.body.detail).toMatch(/wait for turn.completed or cancel it$/);
    await world.owner.post(`/sessions/${body.id}/cancel`);
  });

  it("does not merge over what its base's own tree has changed, nor what is not committed", async () => {
    const { body } = await create({ project_id: "app", title: "Merge me" });
    await world.turn(body.id, [{ write: { path: "a.txt", text: "mine\n" } }]);
    const dirty = await world.owner.post(`/sessions/${body.id}/merge`, {});
    expect(dirty).toMatchObject({ status: 409, body: { code: "merge_refused", paths: ["a.txt"] } });
    expect(await world.owner.post(`/sessions/${body.id}/commit`, {})).toMatchObject({ status: 200 });
    expect(await world.owner.post(`/sessions/${body.id}/commit`, {})).toMatchObject({
      status: 409,
      body: { code: "nothing_to_commit" },
    });
    await put(world.repository, { "a.txt": "by hand\n" });
    const refused = await world.owner.post(`/sessions/${body.id}/merge`, {});
    expect(refused).toMatchObject({ status: 409, body: { code: "merge_refused", paths: ["a.txt"] } });
    await git(world.repository, "checkout", "--", "a.txt");
  });
});

describe("a project's limit", () => {
  it("lets as many turns of its agents run at once, and the others wait in line", async () => {
    const body = { name: "narrow", path: world.repository, default_harness: "codex", max_sessions: 1 };
    await world.owner.post("/projects", body);
    const [first, second] = [await world.make({ project_id: "narrow" }), await world.make({ project_id: "narrow" })];
    const [one, two] = [
      world.turn(first.id, [{ waitMs: 300 }, { say: "one" }]),
      world.turn(second.id, [{ say: "two" }]),
    ];
    await Promise.all([one, two]);
    const order = async (id: string) => {
      const all = await world.owner.get<{ data: { type: string; ts: string }[] }>(`/sessions/${id}/events?limit=1000`);
      const at = (type: string) => all.body.data.find((event) => event.type === type)?.ts ?? "";
      return { started: at("process.started"), ended: at("turn.completed") };
    };
    const runs = [await order(first.id), await order(second.id)].toSorted((a, b) => a.ended.localeCompare(b.ended));
    expect((runs[1]?.started ?? "") >= (runs[0]?.ended ?? "x")).toBe(true);
  });
});
