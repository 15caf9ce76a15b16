/** The README's commands, run as they stand there against a real server, and its links. */
import { execFile, spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
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

const check = "import sys; sys.exit(0 if sys.version_info >= (3, 9) else 1)";
const hasPython = spawnSync("python3", ["-c", check]).status === 0;

/** The program in a language, for the server of this test. */
function snippet(language: "ts" | "python"): string {
  const found = new RegExp(`\`\`\`${language}\\n([\\s\\S]*?)\`\`\``).exec(readme)?.[1] ?? "";
  return found.replace("http://127.0.0.1:7080", server.url);
}

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

  test("its TypeScript runs as it stands", { timeout: 30_000 }, async () => {
    const program = join(folder, "snippet.ts");
    const client = pathToFileURL(join(root, "src", "client", "index.ts")).href;
    await writeFile(program, snippet("ts").replace("serai/client", client));
    const env = { ...bare, SERAI_API_KEY: server.key };
    const { stdout } = await run(process.execPath, [program], { cwd: folder, env });
    expect(stdout).toContain("Tool: write_file\n");
    expect(stdout).toContain("400");
    expect(stdout).toMatch(/\ncompleted \[/);
  });

  test.skipIf(!hasPython)("its Python runs as it stands (needs Python 3.9)", { timeout: 30_000 }, async () => {
    const env = { ...bare, SERAI_API_KEY: server.key, PYTHONPATH: join(root, "clients", "python") };
    const { stdout } = await run("python3", ["-B", "-c", snippet("python")], { cwd: folder, env });
    expect(stdout).toMatch(/^completed \S/);
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
