/** A spawned agent that runs its hooks before it answers who started it: the real script, in the agent's own environment. */
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { putScripts, putServer } from "../../../src/install/scripts.ts";
import { HookWorld } from "../../install/hook-world.ts";
import { openWorkWorld } from "./work-world.ts";
import type { WorkWorld } from "./work-world.ts";

const AGENT = join(import.meta.dirname, "../../acp-agent/agent.ts");

let installed: HookWorld;
let world: WorkWorld;
let script: string;

beforeAll(async () => {
  installed = new HookWorld();
  script = join(installed.root, "hook");
  const SERAI_AGENT_CODEX = JSON.stringify([process.execPath, AGENT, `--hook=${script}`]);
  world = await openWorkWorld({}, { environment: { SERAI_AGENT_CODEX } });
  const { folder, server } = world.whole;
  const key = (await readFile(join(folder, "admin.key"), "utf8")).trim();
  putScripts(installed.folder);
  putServer(installed.folder, "here", { url: server.url, key, hostId: "hst_of-this-host" });
});
afterAll(async () => {
  await world[Symbol.asyncDispose]();
  installed[Symbol.dispose]();
  expect(world.whole.faults).toEqual([]);
});

async function workWith(before: string): Promise<{ readonly id: string; readonly twins: readonly string[] }> {
  await writeFile(script, `${before}\nd='${installed.folder.path}'\nset -- codex SessionStart here\n. "$d/hook.sh"\n`);
  const { id } = await world.make();
  await world.turn(id, "hello");
  const page = await world.owner.get<{ data: { id: string; harness: string }[] }>("/sessions?limit=100");
  return { id, twins: page.body.data.flatMap((each) => (each.harness === "observed" ? [each.id] : [])) };
}

it("ruling 30: joins its session by the id that it was started with", async () => {
  const { id, twins } = await workWith("");
  expect(twins).toEqual([]);
  const types = (await world.events(id)).map(({ type }) => type);
  expect(types.filter((type) => type.startsWith("turn."))).toEqual(["turn.started", "turn.completed"]);
  const started = (await world.events(id)).find(({ type }) => type === "process.started");
  const { store, first } = world.whole.server;
  const known = await store.findPresence(first.workspaceId, "codex", String(started?.data["agent_session_id"]));
  expect(known).toMatchObject({ sessionId: id, presence: { branch: expect.stringContaining(id.slice(-6)) } });
});

it("is heard as an agent of its own where it names no session, or one that there is not", async () => {
  const { twins } = await workWith("unset SERAI_SESSION");
  expect(twins).toHaveLength(1);
  const wrong = await workWith("SERAI_SESSION=ses_00000000000070008000000000000009");
  expect(wrong.twins).toHaveLength(2);
});
