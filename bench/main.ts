/**
 * Runs benches one after the other, prints one table and keeps the figures of each in `results/`.
 *
 *   npm run bench [-- name…] [--quick]
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import type { Bench, BenchResult } from "./bench.ts";
import { printTable } from "./table.ts";

/** A bench is loaded when its turn comes: what one needs is not in the memory of another. */
const benches: Readonly<Record<string, () => Promise<{ readonly bench: Bench }>>> = {
  "http-append": () => import("./http-append/bench.ts"),
  "append-to-frame": () => import("./append-to-frame.ts"),
  "hosted-turn": () => import("./hosted-turn/bench.ts"),
  "sse-catch-up": () => import("./sse-catch-up/bench.ts"),
  "sse-fanout": () => import("./sse-fanout/bench.ts"),
  "store-append": () => import("./store-append.ts"),
  start: () => import("./start/bench.ts"),
  memory: () => import("./memory/bench.ts"),
};

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { quick: { type: "boolean", default: false } },
});
const unknown = positionals.filter((name) => !Object.hasOwn(benches, name));
if (unknown.length > 0) {
  console.error(`There is no bench ${unknown.join(", ")}; there are ${Object.keys(benches).join(", ")}`);
  process.exit(2);
}

const names = positionals.length > 0 ? positionals : Object.keys(benches);
const results = new Map<string, BenchResult>();
for (const name of names) {
  const load = benches[name];
  if (load === undefined) continue;
  try {
    const { bench } = await load();
    const startedAt = performance.now();
    console.error(`${name} …`);
    const result = await bench.run({ isQuick: values.quick, say: (line) => console.error(`  ${line}`) });
    console.error(`  ${((performance.now() - startedAt) / 1_000).toFixed(0)} s`);
    results.set(name, result);
    if (!values.quick) keep(name, result);
  } catch (cause) {
    console.error(`${name} failed:`, cause);
    process.exitCode = 1;
  }
}
printTable(results);

function keep(name: string, result: BenchResult): void {
  const folder = join(import.meta.dirname, "results");
  const machine = { cores: availableParallelism(), architecture: process.arch, platform: process.platform };
  const kept = { name, date: new Date().toISOString().slice(0, 10), node: process.versions.node, machine, ...result };
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, `${name}.json`), `${JSON.stringify(kept, null, 2)}\n`);
}
