/** What git says of a working tree, without git: held against git itself, on real repositories. */
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { isTrue, readGitConfig } from "../../src/lib/repository/git-config.ts";
import { realPathOf } from "../../src/lib/repository/real-path.ts";
import { makeRepositoryReader, readRepository } from "../../src/lib/repository/repository-facts.ts";

let folder: string;
beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), "serai-repository-")));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const environment = {
  ...process.env,
  GIT_CONFIG_GLOBAL: "/dev/null",
  GIT_CONFIG_NOSYSTEM: "1",
  ...{ GIT_AUTHOR_NAME: "A", GIT_AUTHOR_EMAIL: "a@example.test" },
  ...{ GIT_COMMITTER_NAME: "A", GIT_COMMITTER_EMAIL: "a@example.test" },
};

function git(cwd: string, ...args: readonly string[]): string {
  return execFileSync("git", args, {
    cwd,
    env: environment,
    encoding: "utf8",
    stdio: ["ignore", "pipe", "pipe"],
  }).trim();
}

function make(name = "app"): string {
  const root = join(folder, name);
  mkdirSync(join(root, "src/deep"), { recursive: true });
  git(root, "init", "-q", "-b", "main");
  git(root, "remote", "add", "origin", `git@github.com:acme/${name}.git`);
  writeFileSync(join(root, "src/a.ts"), "x\n");
  git(root, "add", "-A");
  git(root, "commit", "-qm", "first");
  return root;
}

/** What git itself says, in the same form. */
function saidByGit(cwd: string) {
  const say = (...args: readonly string[]) => git(cwd, "rev-parse", ...args);
  const orNull = (...args: readonly string[]) => {
    try {
      return git(cwd, ...args);
    } catch {
      return null;
    }
  };
  return {
    root: say("--show-toplevel"),
    gitDir: say("--absolute-git-dir"),
    commonDir: realpathSync(say("--path-format=absolute", "--git-common-dir")),
    branch: orNull("symbolic-ref", "-q", "--short", "HEAD"),
    head: orNull("rev-parse", "-q", "--verify", "HEAD"),
    origin: orNull("config", "remote.origin.url"),
    ignoresCase: orNull("config", "--type=bool", "core.ignorecase") === "true",
  };
}

async function agrees(cwd: string): Promise<void> {
  expect(await readRepository(cwd)).toEqual(saidByGit(cwd));
}

describe("the facts of a repository are those that git tells", () => {
  it("of its top and of a folder in it", async () => {
    const root = make();
    await agrees(root);
    await agrees(join(root, "src/deep"));
  });

  it("on a branch with slashes, with a detached head, before the first commit", async () => {
    const root = make();
    git(root, "checkout", "-qb", "feat/auth/login");
    await agrees(root);
    git(root, "checkout", "-q", "--detach");
    await agrees(root);
    const fresh = join(folder, "fresh");
    mkdirSync(fresh);
    git(fresh, "init", "-q", "-b", "trunk");
    await agrees(fresh);
  });

  it("with its refs packed, also beside a later loose one", async () => {
    const root = make();
    for (const name of ["a", "main2", "zz"]) git(root, "branch", name);
    git(root, "pack-refs", "--all");
    await agrees(root);
    git(root, "checkout", "-q", "main2");
    await agrees(root);
    git(root, "commit", "-qm", "second", "--allow-empty");
    await agrees(root);
  });

  it("in a linked worktree, which shares its common directory, and has a configuration of its own", async () => {
    const root = make();
    const other = join(folder, "other tree");
    git(root, "worktree", "add", "-q", "-b", "side", other);
    await agrees(other);
    expect((await readRepository(other))?.commonDir).toBe((await readRepository(root))?.commonDir);
    git(root, "config", "extensions.worktreeConfig", "true");
    git(other, "config", "--worktree", "core.ignorecase", "true");
    await agrees(other);
    await agrees(root);
  });

  it("in a submodule, which is a repository of its own", async () => {
    const [root, part] = [make(), make("part")];
    git(root, "-c", "protocol.file.allow=always", "submodule", "--quiet", "add", part, "vendor/part");
    await agrees(join(root, "vendor/part/src"));
    expect((await readRepository(join(root, "vendor/part")))?.root).toBe(join(root, "vendor/part"));
  });

  it("that takes no notice of case, and has a quoted address", async () => {
    const root = make();
    git(root, "config", "core.ignorecase", "true");
    git(root, "config", "remote.origin.url", 'https://x.test/a b;c#"d".git');
    await agrees(root);
  });

  it("in a bare-looking place and outside of any: nothing", async () => {
    mkdirSync(join(folder, "none/.git"), { recursive: true });
    expect(await readRepository(join(folder, "none"))).toBeNull();
    writeFileSync(join(folder, "none/sub"), "");
    expect(await makeRepositoryReader({ now: () => 0 }).find(join(folder, "none/sub"))).toBeNull();
  });
});

