/** A real Claude Code whose hooks get no answer from their server, or one that guards nothing. */
import { mkdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { apiOf, startServer } from "../main/server-process.ts";
import type { ServerProcess } from "../main/server-process.ts";
import { claude, runClaude } from "./claude.ts";
import { isInstalled } from "./real-agent.ts";
import { openRealWorld } from "./real-world.ts";
import type { RealWorld } from "./real-world.ts";
import { sentTo } from "./told.ts";

const LONG_MS = 120_000;
const run = test.skipIf(!isInstalled(claude));

let world: RealWorld;

beforeAll(async () => {
  world = await openRealWorld();
}, LONG_MS);
afterAll(() => world[Symbol.asyncDispose]());

interface Elsewhere {
  readonly name: string;
  readonly words?: readonly string[];
  readonly spoil: (server: ServerProcess) => Promise<void>;
}

/** The turn of an agent whose hooks ask a server of their own, with which something has happened since. */
async function turnElsewhere({ name, words = [], spoil }: Elsewhere) {
  const at = await world.home(name, { ".keep": "" });
  const folder = join(dirname(world.repository), `data-of-${name}`);
  await mkdir(folder);
  await using server = await startServer({ folder });
  const access = ["--url", server.url, "--key", server.key];
  const installed = await world.serai(at, ...access, "hooks", "install", "claude-code", "--user", ...words);
  expect(installed.code, installed.output).toBe(0);
  await spoil(server);
  const write = claude.write(join(world.repository, "src", `${name}.ts`), "mine");
  const steps = [{ tools: [write] }, { text: "That was it" }];
  const ran = await runClaude(world, at, { prompted: { text: name, steps, mark: `turn-of-${name}` } });
  return { ran, isWritten: (await world.read(`src/${name}.ts`).catch(() => null)) === "mine\n" };
}

const kill = (server: ServerProcess) => server.kill();
const revoke = async (server: ServerProcess) => {
  const api = apiOf(server);
  const keys = (await api.json("GET", "/keys")).body as { data: readonly { id: string; name: string }[] };
  const key = keys.data.find(({ name }) => name.startsWith("hooks on"));
  expect((await api.json("DELETE", `/keys/${key?.id}`)).status).toBe(204);
};

run(
  "J4: that is down stops nobody",
  async () => {
    expect(await turnElsewhere({ name: "down", spoil: kill })).toMatchObject({ isWritten: true });
  },
  LONG_MS,
);

run(
  "J5: that is down lets nothing be written where hooks are strict",
  async () => {
    const { isWritten } = await turnElsewhere({ name: "strict-down", words: ["--strict"], spoil: kill });
    expect(isWritten).toBe(false);
    expect(sentTo(world, "turn-of-strict-down")).toContain("blocking because onFailure");
  },
  LONG_MS,
);

run(
  "I4: to which its key is not known says so, and what to do, and stops nobody",
  async () => {
    const { ran, isWritten } = await turnElsewhere({ name: "revoked", spoil: revoke });
    expect(isWritten).toBe(true);
    expect(ran.output).toContain("Serai is not guarding this: ");
    expect(ran.output).toContain("serai hooks install claude-code");
  },
  LONG_MS,
);

run(
  "I5: to which its key is not known lets nothing be written where hooks are strict",
  async () => {
    const { isWritten } = await turnElsewhere({ name: "strict-revoked", words: ["--strict"], spoil: revoke });
    expect(isWritten).toBe(false);
    expect(sentTo(world, "turn-of-strict-revoked")).toMatch(/PreToolUse:Write hook error: Serai is not guarding this/);
    expect(sentTo(world, "turn-of-strict-revoked")).toContain("this hook is strict");
  },
  LONG_MS,
);
