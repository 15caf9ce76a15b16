/** C1, C2: working trees of sessions, made from real repositories. */
import { execFile } from "node:child_process";
import { access, chmod, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, test } from "vitest";
import { git } from "../../src/lib/git.ts";
import { author, commitHere, makeRepository, never, openGround, put, take, value, wish } from "./repository.ts";

const run = promisify(execFile);

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

describe("making a checkout", () => {
  test("C1: is a worktree on a branch of its own, named by the session and beside the repository", async () => {
    await using ground = await openGround();
    const checkout = await ground.make({ branch: "feat/auth" });
    expect(checkout).toMatchObject({ branch: "feat/auth", base: "main", hasMadeBranch: true });
    expect(checkout.path.endsWith(checkout.sessionId)).toBe(true);
    expect(await take(checkout.path, "src/a.ts")).toBe("a\n");
    expect((await git(checkout.path, "branch", "--show-current")).trim()).toBe("feat/auth");
    expect((await git(ground.repository, "status", "--porcelain")).trim()).toBe("");
  });

  test("works on a branch that is there already", async () => {
    await using ground = await openGround();
    await git(ground.repository, "branch", "old");
    const checkout = await ground.make({ branch: "old" });
    expect(checkout.hasMadeBranch).toBe(false);
    await ground.checkouts.remove(checkout, "refuse");
    expect((await git(ground.repository, "branch", "--list", "old")).trim()).toBe("old");
  });

  test("begins from another base when one is named", async () => {
    await using ground = await openGround();
    await git(ground.repository, "checkout", "--quiet", "-b", "release");
    await put(ground.repository, { "only-here.txt": "x" });
    await commitHere(ground.repository, "Second");
    await git(ground.repository, "checkout", "--quiet", "main");
    const checkout = await ground.make({ base: "release" });
    expect(await take(checkout.path, "only-here.txt")).toBe("x");
  });

  test("refuses a branch that another tree has, and says which", async () => {
    await using ground = await openGround();
    const first = await ground.make({ branch: "taken" });
    const again = { ...wish(ground.repository, ground.mint()), branch: "taken" };
    const refused = await ground.checkouts.make(again, never);
    expect(refused).toEqual({ ok: false, refusal: { kind: "branch_in_use", branch: "taken", path: first.path } });
    const main = await ground.checkouts.make({ ...again, branch: "main" }, never);
    expect(main).toMatchObject({ ok: false, refusal: { kind: "branch_in_use", path: ground.repository } });
  });

  test.each([
    ["feat", "feat/x"],
    ["feat/x/y", "feat/x"],
  ])("says which branch is in the way of %s, in words of its own", async (branch, beside) => {
    await using ground = await openGround();
    await ground.make({ branch: "feat/x" });
    const refused = await ground.checkouts.make({ ...wish(ground.repository, ground.mint()), branch }, never);
    const reason = `git cannot keep it beside the branch "${beside}"; name another`;
    expect(refused).toEqual({ ok: false, refusal: { kind: "branch_invalid", branch, reason } });
  });

  test.each([
    ["free", null],
    ["taken/x", "branch_in_use"],
    ["main", "branch_in_use"],
    ["taken", "branch_invalid"],
    ["taken/x/y", "branch_invalid"],
    ["a..b", "branch_invalid"],
    ["old", null],
  ])("knows without making anything whether %s could be had", async (branch, kind) => {
    await using ground = await openGround();
    await ground.make({ branch: "taken/x" });
    await git(ground.repository, "branch", "old");
    const before = await git(ground.repository, "for-each-ref");
    const checked = await ground.checkouts.checkBranch({ kind: "path", path: ground.repository }, branch);
    expect(checked).toMatchObject(kind === null ? { ok: true, value: null } : { ok: false, refusal: { kind } });
    expect(await git(ground.repository, "for-each-ref")).toBe(before);
  });

  test("gives the branch to one of many who ask at once", async () => {
    await using ground = await openGround();
    const asked = Array.from({ length: 8 }, () => ({ ...wish(ground.repository, ground.mint()), branch: "one" }));
    const made = await Promise.all(asked.map((request) => ground.checkouts.make(request, never)));
    expect(made.filter(({ ok }) => ok)).toHaveLength(1);
    for (const each of made) if (!each.ok) expect(each.refusal.kind).toBe("branch_in_use");
  });

  test.each(["", " ", "a b", "../x", "a..b", "-x", "x.lock", "@{-1}", "a~1", "refs/", "/x", "x/", "a\u0000b", "HEAD"])(
    "refuses the branch name %j and leaves nothing behind",
    async (branch) => {
      await using ground = await openGround();
      const sessionId = ground.mint();
      const before = await git(ground.repository, "for-each-ref");
      const made = await ground.checkouts.make({ ...wish(ground.repository, sessionId), branch }, never);
      expect(made).toMatchObject({ ok: false, refusal: { kind: "branch_invalid" } });
      expect(await git(ground.repository, "for-each-ref")).toBe(before);
      expect(await exists(join(ground.folder, "data", "trees", sessionId))).toBe(false);
    },
  );

  test("refuses a branch below another that is a branch itself", async () => {
    await using ground = await openGround();
    await git(ground.repository, "branch", "feat");
    const made = await ground.checkouts.make({ ...wish(ground.repository, ground.mint()), branch: "feat/x" }, never);
    expect(made).toMatchObject({ ok: false, refusal: { kind: "branch_invalid" } });
  });

  test("refuses a folder without a repository, one without a commit, and a base that is not there", async () => {
    await using ground = await openGround();
    const at = (path: string) => ({ ...wish(path, ground.mint()) });
    const empty = join(ground.folder, "empty");
    await mkdir(empty);
    for (const path of [join(ground.folder, "nowhere"), empty]) {
      expect(await ground.checkouts.make(at(path), never)).toMatchObject({
        ok: false,
        refusal: { kind: "repository_missing" },
      });
    }
    await git(empty, "init", "--quiet");
    const unborn = await ground.checkouts.make(at(empty), never);
    expect(unborn).toMatchObject({ ok: false, refusal: { kind: "repository_missing" } });
    const based = await ground.checkouts.make({ ...at(ground.repository), base: "no-such" }, never);
    expect(based).toEqual({ ok: false, refusal: { kind: "base_missing", base: "no-such" } });
  });

  test("copies chosen files that git does not keep, and never over one that it does", async () => {
    await using ground = await openGround();
    await put(ground.repository, {
      ".gitignore": ".env\ncache/\n",
      ".env": "KEY=1",
      "cache/x/y.bin": "y",
      other: "no",
    });
    const checkout = await ground.make({ copyFiles: [".env", "cache/**"] });
    expect(await take(checkout.path, ".env")).toBe("KEY=1");
    expect(await take(checkout.path, "cache/x/y.bin")).toBe("y");
    expect(await exists(join(checkout.path, "other"))).toBe(false);
  });

  test("runs the project's setup in the tree, and takes everything back when it fails", async () => {
    await using ground = await openGround();
    const checkout = await ground.make({ setup: ["echo made > setup.txt", "test -f src/a.ts"] });
    expect(await take(checkout.path, "setup.txt")).toBe("made\n");
    const sessionId = ground.mint();
    const failing = { ...wish(ground.repository, sessionId), setup: ["echo why it failed; exit 3"] };
    const failed = await ground.checkouts.make(failing, never);
    expect(failed).toMatchObject({ ok: false, refusal: { kind: "setup_failed", output: "why it failed\n" } });
    expect(await exists(join(ground.folder, "data", "trees", sessionId))).toBe(false);
    expect((await git(ground.repository, "branch", "--list", failing.branch)).trim()).toBe("");
  });

  test("ends a setup that takes too long with all that it started", async () => {
    await using ground = await openGround();
    const mark = `sleep 98.${process.pid}`;
    const slow = { ...wish(ground.repository, ground.mint()), setup: [`${mark} & wait`], setupTimeoutMs: 300 };
    const late = await ground.checkouts.make(slow, never);
    expect(late).toMatchObject({ ok: false, refusal: { kind: "timed_out", afterMs: 300 } });
    const { stdout } = await run("ps", ["-eo", "args"]);
    expect(stdout.split("\n").filter((line) => line.startsWith(mark))).toEqual([]);
  });

  test("C2: runs no hook of the repository", async () => {
    await using ground = await openGround();
    const hook = join(ground.repository, ".git", "hooks", "post-checkout");
    await writeFile(hook, `#!/bin/sh\ntouch ${join(ground.folder, "hooked")}\n`);
    await chmod(hook, 0o755);
    await ground.make();
    expect(await exists(join(ground.folder, "hooked"))).toBe(false);
  });

  test("clones a URL once, and sees what came to it since", async () => {
    await using ground = await openGround();
    const source = { kind: "url", url: `file://${ground.repository}` } as const;
    const first = await ground.make({ source });
    await put(ground.repository, { "late.txt": "late" });
    await commitHere(ground.repository, "Second");
    const second = await ground.make({ source });
    expect(second.repository).toBe(first.repository);
    expect(await take(second.path, "late.txt")).toBe("late");
    const merged = await ground.checkouts.commit(first, { message: "Nothing", author });
    expect(merged).toEqual({ ok: false, refusal: { kind: "nothing_to_commit" } });
  });

  test.each(["ext::sh -c touch% x", "--upload-pack=touch x", "file:///no/such/place", "not a url"])(
    "refuses the URL %j",
    async (url) => {
      await using ground = await openGround();
      const made = await ground.checkouts.make(
        { ...wish(ground.repository, ground.mint()), source: { kind: "url", url } },
        never,
      );
      expect(made).toMatchObject({ ok: false, refusal: { kind: "repository_missing" } });
    },
  );

  test("ruling 4: without a project makes a repository of the session's own", async () => {
    await using ground = await openGround();
    const checkout = await ground.make({ source: { kind: "scratch" }, branch: "main" });
    await put(checkout.path, { "x.txt": "x" });
    value(await ground.checkouts.commit(checkout, { message: "Add x", author }));
    expect(value(await ground.checkouts.state(checkout))).toMatchObject({
      branch: "main",
      isDirty: false,
      ahead: null,
    });
    expect(await ground.checkouts.remove(checkout, "snapshot")).toMatchObject({ ok: false });
  });

  test("fifty sessions in one repository do not harm it", async () => {
    await using ground = await openGround();
    const other = join(ground.folder, "other");
    await makeRepository(other, { "a.txt": "a" });
    const wishes = Array.from({ length: 50 }, () => wish(ground.repository, ground.mint()));
    const made = await Promise.all(wishes.map((each) => ground.checkouts.make(each, never)));
    const all = made.map(value);
    await Promise.all(
      all.map(async (checkout, index) => {
        await put(checkout.path, { [`file-${index}.txt`]: `${index}` });
        value(await ground.checkouts.commit(checkout, { message: `Add ${index}`, author }));
      }),
    );
    const { stdout } = await run("git", ["-C", ground.repository, "fsck", "--full", "--no-progress"]);
    expect(stdout).toBe("");
    for (const checkout of all) expect(value(await ground.checkouts.state(checkout)).ahead).toBe(1);
  }, 60_000);
});
