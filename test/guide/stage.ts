/**
 * Where the guide's examples are played: a real server with the scripted model, a workspace for each example, and the
 * guide's placeholders (`ses_01933b5a`, `agt_support`, `YOUR_API_KEY` …) standing for what is really there.
 *
 * Invariant: nothing here leaves this machine; a command that still names the guide's host is not sent.
 */
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pino } from "pino";
import { boot } from "../../src/main/boot.ts";
import type { Server } from "../../src/main/boot.ts";
import { readSettings } from "../../src/main/config.ts";
import { picture } from "../lib/pictures.ts";

export const GUIDE_URL = "https://serai.example";
const GUIDE_KEY = "YOUR_API_KEY";

export type ScriptStep = Readonly<Record<string, unknown>>;

export interface Theatre extends AsyncDisposable {
  readonly server: Server;
  /** Holds what the examples upload: `data.csv`, `sales.csv`, `screenshot.png`. */
  readonly folder: string;
  /** Lets the server think that so much time has passed. */
  readonly skip: (ms: number) => void;
  openStage(): Promise<Stage>;
}

export interface Stage {
  readonly folder: string;
  /** The key of this example's own workspace. */
  readonly key: string;
  /** From here on the placeholder is this id. */
  stands(placeholder: string, id: string): void;
  /** The text with everything in place for a server at this address. */
  cast(text: string, url: string): string;
  /** An agent that does as the steps say, one for each call of its model. */
  agent(name: string, steps: readonly ScriptStep[], more?: object): Promise<string>;
  /** Asks the server beside the play; nothing of it is in a transcript. */
  ask<T = { readonly id: string }>(method: string, path: string, body?: object): Promise<T>;
}

const CSV = "region,units\nNorth,3\nSouth,4\n";

export interface TheatreOptions {
  /** The addresses in a page's commands, and where on this server their paths are. */
  readonly bases?: Readonly<Record<string, string>>;
  readonly environment?: Readonly<Record<string, string>>;
}

export async function openTheatre({ bases = {}, environment = {} }: TheatreOptions = {}): Promise<Theatre> {
  const folder = await mkdtemp(join(tmpdir(), "serai-guide-"));
  await writeFile(join(folder, "data.csv"), CSV);
  await writeFile(join(folder, "sales.csv"), CSV);
  await writeFile(join(folder, "screenshot.png"), await picture("png"));
  const data = join(folder, "data");
  const read = readSettings({ port: 0, data }, {}, folder);
  if (!read.ok) throw new Error(read.reason);
  let skippedMs = 0;
  const server = await boot({
    settings: read.settings,
    environment,
    version: "0.0.0",
    log: pino({ level: "silent" }),
    clock: { now: () => Date.now(), monotonic: () => performance.now() + skippedMs },
    onBroken: (fault) => {
      throw fault;
    },
  });
  const ownerKey = (await readFile(join(data, "admin.key"), "utf8")).trim();
  let count = 0;
  return {
    server,
    folder,
    skip: (ms) => void (skippedMs += ms),
    async openStage() {
      const body = { name: `example-${(count += 1)}` };
      const { key } = await askServer<{ key: string }>(server, ownerKey, { method: "POST", path: "/workspaces", body });
      return makeStage({ server, folder, key, bases: { [GUIDE_URL]: "", ...bases } });
    },
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

interface Set {
  readonly server: Server;
  readonly folder: string;
  readonly key: string;
  readonly bases: Readonly<Record<string, string>>;
}

function makeStage({ server, folder, key, bases }: Set): Stage {
  const names = new Map([[GUIDE_KEY, key]]);
  const ask: Stage["ask"] = (method, path, body) => askServer(server, key, { method, path, ...(body && { body }) });
  return {
    folder,
    key,
    ask,
    stands: (placeholder, id) => void names.set(placeholder, id),
    cast: (text, url) => {
      const placed = Object.entries(bases).reduce((said, [base, path]) => said.replaceAll(base, `${url}${path}`), text);
      return castText(placed, names);
    },
    async agent(name, steps, more = {}) {
      const system_prompt = `Do as the script says.\n\`\`\`serai-script\n${JSON.stringify(steps)}\n\`\`\``;
      return (await ask("POST", "/agents", { name, system_prompt, ...more })).id;
    },
  };
}

/** The longest placeholder first: `ses_01933b5a` is the beginning of others. */
function castText(text: string, names: ReadonlyMap<string, string>): string {
  const longestFirst = [...names].toSorted(([one], [other]) => other.length - one.length);
  const pattern = new RegExp(longestFirst.map(([name]) => name).join("|"), "g");
  const cast = text.replaceAll(pattern, (name) => names.get(name) ?? name);
  const left = /\bserai\.example\b|\b(?:agt|ses|mod|evt|img)_(?:01933b5a|[a-z]{6,})\b/.exec(cast)?.[0];
  if (left !== undefined) throw new Error(`Nothing stands for "${left}" in: ${cast}`);
  return cast;
}

interface Asked {
  readonly method: string;
  readonly path: string;
  readonly body?: object;
}

async function askServer<T>(server: Server, key: string, { method, path, body }: Asked): Promise<T> {
  const response = await server.fetch(
    new Request(`http://localhost/api/v1${path}`, {
      method,
      headers: { authorization: `Bearer ${key}`, "content-type": "application/json" },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    }),
  );
  const text = await response.text();
  if (!response.ok) throw new Error(`${method} ${path} was answered ${response.status}: ${text}`);
  return JSON.parse(text === "" ? "null" : text) as T;
}
