/**
 * Runs benches one after the other, prints one table and keeps the figures of each in `results/`.
 *
 *   npm run bench [-- name… --quick]      smaller and fewer, nothing is kept
 *   npm run bench -- [name…] --kept       the table of what is kept, without a run
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import type { Bench, BenchResult } from "./bench.ts";
import { printTable } from "./table.ts";

/** A bench is loaded when its turn comes: what one needs is not in the memory of another. */
const benches: Readonly<Record<string, () => Promise<{ readonly bench: Bench }>>> = {
  "http-append": () => import("./http-append/bench.ts"),
  "append-to-frame": () => import("./append-to-frame.ts"),
  "store-append": () => import("./store-append.ts"),
  "sse-fanout": () => import("./sse-fanout/bench.ts"),
  "sse-catch-up": () => import("./sse-catch-up/bench.ts"),
  "hosted-turn": () => import("./hosted-turn/bench.ts"),
  "session-grep": () => import("./session-grep.ts"),
  reservations: () => import("./reservations/bench.ts"),
  hooks: () => import("./hooks/bench.ts"),
  "hook-script": () => import("./hook-script.ts"),
  worktree: () => import("./worktree.ts"),
  spawned: () => import("./spawned/bench.ts"),
  start: () => import("./start/bench.ts"),
  memory: () => import("./memory/bench.ts"),
  history: () => import("./history/bench.ts"),
  "large-bodies": () => import("./large-bodies/bench.ts"),
};

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { quick: { type: "boolean", default: false }, kept: { type: "boolean", default: false } },
});
const unknown = positionals.filter((name) => !Object.hasOwn(benches, name));
if (unknown.length > 0) {
  console.error(`There is no bench ${unknown.join(", ")}; there are ${Object.keys(benches).join(", ")}`);
  process.exit(2);
}

const names = positionals.length > 0 ? positionals : Object.keys(benches);
const folder = join(import.meta.dirname, "results");
const results = new Map<string, BenchResult>();
for (const name of names) {
  const result = values.kept ? read(name) : await run(name);
  if (result !== undefined) results.set(name, result);
}
printTable(results);

async function run(name: string): Promise<BenchResult | undefined> {
  const startedAt = performance.now();
  console.error(`${name} …`);
  try {
    const loaded = await benches[name]?.();
    const result = await loaded?.bench.run({ isQuick: values.quick, say: (line) => console.error(`  ${line}`) });
    console.error(`  ${((performance.now() - startedAt) / 1_000).toFixed(0)} s`);
    if (result !== undefined && !values.quick) keep(name, result);
    return result;
  } catch (cause) {
    console.error(`${name} failed:`, cause);
    process.exitCode = 1;
    return undefined;
  }
}

function keep(name: string, result: BenchResult): void {
  const machine = { cores: availableParallelism(), architecture: process.arch, platform: process.platform };
  const kept = { name, date: new Date().toISOString().slice(0, 10), node: process.versions.node, machine, ...result };
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, `${name}.json`), `${JSON.stringify(kept, null, 2)}\n`);
}

function read(name: string): BenchResult | undefined {
  const path = join(folder, `${name}.json`);
  return existsSync(path) ? (JSON.parse(readFileSync(path, "utf8")) as BenchResult) : undefined;
}
