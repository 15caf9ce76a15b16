/**
 * MCP servers on a real server with the scripted model, as a client sees them: set up over REST, given to a session,
 * called by a turn; and what must be found in no line of the log, no event and no file of the data folder.
 */
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { pino } from "pino";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Closers } from "../../src/lib/closers.ts";
import { boot } from "../../src/main/boot.ts";
import { readSettings } from "../../src/main/config.ts";
import { openHttpMcpServer } from "../capabilities/mcp/http-server.ts";
import { apiOf } from "./server-process.ts";
import type { Api } from "./server-process.ts";

const CANARY = "canary-4711-value";
const child = fileURLToPath(new URL("../capabilities/mcp/server-child.ts", import.meta.url));

let closers = new Closers();
let folder = "";
let log: string[] = [];
beforeEach(async () => {
  closers = new Closers();
  log = [];
  folder = await mkdtemp(join(tmpdir(), "serai-mcp-"));
});
afterEach(async () => {
  await closers[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

async function open(): Promise<Api> {
  const read = readSettings({ port: 0, data: folder }, {}, folder);
  if (!read.ok) throw new Error(read.reason);
  const lines = { write: (line: string) => void log.push(line) };
  const server = await boot({
    settings: read.settings,
    environment: { PATH: process.env["PATH"] ?? "" },
    version: "test",
    log: pino({ level: "trace" }, lines),
    onBroken: (fault) => {
      throw fault;
    },
  });
  closers.use(server);
  const key = (await readFile(join(folder, "admin.key"), "utf8")).trim();
  return apiOf({ url: server.url, key });
}

async function ask<T>(api: Api, path: string, body: unknown): Promise<T> {
  const { status, body: answer } = await api.json("POST", path, body);
  if (status >= 300) throw new Error(`${status}: ${JSON.stringify(answer)}`);
  return answer as T;
}

/** A turn that calls a tool and ends; the events of its session, as text. */
async function runTool(api: Api, ref: string, tool: { readonly name: string; readonly input: unknown }) {
  const agent = await ask<{ id: string }>(api, "/agents", {
    name: `agent ${crypto.randomUUID()}`,
    system_prompt: "",
    capabilities: [{ ref }],
  });
  const { id } = await ask<{ id: string }>(api, "/sessions", { agent_id: agent.id });
  const steps = [{ text: "Calling.", tools: [tool] }, { text: "Done." }];
  const text = `Go.\n\`\`\`serai-script\n${JSON.stringify(steps)}\n\`\`\``;
  await ask(api, `/sessions/${id}/messages`, { message: { content: [{ type: "text", text }] } });
  const read = async () => JSON.stringify((await api.json("GET", `/sessions/${id}/events?limit=200`)).body);
  await expect.poll(read, { timeout: 20_000 }).toContain("session.idled");
  return read();
}

async function filesOf(place: string): Promise<string> {
  const entries = await readdir(place, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  return (await Promise.all(files.map((file) => readFile(file, "latin1")))).join();
}

describe("an MCP server of a workspace", () => {
  it("over HTTP is called by a turn, and its key is nowhere to be read", async () => {
    const server = closers.use(await openHttpMcpServer());
    const api = await open();
    const body = { name: "web", url: server.url, api_key: CANARY, headers: { "X-Token": CANARY } };
    const made = await ask<{ id: string; capability: string }>(api, "/mcp-servers", body);
    expect(made).toMatchObject({ capability: "mcp:web", api_key_set: true, header_names: ["X-Token"] });
    expect(await ask(api, `/mcp-servers/${made.id}/test`, {})).toEqual({
      ok: true,
      tools: ["mcp_web__add", "mcp_web__picture", "mcp_web__headers"],
      error: null,
    });
    const events = await runTool(api, made.capability, { name: "mcp_web__headers", input: {} });
    expect(events).toContain("[secret]");
    expect(server.seen.at(-1)?.get("authorization")).toBe(`Bearer ${CANARY}`);
    expect(JSON.stringify([events, made, log]) + (await filesOf(folder))).not.toContain(CANARY);
  });

  it("over standard input is run with what was configured, and ended with the server", async () => {
    const api = await open();
    const body = {
      name: "run",
      transport_type: "stdio",
      command: process.execPath,
      args: [child, "good"],
      env: { TOKEN: CANARY },
    };
    const made = await ask<{ id: string }>(api, "/mcp-servers", body);
    const events = await runTool(api, `mcp:${made.id}`, { name: "mcp_run__environment", input: {} });
    const pids = /pids\\+":\[(\d+),(\d+)\]/.exec(events)?.slice(1).map(Number) ?? [];
    expect(pids).toHaveLength(2);
    expect(JSON.stringify([events, log]) + (await filesOf(folder))).not.toContain(CANARY);
    await closers[Symbol.asyncDispose]();
    const isAlive = (pid: number) => {
      try {
        return process.kill(pid, 0);
      } catch {
        return false;
      }
    };
    await expect.poll(() => pids.map(isAlive), { timeout: 5_000 }).toEqual([false, false]);
  });

  it("that is down leaves a note in the log, and the turn goes on", async () => {
    const api = await open();
    await ask(api, "/mcp-servers", { name: "gone", url: "http://127.0.0.1:9/mcp" });
    const events = await runTool(api, "mcp:gone", { name: "mcp_gone__anything", input: {} });
    expect(events).toContain("turn.completed");
    expect(log.join()).toContain('The MCP server \\"gone\\" gives no tools');
  });

  it("that is not there cannot be given to an agent or a session", async () => {
    const api = await open();
    const capabilities = [{ ref: "mcp:nobody" }];
    const agent = await api.json("POST", "/agents", { name: "a", system_prompt: "", capabilities });
    expect(agent).toMatchObject({ status: 400, body: { path: "/capabilities/0/ref" } });
    await ask(api, "/mcp-servers", { name: "somebody", url: "http://127.0.0.1:9/mcp" });
    const wrong = [{ ref: "mcp:somebody", config: { tools: "all" } }];
    const configured = await api.json("POST", "/agents", { name: "a", system_prompt: "", capabilities: wrong });
    expect(configured).toMatchObject({ status: 400, body: { path: "/capabilities/0/config/tools" } });
  });
});
