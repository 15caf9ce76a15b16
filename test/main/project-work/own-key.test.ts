/** The key that a real program gets from its session, and the keys of this machine that it does not get (H10, X17). */
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Client, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";
import { afterEach, beforeEach, expect, it } from "vitest";
import { hooksFolderOf } from "../../../src/install/places.ts";
import { putScripts, putServer } from "../../../src/install/scripts.ts";
import { findSandbox } from "../../../src/lib/sandbox.ts";
import { take } from "../../checkouts/repository.ts";
import { fence } from "../children-world.ts";
import { openWorkWorld } from "./work-world.ts";
import type { WorkWorld } from "./work-world.ts";

const sandbox = await findSandbox();

let world: WorkWorld;
let config: string;

/** Not in the machine's temporary folder, of which an isolated agent sees nothing in any case. */
beforeEach(async () => {
  config = await mkdtemp("/var/tmp/serai-own-key-");
});
afterEach(async () => {
  await world[Symbol.asyncDispose]();
  await rm(config, { recursive: true, force: true });
  expect(world.whole.faults).toEqual([]);
});

const KEY = /srk_[0-9a-f]{32}_[\w-]{43}/;

async function ownKeyOf(id: string): Promise<string> {
  await world.turn(id, [{ recall: true }]);
  const messages = JSON.stringify(await world.events(id));
  return KEY.exec(messages)?.[0] ?? "";
}

/** Everything in a folder that looks like a key of the server. */
async function keysBelow(folder: string): Promise<ReadonlySet<string>> {
  const files = await readdir(folder, { recursive: true, withFileTypes: true });
  const texts = files.filter((file) => file.isFile()).map((file) => readFile(join(file.parentPath, file.name), "utf8"));
  return new Set((await Promise.all(texts)).flatMap((text) => text.match(new RegExp(KEY, "g")) ?? []));
}

it("H10: a program that reads its key out of its settings can do nothing with it but call its tools", async () => {
  world = await openWorkWorld();
  const { id } = await world.make();
  const key = await ownKeyOf(id);
  expect(key).toMatch(KEY);
  const ask = async (method: string, path: string, body?: object) => {
    const headers = { authorization: `Bearer ${key}`, "content-type": "application/json" };
    const init = { method, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) };
    return (await fetch(new URL(path, world.whole.server.url), init)).status;
  };
  expect(await ask("POST", "/api/v1/sessions", { harness: "codex" })).toBe(403);
  expect(await ask("POST", "/agen/api/v1/sessions", {})).toBe(403);
  expect(await ask("GET", `/api/v1/sessions/${id}`)).toBe(403);
  const ping = { jsonrpc: "2.0", id: 1, method: "ping" };
  const other = (await world.make()).id;
  expect(await ask("POST", `/api/v1/sessions/${other}/messages`, { message: { content: [] } })).toBe(403);
  expect(await ask("POST", "/mcp", ping)).toBe(200);
  await world.owner.post(`/sessions/${id}/complete`, {});
  await world.settled();
  await expect.poll(() => ask("POST", "/mcp", ping), { timeout: 10_000 }).toBe(401);
});

it("W13: what a program has others do with its key is in its project, whatever it names", async () => {
  world = await openWorkWorld();
  const { id } = await world.make();
  const key = await ownKeyOf(id);
  await world.owner.post("/agents", { name: "worker", system_prompt: fence([{ text: "Done." }]) });
  const client = new Client({ name: "tester", version: "1" });
  const requestInit = { headers: { authorization: `Bearer ${key}` } };
  await client.connect(new StreamableHTTPClientTransport(new URL("/mcp", world.whole.server.url), { requestInit }));
  const wishes = { project_id: null, projectId: "", session_id: "", agent: "worker", prompt: "Go" };
  const { content } = await client.callTool({ name: "start_session", arguments: wishes });
  await client.close();
  const started = await world.read(/ses_[0-9a-f]{32}/.exec(JSON.stringify(content))?.[0] ?? "");
  expect(started.project_id).toBe(world.project.id);
  await expect.poll(async () => (await world.read(started.id)).turn_count, { timeout: 10_000 }).toBe(1);
});

