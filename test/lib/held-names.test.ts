/**
 * Names that programs in a sandbox cannot come to have (C6), tried with all that a shell can do; and that nothing of it is
 * left on the disk. Those with a sandbox are skipped where bubblewrap is missing or may not work.
 */
import { execFile } from "node:child_process";
import { chmod, lstat, mkdir, mkdtemp, readdir, readFile, realpath, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { git } from "../../src/lib/git.ts";
import { HeldNames } from "../../src/lib/held-names.ts";
import type { HeldTree, NameToHold } from "../../src/lib/held-names.ts";
import { findSandbox, sandboxed } from "../../src/lib/sandbox.ts";

const run = promisify(execFile);
const found = await findSandbox();

let folder = "";
let tree = "";
let names: HeldNames;
const reopened = () => new HeldNames(join(folder, "held-names"));

beforeEach(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), "serai-held-")));
  tree = join(folder, "tree");
  await mkdir(tree);
  await git(tree, "init", "--quiet", "--initial-branch=main");
  await writeFile(join(tree, "a.txt"), "a\n");
  await git(tree, "add", "a.txt");
  await git(tree, "-c", "user.name=A", "-c", "user.email=a@example.com", "commit", "--quiet", "-m", "First");
  names = reopened();
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const file = (name: string): NameToHold => ({ path: join(tree, name), look: "json" });
const held = () => names.hold(tree, [file(".mcp.json"), file(".claude/settings.json")]);

/** All that git could ever tell somebody of the tree. */
const status = () => git(tree, "status", "--porcelain", "--untracked-files=all");
const entries = async (at = tree) => (await readdir(at)).filter((name) => name !== ".git");

async function sh(holding: HeldTree, script: string): Promise<string> {
  if (found.kind === "none") throw new Error(found.why);
  const plan = { folder: tree, writable: [tree], protected: [], hidden: [], held: holding, hasNetwork: true };
  const line = sandboxed(found.command, plan, { command: "/bin/bash", args: ["-c", `exec 2>&1; ${script}; true`] });
  return (await run(line.command, [...line.args])).stdout.trim();
}

describe("names that are held", () => {
  it("stand in the tree as what git never looks at, and are gone with the last hold", async () => {
    const first = await held();
    const second = await held();
    expect((await lstat(join(tree, ".mcp.json"))).isSocket()).toBe(true);
    expect(await status()).toBe("");
    await git(tree, "add", "--all", "--", ".");
    expect(await status()).toBe("");
    await first.release();
    await first.release();
    expect(await entries()).toContain(".mcp.json");
    await second.release();
    expect(await entries()).toEqual(["a.txt"]);
    expect(await readdir(join(folder, "held-names"))).not.toContainEqual(expect.stringMatching(/record$/));
  });

  it("are taken away at the next start, when nobody could release them", async () => {
    await held();
    expect(await status()).toBe("");
    names = reopened();
    await names.sweep();
    expect(await entries()).toEqual(["a.txt"]);
  });

  it("are held again after a crash without a sweep, and released for good", async () => {
    await held();
    names = reopened();
    const again = await held();
    await again.release();
    expect(await entries()).toEqual(["a.txt"]);
  });

  it("leave what somebody made of them meanwhile as it is", async () => {
    const holding = await held();
    await rm(join(tree, ".mcp.json"));
    await writeFile(join(tree, ".mcp.json"), "");
    await writeFile(join(tree, ".claude/agents.md"), "mine");
    expect(await holding.isWhole()).toBe(false);
    await holding.release();
    expect((await entries()).toSorted()).toEqual([".claude", ".mcp.json", "a.txt"]);
    expect(await entries(join(tree, ".claude"))).toEqual(["agents.md"]);
  });

  it("leave a folder that was there, and are taken out of one that was closed", async () => {
    await mkdir(join(tree, ".claude"));
    const holding = await held();
    await chmod(join(tree, ".claude"), 0o500);
    await holding.release();
    expect(await entries(join(tree, ".claude"))).toEqual([]);
  });

  it("are files with a text in a folder of git's own, unless somebody changed it", async () => {
    const path = join(tree, ".git/commondir");
    const holding = await names.hold(tree, [{ path, look: { text: ".\n" } }]);
    expect(await readFile(path, "utf8")).toBe(".\n");
    expect(await git(tree, "log", "--format=%s")).toBe("First\n");
    await holding.release();
    expect(await readdir(dirname(path))).not.toContain("commondir");
    const again = await names.hold(tree, [{ path, look: { text: ".\n" } }]);
    await writeFile(path, "../.git\n");
    await again.release();
    expect(await readFile(path, "utf8")).toBe("../.git\n");
  });

  it("are whole until what they lie on is replaced, and say which links cannot be held", async () => {
    await writeFile(join(tree, ".mcp.json"), "{}");
    await mkdir(join(tree, "elsewhere"));
    await symlink("elsewhere", join(tree, ".claude"));
    const holding = await held();
    expect(holding.unheld).toEqual([join(tree, ".claude")]);
    await writeFile(join(tree, ".mcp.json"), '{"in":"place"}');
    expect(await holding.isWhole()).toBe(true);
    await git(tree, "clean", "--quiet", "--force", "-d");
    expect(await holding.isWhole()).toBe(false);
    await holding.release();
  });
});

