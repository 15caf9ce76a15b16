/** C3–C5: what becomes of the work in a checkout. */
import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { Checkout, MergeStrategy } from "../../src/core/ports/checkouts.ts";
import { git } from "../../src/lib/git.ts";
import { author, commitHere, openGround, put, take, value } from "./repository.ts";
import type { Ground } from "./repository.ts";

const strategies = ["fast_forward", "squash", "merge", "rebase"] as const satisfies readonly MergeStrategy[];
const how = (strategy: MergeStrategy) => ({ strategy, message: "Merge the work" });

async function committed(ground: Ground, checkout: Checkout, files: Readonly<Record<string, string>>): Promise<void> {
  await put(checkout.path, files);
  value(await ground.checkouts.commit(checkout, { message: "Do the work", author }));
}

describe("the state of a checkout", () => {
  test("tells branch, head, distance and changes, untracked files too", async () => {
    await using ground = await openGround();
    const checkout = await ground.make();
    await committed(ground, checkout, { "new.ts": "1" });
    await put(ground.repository, { "main.ts": "1" });
    await commitHere(ground.repository, "Main goes on");
    await put(checkout.path, { "src/a.ts": "changed", "with space ü.txt": "x" });
    expect(value(await ground.checkouts.state(checkout))).toMatchObject({
      branch: checkout.branch,
      ahead: 1,
      behind: 1,
      isDirty: true,
      changed: ["src/a.ts", "with space ü.txt"],
      isMerged: false,
    });
  });

  test("is refused when the tree is gone", async () => {
    await using ground = await openGround();
    const checkout = await ground.make();
    await rm(checkout.path, { recursive: true });
    for (const asked of [ground.checkouts.state(checkout), ground.checkouts.diff(checkout, "all")]) {
      expect(await asked).toMatchObject({ ok: false, refusal: { kind: "tree_missing", path: checkout.path } });
    }
  });
});

describe("the diff of a checkout", () => {
  test("C4: shows what was committed and what was not, by file, with renames and binaries", async () => {
    await using ground = await openGround();
    const checkout = await ground.make();
    await git(checkout.path, "mv", "src/b.ts", "src/moved.ts");
    await committed(ground, checkout, { "src/a.ts": "a\nmore\n" });
    await put(checkout.path, { "new.txt": "one\ntwo\n", "pic.bin": "\0\u0001\0" });
    const files = value(await ground.checkouts.diff(checkout, "all"));
    const shown = files.map(({ path, status, additions, deletions, isBinary }) => [
      path,
      status,
      additions,
      deletions,
      isBinary,
    ]);
    expect(shown).toEqual([
      ["new.txt", "added", 2, 0, false],
      ["pic.bin", "added", 0, 0, true],
      ["src/a.ts", "modified", 1, 0, false],
      ["src/moved.ts", "renamed", 0, 0, false],
    ]);
    expect(files.find(({ path }) => path === "src/a.ts")?.patch).toContain("\n+more\n");
    expect(files.find(({ path }) => path === "src/moved.ts")?.from).toBe("src/b.ts");
    expect(files.find(({ path }) => path === "pic.bin")?.patch).toBeNull();
    const uncommitted = value(await ground.checkouts.diff(checkout, "uncommitted"));
    expect(uncommitted.map(({ path }) => path)).toEqual(["new.txt", "pic.bin"]);
    // Looking changes nothing.
    expect(value(await ground.checkouts.state(checkout)).changed).toEqual(["new.txt", "pic.bin"]);
    expect((await git(checkout.path, "diff", "--cached", "--name-only")).trim()).toBe("");
  });

  test("leaves out what came from the base since", async () => {
    await using ground = await openGround();
    const checkout = await ground.make();
    await put(ground.repository, { "main.ts": "1" });
    await commitHere(ground.repository, "Main goes on");
    await git(checkout.path, "merge", "--quiet", "--no-edit", "main");
    await put(checkout.path, { "mine.ts": "1" });
    expect(value(await ground.checkouts.diff(checkout, "all")).map(({ path }) => path)).toEqual(["mine.ts"]);
  });

  test("tells a file that is too long by its size", async () => {
    await using ground = await openGround();
    const checkout = await ground.make();
    await put(checkout.path, { "long.txt": "line\n".repeat(100_000) });
    const [file] = value(await ground.checkouts.diff(checkout, "all"));
    expect(file).toMatchObject({ additions: 100_000, patch: null, isCut: true });
  });

  test("reads lines that look like headers as what they are", async () => {
    await using ground = await openGround();
    const checkout = await ground.make();
    await put(checkout.path, { "a.txt": "diff --git a/x b/x\n--- a/x\n", "b.txt": "b\n" });
    const files = value(await ground.checkouts.diff(checkout, "all"));
    expect(files.map(({ path }) => path)).toEqual(["a.txt", "b.txt"]);
    expect(files[0]?.patch).toContain("+diff --git a/x b/x");
    expect(files[1]?.patch).toContain("+b\n");
  });
});