it.runIf(sandbox.kind === "bubblewrap")(
  "X17: an isolated agent sees the files of its user's hooks with its own key in them, and no other key",
  async () => {
    const environment = {
      SERAI_ISOLATION: "on",
      XDG_CONFIG_HOME: config,
      CLAUDE_CONFIG_DIR: join(config, "claude"),
      SERAI_SECRET_KEY_FILE: join(config, "secret.key"),
      SERAI_ADMIN_KEY: "an-admin-key-of-more-than-thirty-two-letters",
    };
    await writeFile(environment.SERAI_SECRET_KEY_FILE, "a".repeat(64));
    world = await openWorkWorld({}, { environment });
    const { folder, server } = world.whole;
    const admin = (await readFile(join(folder, "admin.key"), "utf8")).trim();
    const hooks = hooksFolderOf({ environment, home: config });
    putScripts(hooks);
    putServer(hooks, "here", { url: server.url.replace("127.0.0.1", "localhost"), key: admin, hostId: "hst_here" });
    putServer(hooks, "there", { url: "https://serai.example.com", key: "srk_elsewhere", hostId: "hst_there" });
    await mkdir(environment.CLAUDE_CONFIG_DIR);
    const settings = join(environment.CLAUDE_CONFIG_DIR, "settings.json");
    await writeFile(settings, JSON.stringify({ theme: "dark", headers: [`Bearer ${admin}`, "Bearer srk_elsewhere"] }));

    const { id } = await world.make();
    const use = { tool_name: "Bash", tool_input: { command: "true" }, tool_use_id: "t1" };
    const call = { session_id: "inner", hook_event_name: "PreToolUse", ...use };
    const told = (name: string) => `>${name}.txt 2>&1`;
    const script = [
      `cat ${hooks.serversFolder}/* ${settings} ${environment.SERAI_SECRET_KEY_FILE} ${told("seen")}`,
      `ls ${hooks.serversFolder} ${told("names")}`,
      `cat /proc/[0-9]*/environ ${told("environment")}`,
      `echo '${JSON.stringify(call)}' | (d=${hooks.path}; set -- codex PreToolUse here strict; . $d/hook.sh) ${told("hook")}`,
      `echo new >new.txt; git add new.txt; (d=${hooks.path}; set -- here block strict; . $d/guard.sh; echo fine) ${told("guard")}`,
    ].join("\n");
    await world.turn(id, [{ run: ["sh", "-c", script], wait: true }]);
    const tree = (await world.read(id)).checkout?.path ?? "";
    const key = await ownKeyOf(id);
    const seen = await take(tree, "seen.txt");
    expect(seen).not.toContain(admin);
    expect(seen).not.toContain("elsewhere");
    expect(seen).not.toContain("aaaa");
    expect(seen).toContain("# url http://localhost");
    expect(seen).toContain('"theme":"dark"');
    expect(seen.split(key)).toHaveLength(3);
    expect(await take(tree, "environment.txt")).toContain(`SERAI_SESSION=${id}`);
    expect(await take(tree, "environment.txt")).not.toMatch(/srk_|an-admin-key/);
    expect([...(await keysBelow(join(folder, "agents", id)))]).toEqual([key]);
    expect(await take(tree, "names.txt")).toBe("here.curl\n");
    expect(await take(tree, "hook.txt")).toBe("{}\n");
    expect(await take(tree, "guard.txt")).toBe("");
    const page = await world.owner.get<{ data: readonly { harness: string }[] }>("/sessions?limit=100");
    expect(page.body.data.map(({ harness }) => harness)).toEqual(["codex"]);
    expect(await readFile(hooks.serverFile("here"), "utf8")).toContain(admin);
  },
);

it.runIf(sandbox.kind === "bubblewrap")(
  "H10: the first hook of an isolated agent joins the session of its key, whatever session it names (ruling 30)",
  async () => {
    const script = join(config, "hook");
    const agent = join(import.meta.dirname, "../../acp-agent/agent.ts");
    const environment = {
      SERAI_ISOLATION: "on",
      XDG_CONFIG_HOME: config,
      SERAI_AGENT_CODEX: JSON.stringify([process.execPath, agent, `--hook=${script}`]),
    };
    world = await openWorkWorld({}, { environment });
    const { folder, server } = world.whole;
    const hooks = hooksFolderOf({ environment, home: config });
    const admin = (await readFile(join(folder, "admin.key"), "utf8")).trim();
    putScripts(hooks);
    putServer(hooks, "here", { url: server.url, key: admin, hostId: "hst_here" });
    const other = (await world.make()).id;
    const run = `d='${hooks.path}'\nset -- codex SessionStart here\nexec >hook.txt\n. "$d/hook.sh"\n`;
    await writeFile(script, `SERAI_SESSION=${other}\n${run}`);
    const { id } = await world.make();
    await world.turn(id, "hello");
    const started = (await world.events(id)).find(({ type }) => type === "process.started");
    expect(started?.data).toMatchObject({ isolation: "bubblewrap" });
    const known = await server.store.findPresence(
      server.first.workspaceId,
      "codex",
      String(started?.data["agent_session_id"]),
    );
    expect(known?.sessionId).toBe(id);
    // Only who has a session is briefed.
    expect(await take((await world.read(id)).checkout?.path ?? "", "hook.txt")).toContain("additionalContext");
    const page = await world.owner.get<{ data: readonly { id: string }[] }>("/sessions?limit=100");
    expect(page.body.data.map((each) => each.id).toSorted()).toEqual([id, other].toSorted());
  },
);