/** Each would give the name to something, if it could. */
const WAYS = [
  "echo evil > NAME",
  "touch NAME",
  "rm -f NAME; echo evil > NAME",
  "mkdir -p NAME",
  "mv -f made NAME",
  "mv -fT folder NAME",
  "ln -f made NAME",
  "ln NAME second; echo evil >> second",
  "ln -sf /etc/passwd NAME",
  "ln -sfn folder NAME",
  "cp --remove-destination made NAME",
  "mkfifo NAME",
  "git mv -f a.txt NAME",
  "chmod 777 NAME && echo evil > NAME",
  "umount NAME; umount -l NAME; echo evil > NAME",
  "mount -o remount,rw,bind NAME; echo evil > NAME",
  "mount --bind made NAME",
  // With a namespace of its own it may mount again, but not undo what it was born with.
  "unshare -Um bash -c 'umount NAME; umount -l NAME; echo evil > NAME; mv made NAME'",
  "unshare -Urm bash -c 'umount NAME; umount -l NAME; mount -o remount,rw,bind NAME; echo evil > NAME'",
  "unshare -Urm bash -c 'mkdir /tmp/m; mount --bind . /tmp/m; echo evil > /tmp/m/NAME; rm -f /tmp/m/NAME'",
  "unshare -Urm bash -c 'mkdir /tmp/m; mount --rbind . /tmp/m; umount /tmp/m/NAME; echo evil > /tmp/m/NAME'",
];

/** The folder above is given away, so that another one with the name in it takes its place. */
const WAYS_AROUND = [
  "mv .claude away; mkdir .claude; echo evil > .claude/settings.json",
  "rm -rf .claude; mkdir -p .claude; echo evil > .claude/settings.json",
  "mkdir other; echo evil > other/settings.json; mv -T other .claude; ln -sfn other .claude",
  "umount .claude; umount -l .claude; echo evil > .claude/settings.json",
];

const there = { tracked: '{"kept":true}', absent: null } as const;

describe.skipIf(found.kind === "none").each(Object.entries(there))("C6: a name that is %s", (_, text) => {
  it.each([".mcp.json", ".claude/settings.json"])("cannot come to be anything else: %s", async (name) => {
    const path = join(tree, name);
    await mkdir(dirname(path), { recursive: true });
    if (text !== null) await writeFile(path, text);
    const before = (await entries()).toSorted();
    const holding = await held();
    const ways = [...WAYS.map((way) => way.replaceAll("NAME", name)), ...WAYS_AROUND];
    for (const way of ways) {
      const said = await sh(holding, `echo evil > made; mkdir -p folder; ${way}`);
      expect(said, way).not.toBe("");
      // In the sandbox, too, it is what it was.
      expect(await sh(holding, `cat ${name}`), way).toBe(text ?? "{}");
      const now = await lstat(path);
      expect(text === null ? now.isSocket() : now.isFile() && (await readFile(path, "utf8")) === text, way).toBe(true);
      await sh(holding, "rm -rf made second folder away other .claude/other; git checkout -q a.txt");
    }
    await holding.release();
    expect((await entries()).toSorted()).toEqual(before);
  });
});

describe.skipIf(found.kind === "none")("C6: what an agent sees of names that are held", () => {
  it("reads as no settings, is not there for git, and lets it have other files beside them", async () => {
    const holding = await held();
    const script = [
      "cat .mcp.json",
      "echo mine > .claude/agents.md",
      "mv .claude/agents.md .claude/other.md",
      "git add --all && git status --porcelain",
    ].join("; ");
    expect(await sh(holding, script)).toBe("{}\nA  .claude/other.md");
    await holding.release();
    expect(await entries(join(tree, ".claude"))).toEqual(["other.md"]);
  });

  it("holds for a server that runs as root, too: nobody in the sandbox may mount", async () => {
    const holding = await held();
    expect(await sh(holding, "grep CapEff /proc/self/status | cut -c1-40")).toMatch(/:\t000000000000000[02]$/);
    await holding.release();
  });
});
