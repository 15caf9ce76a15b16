/** The README's commands, run as they stand there against a real server, and its links. */
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startServer } from "../main/server-process.ts";
import type { ServerProcess } from "../main/server-process.ts";

const run = promisify(execFile);
const root = fileURLToPath(new URL("../../", import.meta.url));
const launcher = join(root, "bin", "serai.js");
const pages = ["README.md", "AGENTS.md", "specs/README.md"];

const readme = await readFile(join(root, "README.md"), "utf8");
const blocks = [...readme.matchAll(/```sh\n([\s\S]*?)```/g)].map(([, block]) => block ?? "");
const commands = blocks
  .join("\n")
  .split("\n")
  .map((line) => line.trim());

let folder = "";
let server: ServerProcess;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "serai-readme-"));
  server = await startServer({ folder: join(folder, ".serai") });
  await writeFile(join(folder, "notes.md"), "# Notes\n\nBuy milk.\n");
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

const bare = { PATH: `${dirname(process.execPath)}:${process.env.PATH ?? ""}`, ANTHROPIC_API_KEY: "sk-not-a-key" };

describe("the README", () => {
  const cli = commands.filter((line) => line.startsWith("npm run serai -- "));
  test.each(cli)("its command works: %s", { timeout: 30_000 }, async (line) => {
    const words = (line.replace("npm run serai -- ", "").match(/"[^"]*"|\S+/g) ?? []).map((word) =>
      word.replaceAll('"', ""),
    );
    const { stdout } = await run(process.execPath, [launcher, ...words], {
      cwd: folder,
      env: { ...bare, HOME: folder },
    });
    expect(stdout).not.toBe("");
  });

  test("its requests work one after the other", { timeout: 30_000 }, async () => {
    const block = blocks.find((text) => text.includes("curl"))?.replaceAll("http://127.0.0.1:7080", server.url) ?? "";
    expect(block).toContain("curl -N");
    const script = block.replace("curl -N", "timeout 3 curl -sN");
    const { stdout } = await run("bash", ["-c", `${script}\ntrue`], { cwd: folder, env: bare });
    expect(stdout).toContain("event: turn.completed");
    expect(stdout).toContain("event: session.idled");
  });

  test("names no script of npm that is not there", async () => {
    const manifest = JSON.parse(await readFile(join(root, "package.json"), "utf8")) as {
      scripts: Record<string, string>;
    };
    const named = [...readme.matchAll(/npm run ([a-z:]+)/g)].map(([, name]) => name ?? "");
    expect(named.filter((name) => manifest.scripts[name] === undefined)).toEqual([]);
    expect(commands).toContain("npm ci && npm start");
    expect(commands).toContain("npm ci && npm test");
  });

  test.each(pages)("%s links to nothing that is missing", async (page) => {
    const text = await readFile(join(root, page), "utf8");
    const links = [...text.matchAll(/\]\((?!https?:)([^)#]+)/g)].map(([, link]) => link ?? "");
    const missing = links.filter((link) => !existsSync(join(root, dirname(page), link)));
    expect(missing).toEqual([]);
  });
});
