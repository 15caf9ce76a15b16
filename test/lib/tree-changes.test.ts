import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { git, GitUnavailable, runGit } from "../../src/lib/git.ts";
import { changedBetween, snapshotTree } from "../../src/lib/tree-changes.ts";

let root: string;

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "serai-tree-"));
  await git(root, "init", "--quiet");
  for (const name of ["kept.ts", "edited.ts", "removed.ts"]) await writeFile(join(root, name), name);
  await writeFile(join(root, ".gitignore"), "*.log\n");
  await git(root, "add", "--all");
  await git(root, "-c", "user.name=A", "-c", "user.email=a@example.com", "commit", "--quiet", "-m", "First");
});

afterAll(() => rm(root, { recursive: true, force: true }));

async function changesOf(work: () => Promise<unknown>): Promise<readonly string[]> {
  const before = await snapshotTree(root);
  await work();
  const after = await snapshotTree(root);
  if (before === null || after === null) throw new Error("The tree could not be looked at");
  return changedBetween(before, after).toSorted();
}

describe("changes in a working tree", () => {
  test("are the files that were written, made and removed, and no ignored one", async () => {
    const changed = await changesOf(async () => {
      await writeFile(join(root, "edited.ts"), "other");
      await writeFile(join(root, "new name ü.ts"), "new");
      await writeFile(join(root, "run.log"), "noise");
      await rm(join(root, "removed.ts"));
    });
    expect(changed).toEqual(["edited.ts", "new name ü.ts", "removed.ts"]);
  });

  test("are seen in a file that was changed before", async () => {
    await writeFile(join(root, "kept.ts"), "once");
    expect(await changesOf(() => writeFile(join(root, "kept.ts"), "twice, and longer"))).toEqual(["kept.ts"]);
    expect(await changesOf(async () => undefined)).toEqual([]);
  });

  test("cannot be told outside of a repository", async () => {
    expect(await snapshotTree(tmpdir())).toBeNull();
    expect(await snapshotTree(join(root, "nowhere"))).toBeNull();
  });
});

describe("git", () => {
  test("answers a failure as a result, with what git said", async () => {
    const result = await runGit({ folder: root, args: ["rev-parse", "--verify", "no-such-ref"] });
    expect(result.code).toBe(128);
    expect(result.stderr).toContain("fatal");
  });

  test("is stopped by its deadline and by an abort", async () => {
    const slow = ["-c", "alias.slow=!sleep 2", "slow"];
    const late = runGit({ folder: root, args: slow, timeoutMs: 100 });
    await expect(late).rejects.toMatchObject({ name: "GitUnavailable", why: "timeout" });
    const stopped = runGit({ folder: root, args: slow, signal: AbortSignal.timeout(100) });
    await expect(stopped).rejects.toBeInstanceOf(GitUnavailable);
  });

  test("is reported missing where the folder is", async () => {
    const call = runGit({ folder: join(root, "nowhere"), args: ["status"] });
    await expect(call).rejects.toMatchObject({ why: "missing" });
  });

  test("C2: runs no hook of the repository", async () => {
    const hook = join(root, ".git", "hooks", "post-checkout");
    await writeFile(hook, "#!/bin/sh\ntouch hooked\n", { mode: 0o755 });
    await git(root, "checkout", "--quiet", "-b", "other");
    expect(await runGit({ folder: root, args: ["ls-files", "--others", "--", "hooked"] })).toMatchObject({
      stdout: "",
    });
  });

  test("C2: takes no transport that runs a command", async () => {
    const result = await runGit({ folder: root, args: ["ls-remote", "--", "ext::sh -c 'touch reached'"] });
    expect(result.code).not.toBe(0);
    expect(result.stderr).toContain("not allowed");
  });
});
