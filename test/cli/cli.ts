/** The command line as a process of its own, and a server of its own to talk to: everything as a person has it. */
import { spawn } from "node:child_process";
import type { ChildProcessWithoutNullStreams } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const launcher = join(import.meta.dirname, "..", "..", "bin", "serai.js");

export interface CliOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Piped in; without it standard input is empty. */
  readonly input?: string;
}

export interface Ran {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunningCli {
  readonly child: ChildProcessWithoutNullStreams;
  stdout(): string;
  stderr(): string;
  /** Resolves when the output (of both) has this in it. */
  said(text: string): Promise<void>;
  readonly ended: Promise<Ran>;
}

/** Nothing of the machine it runs on: no key, no server, no color but what a test asks for. */
function environmentOf(home: string, env: CliOptions["env"]): NodeJS.ProcessEnv {
  const { PATH, TMPDIR, NODE_V8_COVERAGE } = process.env;
  const kept = { PATH, TMPDIR, NODE_V8_COVERAGE };
  const cache = join(tmpdir(), "serai-test-cache");
  return { ...kept, HOME: home, XDG_DATA_HOME: join(home, "share"), XDG_CACHE_HOME: cache, ...env };
}

export class Home implements Disposable {
  readonly path = mkdtempSync(join(tmpdir(), "serai-cli-"));

  start(args: readonly string[], { cwd = this.path, env, input }: CliOptions = {}): RunningCli {
    const child = spawn(process.execPath, [launcher, ...args], { cwd, env: environmentOf(this.path, env) });
    let stdout = "";
    let stderr = "";
    const listeners = new Set<() => void>();
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      stdout += text;
      for (const listener of listeners) listener();
    });
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      stderr += text;
      for (const listener of listeners) listener();
    });
    child.stdin.end(input ?? "");
    const ended = once(child, "close").then(([code]) => ({ code: code as number | null, stdout, stderr }));
    const said = (text: string) =>
      new Promise<void>((resolve, reject) => {
        const look = () => {
          if (!stdout.includes(text) && !stderr.includes(text)) return;
          listeners.delete(look);
          resolve();
        };
        listeners.add(look);
        child.once("close", () => reject(new Error(`It ended and never said "${text}": ${stdout}${stderr}`)));
        look();
      });
    return { child, stdout: () => stdout, stderr: () => stderr, said, ended };
  }

  run(args: readonly string[], options?: CliOptions): Promise<Ran> {
    return this.start(args, options).ended;
  }

  [Symbol.dispose](): void {
    rmSync(this.path, { recursive: true, force: true });
  }
}

export interface ServedHome extends AsyncDisposable {
  readonly home: Home;
  readonly url: string;
  readonly data: string;
  readonly serve: RunningCli;
  run(args: readonly string[], options?: CliOptions): Promise<Ran>;
  start(args: readonly string[], options?: CliOptions): RunningCli;
}

/** A server on a free port with data of its own; commands find it by SERAI_DATA. */
export async function openServedHome(env: Readonly<Record<string, string>> = {}, port = 0): Promise<ServedHome> {
  const home = new Home();
  const data = join(home.path, "data");
  const serve = home.start(["serve", "--port", String(port), "--data", data], { env });
  await serve.said("try ");
  const url = /http:\/\/\S+/.exec(serve.stdout())?.[0] ?? "";
  const withData = (options: CliOptions = {}) => ({ ...options, env: { SERAI_DATA: data, ...options.env } });
  return {
    home,
    url,
    data,
    serve,
    run: (args, options) => home.run(args, withData(options)),
    start: (args, options) => home.start(args, withData(options)),
    async [Symbol.asyncDispose]() {
      serve.child.kill("SIGTERM");
      await serve.ended;
      home[Symbol.dispose]();
    },
  };
}

/** A message that makes the scripted model do just this. */
export function script(...steps: readonly Readonly<Record<string, unknown>>[]): string {
  return `Do as the script says.\n\`\`\`serai-script\n${JSON.stringify(steps)}\n\`\`\`\n`;
}

/** Runs until it is cancelled. */
export const ENDLESS = { text: "Going.", chunks: 1, hang: true };

export const SLOW = { text: "one two three four five six seven eight nine ten", chunks: 10, chunkDelayMs: 300 };
