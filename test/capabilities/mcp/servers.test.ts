import { tmpdir } from "node:os";
import { fileURLToPath } from "node:url";
import { afterEach, describe, expect, it } from "vitest";

import { makeOpenTransport } from "../../../src/capabilities/mcp/open-transport.ts";
import { openMcpServers } from "../../../src/capabilities/mcp/servers.ts";
import type { McpServersDeps } from "../../../src/capabilities/mcp/servers.ts";
import { formatId } from "../../../src/core/ids.ts";
import type { McpTarget } from "../../../src/core/ports/mcp.ts";
import type { Tool, ToolContext, ToolResult } from "../../../src/core/ports/tools.ts";
import { Closers } from "../../../src/lib/closers.ts";
import { openHttpMcpServer } from "./http-server.ts";

const workspaceId = formatId("workspace", 1, "a".repeat(20));
const child = fileURLToPath(new URL("server-child.ts", import.meta.url));
const closers = new Closers();
afterEach(() => closers[Symbol.asyncDispose]());

function stdio(mode: string, env: Readonly<Record<string, string>> = {}): McpTarget {
  const transport = { kind: "stdio", command: process.execPath, args: [child, mode], env } as const;
  return { id: `mcp_${mode}`, version: 1, name: mode, description: "", transport, secrets: Object.values(env) };
}

function http(url: string, more: Partial<McpTarget> = {}): McpTarget {
  const transport = { kind: "http", url, headers: {}, isPrivateAllowed: true } as const;
  return { id: "mcp_http", version: 1, name: "web", description: "", transport, secrets: [], ...more };
}

function openWorld(first: McpTarget, limits: McpServersDeps["limits"] = {}) {
  const world = { target: first, faults: [] as string[], now: 0 };
  const servers = openMcpServers({
    find: (_, named) =>
      Promise.resolve(named === world.target.name ? { kind: "found", target: world.target } : { kind: "absent" }),
    list: () => Promise.resolve([world.target]),
    openTransport: makeOpenTransport({
      lookup: () => Promise.resolve(["127.0.0.1"]),
      path: process.env["PATH"] ?? "",
      folder: tmpdir(),
    }),
    version: "1",
    now: () => world.now,
    limits,
    onFault: (fault) => world.faults.push((fault as Error).message),
  });
  closers.use(servers);
  async function tools(config?: Record<string, unknown>): Promise<readonly Tool[]> {
    const ref = `mcp:${world.target.name}`;
    const opened = await servers.open(workspaceId, [{ ref, ...(config === undefined ? {} : { config }) }]);
    return opened.flatMap((capability) => (capability.checkConfig(config).ok ? capability.tools(config) : []));
  }
  async function call(name: string, input: unknown = {}, signal = new AbortController().signal): Promise<ToolResult> {
    const tool = (await tools()).find(({ definition }) => definition.name === name);
    if (tool === undefined) throw new Error(`There is no tool "${name}": ${world.faults.join("; ")}`);
    // Nothing of a session is used by these tools.
    return tool.run(input, { signal } as ToolContext);
  }
  return { world, servers, tools, call };
}

