/**
 * A real agent that Serai starts: Gemini CLI over the Agent Client Protocol, in a worktree of a project, against the
 * scripted model. Its permission is asked of a person, its work is a diff, and nothing of it is left running.
 */
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { git } from "../../src/lib/git.ts";
import { apiOf, startServer } from "../main/server-process.ts";
import type { ServerProcess } from "../main/server-process.ts";
import { openModelServer } from "../model-server/server.ts";
import type { ModelServer } from "../model-server/server.ts";
import { agentsFolder, prompt } from "./real-world.ts";

const bin = join(agentsFolder, "node_modules", ".bin");
const isInstalled = existsSync(join(bin, "gemini"));
const run = promisify(execFile);

let folder: string;
let model: ModelServer;
let server: ServerProcess;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "serai-spawned-"));
  model = await openModelServer();
  const data = join(folder, "data");
  await mkdir(data);
  const env = {
    GEMINI_API_KEY: "none",
    GOOGLE_GEMINI_BASE_URL: model.url,
    PATH: `${bin}:${process.env["PATH"] ?? ""}`,
  };
  server = await startServer({ folder: data, env });
  const repository = join(folder, "app");
  await mkdir(repository);
  await git(repository, "init", "--quiet", "--initial-branch=main");
  await writeFile(join(repository, "README.md"), "Read me\n");
  await git(repository, "add", "--all");
  await git(repository, "-c", "user.name=Ada", "-c", "user.email=ada@example.com", "commit", "--quiet", "-m", "First");
}, 60_000);

afterAll(async () => {
  await server[Symbol.asyncDispose]();
  await model[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

type Body = Readonly<Record<string, never>>;

async function call(method: string, path: string, body?: unknown) {
  const answer = await apiOf(server).json(method, path, body);
  if (answer.status >= 400) throw new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
  return answer.body as Body & { readonly id: string; readonly data: readonly (Body & { readonly id: string })[] };
}

async function until<T>(look: () => Promise<T | undefined>): Promise<T> {
  const end = performance.now() + 90_000;
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    if (performance.now() > end) throw new Error("It did not come to pass within 90 s");
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

test.skipIf(!isInstalled)(
  "a spawned Gemini CLI asks before it writes, works in its own tree, and is gone with its session",
  async () => {
    const project = await call("POST", "/projects", { name: "app", path: join(folder, "app") });
    const session = await call("POST", "/sessions", {
      harness: "gemini",
      project_id: project.id,
      title: "Write a file",
    });
    const steps = [
      { tools: [{ name: "write_file", input: { file_path: "made.txt", content: "made by gemini\n" } }] },
      { text: "It is written" },
    ];
    const text = prompt({ text: "Write made.txt", steps });
    await call("POST", `/sessions/${session.id}/messages`, { message: { content: [{ type: "text", text }] } });
    const approval = await until(async () => (await call("GET", `/approvals?session_id=${session.id}`)).data[0]);
    await call("POST", `/sessions/${session.id}/approvals/${approval.id}`, { answer: "allow" });
    const types = await until(async () => {
      const { data } = await call("GET", `/sessions/${session.id}/events?limit=500`);
      const seen = data.map(({ type }) => String(type));
      return seen.includes("turn.completed") || seen.includes("turn.failed") ? seen : undefined;
    });
    for (const type of [
      "checkout.created",
      "process.started",
      "approval.answered",
      "tool.completed",
      "turn.completed",
    ]) {
      expect(types).toContain(type);
    }
    const diff = JSON.stringify(await call("GET", `/sessions/${session.id}/diff`));
    expect(diff).toContain("made.txt");
    expect(diff).toContain("+made by gemini");
    expect(existsSync(join(folder, "app", "made.txt"))).toBe(false);
    await call("POST", `/sessions/${session.id}/commit`, { message: "Add what was made" });
    await call("POST", `/sessions/${session.id}/merge`, { strategy: "squash" });
    expect(existsSync(join(folder, "app", "made.txt"))).toBe(true);
    await call("POST", `/sessions/${session.id}/kill`);
    await until(async () => ((await processesOf(session.id)) === 0 ? true : undefined));
  },
  180_000,
);

async function processesOf(sessionId: string): Promise<number> {
  const { stdout } = await run("sh", [
    "-c",
    `grep -lza "SERAI_SESSION=${sessionId}" /proc/[0-9]*/environ 2>/dev/null | wc -l`,
  ]);
  return Number(stdout.trim());
}
