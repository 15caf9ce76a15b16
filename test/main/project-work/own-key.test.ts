/** The key that a real program gets from its session, and the keys of this machine that it does not get (H10, X16). */
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { hooksFolderOf } from "../../../src/install/places.ts";
import { putScripts, putServer } from "../../../src/install/scripts.ts";
import { findSandbox } from "../../../src/lib/sandbox.ts";
import { take } from "../../checkouts/repository.ts";
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

it.runIf(sandbox.kind === "bubblewrap")(
  "X16: an isolated agent sees the files of its user's hooks with its own key in them, and no other key",
  async () => {
    const environment = {
      SERAI_ISOLATION: "on",
      XDG_CONFIG_HOME: config,
      CLAUDE_CONFIG_DIR: join(config, "claude"),
      SERAI_SECRET_KEY_FILE: join(config, "secret.key"),
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
    expect(await take(tree, "names.txt")).toBe("here.curl\n");
    expect(await take(tree, "hook.txt")).toBe("{}\n");
    expect(await take(tree, "guard.txt")).toBe("");
    const page = await world.owner.get<{ data: readonly { harness: string }[] }>("/sessions?limit=100");
    expect(page.body.data.map(({ harness }) => harness)).toEqual(["codex"]);
    expect(await readFile(hooks.serverFile("here"), "utf8")).toContain(admin);
  },
);
