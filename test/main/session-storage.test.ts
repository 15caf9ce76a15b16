/**
 * Keys and secrets of a session on a real server with the scripted model, as a client sees them; and that the value of a
 * secret is in no line of the log, no event, no answer and no file of the data folder.
 */
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pino } from "pino";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Closers } from "../../src/lib/closers.ts";
import { boot } from "../../src/main/boot.ts";
import type { Server } from "../../src/main/boot.ts";
import { readSettings } from "../../src/main/config.ts";
import { apiOf } from "./server-process.ts";
import type { Api } from "./server-process.ts";

const CANARY = "canary-4711-value";

let closers = new Closers();
let folder = "";
let log: string[] = [];
beforeEach(async () => {
  closers = new Closers();
  log = [];
  folder = await mkdtemp(join(tmpdir(), "serai-storage-"));
});
afterEach(async () => {
  await closers[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

async function open(): Promise<{ readonly api: Api; readonly server: Server }> {
  const read = readSettings({ port: 0, data: folder }, {}, folder);
  if (!read.ok) throw new Error(read.reason);
  const server = await boot({
    settings: read.settings,
    environment: {},
    version: "test",
    log: pino({ level: "trace" }, { write: (line: string) => void log.push(line) }),
    onBroken: (fault) => {
      throw fault;
    },
  });
  closers.use(server);
  const key = (await readFile(join(folder, "admin.key"), "utf8")).trim();
  return { api: apiOf({ url: server.url, key }), server };
}

async function ask<T>(api: Api, path: string, body: unknown): Promise<T> {
  const { status, body: answer } = await api.json("POST", path, body);
  if (status >= 300) throw new Error(`${status}: ${JSON.stringify(answer)}`);
  return answer as T;
}

async function openSession(api: Api): Promise<string> {
  const capabilities = [{ ref: "key_value" }, { ref: "secrets" }];
  const name = `agent ${crypto.randomUUID()}`;
  const agent = await ask<{ id: string }>(api, "/agents", { name, system_prompt: "", capabilities });
  return (await ask<{ id: string }>(api, "/sessions", { agent_id: agent.id })).id;
}

/** What the tools of one turn said, and the whole log as text. */
async function runTools(api: Api, id: string, tools: readonly { name: string; input: unknown }[]) {
  const steps = [...tools.map((tool) => ({ text: "Calling.", tools: [tool] })), { text: "Done." }];
  const text = `Go.\n\`\`\`serai-script\n${JSON.stringify(steps)}\n\`\`\``;
  await ask(api, `/sessions/${id}/messages`, { message: { content: [{ type: "text", text }] } });
  const read = async () => (await api.json("GET", `/sessions/${id}/events?limit=500`)).body;
  await expect.poll(async () => JSON.stringify(await read()), { timeout: 20_000 }).toContain("session.idled");
  const { data } = (await read()) as { data: { type: string; data: { result?: { text?: string }[] } }[] };
  const said = data.filter(({ type }) => type === "tool.completed").map((event) => event.data.result?.[0]?.text);
  return { said, text: JSON.stringify(data) };
}

async function filesOf(place: string): Promise<string> {
  const entries = await readdir(place, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  return (await Promise.all(files.map((file) => readFile(file, "latin1")))).join();
}

describe("the keys of a session", () => {
  it("are kept by its agent from turn to turn and read by its people, in their own session only", async () => {
    const { api } = await open();
    const [id, other] = [await openSession(api), await openSession(api)];
    const { said } = await runTools(api, id, [
      { name: "kv_set", input: { key: "plan/step", value: "one" } },
      { name: "kv_set", input: { key: "plan/step", value: "two" } },
      { name: "kv_set", input: { key: "__proto__", value: "safe" } },
      { name: "kv_get", input: { key: "plan/step" } },
      { name: "kv_get", input: { key: "nothing" } },
      { name: "kv_list", input: { prefix: "plan" } },
      { name: "kv_delete", input: { key: "__proto__" } },
      { name: "kv_set", input: { key: "bad key", value: "" } },
    ]);
    expect(said).toEqual([
      'Kept under "plan/step"',
      'Kept under "plan/step"',
      'Kept under "__proto__"',
      "two",
      expect.stringContaining("Nothing is kept"),
      "1 key\nplan/step (3 characters)",
      'Forgot "__proto__"',
      expect.stringContaining("Argument key must be"),
    ]);
    const keys = await api.json("GET", `/sessions/${id}/storage/keys`);
    expect(keys).toMatchObject({ status: 200, body: { data: [{ key: "plan/step", value: "two" }] } });
    expect(await api.json("GET", `/sessions/${other}/storage/keys`)).toMatchObject({ body: { data: [] } });
  });
});

describe("the secrets of a session", () => {
  it("go in and never come out, and are listed by their names", async () => {
    const { api } = await open();
    const id = await openSession(api);
    const path = `/sessions/${id}/storage/secrets`;
    const put = await api.json("PUT", path, { secrets: { TOKEN: CANARY, OTHER: `${CANARY}-2` } });
    expect(put).toEqual({ status: 200, body: { count: 2 } });
    const again = [1, 2, 3, 4].map((n) => api.json("PUT", path, { secrets: { TOKEN: `${CANARY}-${n}`, NEW: CANARY } }));
    expect((await Promise.all(again)).map(({ status }) => status)).toEqual([200, 200, 200, 200]);
    expect((await api.json("DELETE", `${path}/NEW`)).status).toBe(204);
    const { said, text } = await runTools(api, id, [{ name: "secret_list", input: {} }]);
    expect(said).toEqual(["OTHER (is sent to no host)\nTOKEN (is sent to no host)"]);
    expect((await api.json("DELETE", `${path}/OTHER`)).status).toBe(204);
    expect((await api.json("DELETE", `${path}/OTHER`)).status).toBe(404);
    const listed = await api.json("GET", path);
    expect(listed).toMatchObject({ status: 200, body: { data: [{ name: "TOKEN" }] } });
    const refused = await api.json("PUT", path, { secrets: { "no name": CANARY } });
    expect(refused).toMatchObject({ status: 400, body: { path: "/secrets/no name" } });
    expect(JSON.stringify([put, listed, refused, log]) + text + (await filesOf(folder))).not.toContain(CANARY);
  });

  it("are erased with the session, and so is what is kept under keys", async () => {
    const { api, server } = await open();
    const id = await openSession(api);
    await api.json("PUT", `/sessions/${id}/storage/secrets`, { secrets: { TOKEN: CANARY } });
    await runTools(api, id, [{ name: "kv_set", input: { key: "a", value: "b" } }]);
    const kept = async () => {
      const kinds = ["session_values", "session_secrets", "secret"] as const;
      const found = await Promise.all(kinds.map((kind) => server.store.listRecords({ kind, limit: 10 })));
      return found.map(({ total }) => total);
    };
    expect(await kept()).toEqual([1, 1, 1]);
    expect((await api.json("DELETE", `/sessions/${id}?permanent=true`)).status).toBe(204);
    expect(await kept()).toEqual([0, 0, 0]);
    expect((await api.json("GET", `/sessions/${id}/storage/keys`)).status).toBe(404);
  });

  it("of a session that is not there are not found", async () => {
    const { api } = await open();
    const path = `/sessions/ses_${"0".repeat(32)}/storage`;
    expect((await api.json("GET", `${path}/keys`)).status).toBe(404);
    expect((await api.json("GET", `${path}/secrets`)).status).toBe(404);
    expect((await api.json("PUT", `${path}/secrets`, { secrets: {} })).status).toBe(404);
    expect((await api.json("DELETE", `${path}/secrets/A`)).status).toBe(404);
  });
});
