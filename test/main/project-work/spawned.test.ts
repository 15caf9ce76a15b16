/** A spawned agent at work in a project: from its first message to a merge, over a whole server. */
import { access } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { git } from "../../../src/lib/git.ts";
import { take } from "../../checkouts/repository.ts";
import { text } from "../../doors/native/native-client.ts";
import { openWorkWorld } from "./work-world.ts";
import type { WorkWorld } from "./work-world.ts";

async function started(id: string): Promise<void> {
  for (let tries = 0; tries < 200; tries++) {
    if ((await world.events(id)).some(({ type }) => type === "process.started")) return;
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}

let world: WorkWorld;
beforeAll(async () => {
  world = await openWorkWorld({ rules: "Never touch b.txt." });
});
afterAll(async () => {
  await world[Symbol.asyncDispose]();
  expect(world.whole.faults).toEqual([]);
});

describe("a session of a spawned agent", () => {
  it("C1: works on a branch of its own, and what it commits is merged into the project's branch", async () => {
    const { make, turn, read, owner, repository } = world;
    const made = await make({ title: "Add a greeting", auto_commit: true });
    expect(made).toMatchObject({ harness: "codex", project_id: world.project.id, checkout: null, delivery: null });
    await turn(made.id, [{ write: { path: "hello.txt", text: "Hello\n" } }, { say: "Done." }]);
    const session = await read(made.id);
    const branch = `serai/add-a-greeting-${made.id.slice(-6)}`;
    expect(session).toMatchObject({
      status: "idle",
      checkout: { branch, base: "main" },
      delivery: { branch, base: "main", ahead: 1, behind: 0, dirty: false, merged_at: null },
    });
    const diff = await owner.get<{ files: { path: string; status: string }[] }>(`/sessions/${made.id}/diff`);
    expect(diff.body.files).toMatchObject([{ path: "hello.txt", status: "added" }]);
    const message = await git(repository, "log", "-1", "--format=%B%an", branch);
    expect(message).toContain(`Serai-Session: ${made.id}`);
    expect(message).toContain("codex (Serai)");
    const merged = await owner.post(`/sessions/${made.id}/merge`, { strategy: "squash" });
    expect(merged).toMatchObject({ status: 200, body: { base: "main" } });
    expect(await take(repository, "hello.txt")).toBe("Hello\n");
    expect((await read(made.id)).delivery?.merged_at).toEqual(expect.any(String));
    const types = (await world.events(made.id)).map(({ type }) => type);
    expect(types).toEqual(
      expect.arrayContaining(["checkout.created", "process.started", "checkout.committed", "delivery.updated"]),
    );
    expect(types.lastIndexOf("checkout.committed")).toBeLessThan(types.lastIndexOf("session.idled"));
  });

  it("ruling 30: is known by its agent's own conversation, so its hooks join it", async () => {
    const { make, turn } = world;
    const { id } = await make();
    await turn(id, "hello");
    const started = (await world.events(id)).find(({ type }) => type === "process.started");
    const { store, first } = world.whole.server;
    const known = await store.findPresence(first.workspaceId, "codex", String(started?.data["agent_session_id"]));
    expect(known?.sessionId).toBe(id);
  });

  it("ruling 4: without a project works in a repository of its own", async () => {
    const { turn, read, owner } = world;
    const made = await owner.post<{ id: string }>("/sessions", { harness: "codex" });
    await turn(made.body.id, [{ write: { path: "x.txt", text: "x" } }]);
    const session = await read(made.body.id);
    expect(session).toMatchObject({ checkout: { base: null }, delivery: { dirty: true } });
    expect(await take(session.checkout?.path ?? "", "x.txt")).toBe("x");
    const refused = await owner.post(`/sessions/${made.body.id}/merge`, {});
    expect(refused).toMatchObject({ status: 409, body: { code: "merge_refused" } });
  });

  it("C3: loses nothing when it is killed or deleted, and takes its tree away only where nothing is in it", async () => {
    const { make, turn, read, owner } = world;
    const [clean, dirty] = [await make({ auto_commit: true }), await make()];
    await turn(clean.id, [{ write: { path: "c.txt", text: "c" } }]);
    await turn(dirty.id, [{ write: { path: "d.txt", text: "d" } }]);
    const trees = [(await read(clean.id)).checkout?.path ?? "", (await read(dirty.id)).checkout?.path ?? ""];
    await owner.post(`/sessions/${clean.id}/kill`);
    await owner.post(`/sessions/${dirty.id}/kill`);
    await world.settled();
    await expect(access(trees[0] ?? "")).rejects.toThrow("ENOENT");
    expect(await take(trees[1] ?? "", "d.txt")).toBe("d");
    const branch = (await read(clean.id)).delivery?.branch ?? "";
    expect(await git(world.repository, "show", `${branch}:c.txt`)).toBe("c");
    expect(await read(clean.id)).toMatchObject({ status: "killed", checkout: null });
  });

  it("C3: finds its files again after it was deleted and restored", async () => {
    const { make, turn, read, owner } = world;
    const { id } = await make({ auto_commit: true });
    await turn(id, [{ write: { path: "e.txt", text: "e" } }]);
    await owner.call("DELETE", `/sessions/${id}`);
    await world.settled();
    await owner.post(`/sessions/${id}/restore`);
    await turn(id, [{ write: { path: "f.txt", text: "f" } }]);
    const { checkout } = await read(id);
    expect([await take(checkout?.path ?? "", "e.txt"), await take(checkout?.path ?? "", "f.txt")]).toEqual(["e", "f"]);
  });

  it("throws changes away and takes that back", async () => {
    const { make, turn, read, owner } = world;
    const { id } = await make();
    await turn(id, [{ write: { path: "a.txt", text: "changed" } }]);
    const tree = (await read(id)).checkout?.path ?? "";
    const done = await owner.post<{ snapshot: string }>(`/sessions/${id}/discard`);
    expect([done.status, await take(tree, "a.txt")]).toEqual([200, "a\n"]);
    expect((await read(id)).delivery?.dirty).toBe(false);
    const back = await owner.post(`/sessions/${id}/restore-files`, { snapshot: done.body.snapshot });
    expect([back.status, await take(tree, "a.txt")]).toEqual([200, "changed"]);
    const nonsense = await owner.post(`/sessions/${id}/restore-files`, { snapshot: "refs/heads/main" });
    expect(nonsense).toMatchObject({ status: 400, body: { path: "/snapshot" } });
  });

  it("goes on in the same conversation after the server was restarted", async () => {
    const { make, turn } = world;
    const { id } = await make();
    await turn(id, "first words");
    await world.whole.restart();
    await turn(id, [{ recall: true }]);
    const started = (await world.events(id)).filter(({ type }) => type === "process.started");
    expect(started.map(({ data }) => data["resumed"])).toEqual([false, true]);
    const said = (await world.events(id)).findLast(({ type }) => type === "output.message.completed");
    expect(JSON.stringify(said?.data)).toContain("first words");
  });

  it("C5: hears of conflicts with other branches before anybody merges", async () => {
    const { make, turn, read, owner } = world;
    const [one, two] = [await make({ auto_commit: true }), await make({ auto_commit: true })];
    await turn(one.id, [{ write: { path: "b.txt", text: "one\n" } }]);
    await turn(two.id, [{ write: { path: "b.txt", text: "two\n" } }]);
    await world.settled();
    const seen = await read(two.id);
    expect(seen.needs).toEqual(["conflict"]);
    expect(seen.delivery?.conflicts).toEqual([{ other: (await read(one.id)).checkout?.branch, paths: ["b.txt"] }]);
    const forecast = await owner.get<{ data: { session_id: string; conflicts: unknown[] }[] }>(
      "/projects/app/forecast",
    );
    const of = forecast.body.data.find(({ session_id }) => session_id === one.id);
    expect(of?.conflicts).toHaveLength(1);
    await owner.post(`/sessions/${one.id}/kill`);
    await world.settled();
    expect((await read(two.id)).needs).toEqual([]);
    expect((await read(one.id)).needs).toEqual([]);
  });

  it("C5: is told merged when somebody else has merged it by hand, at the next look at the project", async () => {
    const { make, turn, read, repository } = world;
    const [mine, other] = [await make({ auto_commit: true, title: "By hand" }), await make()];
    await turn(mine.id, [{ write: { path: "hand.txt", text: "x" } }]);
    const branch = (await read(mine.id)).checkout?.branch ?? "";
    await git(
      repository,
      "-c",
      "user.name=a",
      "-c",
      "user.email=a@b",
      "merge",
      "--quiet",
      "--no-ff",
      "-m",
      "M",
      branch,
    );
    expect((await read(mine.id)).delivery?.merged_at).toBeNull();
    await turn(other.id, "anything");
    await world.settled();
    expect((await read(mine.id)).delivery?.merged_at).toEqual(expect.any(String));
  });

  it("A3: has its turn taken up by the next server, where the last one was stopped in the middle of it", async () => {
    const { make, read, owner } = world;
    const { id } = await make();
    await owner.post(`/sessions/${id}/messages`, text(JSON.stringify([{ waitMs: 2_000 }, { say: "late" }])));
    await started(id);
    await world.whole.restart();
    for (let tries = 0; tries < 400 && (await read(id)).status === "active"; tries++) {
      await new Promise((resolve) => setTimeout(resolve, 25));
    }
    expect(await read(id)).toMatchObject({ status: "idle" });
    expect((await world.events(id)).filter(({ type }) => type === "process.started")).toHaveLength(2);
  });

  it("keeps its tree within its own folder of the server", async () => {
    const { id } = await world.make();
    await world.turn(id, "x");
    expect((await world.read(id)).checkout?.path).toBe(join(world.whole.folder, "checkouts", "trees", id));
  });
});
