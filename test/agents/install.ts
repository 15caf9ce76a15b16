/**
 * Installs the real agents that the end-to-end tests run, each pinned, into a cache, then runs the tests. They are no
 * dependency of anything: more than a gigabyte that only this job wants. `SERAI_TEST_AGENTS=gemini,claude` installs those
 * alone; the tests of the others are skipped.
 */
import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { agentPackages } from "./packages.ts";

const root = join(import.meta.dirname, "..", "..");
const folder = process.env["SERAI_AGENTS"] ?? join(root, "node_modules", ".cache", "serai-agents");

mkdirSync(folder, { recursive: true });
const dependencies = wantedOf(process.env["SERAI_TEST_AGENTS"]);
writeFileSync(join(folder, "package.json"), JSON.stringify({ private: true, dependencies }, null, 2));
// The binaries come as packages of their own; no script has to run for them.
execFileSync("npm", ["install", "--no-audit", "--no-fund", "--ignore-scripts"], { cwd: folder, stdio: "inherit" });
const vitest = join(root, "node_modules", ".bin", "vitest");
const run = spawnSync(vitest, ["run", "--config", "vitest.agents.config.ts", ...process.argv.slice(2)], {
  cwd: root,
  stdio: "inherit",
  env: { ...process.env, SERAI_AGENTS: folder },
});
process.exitCode = run.status ?? 1;

/** By a part of the package's name; all of them for `1`, `all` and nothing. */
function wantedOf(names: string | undefined): Readonly<Record<string, string>> {
  if (names === undefined || ["", "1", "all"].includes(names)) return agentPackages;
  const entries = names.split(",").flatMap((name) => {
    const found = Object.entries(agentPackages).filter(([each]) => name !== "" && each.includes(name));
    if (found.length === 0) throw new Error(`No agent is called "${name}": ${Object.keys(agentPackages).join(", ")}`);
    return found;
  });
  return Object.fromEntries(entries);
}