function textOf({ content }: ToolResult): string {
  return content.map((part) => (part.type === "text" ? part.text : `(${part.type})`)).join("");
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

describe("an MCP server over stdio", () => {
  it("gives its tools under names that say whose they are, with the hints it tells", async () => {
    const { tools, call } = openWorld(stdio("good"));
    const found = await tools();
    const echo = found.find(({ definition }) => definition.name === "mcp_good__echo");
    expect(echo?.definition.hints).toEqual({ isReadonly: true, isRepeatable: true });
    expect(echo?.definition.parameters).toMatchObject({ type: "object", required: ["text"] });
    expect(await call("mcp_good__echo", { text: "hello" })).toEqual({
      status: "success",
      content: [{ type: "text", text: "hello" }],
    });
    expect(await call("mcp_good__fail")).toMatchObject({ status: "error", error: "it did not work" });
    expect(await call("mcp_good__echo", {})).toMatchObject({ status: "error" });
  });

  it("K4: is listed with the tools that are known by then, and is not asked for them", async () => {
    const { servers, tools } = openWorld(stdio("good"));
    const listed = async () =>
      (await servers.list(workspaceId)).map((each) => [each.id, each.kind, each.tools({}).length > 0]);
    expect(await listed()).toEqual([["mcp:good", "mcp", false]]);
    await tools();
    expect(await listed()).toEqual([["mcp:good", "mcp", true]]);
  });

  it("gives only the tools that the configuration names", async () => {
    const { tools } = openWorld(stdio("good"));
    expect((await tools({ tools: ["echo"] })).map(({ definition }) => definition.name)).toEqual(["mcp_good__echo"]);
    expect(await tools({ tool: ["echo"] })).toEqual([]);
  });

  it("runs with PATH and what was configured, and shows no secret of it", async () => {
    process.env["SERAI_CANARY"] = "of the server";
    const { call } = openWorld(stdio("good", { TOKEN: "canary-4711" }));
    const said = textOf(await call("mcp_good__environment"));
    delete process.env["SERAI_CANARY"];
    const seen = Object.keys(JSON.parse(said) as object).filter((name) => !name.startsWith("__"));
    expect(seen.toSorted()).toEqual(["PATH", "TOKEN", "pids"]);
    expect(said).toContain('"TOKEN":"[secret]"');
  });

  it("ends with everything it started", async () => {
    const { call, servers } = openWorld(stdio("good"));
    const { pids } = JSON.parse(textOf(await call("mcp_good__environment"))) as { pids: number[] };
    expect(pids.map(isAlive)).toEqual([true, true]);
    await servers[Symbol.asyncDispose]();
    await expect.poll(() => pids.map(isAlive), { timeout: 5_000 }).toEqual([false, false]);
  });

  it("that dies in a call is a failed call, and is started again for the next", async () => {
    const { call } = openWorld(stdio("good"));
    expect(await call("mcp_good__die")).toMatchObject({ status: "error" });
    expect(textOf(await call("mcp_good__echo", { text: "again" }))).toBe("again");
  });

  it("that hangs in a call is given up after the deadline, or at once when the turn is cancelled", async () => {
    const { call, tools } = openWorld(stdio("good"), { callMs: 300 });
    await tools();
    expect(await call("mcp_good__hang")).toMatchObject({ status: "timeout" });
    const cancel = new AbortController();
    const hanging = call("mcp_good__hang", {}, cancel.signal);
    cancel.abort(new Error("cancelled by a person"));
    await expect(hanging).rejects.toThrow("cancelled by a person");
    expect(textOf(await call("mcp_good__echo", { text: "still there" }))).toBe("still there");
  });

  it("that never answers gives no tools, is told of, left alone for a while, and ended all the same", async () => {
    const { tools, world, servers } = openWorld(stdio("deaf"), { connectMs: 300, downMs: 1_000 });
    expect(await tools()).toEqual([]);
    expect(await tools()).toEqual([]);
    expect(world.faults).toEqual([expect.stringContaining('The MCP server "deaf" gives no tools')]);
    world.now = 1_000;
    expect(await tools()).toEqual([]);
    expect(world.faults).toHaveLength(2);
    await servers[Symbol.asyncDispose]();
  });

  it("that cannot be started gives no tools", async () => {
    const target = stdio("good");
    const transport = { kind: "stdio", command: "/no/such/program", args: [], env: {} } as const;
    const { tools, world } = openWorld({ ...target, transport });
    expect(await tools()).toEqual([]);
    expect(world.faults).toEqual([expect.stringContaining("ENOENT")]);
  });

  it("that writes garbage between its messages is understood all the same", async () => {
    const { call } = openWorld(stdio("garbage"));
    expect(textOf(await call("mcp_garbage__echo", { text: "through" }))).toBe("through");
  });

  it("that lists three hundred tools gives as many as a model takes, and says so", async () => {
    const { tools, world } = openWorld(stdio("many"));
    expect(await tools()).toHaveLength(128);
    expect(world.faults).toEqual([expect.stringContaining("178 tools")]);
  });

  it("that says its list changed is asked again, and otherwise not for five minutes", async () => {
    const { tools, call } = openWorld(stdio("good"));
    const before = (await tools()).length;
    await call("mcp_good__grow");
    await expect.poll(async () => (await tools()).length).toBe(before + 1);
    const grown = (await tools()).find(({ definition }) => definition.name === "mcp_good__grown");
    expect(grown?.definition.hints).toEqual({ isReadonly: false, isRepeatable: true });
  });

  it("is ended when nobody has used it for a while, and started again when it is needed", async () => {
    const { call } = openWorld(stdio("good"), { idleMs: 50 });
    const { pids } = JSON.parse(textOf(await call("mcp_good__environment"))) as { pids: number[] };
    await expect.poll(() => pids.map(isAlive), { timeout: 5_000 }).toEqual([false, false]);
    expect(textOf(await call("mcp_good__echo", { text: "back" }))).toBe("back");
  });
});

describe("an MCP server over HTTP", () => {
  it("is given the configured headers, and its answers come as text and pictures", async () => {
    const server = closers.use(await openHttpMcpServer());
    const headers = { authorization: "Bearer canary-4711", "x-team": "blue" };
    const target = http(server.url, {
      transport: { kind: "http", url: server.url, headers, isPrivateAllowed: true },
      secrets: ["canary-4711"],
    });
    const { call } = openWorld(target);
    expect(await call("mcp_web__add", { a: 2, b: 3 })).toMatchObject({ content: [{ type: "text", text: "5" }] });
    expect(await call("mcp_web__picture")).toEqual({
      status: "success",
      content: [
        { type: "image", base64: "aGk=", media_type: "image/png" },
        { type: "text", text: '{"kind":"picture"}' },
      ],
    });
    expect(server.seen.every((seen) => seen.get("authorization") === headers.authorization)).toBe(true);
    expect(server.seen.every((seen) => seen.get("x-team") === "blue")).toBe(true);
    const echoed = textOf(await call("mcp_web__headers"));
    expect(echoed).not.toContain("canary-4711");
  });

  it("at a private address is not reached unless an owner put it there", async () => {
    const server = closers.use(await openHttpMcpServer());
    const named = server.url.replace("127.0.0.1", "mcp.example.com");
    for (const url of [server.url, named]) {
      const transport = { kind: "http", url, headers: {}, isPrivateAllowed: false } as const;
      const { tools, world } = openWorld(http(url, { transport }));
      expect(await tools()).toEqual([]);
      expect(world.faults).toEqual([expect.stringContaining("private address")]);
    }
    expect(server.seen).toEqual([]);
    const { tools } = openWorld(http(named));
    expect(await tools()).toHaveLength(3);
  });

  it("that was restarted and knows no session any more is begun with anew, without a failed call", async () => {
    const server = closers.use(await openHttpMcpServer());
    const { call } = openWorld(http(server.url));
    await call("mcp_web__add", { a: 1, b: 1 });
    server.forgetSessions();
    expect(textOf(await call("mcp_web__add", { a: 2, b: 2 }))).toBe("4");
  });

  it("that answers with nonsense is a failed call, and tells no key in the log", async () => {
    const server = closers.use(await openHttpMcpServer());
    const { call, world } = openWorld(http(server.url, { secrets: ["canary-4711"] }), { callMs: 500, connectMs: 500 });
    await call("mcp_web__add", { a: 1, b: 1 });
    const answers = [
      () => new Response("<html>canary-4711", { headers: { "content-type": "text/html" } }),
      () => new Response("canary-4711 is wrong", { status: 401 }),
      () => new Response("{", { headers: { "content-type": "application/json" } }),
      () => Response.json({ jsonrpc: "2.0", id: 1, result: { content: "canary-4711" } }),
      () => new Response("no", { status: 302, headers: { location: "http://example.com/" } }),
    ];
    for (const breaks of answers) {
      server.breaks = breaks;
      const result = await call("mcp_web__add", { a: 1, b: 1 });
      expect(result.status).not.toBe("success");
      expect(JSON.stringify(result)).not.toContain("canary");
    }
    world.target = { ...world.target, version: 2 };
    await expect(call("mcp_web__add")).rejects.toThrow("There is no tool");
    expect(world.faults.join()).not.toContain("canary");
    server.breaks = undefined;
    world.now = 60_000;
    expect(textOf(await call("mcp_web__add", { a: 1, b: 1 }))).toBe("2");
  }, 20_000);

  it("that was changed is talked to by its new settings from the next turn on", async () => {
    const [before, after] = [closers.use(await openHttpMcpServer()), closers.use(await openHttpMcpServer())];
    const { tools, world } = openWorld(http(before.url));
    await tools();
    world.target = { ...http(after.url), version: 2 };
    await tools();
    expect(after.seen.length).toBeGreaterThan(0);
  });
});
