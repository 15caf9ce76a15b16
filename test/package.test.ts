/**
 * The package as a stranger gets it: packed, unpacked elsewhere, started by its own command.
 *
 * The quick form borrows the checkout's dependencies; with SERAI_TEST_INSTALL=1 (as in .ci/run) npm installs it for real.
 */

import { execFile } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";

import { afterAll, beforeAll, describe, expect, it } from "vitest";

const root = join(import.meta.dirname, "..");
const version: string = JSON.parse(readFileSync(join(root, "package.json"), "utf8")).version;
const place = mkdtempSync(join(tmpdir(), "serai-package-"));
const unpacked = join(place, "package");
let tarball = "";

type Ran = { readonly code: number; readonly stdout: string; readonly stderr: string };

/** What the outer npm tells its scripts about the checkout would make the inner one act on the checkout. */
const inherited = Object.entries(process.env).filter(([name]) => !/^npm_(?:package|lifecycle|config_local)/.test(name));
const environment = {
  ...Object.fromEntries(inherited),
  PATH: [join(root, "node_modules", ".bin"), process.env["PATH"]].join(delimiter),
  XDG_CACHE_HOME: join(place, "cache"),
};

/** Runs to the end and tells what came of it; a code other than 0 is an answer here. */
function run(command: string, args: readonly string[], cwd: string): Promise<Ran> {
  return new Promise((resolve, reject) => {
    execFile(command, args, { cwd, env: environment, timeout: 300_000 }, (error, stdout, stderr) => {
      const code = error === null ? 0 : error.code;
      if (typeof code === "number") resolve({ code, stdout, stderr });
      else reject(new Error(`Cannot run "${command}": ${stderr}`, { cause: error }));
    });
  });
}

async function runWell(command: string, args: readonly string[], cwd: string): Promise<void> {
  const { code, stdout, stderr } = await run(command, args, cwd);
  if (code !== 0) throw new Error(`"${command} ${args.join(" ")}" ended with ${code}: ${stdout}${stderr}`);
}

beforeAll(async () => {
  await runWell("npm", ["pack", "--pack-destination", place], root);
  tarball = join(place, readdirSync(place).find((name) => name.endsWith(".tgz")) ?? "missing.tgz");
  await runWell("tar", ["-xzf", tarball, "-C", place], place);
}, 60_000);

afterAll(() => rmSync(place, { recursive: true, force: true }));

/** A Node on this machine that is too old for Serai. */
async function findOldNode(): Promise<string | undefined> {
  for (const folder of (process.env["PATH"] ?? "").split(delimiter)) {
    const node = join(folder, "node");
    if (!existsSync(node) || folder.includes("node_modules")) continue;
    const { stdout } = await run(node, ["--version"], place);
    const [major = 0, minor = 0] = stdout.slice(1).split(".").map(Number);
    if (major < 22 || (major === 22 && minor < 18)) return node;
  }
  return undefined;
}

describe("the package", () => {
  it("carries the build, the launcher and the licence, and neither sources nor tests", () => {
    expect(existsSync(join(unpacked, "dist", "cli", "main.js"))).toBe(true);
    expect(existsSync(join(unpacked, "dist", "cli", "main.d.ts"))).toBe(true);
    expect(existsSync(join(unpacked, "LICENSE"))).toBe(true);
    expect(
      readdirSync(unpacked).filter((name) => ["src", "test", "tools", "bench", "node_modules"].includes(name)),
    ).toEqual([]);
  });

  it("says its version when it is started by its command", async () => {
    const installed = join(place, "installed");
    cpSync(unpacked, installed, { recursive: true });
    symlinkSync(join(root, "node_modules"), join(installed, "node_modules"), "dir");
    expect(await run("node", ["bin/serai.js", "--version"], installed)).toEqual({
      code: 0,
      stdout: `${version}\n`,
      stderr: "",
    });
  });

  it("tells a machine with an older Node what it needs, in one sentence", async (context) => {
    const old = await findOldNode();
    if (old === undefined) return context.skip("This machine has no Node older than 22.18");
    const { code, stdout, stderr } = await run(old, ["bin/serai.js", "--version"], unpacked);
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    expect(stderr).toMatch(
      /^Serai needs Node 22\.18 or newer but this is Node \d+\.\d+\.\d+ \(.+\); get a newer one from .+\.\n$/,
    );
  });

  it("finds the Node of the checkout by itself when the machine's is older", async (context) => {
    const old = await findOldNode();
    if (old === undefined) return context.skip("This machine has no Node older than 22.18");
    expect(await run(old, ["bin/serai.js", "--version"], root)).toEqual({
      code: 0,
      stdout: `${version}\n`,
      stderr: "",
    });
  });

  it("installs with npm, without install scripts, and runs through npx", { timeout: 300_000 }, async (context) => {
    if (process.env["SERAI_TEST_INSTALL"] !== "1") return context.skip("SERAI_TEST_INSTALL=1 installs it for real");
    const { code } = await run("npm", ["view", "pino", "version"], place);
    if (code !== 0) return context.skip("No package registry can be reached");
    const project = join(place, "project");
    mkdirSync(project);
    await runWell("npm", ["init", "--yes"], project);
    const options = ["--prefer-offline", "--omit=dev", "--ignore-scripts", "--no-audit", "--no-fund"];
    await runWell("npm", ["install", tarball, ...options], project);
    expect(await run("npx", ["--no-install", "serai", "--version"], project)).toMatchObject({
      code: 0,
      stdout: `${version}\n`,
    });
  });
});
