/** kill -9 of the server while a hosted agent works in its checkout (T4): edits are done once, commands are ended and not repeated. */
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate } from "node:timers/promises";
import { afterEach, beforeEach, expect, it } from "vitest";
import { readProcessTable } from "../../../src/lib/process-table.ts";
import { findSandbox } from "../../../src/lib/sandbox.ts";
import { makeRepository } from "../../checkouts/repository.ts";
import { fence, until } from "../children-world.ts";
import type { WireEvent, WireSession } from "../children-world.ts";
import { apiOf, startServer } from "../server-process.ts";
import type { Api } from "../server-process.ts";

const sandbox = await findSandbox();
const EDITS = 8;
const KILLS = 4;

let ground: string;
beforeEach(async () => {
  ground = await mkdtemp(join(tmpdir(), "serai-checkout-crash-"));
  await makeRepository(join(ground, "app"), { "count.txt": "<0>\n" });
});
afterEach(() => rm(ground, { recursive: true, force: true }));

async function post<T>(api: Api, path: string, body: unknown): Promise<T> {
  const { status, body: answer } = await api.json("POST", path, body);
  expect(status, JSON.stringify(answer)).toBe(201);
  return answer as T;
}

async function begin(api: Api, steps: readonly object[]): Promise<string> {
  await post(api, "/projects", { name: "app", path: join(ground, "app"), default_harness: "hosted" });
  const body = {
    name: "counter",
    system_prompt: fence([...steps, { text: "Done." }]),
    capabilities: [{ ref: "checkout" }],
  };
  const { id: agent_id } = await post<{ id: string }>(api, "/agents", body);
  const { id } = await post<{ id: string }>(api, "/sessions", { agent_id, project_id: "app" });
  await post(api, `/sessions/${id}/messages`, { message: { content: [{ type: "text", text: "Begin" }] } });
  return id;
}

async function eventsOf(api: Api, id: string): Promise<readonly WireEvent[]> {
  return ((await api.json("GET", `/sessions/${id}/events?after_seq=0&limit=1000`)).body as { data: WireEvent[] }).data;
}

async function treeOf(api: Api, id: string): Promise<string> {
  const made = await until(async () => (await eventsOf(api, id)).find(({ type }) => type === "checkout.created"));
  return String(made.data["path"]);
}

async function atRest(api: Api, id: string): Promise<void> {
  await until(async () => {
    const now = (await api.json("GET", `/sessions/${id}`)).body as WireSession;
    return now.status === "idle" && now.stop_reason !== null;
  });
}

/** As soon as the content of the file is another one: its call is hardly ever committed by then. */
async function untilWritten(root: string, after: number): Promise<number> {
  for (;;) {
    const text = await readFile(join(root, "count.txt"), "utf8");
    const count = Number(/<(\d+)>/.exec(text)?.[1]);
    if (count > after) return count;
    await setImmediate();
  }
}

it("does every edit once, however often the server is killed in the middle of one", { timeout: 60_000 }, async () => {
  const edit = (count: number) => {
    const input = { path: "/count.txt", old_string: `<${count}>`, new_string: `<${count + 1}>` };
    return { delayMs: 150, tools: [{ name: "edit_file", input }] };
  };
  const folder = join(ground, "data");
  let server = await startServer({ folder });
  const id = await begin(
    apiOf(server),
    Array.from({ length: EDITS }, (_, index) => edit(index)),
  );
  const root = await treeOf(apiOf(server), id);
  let count = 0;
  for (let kill = 0; kill < KILLS; kill++) {
    count = await untilWritten(root, count + (kill % 2));
    await server.kill();
    server = await startServer({ folder });
  }
  await using last = server;
  await atRest(apiOf(last), id);
  expect(await readFile(join(root, "count.txt"), "utf8")).toBe(`<${EDITS}>\n`);
  const ends = (await eventsOf(apiOf(last), id)).filter(({ type }) => type === "tool.completed");
  expect(ends.map(({ data }) => data["status"])).toEqual(Array.from({ length: EDITS }, () => "success"));
});

it.skipIf(sandbox.kind === "none")(
  "ends a command with the server, and does not run it again (needs bubblewrap)",
  { timeout: 30_000 },
  async () => {
    const folder = join(ground, "data");
    const first = await startServer({ folder });
    const command = "echo begun >> /proc/self/cwd/begun.txt; exec sleep 300";
    const id = await begin(apiOf(first), [{ tools: [{ name: "run_command", input: { command } }] }]);
    const root = await treeOf(apiOf(first), id);
    const begun = () => readFile(join(root, "begun.txt"), "utf8").catch(() => "");
    await until(async () => (await begun()) !== "");
    await first.kill();
    await until(async () => {
      const { rows, hasMark } = await readProcessTable();
      const left = await Promise.all(rows.map(({ pid }) => hasMark(pid, `SERAI_COMMAND_OF=${id}`)));
      return !left.includes(true);
    });
    await using second = await startServer({ folder });
    await atRest(apiOf(second), id);
    expect(await begun()).toBe("begun\n");
    const end = (await eventsOf(apiOf(second), id)).find(({ type }) => type === "tool.completed");
    expect(end?.data).toMatchObject({ tool_name: "run_command", success: false });
  },
);
