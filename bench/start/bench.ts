/**
 * W11, start: from the start of the process to the first 200 on /health, from the sources (as in a clone) with an empty and with
 * a filled compile cache, and from a build (as in the package); and what it holds in memory before its first turn.
 *
 * Beside it the start of a Node that does nothing. Other files are in the page cache for all of them.
 */
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { told, verify, within } from "../bench.ts";
import type { Bench, BenchOptions, BenchResult } from "../bench.ts";
import { openCalm } from "../calm.ts";
import { makeFolder } from "../data-folder.ts";
import { readRssMb } from "../memory/rss.ts";
import { buildPackage, entryOf } from "./package.ts";

const SETTLE_MS = 1_500;

export const bench: Bench = { name: "start", run };

interface Start {
  readonly readyMs: number;
  readonly rssMb: number;
}

type Kind = "clone, first time" | "clone, again" | "package, first time" | "package, again";

async function run({ isQuick, say }: BenchOptions): Promise<BenchResult> {
  await using folder = await makeFolder();
  const root = join(import.meta.dirname, "../..");
  const built = await buildPackage(join(folder.path, "package"));
  say("the package is built");
  const starts: Record<Kind, Start[]> = {
    "clone, first time": [],
    "clone, again": [],
    "package, first time": [],
    "package, again": [],
  };
  const bare: number[] = [];
  const calm = openCalm();
  for (let round = 0; round < (isQuick ? 2 : 9); round++) {
    await calm.moment();
    bare.push(await startNothing());
    for (const [name, program] of [
      ["clone", root],
      ["package", built],
    ] as const) {
      const cache = join(folder.path, `cache-${name}`);
      await rm(cache, { recursive: true, force: true });
      const options = { entry: entryOf(program), cache, data: join(folder.path, `${name}-${round}`) };
      await calm.moment();
      starts[`${name}, first time`].push(await start(options));
      await calm.moment();
      starts[`${name}, again`].push(await start(options));
    }
  }
  const ms = (kind: Kind) => ({
    what: `${kind}: → first 200`,
    unit: "ms",
    ours: starts[kind].map((one) => one.readyMs),
  });
  const mb = (kind: Kind) => ({
    what: `${kind}: before a turn`,
    unit: "MB",
    ours: starts[kind].map((one) => one.rssMb),
  });
  const [quick, slow] = [
    { text: "≤ 400 ms", most: 400 },
    { text: "≤ 1,200 ms", most: 1_200 },
  ];
  const small = { text: "≤ 120 MB", most: 120 };
  return {
    rows: [
      within({ ...ms("clone, first time"), peer: bare }, slow),
      within({ ...ms("clone, again"), peer: bare }, quick),
      within({ ...ms("package, again"), peer: bare }, quick),
      told({ ...ms("package, first time"), peer: bare }),
      within(mb("clone, first time"), small),
      within(mb("clone, again"), small),
      within(mb("package, again"), small),
    ],
    notes: [
      "a first start from a clone holds Node's compiler of TypeScript until its end: 25 to 30 MB, of which the next has none",
      "peer: a Node that starts and ends; memory: resident size 1.5 s after the start, threads included",
      calm.told(),
    ],
  };
}

async function startNothing(): Promise<number> {
  const startedAt = performance.now();
  const { status } = spawnSync(process.execPath, ["-e", "0"]);
  verify(status === 0, "a bare Node did not start");
  return performance.now() - startedAt;
}

interface StartOptions {
  readonly entry: readonly string[];
  readonly cache: string;
  readonly data: string;
}

async function start({ entry, cache, data }: StartOptions): Promise<Start> {
  await mkdir(data, { recursive: true });
  const startedAt = performance.now();
  const child = spawn(process.execPath, [...entry, data], {
    // As people start it: named in the environment, the cache would also reach threads that are not given it.
    env: { PATH: process.env.PATH ?? "", HOME: data, XDG_CACHE_HOME: cache, SERAI_LOG: "error" },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const url = await urlOf(child.stdout);
  const { status } = await fetch(`${url}/health`);
  const readyMs = performance.now() - startedAt;
  verify(status === 200, `/health answered ${status}`);
  await sleep(SETTLE_MS);
  const rssMb = readRssMb(child.pid ?? 0);
  const exited = once(child, "exit");
  child.kill("SIGTERM");
  await exited;
  return { readyMs, rssMb };
}

async function urlOf(output: NodeJS.ReadableStream): Promise<string> {
  let said = "";
  for await (const chunk of output) {
    said += String(chunk);
    const url = /ready at (\S+)/.exec(said)?.[1];
    if (url !== undefined) return url;
  }
  throw new Error(`The server ended before it was ready: ${said}`);
}
