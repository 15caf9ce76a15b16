/** `serai mcp` as a process, spoken to by the protocol's own client over standard input and output. */
import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, realpathSync } from "node:fs";
import { join } from "node:path";
import { Client } from "@modelcontextprotocol/client";
import { StdioClientTransport } from "@modelcontextprotocol/client/stdio";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Closers } from "../../src/lib/closers.ts";
import { Home, openServedHome } from "./cli.ts";
import type { ServedHome } from "./cli.ts";

const launcher = join(import.meta.dirname, "..", "..", "bin", "serai.js");

let served: ServedHome;
let closers: Closers;
let count = 0;

beforeAll(async () => {
  served = await openServedHome();
  closers = new Closers();
});
afterAll(async () => {
  await closers[Symbol.asyncDispose]();
  await served[Symbol.asyncDispose]();
});

function makeRepository(): string {
  const root = join(served.home.path, `größe ${++count}`);
  mkdirSync(root);
  const git = (...args: readonly string[]) => execFileSync("git", ["-C", root, ...args]);
  git("init", "-q", "-b", "main");
  git("remote", "add", "origin", `https://token@example.com/acme/app-${count}.git`);
  return realpathSync(root);
}

interface Options {
  readonly cwd: string;
  readonly args?: readonly string[];
  readonly name?: string;
  readonly era?: "auto" | "legacy";
  readonly data?: string;
}

async function connect({ cwd, args = [], name = "tester", era = "auto", data = served.data }: Options) {
  const client = new Client({ name, version: "1" }, { versionNegotiation: { mode: era } });
  const { path: home } = served.home;
  const transport = new StdioClientTransport({
    command: process.execPath,
    args: [launcher, "mcp", ...args],
    cwd,
    stderr: "ignore",
    env: { PATH: process.env["PATH"] ?? "", HOME: home, SERAI_DATA: data },
  });
  await client.connect(transport);
  closers.defer(() => client.close());
  const call = async (tool: string, input: Readonly<Record<string, unknown>> = {}) => {
    const { content, isError = false } = await client.callTool({ name: tool, arguments: { ...input } });
    return { text: (content as readonly { readonly text: string }[])[0]?.text ?? "", isError };
  };
  return { client, call };
}

async function hook(cwd: string, session_id: string, host: string) {
  const key = readFileSync(join(served.data, "admin.key"), "utf8").trim();
  const payload = { session_id, hook_event_name: "SessionStart", source: "startup", cwd, transcript_path: "/x" };
  const response = await fetch(`${served.url}/hooks/claude-code`, {
    method: "POST",
    body: JSON.stringify(payload),
    headers: {
      authorization: `Bearer ${key}`,
      "X-Serai-Root": encodeURIComponent(cwd),
      "X-Serai-Common-Dir": encodeURIComponent(join(cwd, ".git")),
      "X-Serai-Origin": "https://example.com/acme/app.git",
      "X-Serai-Host": host,
    },
  });
  expect(response.status).toBe(200);
}

function hostId(): string {
  return readFileSync(join(served.home.path, ".config", "serai", "hooks", "host-id"), "utf8").trim();
}

describe("serai mcp", () => {
  it.each(["legacy", "auto"] as const)("passes on the tools and what they answer (%s)", async (era) => {
    const cwd = makeRepository();
    const { client, call } = await connect({ cwd, era });
    expect((await client.listTools()).tools.map(({ name }) => name)).toContain("reserve");
    expect((await call("reserve", { paths: ["src/größe.ts"] })).text).toBe("Reserved for 10 minutes:\n- src/größe.ts");
    expect((await call("who_holds")).text).toContain("src/größe.ts: you");
    expect((await call("reserve", {})).text).toContain('"paths" is missing');
    await expect(client.readResource({ uri: "serai://sessions/ses_ü/transcript" })).rejects.toThrow(/ses_/);
  });

  it("is another agent for each process, in one folder too", async () => {
    const cwd = makeRepository();
    const [one, two] = [await connect({ cwd }), await connect({ cwd })];
    expect((await one.call("reserve", { paths: ["a.ts"] })).isError).toBe(false);
    expect((await two.call("reserve", { paths: ["a.ts"] })).text).toContain("a.ts is reserved by");
  });

  it("is the agent whose hooks report from this folder", async () => {
    const cwd = makeRepository();
    const { call } = await connect({ cwd, name: "claude-code" });
    await hook(cwd, "in-this-folder", hostId());
    expect((await call("list_sessions")).text).toMatch(/\(claude_code\), you/);
  });

  it("acts for the session that it is given", async () => {
    const cwd = makeRepository();
    const { call } = await connect({ cwd, args: ["--session", "ses_00000000000070008000000000000009"] });
    expect((await call("brief")).text).toBe(
      'as_session_id: There is no session "ses_00000000000070008000000000000009" any more',
    );
  });

  it("says in an error that the server is away, and goes on once it is back", async () => {
    using home = new Home();
    const data = join(home.path, "data");
    const start = async () => {
      const serve = home.start(["serve", "--port", "0", "--data", data]);
      await serve.said("try ");
      return serve;
    };
    const first = await start();
    const { call } = await connect({ cwd: makeRepository(), data });
    expect((await call("brief")).isError).toBe(false);
    first.child.kill("SIGTERM");
    await first.ended;
    await expect(call("brief")).rejects.toThrow(/serai serve/);
    const second = await start();
    expect((await call("brief")).isError).toBe(false);
    second.child.kill("SIGTERM");
    await second.ended;
  });

  it("writes nothing but the protocol, and answers what is under way when its input ends", async () => {
    const init = {
      jsonrpc: "2.0",
      id: 1,
      method: "initialize",
      params: { protocolVersion: "2025-06-18", capabilities: {}, clientInfo: { name: "x", version: "1" } },
    };
    const input = [JSON.stringify(init), "no json", "", '{"jsonrpc":"2.0","method":"notifications/initialized"}'].join(
      "\n",
    );
    const { code, stdout, stderr } = await served.run(["mcp"], { input });
    expect(code).toBe(0);
    const lines = stdout
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(lines).toEqual([expect.objectContaining({ jsonrpc: "2.0", id: 1, result: expect.any(Object) })]);
    expect(stderr).toContain("no message");
  });
});