describe("merging a checkout", () => {
  test.each(strategies)("%s brings the work into the base and into the tree that has it", async (strategy) => {
    await using ground = await openGround();
    const checkout = await ground.make();
    await committed(ground, checkout, { "new.ts": "1" });
    if (strategy !== "fast_forward") {
      await put(ground.repository, { "main.ts": "1" });
      await commitHere(ground.repository, "Main goes on");
    }
    const { commit } = value(await ground.checkouts.merge(checkout, how(strategy)));
    expect((await git(ground.repository, "rev-parse", "main")).trim()).toBe(commit);
    expect(await take(ground.repository, "new.ts")).toBe("1");
    expect((await git(ground.repository, "status", "--porcelain")).trim()).toBe("");
    expect(value(await ground.checkouts.state(checkout)).isMerged).toBe(true);
    const parents = (await git(ground.repository, "rev-list", "--parents", "-n1", "main")).trim().split(" ").length - 1;
    expect(parents).toBe(strategy === "merge" ? 2 : 1);
  });

  test.each(strategies)("%s of what was merged before moves nothing", async (strategy) => {
    await using ground = await openGround();
    const checkout = await ground.make();
    await committed(ground, checkout, { "new.ts": "1" });
    const first = value(await ground.checkouts.merge(checkout, how(strategy)));
    expect(value(await ground.checkouts.merge(checkout, how(strategy)))).toEqual(first);
    expect((await git(ground.repository, "rev-parse", "main")).trim()).toBe(first.commit);
  });

  test.each(strategies)("%s refuses a branch that nothing was ever committed to", async (strategy) => {
    await using ground = await openGround();
    const checkout = await ground.make();
    const main = await commitHere(ground.repository, "Main goes on");
    const refused = await ground.checkouts.merge(checkout, how(strategy));
    const { branch } = checkout;
    expect(refused).toEqual({ ok: false, refusal: { kind: "nothing_to_merge", branch, base: "main" } });
    expect((await git(ground.repository, "rev-parse", "main")).trim()).toBe(main);
  });

  test.each(["squash", "merge", "rebase"] as const)(
    "%s tells conflicts by path and leaves no trace",
    async (strategy) => {
      await using ground = await openGround();
      const checkout = await ground.make();
      await committed(ground, checkout, { "src/a.ts": "mine\n", "fine.ts": "1" });
      await put(ground.repository, { "src/a.ts": "theirs\n" });
      const main = await commitHere(ground.repository, "Main goes on");
      const refused = await ground.checkouts.merge(checkout, how(strategy));
      expect(refused).toEqual({ ok: false, refusal: { kind: "conflicts", paths: ["src/a.ts"] } });
      expect((await git(ground.repository, "rev-parse", "main")).trim()).toBe(main);
      expect(await git(ground.repository, "status", "--porcelain")).toBe("");
      expect(await readdir(join(ground.folder, "data", "trees"))).toEqual([checkout.sessionId]);
    },
  );

  test("refuses to fast-forward past what the base has since", async () => {
    await using ground = await openGround();
    const checkout = await ground.make();
    await committed(ground, checkout, { "new.ts": "1" });
    await commitHere(ground.repository, "Main goes on");
    const refused = await ground.checkouts.merge(checkout, how("fast_forward"));
    expect(refused).toEqual({ ok: false, refusal: { kind: "not_fast_forward", base: "main" } });
  });

  test("C3: writes over nobody's changes in the base's own tree, and keeps those that are not in the way", async () => {
    await using ground = await openGround();
    const checkout = await ground.make();
    await committed(ground, checkout, { "src/a.ts": "mine\n" });
    await put(ground.repository, { "src/a.ts": "somebody's" });
    const refused = await ground.checkouts.merge(checkout, how("squash"));
    expect(refused).toEqual({ ok: false, refusal: { kind: "base_dirty", base: "main", paths: ["src/a.ts"] } });
    expect(await take(ground.repository, "src/a.ts")).toBe("somebody's");
    await git(ground.repository, "checkout", "--quiet", "--", "src/a.ts");
    await put(ground.repository, { "src/b.ts": "somebody's" });
    value(await ground.checkouts.merge(checkout, how("squash")));
    expect(await take(ground.repository, "src/a.ts")).toBe("mine\n");
    expect(await take(ground.repository, "src/b.ts")).toBe("somebody's");
  });

  test("moves a base that nobody has checked out, also one that is known only at the origin", async () => {
    await using ground = await openGround();
    const source = { kind: "url", url: `file://${ground.repository}` } as const;
    const checkout = await ground.make({ source });
    await committed(ground, checkout, { "new.ts": "1" });
    const { commit, base } = value(await ground.checkouts.merge(checkout, how("merge")));
    expect((await git(checkout.repository, "rev-parse", `refs/heads/${base}`)).trim()).toBe(commit);
  });

  test("knows work that came into the base in another way", async () => {
    await using ground = await openGround();
    const checkout = await ground.make();
    await committed(ground, checkout, { "new.ts": "1" });
    await put(ground.repository, { "new.ts": "1" });
    await commitHere(ground.repository, "The same by hand");
    expect(value(await ground.checkouts.state(checkout)).isMerged).toBe(true);
  });
});

