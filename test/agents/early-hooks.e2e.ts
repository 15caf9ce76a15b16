/**
 * A real Claude Code that Serai starts in a repository with hooks of ours: it runs the first of them before it says what
 * it calls its conversation. They are hooks of its session, and nobody else is seen at work.
 */
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { git } from "../../src/lib/git.ts";
import { putScripts, putServer } from "../../src/install/scripts.ts";
import { HookWorld } from "../install/hook-world.ts";
import { apiOf, startServer } from "../main/server-process.ts";
import type { ServerProcess } from "../main/server-process.ts";
import { openModelServer } from "../model-server/server.ts";
import type { ModelServer } from "../model-server/server.ts";
import { prompt } from "./real-world.ts";
import { isInstalled, packages, spawnables } from "./spawnable.ts";

const claude = spawnables.find(({ harness }) => harness === "claude-code");
const isThere = claude !== undefined && isInstalled(claude);

let folder: string;
let installed: HookWorld;
let model: ModelServer;
let server: ServerProcess;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "serai-early-"));
  installed = new HookWorld();
  model = await openModelServer();
  const data = join(folder, "data");
  const repository = join(folder, "app");
  await Promise.all([mkdir(data), mkdir(join(repository, ".claude"), { recursive: true })]);
  const path = `${join(packages, ".bin")}:${process.env["PATH"] ?? ""}`;
  // In a sandbox the machine's temporary folder, with the hooks of this test, would not be seen.
  const env = { ...claude?.environment(model.url), PATH: path, SERAI_ISOLATION: "off" };
  server = await startServer({ folder: data, env });
  putScripts(installed.folder);
  putServer(installed.folder, "here", { url: server.url, key: server.key, hostId: "hst_of-this-host" });
  await writeFile(join(repository, ".claude/settings.json"), JSON.stringify({ hooks: hooks() }));
  await git(repository, "init", "--quiet", "--initial-branch=main");
  await git(repository, "add", "--all");
  const ada = ["-c", "user.name=Ada", "-c", "user.email=ada@example.com"];
  await git(repository, ...ada, "commit", "--quiet", "-m", "First");
}, 60_000);

afterAll(async () => {
  await server[Symbol.asyncDispose]();
  await model[Symbol.asyncDispose]();
  installed[Symbol.dispose]();
  await rm(folder, { recursive: true, force: true });
});

function hooks() {
  const command = (event: string) =>
    `sh -c 'd=$0; printf "%s " ${event} >>"$d/told"; . "$d/hook.sh"' '${installed.folder.path}' claude-code ${event} here`;
  const events = ["SessionStart", "UserPromptSubmit", "PreToolUse", "PostToolUse", "Stop"];
  return Object.fromEntries(
    events.map((event) => [event, [{ hooks: [{ type: "command", command: command(event) }] }]]),
  );
}

test.skipIf(!isThere)(
  "ruling 30: hooks of a spawned Claude Code are its session's from the first on",
  async () => {
    const api = apiOf(server);
    const call = async (method: string, path: string, body?: unknown) => (await api.json(method, path, body)).body;
    const project = (await call("POST", "/projects", { name: "app", path: join(folder, "app") })) as { id: string };
    const body = { harness: "claude-code", project_id: project.id };
    const { id } = (await call("POST", "/sessions", body)) as { id: string };
    const steps = [{ tools: [{ name: "Bash", input: { command: "true" } }] }, { text: "Done" }];
    const content = [{ type: "text", text: prompt({ text: "Do nothing", steps }) }];
    await call("POST", `/sessions/${id}/messages?wait=true`, { message: { content } });
    const told = await readFile(join(installed.folder.path, "told"), "utf8");
    for (const event of ["SessionStart", "UserPromptSubmit", "PreToolUse", "Stop"]) expect(told).toContain(event);
    const all = (await call("GET", "/sessions?limit=100")) as { data: readonly { id: string; harness: string }[] };
    expect(all.data.map((each) => [each.id, each.harness])).toEqual([[id, "claude-code"]]);
  },
  120_000,
);
