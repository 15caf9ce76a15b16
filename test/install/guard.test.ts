/** The guard before real commits in real repositories. */
import { chmodSync, existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { installGuard, readGuardStatus, uninstallGuard } from "../../src/install/install-guard.ts";
import type { GuardInstallation } from "../../src/install/install-guard.ts";
import { openHookDouble } from "./hook-double.ts";
import type { HookDouble } from "./hook-double.ts";
import { gitEnvironment, HookWorld, run, SHELLS } from "./hook-world.ts";

let world: HookWorld;
let server: HookDouble;
beforeEach(async () => {
  world = new HookWorld();
  server = await openHookDouble();
  world.git("init", "-q", "-b", "main");
});
afterEach(async () => {
  await server[Symbol.asyncDispose]();
  world[Symbol.dispose]();
});

function install(more: Partial<GuardInstallation> = {}, cwd = world.project) {
  const wanted = { mode: "warn", isStrict: false, server: world.access(server.url), keyId: null, ...more } as const;
  const done = installGuard(wanted, world.place, cwd);
  if (!done.ok) throw new Error(done.reason);
  return done.value;
}

function uninstall(cwd = world.project) {
  const done = uninstallGuard(world.place, cwd);
  if (!done.ok) throw new Error(done.reason);
  return done.value;
}

const hook = () => join(world.project, ".git", "hooks", "pre-commit");

function write(path: string, text: string): void {
  mkdirSync(dirname(join(world.project, path)), { recursive: true });
  writeFileSync(join(world.project, path), text);
}

/** What a commit of everything says, and how it ended. */
function commit(env: NodeJS.ProcessEnv = {}, cwd = world.project) {
  const all = { ...gitEnvironment(world.home), ...env };
  return run(["sh", "-c", "git add -A && git commit -q -m x"], { cwd, env: all });
}

const questions = () =>
  server.asked
    .filter(({ url }) => url === "/api/v1/reservations/check")
    .map(({ body }) => JSON.parse(body) as { readonly repository: object; readonly paths: readonly string[] });

const denied = { headers: { "Content-Type": "text/plain" }, body: "deny\nsrc/a.ts is reserved by B\nsecond line\n" };

describe("the guard of commits", () => {
  it("asks about every staged path, whatever is in its name, and both names of a rename", async () => {
    write("old name.txt", "some text that is long enough to be found again\n".repeat(5));
    await commit();
    install();
    world.git("mv", "old name.txt", "new.txt");
    world.git("remote", "add", "origin", "https://me:secret@example.com/o/r.git");
    const odd = ['quote".txt', "back\\slash", "ümlaut", "new\nline", "tab\there", "-n", "$(x)", "%s", "\u0001\u007f"];
    for (const name of odd) write(name, "x");
    expect(await commit({ SERAI_CONVERSATION_ID: "conv-1" })).toEqual({ code: 0, stdout: "", stderr: "" });
    expect(questions()).toEqual([
      {
        repository: {
          root: world.project,
          common_dir: join(world.project, ".git"),
          origin: "https://example.com/o/r.git",
          host: "hst_of-this-host",
          branch: "main",
          ignore_case: false,
        },
        paths: expect.arrayContaining([...odd, "old name.txt", "new.txt"]),
        conversation_id: "conv-1",
      },
    ]);
    expect(questions()[0]?.paths).toHaveLength(odd.length + 2);
  });

  it.each(["SERAI_CONVERSATION_ID", "CLAUDE_CODE_SESSION_ID", "GEMINI_SESSION_ID", "COPILOT_AGENT_SESSION_ID"])(
    "knows an agent's own commit by %s (J15)",
    async (name) => {
      install();
      write("a", "x");
      await commit({ [name]: "conv-2" });
      expect(questions()).toEqual([expect.objectContaining({ conversation_id: "conv-2" })]);
    },
  );

  it("works before the first commit, and without a branch, an origin or a conversation", async () => {
    install();
    write("a", "x");
    expect((await commit()).code).toBe(0);
    world.git("checkout", "-q", "--detach");
    write("b", "x");
    expect((await commit()).code).toBe(0);
    expect(questions()).toHaveLength(2);
    expect(questions()[1]).toEqual({
      repository: {
        root: world.project,
        common_dir: join(world.project, ".git"),
        host: "hst_of-this-host",
        ignore_case: false,
      },
      paths: ["b"],
    });
  });

  it("warns, and lets the commit through", async () => {
    install({ mode: "warn" });
    server.answerWith(denied);
    write("a", "x");
    expect(await commit()).toEqual({
      code: 0,
      stdout: "",
      stderr:
        "Serai: src/a.ts is reserved by B\nSerai: second line\nSerai: committed all the same; the guard only warns here\n",
    });
    expect(world.git("log", "--oneline")).not.toBe("");
  });

  it("blocks, and names the way past it", async () => {
    install({ mode: "block" });
    server.answerWith(denied);
    write("a", "x");
    const stopped = await commit();
    expect(stopped.code).not.toBe(0);
    expect(stopped.stderr).toContain("Serai: src/a.ts is reserved by B\n");
    expect(stopped.stderr).toContain("SERAI_BYPASS=1");
    expect(world.git("status", "--porcelain")).toBe("A  a");
    const asked = server.asked.length;
    expect((await commit({ SERAI_BYPASS: "1" })).code).toBe(0);
    expect(server.asked).toHaveLength(asked);
  });

  it("says a warning that comes with a yes, and commits", async () => {
    install({ mode: "block" });
    server.answerWith({ headers: { "Content-Type": "text/plain" }, body: "allow\na is held on branch x\n" });
    write("a", "x");
    expect(await commit()).toEqual({ code: 0, stdout: "", stderr: "Serai: a is held on branch x\n" });
  });

  it("lets commits through without the server and says so, even when it blocks; strict, it does not (R9)", async () => {
    for (const answer of [{ status: 500 }, { status: 404, body: "deny\n" }, { body: "<html>" }, { body: "" }]) {
      server.answerWith(answer);
      install({ mode: "block" });
      write(`a${JSON.stringify(answer).length}`, "x");
      const through = await commit();
      expect(through.code, JSON.stringify(answer)).toBe(0);
      expect(through.stderr).toContain("this commit was not checked");
    }
    install({ mode: "block", isStrict: true });
    write("b", "x");
    const stopped = await commit();
    expect(stopped.code).not.toBe(0);
    expect(stopped.stderr).toContain("the guard is strict here");
  });

  it("guards commits in every worktree", async () => {
    write("a", "x");
    await commit();
    const tree = join(world.root, "tree");
    world.git("worktree", "add", "-q", "-b", "side", tree);
    install({ mode: "block" }, tree);
    server.answerWith(denied);
    writeFileSync(join(tree, "b"), "x");
    expect((await commit({}, tree)).code).not.toBe(0);
    write("c", "x");
    expect((await commit()).code).not.toBe(0);
    expect(questions().map(({ repository }) => repository)).toMatchObject([
      { root: tree, common_dir: join(world.project, ".git"), branch: "side" },
      { root: world.project, branch: "main" },
    ]);
    expect(readGuardStatus(tree)).toEqual({ path: hook(), mode: "block" });
    uninstall();
    expect(existsSync(hook())).toBe(false);
    expect(readGuardStatus(tree)?.mode).toBeNull();
  });

  it.each(SHELLS.filter((shell) => shell !== "busybox"))("is understood by %s", async (shell) => {
    world.putHooks(server.url);
    write("a", 'x"');
    world.git("add", "-A");
    const line = 'd=$0; . "$d/guard.sh"';
    const env = gitEnvironment(world.home);
    const done = await run([shell, "-c", line, world.folder.path, "double", "block"], { cwd: world.project, env });
    expect(done).toEqual({ code: 0, stdout: "", stderr: "" });
    expect(questions()[0]?.paths).toEqual(["a"]);
  });

  it("does not hinder a commit of somebody whose machine has no Serai", async () => {
    install({ mode: "block" });
    write("a", "x");
    const text = readFileSync(hook(), "utf8");
    uninstall();
    writeFileSync(hook(), text, { mode: 0o755 });
    expect(await commit()).toEqual({ code: 0, stdout: "", stderr: "" });
  });
});

describe("a hook that was there before", () => {
  const put = (text: string, mode = 0o755, path = hook()) => {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
    chmodSync(path, mode);
  };
  const mark = () => join(world.root, "ran");

  it.each([
    ["of the shell", '#!/usr/bin/env bash\nset -eu\n# mine\nprintf \'%s\' "$(basename "$0")" >'],
    ["of the shell without a first line", 'printf \'%s\' "$(basename "$0")" >'],
  ])("%s runs after the guard under its own name, and comes back to the byte", async (_, begin) => {
    const text = `${begin}${JSON.stringify(mark())}`;
    put(text, 0o711);
    install({ mode: "block" });
    write("a", "x");
    expect((await commit()).code).toBe(0);
    expect(readFileSync(mark(), "utf8")).toBe("pre-commit");
    expect(questions()).toHaveLength(1);
    install({ mode: "warn" });
    expect(readGuardStatus(world.project)?.mode).toBe("warn");
    uninstall();
    expect(readFileSync(hook(), "utf8")).toBe(text);
    expect(statSync(hook()).mode & 0o777).toBe(0o711);
  });

  it("is not reached by a commit that the guard stops", async () => {
    put(`#!/bin/sh\necho ran >${JSON.stringify(mark())}\n`);
    install({ mode: "block" });
    server.answerWith(denied);
    write("a", "x");
    expect((await commit()).code).not.toBe(0);
    expect(existsSync(mark())).toBe(false);
  });

  it("that is no shell script is moved aside, called, and moved back", async () => {
    const text = `#!${process.execPath}\nrequire("fs").writeFileSync(${JSON.stringify(mark())}, process.argv.slice(2).join());\nprocess.exit(3);\n`;
    put(text);
    install();
    write("a", "x");
    expect((await commit()).code).not.toBe(0);
    expect(readFileSync(mark(), "utf8")).toBe("");
    expect(questions()).toHaveLength(1);
    expect(install().files[0]?.action).toBe("unchanged");
    install({ mode: "block" });
    expect(readGuardStatus(world.project)?.mode).toBe("block");
    uninstall();
    expect(readFileSync(hook(), "utf8")).toBe(text);
    expect(existsSync(`${hook()}.before-serai`)).toBe(false);
  });

  it("that git did not run is not brought to life", async () => {
    put(`#!/bin/sh\nexit 1\n`, 0o644);
    install();
    write("a", "x");
    expect((await commit()).code).toBe(0);
    expect(questions()).toHaveLength(1);
    uninstall();
    expect(statSync(hook()).mode & 0o777).toBe(0o644);
  });

  it("of husky is kept, in the file that husky leaves alone, with nothing of this machine in it", async () => {
    const runner =
      '#!/usr/bin/env sh\nn=$(basename "$0")\ns=$(dirname "$(dirname "$0")")/$n\n[ ! -f "$s" ] && exit 0\nsh -e "$s" "$@"\n';
    put(runner, 0o755, join(world.project, ".husky", "_", "h"));
    put('#!/usr/bin/env sh\n. "$(dirname "$0")/h"\n', 0o755, join(world.project, ".husky", "_", "pre-commit"));
    put(`echo ran >${JSON.stringify(mark())}\n`, 0o644, join(world.project, ".husky", "pre-commit"));
    world.git("config", "core.hooksPath", ".husky/_");
    const below = join(world.project, "src");
    mkdirSync(below);
    const { files, notes } = install({ mode: "block" }, below);
    expect(files[0]?.path).toBe(join(world.project, ".husky", "pre-commit"));
    expect(readFileSync(files[0]?.path ?? "", "utf8")).not.toContain(world.home);
    expect(notes[0]).toContain("belongs to the repository");
    write("a", "x");
    expect((await commit()).code).toBe(0);
    expect(existsSync(mark())).toBe(true);
    expect(questions()).toHaveLength(1);
    server.answerWith(denied);
    write("b", "x");
    expect((await commit()).code).not.toBe(0);
    uninstall();
    expect(readFileSync(join(world.project, ".husky", "pre-commit"), "utf8")).toBe(
      `echo ran >${JSON.stringify(mark())}\n`,
    );
  });

  it("is looked for where core.hooksPath says", async () => {
    const shared = join(world.root, "shared-hooks");
    world.git("config", "core.hooksPath", shared);
    install();
    write("a", "x");
    await commit();
    expect(questions()).toHaveLength(1);
    expect(readGuardStatus(world.project)?.path).toBe(join(shared, "pre-commit"));
    uninstall();
    expect(existsSync(shared)).toBe(false);
  });
});
