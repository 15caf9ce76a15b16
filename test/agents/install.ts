/**
 * Installs the real agents that the end-to-end tests run, each pinned, into a cache, then runs the tests. They are no
 * dependency of anything: more than a gigabyte that only this job wants.
 */
import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { agentPackages } from "./packages.ts";

const root = join(import.meta.dirname, "..", "..");
const folder = process.env["SERAI_AGENTS"] ?? join(root, "node_modules", ".cache", "serai-agents");

mkdirSync(folder, { recursive: true });
writeFileSync(join(folder, "package.json"), JSON.stringify({ private: true, dependencies: agentPackages }, null, 2));
// The binaries come as packages of their own; no script has to run for them.
execFileSync("npm", ["install", "--no-audit", "--no-fund", "--ignore-scripts"], { cwd: folder, stdio: "inherit" });
const vitest = join(root, "node_modules", ".bin", "vitest");
const run = spawnSync(vitest, ["run", "--config", "vitest.agents.config.ts", ...process.argv.slice(2)], {
  cwd: root,
  stdio: "inherit",
  env: { ...process.env, SERAI_AGENTS: folder },
});
process.exitCode = run.status ?? 1;
