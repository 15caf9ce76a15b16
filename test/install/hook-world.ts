/** A home and a project of their own, with the hooks' folder as an installation leaves it, and real shells to run them. */
import { execFileSync, spawn, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ServerAccess } from "../../src/install/hook-commands.ts";
import type { HookRun } from "../../src/install/hook-verdict.ts";
import { hooksFolderOf } from "../../src/install/places.ts";
import type { HooksFolder, Place } from "../../src/install/places.ts";
import { putScripts, putServer } from "../../src/install/scripts.ts";

/** Of those that hooks meet, the ones that this machine has. */
export const SHELLS = ["sh", "dash", "bash", "busybox"].filter(
  (name) => spawnSync(name, ["-c", ":"]).error === undefined,
);

export class HookWorld implements Disposable {
  readonly root = realpathSync(mkdtempSync(join(tmpdir(), "serai hooks ")));
  readonly home = join(this.root, "home");
  readonly project = join(this.root, "proj");
  readonly place: Place;
  readonly folder: HooksFolder;

  constructor() {
    mkdirSync(this.home);
    mkdirSync(this.project);
    const environment = { HOME: this.home, PATH: process.env["PATH"] };
    this.place = { environment, home: this.home, projectRoot: this.project, platform: "linux" };
    this.folder = hooksFolderOf(this.place);
  }

  access(url: string): ServerAccess {
    return { name: "double", url, key: "srk_of-the-hooks", hostId: "hst_of-this-host" };
  }

  /** What the script needs, without an agent's file. */
  putHooks(url: string): void {
    putScripts(this.folder);
    putServer(this.folder, "double", this.access(url));
  }

  git(...args: readonly string[]): string {
    return execFileSync("git", ["-C", this.project, ...args], {
      encoding: "utf8",
      env: gitEnvironment(this.home),
    }).trim();
  }

  [Symbol.dispose](): void {
    rmSync(this.root, { recursive: true, force: true });
  }
}

export function gitEnvironment(home: string): NodeJS.ProcessEnv {
  const who = { GIT_AUTHOR_NAME: "T", GIT_AUTHOR_EMAIL: "t@example.com", GIT_COMMITTER_NAME: "T" };
  return {
    PATH: process.env["PATH"],
    HOME: home,
    ...who,
    GIT_COMMITTER_EMAIL: "t@example.com",
    GIT_CONFIG_NOSYSTEM: "1",
  };
}

export interface Call {
  readonly shell?: string;
  readonly words: readonly string[];
  readonly input?: string;
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
}

/** As an agent runs it. */
export function runScript(
  world: HookWorld,
  { shell = "sh", words, input = "{}", cwd = world.project, env }: Call,
): Promise<HookRun> {
  const args = ["-c", 'd=$0; [ ! -r "$d/hook.sh" ] || . "$d/hook.sh"', world.folder.path, ...words];
  const command = shell === "busybox" ? ["busybox", "sh", ...args] : [shell, ...args];
  return run(command, { cwd, input, env: { PATH: process.env["PATH"], HOME: world.home, ...env } });
}

export function run(
  [program = "", ...args]: readonly string[],
  { cwd, input = "", env }: { readonly cwd: string; readonly input?: string; readonly env: NodeJS.ProcessEnv },
): Promise<HookRun> {
  const { promise, resolve, reject } = Promise.withResolvers<HookRun>();
  const child = spawn(program, args, { cwd, env });
  let stdout = "";
  let stderr = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
  child.once("error", reject);
  child.once("close", (code) => resolve({ code, stdout, stderr }));
  child.stdin.on("error", reject);
  child.stdin.end(input);
  return promise;
}
