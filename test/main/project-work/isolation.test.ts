/** Spawned agents in their sandbox, where there is one: they commit in their checkout and see nothing of the server's. */
import { readdir } from "node:fs/promises";
import { afterEach, expect, it } from "vitest";
import { ORDER_FILES, ORDER_FOLDERS } from "../../../src/core/project-work/orders.ts";
import { findSandbox } from "../../../src/lib/sandbox.ts";
import { git } from "../../../src/lib/git.ts";
import { take } from "../../checkouts/repository.ts";
import { text } from "../../doors/native/native-client.ts";
import { openWorkWorld } from "./work-world.ts";
import type { WorkWorld } from "./work-world.ts";

let world: WorkWorld | undefined;
afterEach(() => world?.[Symbol.asyncDispose]());

const sandbox = await findSandbox();

it.runIf(sandbox.kind === "bubblewrap").each(["path", "url"])(
  "C6: an isolated agent commits in a checkout of a repository by %s, and cannot read the server's keys",
  async (kind) => {
    world = await openWorkWorld({}, { environment: { SERAI_ISOLATION: "on" } });
    const { owner, repository, whole } = world;
    if (kind === "url") {
      await owner.post("/projects", { name: "cloned", url: `file://${repository}`, default_harness: "codex" });
    }
    const { id } = await world.make({ project_id: kind === "url" ? "cloned" : "app" });
    const script = `git add -A && git -c user.name=a -c user.email=a@b commit -qm inside; cat ${whole.folder}/admin.key; git log --oneline -1`;
    await world.turn(id, [
      { write: { path: "in.txt", text: "in\n" } },
      { run: ["sh", "-c", `(${script}) > out.txt 2>&1`], wait: true },
    ]);
    const session = await world.read(id);
    const started = (await world.events(id)).find(({ type }) => type === "process.started");
    expect(started?.data).toMatchObject({ isolation: "bubblewrap" });
    expect(session.isolation).toBe("bubblewrap");
    const tree = session.checkout?.path ?? "";
    expect(await git(tree, "log", "-1", "--format=%s")).toBe("inside\n");
    expect(await git(tree, "show", "HEAD:in.txt")).toBe("in\n");
    expect(await take(tree, "out.txt")).toContain("admin.key: No such file");
    expect(session.delivery).toMatchObject({ ahead: 1 });
  },
);

const ORDERS = [...ORDER_FILES, ...ORDER_FOLDERS.map((name) => `${name}/evil.json`)];
const OF_GIT = [".git/hooks/pre-commit", ".git/config.worktree", ".git/commondir"];

const status = (tree: string) => git(tree, "status", "--porcelain", "--untracked-files=all");

/** Says of each which it has come to write; git is asked to take orders from elsewhere, too. */
const tryAll = (names: readonly string[]) =>
  [
    ...names.map(
      (name) => `mkdir -p $(dirname ${name}); (echo evil > ${name}) 2>/dev/null && echo ${name} >> made.txt`,
    ),
    ...names.map((name) => `cp a.txt made; mv -f made ${name} 2>/dev/null && echo moved ${name} >> made.txt`),
    "git config core.fsmonitor ./evil 2>/dev/null && echo config >> made.txt",
    "echo kept > .claude/notes.md; echo done > done.txt; rm -f made",
  ].join("; ");

it.runIf(sandbox.kind === "bubblewrap").each(["worktree", "repository"])(
  "C6: an isolated agent in a %s of its own makes none of the settings that others carry out, and leaves no trace of them",
  async (kind) => {
    world = await openWorkWorld({}, { environment: { SERAI_ISOLATION: "on" } });
    const isScratch = kind === "repository";
    const { id } = isScratch
      ? (await world.owner.post<{ id: string }>("/sessions", { harness: "codex" })).body
      : await world.make();
    await world.turn(id, "hello");
    const tree = (await world.read(id)).checkout?.path ?? "";
    const held = ["commondir", "config.worktree"];
    const before = (await readdir(`${tree}/.git`).catch(() => [])).filter((name) => !held.includes(name));
    const names = [...ORDERS, ...(isScratch ? OF_GIT : [])];
    await world.turn(id, [
      { run: ["sh", "-c", tryAll(names)], wait: true },
      { fs: "write", path: `${tree}/.mcp.json`, text: "evil" },
    ]);
    // Its program still runs, and git has nothing to say of what keeps it from them.
    expect((await status(tree)).trim().split("\n")).toEqual(["?? .claude/notes.md", "?? done.txt"]);
    expect(await git(tree, "config", "--list", "--local")).not.toContain("evil");
    await world.owner.post(`/sessions/${id}/complete`, {});
    await world.settled();
    const kept = (await readdir(tree, { recursive: true })).filter((name) => !/^[.]git(?:[/]|$)/.test(name));
    const files = isScratch ? [] : ["a.txt", "b.txt"];
    expect(kept.toSorted()).toEqual([".claude", ".claude/notes.md", ...files, "done.txt"].toSorted());
    const after = await readdir(`${tree}/.git`).catch(() => []);
    expect(after).toEqual(expect.arrayContaining(before));
    expect(after.filter((name) => held.includes(name))).toEqual([]);
  },
);

it.runIf(sandbox.kind === "bubblewrap")(
  "C6: an agent that crashes leaves nothing of its sandbox in the tree",
  async () => {
    world = await openWorkWorld({}, { environment: { SERAI_ISOLATION: "on" } });
    const { id } = await world.make();
    await world.turn(id, [{ say: "going" }, { crash: "SIGKILL" }]);
    const tree = (await world.read(id)).checkout?.path ?? "";
    await world.settled();
    await expect
      .poll(async () => (await readdir(tree)).toSorted(), { timeout: 15_000 })
      .toEqual([".git", "a.txt", "b.txt"]);
  },
);

it("C6: a session says isolation: none from the start of its agent on, in lists and for its forks not at all", async () => {
  world = await openWorkWorld({}, { environment: { SERAI_ISOLATION: "off" } });
  const { owner, make, read, events } = world;
  const { id, isolation } = await make();
  expect(isolation).toBeNull();
  await owner.post(`/sessions/${id}/messages`, text(JSON.stringify([{ say: "on" }, { hang: "until-cancel" }])));
  await expect
    .poll(async () => (await events(id)).map(({ type }) => type), { timeout: 15_000 })
    .toContain("process.started");
  expect(await read(id)).toMatchObject({ isolation: "none", status: "active" });
  await owner.post(`/sessions/${id}/cancel`, {});
  const listed = await owner.get<{ data: readonly { id: string; isolation: string | null }[] }>("/sessions");
  expect(listed.body.data).toMatchObject([{ id, isolation: "none" }]);
  const fork = await owner.post<{ isolation: string | null }>(`/sessions/${id}/fork`, {});
  expect(fork.body).toMatchObject({ isolation: null });
});
