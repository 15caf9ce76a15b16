/** Agents of every product at the MCP door of a whole server, through the protocol's own client and over the socket. */
import { Client, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { listTeamTools } from "../../src/core/team/tool-words.ts";
import { Closers } from "../../src/lib/closers.ts";
import { fence } from "./children-world.ts";
import { callers, openWholeServer } from "./whole-server.ts";
import type { Caller, WholeServer } from "./whole-server.ts";

const NEWEST = "2026-07-28";

let whole: WholeServer;
let closers: Closers;
let count = 0;

beforeAll(async () => {
  closers = new Closers();
  whole = await openWholeServer();
});
afterAll(async () => {
  await closers[Symbol.asyncDispose]();
  await whole[Symbol.asyncDispose]();
  expect(whole.faults).toEqual([]);
});

type Headers = Readonly<Record<string, string>>;

async function connect(
  caller: Caller,
  { headers = {}, era = "auto" }: { headers?: Headers; era?: "auto" | "legacy" } = {},
) {
  const client = new Client({ name: "tester", version: "1" }, { versionNegotiation: { mode: era } });
  const fetch = (url: string | URL, init?: RequestInit) => whole.as[caller].fetch(new URL(url).pathname, init);
  const transport = new StreamableHTTPClientTransport(new URL("/mcp", whole.server.url), {
    fetch,
    requestInit: { headers },
  });
  await client.connect(transport);
  closers.defer(() => client.close());
  const call = async (name: string, args: Readonly<Record<string, unknown>> = {}) => {
    const { content, isError = false } = await client.callTool({ name, arguments: { ...args } });
    const [part] = content as readonly { readonly text: string }[];
    return { text: part?.text ?? "", isError };
  };
  return { client, call };
}

/** A working tree of its own for each test, as `serai mcp` and the hooks tell of it. */
function tree() {
  const root = `/home/dev/mcp-${++count}`;
  const facts = {
    "X-Serai-Root": root,
    "X-Serai-Common-Dir": `${root}/.git`,
    "X-Serai-Origin": `git@github.com:acme/mcp-${count}.git`,
    "X-Serai-Branch": "main",
    "X-Serai-Host": "laptop",
  };
  const hook = async (session_id: string, hook_event_name: string, more: object = {}) => {
    const payload = {
      session_id,
      hook_event_name,
      cwd: root,
      transcript_path: `/home/dev/.claude/${session_id}`,
      ...more,
    };
    const response = await whole.as.owner.fetch("/hooks/claude-code", {
      method: "POST",
      body: JSON.stringify(payload),
      headers: facts,
    });
    return JSON.stringify(await response.json());
  };
  const write = (session: string, file: string) =>
    hook(session, "PreToolUse", {
      tool_name: "Write",
      tool_input: { file_path: `${root}/${file}` },
      tool_use_id: `use-${++count}`,
    });
  return { root, facts, hook, write };
}

async function observed(): Promise<readonly string[]> {
  const { body } = await whole.as.owner.get<{ data: readonly { id: string; harness: string }[] }>(
    "/sessions?limit=100",
  );
  return body.data.filter(({ harness }) => harness === "observed").map(({ id }) => id);
}

describe("a client of the protocol", () => {
  it("agrees on the version of 2025, and on the newest one", async () => {
    const old = await connect("owner", { era: "legacy" });
    expect(old.client.getNegotiatedProtocolVersion()?.startsWith("2025-")).toBe(true);
    const { client } = await connect("owner");
    expect(client.getNegotiatedProtocolVersion()).toBe(NEWEST);
    expect(client.getServerVersion()).toMatchObject({ name: "serai", title: "Serai" });
    expect(client.getInstructions()).toContain("Call brief before you begin");
  });

  it.each(["legacy", "auto"] as const)("is shown the one table of tools (%s)", async (era) => {
    const { client } = await connect("owner", { era });
    const { tools } = await client.listTools();
    expect(tools.map(({ name }) => name)).toEqual(listTeamTools().map(({ name }) => name));
    await expect(JSON.stringify(tools, null, 2)).toMatchFileSnapshot("goldens/mcp-tools.txt");
  });

  it("is told in a sentence what is wrong with what it gave", async () => {
    const { client, call } = await connect("owner");
    expect(await call("reserve", {})).toEqual({ text: '"paths" is missing: give at least one text', isError: true });
    expect((await call("reserve", { paths: [1] })).text).toBe('"paths" must be a list of texts');
    expect((await call("search_decisions", { limit: "many" })).text).toBe('"limit" must be a number');
    expect((await call("send_message", { session_id: "nobody", message: "x" })).isError).toBe(true);
    await expect(client.callTool({ name: "format_disk", arguments: {} })).rejects.toThrow(/format_disk/);
  });

  it("is let in with a key, and reads only with a viewer's", async () => {
    await expect(connect("none", { era: "legacy" })).rejects.toThrow(/401|Not authenticated|key/i);
    const { call } = await connect("viewer");
    expect((await call("brief")).isError).toBe(false);
    expect(await call("reserve", { paths: ["a.ts"] })).toEqual({
      text: "It is not allowed: your key is a viewer's, which only reads",
      isError: true,
    });
  });

  it.each([
    ["POST", { jsonrpc: "2.0", id: 1, method: "ping" }, 200],
    ["GET", undefined, 405],
    ["DELETE", undefined, 405],
  ] as const)("needs a key of any role for %s", async (method, message, status) => {
    const statusOf = async (caller: Caller) => {
      const headers = { "content-type": "application/json" };
      const init = message === undefined ? { method } : { method, headers, body: JSON.stringify(message) };
      return (await whole.as[caller].fetch("/mcp", init)).status;
    };
    const answers = await Promise.all(callers.map(async (caller) => [caller, await statusOf(caller)]));
    const expected = callers.map((caller) => [caller, caller === "none" ? 401 : status]);
    expect(answers).toEqual(expected);
  });

  it("is answered in the protocol's own form when it sends something else", async () => {
    const send = async (method: string, body?: string, headers: Headers = { "content-type": "application/json" }) => {
      const init = body === undefined ? { method, headers } : { method, headers, body };
      const response = await whole.as.owner.fetch("/mcp", init);
      const { error } = (await response.json()) as { error: { code: number } };
      return [response.status, error.code];
    };
    expect(await send("POST", "{")).toEqual([400, -32_700]);
    expect(await send("POST", "{}")).toEqual([400, expect.any(Number)]);
    expect(await send("POST", "x", { "content-type": "text/plain" })).toEqual([415, -32_000]);
    expect(await send("GET")).toEqual([405, -32_000]);
    expect(await send("DELETE")).toEqual([405, -32_000]);
  });
});

describe("an agent at the door", () => {
  it("reserves, is seen to hold, and releases", async () => {
    const { facts } = tree();
    const one = await connect("owner", { headers: { ...facts, "X-Serai-Conversation": "one" } });
    const two = await connect("member", { headers: { ...facts, "X-Serai-Conversation": "two" } });
    expect((await one.call("reserve", { paths: ["src/a.ts", "src/lib/"], minutes: 30 })).text).toBe(
      "Reserved for 30 minutes:\n- src/a.ts\n- src/lib/",
    );
    const denied = await two.call("reserve", { paths: ["src/lib/x.ts", "b.ts"] });
    expect(denied.isError).toBe(true);
    expect(denied.text).toMatch(
      /^File src\/lib\/x\.ts is reserved as part of src\/lib\/ by .+ on branch main \(30 min remaining\)\. .*wait_for_files.*do not write it through the shell\.$/,
    );
    expect((await two.call("who_holds", { paths: ["src/a.ts", "b.ts"] })).text).toMatch(
      /src\/a\.ts: File .+\n- b\.ts: free/,
    );
    expect((await one.call("who_holds")).text).toContain("- src/a.ts: you (30 min remaining)");
    expect((await two.call("wait_for_files", { paths: ["src/a.ts", "b.ts"] })).text).toBe(
      "You will be told when these are free: src/a.ts\nFree already: b.ts",
    );
    expect((await one.call("release")).text).toMatch(/^Released: (?:src\/a\.ts, src\/lib\/|src\/lib\/, src\/a\.ts)$/);
    expect((await two.call("reserve", { paths: ["src/a.ts"] })).isError).toBe(false);
  });

  it("records a decision and finds it again", async () => {
    const { call } = await connect("owner");
    const files = ["src/auth/"];
    const recorded = await call("record_decision", { title: "Tokens are opaque", rationale: "JWTs leak", files });
    expect(recorded.text).toMatch(/^Recorded as dec_[0-9a-f]{32}: Tokens are opaque$/);
    expect((await call("search_decisions", { query: "opaque" })).text).toContain("Tokens are opaque — JWTs leak");
    expect((await call("search_decisions", { query: "zebra" })).text).toBe("No decision fits.");
    expect((await call("brief")).text).toContain("Tokens are opaque");
  });

  it("starts an agent on the server, waits for it, and reads what was said and the file it wrote", async () => {
    const write = { name: "write_file", input: { path: "/notes/größe 1.md", content: "# Done" } };
    const steps = [{ text: "Writing.", tools: [write] }, { text: "All 42 tests pass." }];
    const capabilities = [{ ref: "session_file_system" }];
    await whole.as.owner.post("/agents", { name: "tester", system_prompt: fence(steps), capabilities });
    const { client, call } = await connect("owner");
    expect((await call("start_session", { agent: "nobody", prompt: "x" })).text).toMatch(
      /^There is no agent "nobody"; there are .*"tester"/,
    );
    const started = await call("start_session", { agent: "tester", prompt: "Run the tests", title: "Tests" });
    const id = /ses_[0-9a-f]{32}/.exec(started.text)?.[0] ?? "";
    const waited = await call("wait_for_session", { session_id: id, timeout_seconds: 20 });
    expect(waited.text).toBe("It is done.\n\nWriting.\n\nAll 42 tests pass.");
    expect((await call("wait_for_session", { session_id: id })).text).toContain("All 42 tests pass.");

    const { resources } = await client.listResources();
    expect(resources).toContainEqual(
      expect.objectContaining({ uri: `serai://sessions/${id}/transcript`, name: "Tests" }),
    );
    const [transcript] = (await client.readResource({ uri: `serai://sessions/${id}/transcript` })).contents;
    expect(transcript).toMatchObject({ mimeType: "text/markdown", text: expect.stringContaining("Run the tests") });
    const uri = `serai://sessions/${id}/files/notes/${encodeURIComponent("größe 1.md")}`;
    const [file] = (await client.readResource({ uri })).contents;
    expect(file).toMatchObject({ text: "# Done" });
    await expect(client.readResource({ uri: `serai://sessions/${id}/files/nothing` })).rejects.toThrow(/nothing/);
    const stranger = await connect("stranger");
    await expect(stranger.client.readResource({ uri })).rejects.toThrow(/no session/);
  });

  it("tells another one something, which reads it with its next prompt", async () => {
    const { facts, hook } = tree();
    await hook("listener", "SessionStart", { source: "startup" });
    const { call } = await connect("owner", { headers: { ...facts, "X-Serai-Host": "elsewhere" } });
    const line = (await call("list_sessions")).text.split("\n").find((each) => each.includes("claude_code")) ?? "";
    const id = /ses_[0-9a-f]{32}/.exec(line)?.[0] ?? "";
    expect((await call("send_message", { session_id: id, message: "Leave login.ts to me" })).text).toBe(
      "It will read it at its next chance.",
    );
    expect(await hook("listener", "UserPromptSubmit", { prompt: "Go on" })).toContain("Leave login.ts to me");
  });
});

describe("an agent that reports by hooks as well", () => {
  it("is one holder with its client of the protocol: same user, same tree", async () => {
    const { facts, hook, write } = tree();
    await hook("conv-1", "SessionStart", { source: "startup" });
    const before = await observed();
    const { call } = await connect("owner", { headers: { ...facts, "X-Serai-Client": "claude-code" } });
    expect((await call("reserve", { paths: ["a.ts"] })).isError).toBe(false);
    expect(await write("conv-1", "a.ts")).toBe("{}");
    expect(await observed()).toEqual(before);
    expect((await call("list_sessions")).text).toContain("(claude_code), you");
  });

  it("is asked which one it is where two of a user work in one tree, and is told apart by as_session_id", async () => {
    const { facts, hook, write } = tree();
    await hook("conv-a", "UserPromptSubmit", { prompt: "Write the parser" });
    await hook("conv-b", "UserPromptSubmit", { prompt: "Write the lexer" });
    const { call } = await connect("owner", { headers: facts });
    const asked = await call("reserve", { paths: ["a.ts"] });
    expect(asked).toMatchObject({ isError: true, text: expect.stringContaining("as_session_id") });
    expect((await call("release")).text).toBe(asked.text);
    const id = /(ses_[0-9a-f]{32}) \(Claude Code, 'Write the parser'\)/.exec(asked.text)?.[1] ?? "";
    expect((await call("reserve", { paths: ["a.ts"], as_session_id: id })).isError).toBe(false);
    expect(await write("conv-a", "a.ts")).toBe("{}");
    expect(await write("conv-b", "a.ts")).toContain("a.ts is reserved");
  });

  it("is another one than a client of another kind in the same tree", async () => {
    const { facts, hook, write } = tree();
    await hook("conv-c", "SessionStart", { source: "startup" });
    const { call } = await connect("owner", { headers: { ...facts, "X-Serai-Client": "gemini-cli-mcp-client" } });
    expect((await call("reserve", { paths: ["a.ts"] })).isError).toBe(false);
    expect(await write("conv-c", "a.ts")).toContain("a.ts is reserved");
  });

  it("does not act for sessions of others", async () => {
    const { facts, hook } = tree();
    await hook("mine", "SessionStart", { source: "startup" });
    const id = (await observed())[0] ?? "";
    const reserve = async (caller: Caller, as_session_id: string) => {
      const { call } = await connect(caller, { headers: facts });
      return call("reserve", { paths: ["a.ts"], as_session_id });
    };
    expect((await reserve("stranger", id)).text).toBe(`as_session_id: There is no session "${id}" any more`);
    expect((await reserve("owner", "ses_nonsense")).text).toContain('There is no session "ses_nonsense"');
    expect(await reserve("owner", id)).toMatchObject({ isError: false });
  });
});

describe("the door itself", () => {
  it("is one request for each caller: two at once are not mixed up", async () => {
    const { facts } = tree();
    const clients = await Promise.all(
      ["x", "y", "z"].map((name) => connect("owner", { headers: { ...facts, "X-Serai-Conversation": name } })),
    );
    const answers = await Promise.all(clients.map(({ call }) => call("reserve", { paths: ["only-one.ts"] })));
    expect(answers.filter(({ isError }) => !isError)).toHaveLength(1);
  });
});
