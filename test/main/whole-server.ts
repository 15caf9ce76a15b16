/**
 * A whole server of this process over SQLite, reached over its socket: a client for each kind of caller, every answer
 * held against the document. `restart` closes it and opens it again on the same data.
 */
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pino } from "pino";
import type { Limits } from "../../src/core/limits.ts";
import type { HttpApp } from "../../src/http/app.ts";
import { boot } from "../../src/main/boot.ts";
import type { Server } from "../../src/main/boot.ts";
import { readSettings } from "../../src/main/config.ts";
import type { ServeOptions } from "../../src/main/config.ts";
import { openClient } from "../doors/native/native-client.ts";
import type { NativeClient } from "../doors/native/native-client.ts";

export const callers = ["none", "owner", "member", "viewer", "stranger"] as const;
export type Caller = (typeof callers)[number];

export interface WholeServer extends AsyncDisposable {
  readonly server: Server;
  readonly folder: string;
  readonly as: Readonly<Record<Caller, NativeClient>>;
  /** Lines of the log that tell of a fault. */
  readonly faults: readonly string[];
  restart(): Promise<void>;
}

export interface WholeOptions {
  readonly limits?: Partial<Limits>;
  readonly serve?: ServeOptions;
  readonly environment?: Readonly<Record<string, string>>;
}

export async function openWholeServer({
  limits = {},
  serve = {},
  environment = {},
}: WholeOptions = {}): Promise<WholeServer> {
  const folder = await mkdtemp(join(tmpdir(), "serai-whole-"));
  const faults: string[] = [];
  const open = () => openServer(folder, { limits, serve, environment, faults });
  let server = await open();
  const app = forwarding(() => server.url);
  const keys = await makeKeys(app, folder);
  const clients = callers.map(async (caller) => [caller, await openClient({ app }, keys[caller])] as const);
  return {
    folder,
    faults,
    get server() {
      return server;
    },
    // One entry for each caller.
    as: Object.fromEntries(await Promise.all(clients)) as Record<Caller, NativeClient>,
    async restart() {
      await server[Symbol.asyncDispose]();
      server = await open();
    },
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function openServer(
  folder: string,
  { limits, serve, environment, faults }: Required<WholeOptions> & { readonly faults: string[] },
): Promise<Server> {
  const read = readSettings({ port: 0, data: folder, ...serve }, environment, folder);
  if (!read.ok) throw new Error(read.reason);
  return boot({
    settings: read.settings,
    environment,
    version: "test",
    log: pino({ level: "error" }, { write: (line: string) => void faults.push(line) }),
    limits,
    onBroken: (fault) => {
      throw fault;
    },
  });
}

/** What a client in process talks to, sent over the socket instead. */
function forwarding(urlOf: () => string): HttpApp {
  const send = (request: Request) => fetch(new Request(request.url.replace("http://localhost", urlOf()), request));
  // A client uses these two of the app and nothing else.
  return { fetch: send, request: (url: string) => send(new Request(url)) } as unknown as HttpApp;
}

async function makeKeys(app: HttpApp, folder: string): Promise<Readonly<Record<Caller, string>>> {
  const owner = (await readFile(join(folder, "admin.key"), "utf8")).trim();
  const client = await openClient({ app }, owner);
  const minted = async (path: string, body: object) => (await client.post<{ key: string }>(path, body)).body.key;
  return {
    none: "",
    owner,
    member: await minted("/keys", { name: "member", role: "member" }),
    viewer: await minted("/keys", { name: "viewer", role: "viewer" }),
    stranger: await minted("/workspaces", { name: "another" }),
  };
}
