/**
 * The network of a program in a sandbox that has none of its own: what it may reach goes through a proxy in this process,
 * which asks for each host by name. There is no other way out, so this is a rule and not a request.
 *
 *   program ─▶ 127.0.0.1:port ─▶ inside.ts ─▶ unix socket ─▶ proxy here ─▶ is the host allowed? ─▶ the host
 *   (no network but its own loopback)            └──────────▶ or straight to a port of this machine that was named
 *
 * Never reads what goes through; never resolves a name for a host that is not allowed (`way-out.ts`).
 */
import { constants } from "node:fs";
import { mkdir, open, rm } from "node:fs/promises";
import { connect, createServer } from "node:net";
import type { Server, Socket } from "node:net";
import { fileURLToPath } from "node:url";
import { Closers } from "../closers.ts";
import type { CommandLine } from "../sandbox.ts";
import { pass } from "./pass.ts";
import { makeProxy } from "./proxy.ts";
import type { ProxyRules } from "./way-out.ts";

export interface FencedNetworkOptions extends ProxyRules {
  /** For sockets; the sandbox shows it under the same path. */
  readonly folder: string;
  /** Ports of this machine's loopback that the program finds under the same number. */
  readonly ports: readonly number[];
}

export interface FencedNetwork extends AsyncDisposable {
  readonly env: Readonly<Record<string, string>>;
  /** What the sandbox has to show, wherever it is. */
  readonly readable: readonly string[];
  /** What runs in the sandbox in the program's place, and starts it once its network is there. */
  within(program: CommandLine): CommandLine;
}

export async function openFencedNetwork(options: FencedNetworkOptions): Promise<FencedNetwork> {
  const { folder, ports } = options;
  const closers = new Closers();
  try {
    await openWays(options, closers);
  } catch (cause) {
    await closers[Symbol.asyncDispose]();
    throw new Error(`Cannot open a network in "${folder}"`, { cause });
  }
  const proxyPort = freePort(ports);
  const listening = [{ port: proxyPort, socket: PROXY }, ...ports.map((port) => ({ port, socket: String(port) }))];
  return {
    env: proxyEnvironment(proxyPort),
    readable: [process.execPath, INSIDE, folder],
    within: ({ command, args }) => ({
      command: process.execPath,
      // Shown alone, it would be wondered at for want of a package.
      args: ["--no-warnings", INSIDE, JSON.stringify({ folder, listening }), command, ...args],
    }),
    [Symbol.asyncDispose]: () => closers[Symbol.asyncDispose](),
  };
}

async function openWays(options: FencedNetworkOptions, closers: Closers): Promise<void> {
  const { folder, ports } = options;
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true, mode: 0o700 });
  closers.defer(() => rm(folder, { recursive: true, force: true }));
  closers.use(await listen(makeProxy(options), folder, PROXY));
  for (const port of ports) {
    const way = { port, host: "127.0.0.1", allowHalfOpen: true } as const;
    const server = createServer({ allowHalfOpen: true }, (client) => pass(client, connect(way)));
    closers.use(await listen(server, folder, String(port)));
  }
}

const INSIDE = fileURLToPath(new URL(import.meta.url.endsWith(".ts") ? "./inside.ts" : "./inside.js", import.meta.url));

const PROXY = "proxy";
const PROXY_PORT = 3128;

function freePort(taken: readonly number[]): number {
  let port = PROXY_PORT;
  while (taken.includes(port)) port += 1;
  return port;
}

function proxyEnvironment(port: number): Readonly<Record<string, string>> {
  const proxy = `http://127.0.0.1:${port}`;
  const own = "127.0.0.1,localhost,::1";
  const names = { http_proxy: proxy, https_proxy: proxy, all_proxy: proxy, no_proxy: own };
  const upper = Object.entries(names).map(([name, value]) => [name.toUpperCase(), value] as const);
  // Node itself reads the others only where this is set.
  return { ...names, ...Object.fromEntries(upper), NODE_USE_ENV_PROXY: "1" };
}

/** The path of a socket has room for some hundred bytes only: it is bound below the open folder. */
async function listen(server: Server, folder: string, name: string): Promise<AsyncDisposable> {
  const opened = await open(folder, constants.O_DIRECTORY | constants.O_RDONLY);
  const clients = new Set<Socket>();
  server.on("connection", (client) => {
    clients.add(client);
    client.once("close", () => clients.delete(client));
  });
  try {
    const bound = Promise.withResolvers<void>();
    server.once("error", bound.reject);
    server.listen(`/proc/self/fd/${opened.fd}/${name}`, bound.resolve);
    await bound.promise;
  } finally {
    await opened.close();
  }
  return {
    async [Symbol.asyncDispose]() {
      const closed = new Promise<void>((resolve) => void server.close(() => resolve()));
      for (const client of clients) client.destroy();
      await closed;
    },
  };
}