describe("undoing and removing", () => {
  test("C3: what is discarded comes back, untracked and deleted files too", async () => {
    await using ground = await openGround();
    const checkout = await ground.make();
    await put(checkout.path, { "src/a.ts": "changed", "untracked/x.txt": "x" });
    await rm(join(checkout.path, "src/b.ts"));
    const before = value(await ground.checkouts.state(checkout)).changed;
    const { snapshot } = value(await ground.checkouts.discard(checkout));
    expect(value(await ground.checkouts.state(checkout)).isDirty).toBe(false);
    expect(value(await ground.checkouts.restore(checkout, snapshot)).changed).toEqual(before);
    expect(await take(checkout.path, "untracked/x.txt")).toBe("x");
  });

  test("restores nothing that is not the session's own", async () => {
    await using ground = await openGround();
    const [one, other] = [await ground.make(), await ground.make()];
    await put(other.path, { "x.txt": "x" });
    const { ref } = value(await ground.checkouts.snapshot(other, "turn-1"));
    for (const name of [ref, "main", "refs/heads/main", "no-such"]) {
      expect(await ground.checkouts.restore(one, name)).toMatchObject({ ok: false });
    }
  });

  test("takes one snapshot of one content, and moves no branch", async () => {
    await using ground = await openGround();
    const checkout = await ground.make();
    await put(checkout.path, { "x.txt": "x" });
    const head = await git(checkout.path, "rev-parse", "HEAD");
    const first = value(await ground.checkouts.snapshot(checkout, "turn-1"));
    expect(value(await ground.checkouts.snapshot(checkout, "turn-2"))).toEqual(first);
    expect(await git(checkout.path, "rev-parse", "HEAD")).toBe(head);
  });

  test("C3: refuses to remove a tree with changes or with commits that nothing else reaches", async () => {
    await using ground = await openGround();
    const checkout = await ground.make();
    await put(checkout.path, { "x.txt": "x" });
    const dirty = await ground.checkouts.remove(checkout, "refuse");
    expect(dirty).toEqual({ ok: false, refusal: { kind: "would_lose", changes: ["x.txt"], commits: 0 } });
    await git(checkout.path, "checkout", "--quiet", "--detach");
    await commitHere(checkout.path, "On no branch");
    const detached = await ground.checkouts.remove(checkout, "refuse");
    expect(detached).toEqual({ ok: false, refusal: { kind: "would_lose", changes: [], commits: 1 } });
    const { snapshot } = value(await ground.checkouts.remove(checkout, "snapshot"));
    expect(await git(ground.repository, "show", `${snapshot}:x.txt`)).toBe("x");
  });

  test("removes what is committed and keeps the branch", async () => {
    await using ground = await openGround();
    const checkout = await ground.make();
    await committed(ground, checkout, { "x.txt": "x" });
    expect(value(await ground.checkouts.remove(checkout, "refuse"))).toEqual({ snapshot: null });
    expect(await git(ground.repository, "show", `${checkout.branch}:x.txt`)).toBe("x");
  });

  test("collects trees that nobody names, and leaves those that would lose something", async () => {
    await using ground = await openGround();
    const [wanted, litter, work] = [await ground.make(), await ground.make(), await ground.make()];
    await put(work.path, { "x.txt": "x" });
    const collected = await ground.checkouts.collect(async (id) => id === wanted.sessionId);
    expect(collected).toEqual({ removed: [litter.path], kept: [work.path] });
    expect(value(await ground.checkouts.state(wanted)).isDirty).toBe(false);
  });
});

test("C5: foretells which branches will not go together, and with the base", async () => {
  await using ground = await openGround();
  const [one, two, three] = [await ground.make(), await ground.make(), await ground.make()];
  await committed(ground, one, { "src/a.ts": "one\n" });
  await committed(ground, two, { "src/a.ts": "two\n" });
  await committed(ground, three, { "other.ts": "3" });
  expect(await ground.checkouts.forecast([one, two, three])).toEqual([
    { branch: one.branch, other: two.branch, conflicts: ["src/a.ts"] },
  ]);
  await put(ground.repository, { "other.ts": "main" });
  await commitHere(ground.repository, "Main goes on");
  expect(await ground.checkouts.forecast([three])).toEqual([
    { branch: three.branch, other: "main", conflicts: ["other.ts"] },
  ]);
});
