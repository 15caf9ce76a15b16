/** Hooks as the installer leaves them in a home of their own, the commands in its files run as agents run them. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Readable } from "node:stream";
import { runCommand } from "../../../src/cli/main.ts";
import { makeFakeScreen } from "../../cli/fake-screen.ts";
import { HookWorld, run } from "../../install/hook-world.ts";
import { startServer } from "../server-process.ts";
import type { ServerProcess } from "../server-process.ts";

export interface Installed extends AsyncDisposable {
  readonly world: HookWorld;
  readonly server: ServerProcess;
  serai(...argv: readonly string[]): Promise<{ readonly code: number; readonly out: string; readonly err: string }>;
  /** The command that an agent's file has for an event. */
  commandOf(file: string, event: string): string;
  handlerOf(event: string): ClaudeHandler;
  /** As an agent runs it. */
  hook(command: string, payload: unknown, env?: NodeJS.ProcessEnv): ReturnType<typeof run>;
}

export interface ClaudeHandler {
  readonly command?: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
}

type Handlers = Readonly<Record<string, readonly Handler[]>>;
interface Handler extends ClaudeHandler {
  readonly hooks?: readonly ClaudeHandler[];
}

/** `bin`: before the rest of the path. */
export async function openInstalled({ bin = "" }: { readonly bin?: string } = {}): Promise<Installed> {
  const world = new HookWorld();
  world.git("init", "-q", "-b", "main");
  const path = `${bin === "" ? "" : `${join(world.root, bin)}:`}${process.env["PATH"] ?? ""}`;
  const server = await startServer({ folder: join(world.root, "data"), env: { HOME: world.home } });
  const handlers = (file: string) =>
    (JSON.parse(readFileSync(join(world.home, file), "utf8")) as { readonly hooks: Handlers }).hooks;
  const first = (file: string, event: string): ClaudeHandler => {
    const [handler] = handlers(file)[event] ?? [];
    const found = handler?.hooks?.[0] ?? handler;
    if (found === undefined) throw new Error(`${file} has no hook for ${event}`);
    return found;
  };
  return {
    world,
    server,
    async serai(...argv) {
      const screen = makeFakeScreen();
      const code = await runCommand([...argv, "--url", server.url], {
        screen: screen.screen,
        outBytes: () => Promise.resolve(),
        environment: { HOME: world.home, PATH: path, SERAI_API_KEY: server.key },
        cwd: world.project,
        now: () => Date.now(),
        readInput: () => Promise.resolve(null),
        inputLines: () => Readable.from([]),
        askLine: null,
        onInterrupt: () => () => undefined,
      });
      return { code, out: screen.out(), err: screen.err() };
    },
    commandOf: (file, event) => first(file, event).command ?? "",
    handlerOf: (event) => first(join(".claude", "settings.json"), event),
    hook: (command, payload, env = {}) =>
      run(["sh", "-c", command], {
        cwd: world.project,
        input: JSON.stringify(payload),
        env: { PATH: process.env["PATH"], HOME: world.home, ...env },
      }),
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]();
      world[Symbol.dispose]();
    },
  };
}