describe("a reader", () => {
  it("finds the repository of a file that is not there yet, and through a link", async () => {
    const root = make();
    symlinkSync(join(root, "src"), join(folder, "link"));
    const { find } = makeRepositoryReader({ now: () => 0 });
    expect((await find(join(root, "src/new/er/file.ts")))?.root).toBe(root);
    expect((await find(join(folder, "link/b.ts")))?.root).toBe(root);
    expect(await find("a\0b")).toBeNull();
  });

  it("keeps what it read for a moment, and sees a new branch after it", async () => {
    const root = make();
    let now = 0;
    const { find } = makeRepositoryReader({ now: () => now, keepMs: 100 });
    expect((await find(root))?.branch).toBe("main");
    git(root, "checkout", "-qb", "next");
    now = 99;
    expect((await find(root))?.branch).toBe("main");
    now = 100;
    expect((await find(root))?.branch).toBe("next");
  });
});

describe("where a path really leads", () => {
  const at = (path: string) => join(folder, path);
  beforeEach(() => {
    mkdirSync(at("real/sub"), { recursive: true });
    writeFileSync(at("real/a.ts"), "");
    symlinkSync("real", at("dir"));
    symlinkSync("real/a.ts", at("file"));
    symlinkSync("../later.ts", at("real/dangling"));
    symlinkSync("circle", at("circle"));
  });

  it.each([
    ["real/a.ts", "real/a.ts"],
    ["dir/a.ts", "real/a.ts"],
    ["file", "real/a.ts"],
    ["dir/sub/new/er.ts", "real/sub/new/er.ts"],
    ["dir/../real/a.ts", "real/a.ts"],
    ["dir/dangling", "later.ts"],
    ["circle", "circle"],
    ["circle/x", "circle/x"],
    ["real/a.ts/below-a-file", "real/a.ts/below-a-file"],
  ])("%s leads to %s (R1)", async (path, real) => {
    expect(await realPathOf(at(path))).toBe(at(real));
  });

  it("is asked for anything without breaking", async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: "binary", maxLength: 40 }), async (text) => {
        expect(typeof (await realPathOf(`${folder}/${text}`))).toBe("string");
      }),
      { numRuns: 200 },
    );
    expect(await realPathOf(at("x".repeat(5_000)))).toBe(at("x".repeat(5_000)));
  });
});

describe("git's configuration", () => {
  it("is read with its quotes, escapes, comments and continued lines", () => {
    const text = `; a comment
[Core]
	ignoreCase = TRUE ; really
	bare
[remote "Ori\\"gin"] url = "a;b" # c
  pushurl = one \\
two
[old.Style]
	key = " spaces "  
broken line here
[remote "origin"]
	url = first
	url = last`;
    expect(Object.fromEntries(readGitConfig(text))).toEqual({
      "core.ignorecase": "TRUE",
      "core.bare": "true",
      'remote.Ori"gin.url': "a;b",
      'remote.Ori"gin.pushurl': "one two",
      "old.style.key": " spaces ",
      "remote.origin.url": "last",
    });
    expect([isTrue("TRUE"), isTrue("on"), isTrue("1"), isTrue("0"), isTrue("no"), isTrue(undefined)]).toEqual([
      ...[true, true, true],
      ...[false, false, false],
    ]);
  });
});
