/**
 * Real agents on one machine: a server of ours in a process of its own, a scripted model that speaks the vendors' wires, and
 * for each agent a home of its own, into which our own installer puts its hooks.
 */
import { spawn } from "node:child_process";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { git } from "../../src/lib/git.ts";
import { apiOf, startServer } from "../main/server-process.ts";
import { openModelServer } from "../model-server/server.ts";
import type { ModelServer, Step } from "../model-server/server.ts";
import { fenced } from "../model-server/server.ts";

export const agentsFolder = process.env["SERAI_AGENTS"] ?? "";
const cli = fileURLToPath(new URL("../../bin/serai.js", import.meta.url));

export interface Ran {
  readonly code: number | null;
  readonly output: string;
}

export interface RealWorld extends AsyncDisposable {
  readonly url: string;
  readonly key: string;
  readonly model: ModelServer;
  readonly repository: string;
  /** Agents of several machines know the repository by it. */
  readonly origin: string;
  readonly api: ReturnType<typeof apiOf>;
  home(name: string, files: Readonly<Record<string, string>>): Promise<string>;
  serai(home: string, ...args: readonly string[]): Promise<Ran>;
  run(command: readonly [string, ...string[]], options: { readonly home: string; readonly env?: object }): Promise<Ran>;
  read(path: string): Promise<string>;
}

export async function openRealWorld(): Promise<RealWorld> {
  // Not below /tmp alone: an agent's sandbox may let that be written by everybody.
  const folder = await mkdtemp(join(tmpdir(), "serai-agents-"));
  const model = await openModelServer();
  const data = join(folder, "data");
  await mkdir(data);
  const server = await startServer({ folder: data });
  const repository = join(folder, "app");
  const origin = "https://example.com/acme/app.git";
  await mkdir(join(repository, "src"), { recursive: true });
  await git(repository, "init", "--quiet", "--initial-branch=main");
  await git(repository, "remote", "add", "origin", origin);
  await writeFile(join(repository, "src", "login.ts"), "export const login = 1;\n");
  await git(repository, "add", "--all");
  await git(repository, "-c", "user.name=Ada", "-c", "user.email=ada@example.com", "commit", "--quiet", "-m", "First");
  const run: RealWorld["run"] = ([command, ...args], { home, env = {} }) =>
    runProgram(command, args, { cwd: repository, env: { ...cleanEnvironment(home), ...env } });
  return {
    url: server.url,
    key: server.key,
    model,
    repository,
    origin,
    api: apiOf(server),
    async home(name, files) {
      const home = join(folder, "homes", name);
      for (const [path, text] of Object.entries(files)) {
        await mkdir(dirname(join(home, path)), { recursive: true });
        await writeFile(join(home, path), text);
      }
      return home;
    },
    serai: (home, ...args) => run([process.execPath, cli, "--url", server.url, "--key", server.key, ...args], { home }),
    run,
    read: (path) => readFile(join(repository, path), "utf8"),
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]();
      await model[Symbol.asyncDispose]();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Nothing of whoever runs the tests: no keys, no settings, no proxies. */
function cleanEnvironment(home: string): Record<string, string> {
  const bin = join(agentsFolder, "node_modules", ".bin");
  return { PATH: `${bin}:${process.env["PATH"] ?? ""}`, HOME: home, LANG: "C.UTF-8", TMPDIR: join(home, "tmp") };
}

const LONGEST_MS = 90_000;

async function runProgram(
  command: string,
  args: readonly string[],
  { cwd, env }: { readonly cwd: string; readonly env: Record<string, string> },
): Promise<Ran> {
  await mkdir(env["TMPDIR"] ?? "", { recursive: true });
  const child = spawn(command, args, { cwd, env, stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (part: Buffer) => (output += part.toString()));
  const late = setTimeout(() => child.kill("SIGKILL"), LONGEST_MS);
  const ended = Promise.withResolvers<number | null>();
  child.once("error", ended.reject);
  child.once("close", (code) => ended.resolve(code));
  const code = await ended.promise;
  clearTimeout(late);
  return { code, output };
}

export interface Prompted {
  readonly text: string;
  readonly steps: readonly Step[];
  /** Tells the turn's requests from others'. */
  readonly mark?: string;
}

/** A task that others are told of ends before the script, which they would follow, and before the mark. */
const BEYOND_A_TASK = "Do just that. ".repeat(16);

export function prompt({ text, steps, mark = "" }: Prompted): string {
  return `${text}\n${BEYOND_A_TASK}\n${fenced(steps)}\n${mark}`;
}
