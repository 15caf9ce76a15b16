/** What the key of a session's own program opens, on a whole server over the socket: its tools, its hooks, nothing else (H10). */
import { randomBytes } from "node:crypto";
import { Client, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { grantKey } from "../../src/app/keys/mint-key.ts";
import type { SessionId } from "../../src/core/ids.ts";
import { parseId } from "../../src/core/ids.ts";
import type { Session } from "../../src/doors/native/schema/session.ts";
import { Closers } from "../../src/lib/closers.ts";
import { makeMint } from "../../src/main/mint.ts";
import { fence } from "./children-world.ts";
import { openWholeServer } from "./whole-server.ts";
import type { WholeServer } from "./whole-server.ts";

let whole: WholeServer;
let closers: Closers;
beforeAll(async () => {
  closers = new Closers();
  whole = await openWholeServer({ serve: { open: true } });
});
afterAll(async () => {
  await closers[Symbol.asyncDispose]();
  await whole[Symbol.asyncDispose]();
  expect(whole.faults).toEqual([]);
});

async function makeSession(body: object = {}): Promise<SessionId> {
  const made = await whole.as.owner.post<Session>("/sessions", { harness_name: "generic", ...body });
  const id = parseId("session", made.body.id);
  if (id === undefined) throw new Error(JSON.stringify(made.body));
  return id;
}

/** A session, and the key that its program would be given. */
async function bound(body: object = {}) {
  const id = await makeSession(body);
  const { store, first } = whole.server;
  const { workspaceId, userId } = first;
  const grant = { workspaceId, userId, name: `Session ${id}`, role: "member", expiresAt: null, sessionId: id } as const;
  const mint = makeMint({ now: () => Date.now() });
  const { text, key } = await grantKey({ store, mint, randomBytes }, grant);
  const ask = (path: string, init: RequestInit = {}) => {
    const headers = new Headers(init.headers);
    headers.set("authorization", `Bearer ${text}`);
    return fetch(new URL(path, whole.server.url), { ...init, headers });
  };
  const post = (path: string, said: object, headers: Readonly<Record<string, string>> = {}) =>
    ask(path, {
      method: "POST",
      body: JSON.stringify(said),
      headers: { "content-type": "application/json", ...headers },
    });
  return { id, key, ask, post };
}

type Bound = Awaited<ReturnType<typeof bound>>;

async function connect({ ask }: Pick<Bound, "ask">, headers: Readonly<Record<string, string>> = {}) {
  const client = new Client({ name: "tester", version: "1" });
  const call = (url: string | URL, init?: RequestInit) => ask(new URL(url).pathname, init);
  await client.connect(
    new StreamableHTTPClientTransport(new URL("/mcp", whole.server.url), { fetch: call, requestInit: { headers } }),
  );
  closers.defer(() => client.close());
  const use = async (name: string, args: Readonly<Record<string, unknown>> = {}) => {
    const { content, isError = false } = await client.callTool({ name, arguments: { ...args } });
    const [part] = content as readonly { readonly text: string }[];
    return { text: part?.text ?? "", isError };
  };
  return { client, use };
}

/** Sessions that were made for agents that report. */
async function observed(): Promise<readonly Session[]> {
  const { body } = await whole.as.owner.get<{ data: readonly Session[] }>("/sessions?limit=100");
  return body.data.filter(({ harness }) => harness === "observed");
}

interface Operation {
  readonly security?: readonly unknown[];
}

/** Of every door, as the document has them. */
async function allRoutes() {
  const document = (await (await whole.as.none.fetch("/openapi.json")).json()) as {
    paths: Record<string, Record<string, Operation>>;
  };
  return Object.entries(document.paths).flatMap(([path, operations]) =>
    Object.entries(operations).map(([method, { security }]) => ({
      method: method.toUpperCase(),
      path,
      isPublic: security?.length === 0,
    })),
  );
}

const IDES = ["claude-code", "codex", "copilot", "cursor", "gemini", "opencode", "pi", "windsurf"];
const OPENED = [
  "DELETE /mcp",
  "GET /mcp",
  "POST /api/v1/reservations/check",
  ...IDES.map((ide) => `POST /hooks/${ide}`),
  "POST /mcp",
];

describe("H10: the key of a session's program", () => {
  it("opens its tools, its hooks and the guard's question, and no other route of any door", async () => {
    const routes = await allRoutes();
    const { id, ask } = await bound();
    const sentence = `bound to session ${id}: it serves the tools and hooks of that session's agent, and nothing else`;
    const opened: string[] = [];
    for (const { method, path, isPublic } of routes) {
      if (isPublic) continue;
      const init = method === "GET" || method === "DELETE" ? {} : { body: "{}" };
      const response = await ask(path.replaceAll(/\{\w+\}/g, id), { method, ...init });
      const answer = await response.text();
      if (response.status !== 403) opened.push(`${method} ${path}`);
      else expect([path, answer]).toEqual([path, expect.stringContaining(sentence)]);
    }
    expect(opened.toSorted()).toEqual(OPENED.toSorted());
    expect(routes.length).toBeGreaterThan(200);
  });

  it("opens nothing more by other names of a door, nor as a guest where no key is asked for", async () => {
    const { id, ask, post } = await bound();
    expect((await ask(`/v1/sessions/${id}`)).status).toBe(403);
    expect((await ask(`/api/v1/sessions/${id}`, { method: "HEAD" })).status).toBe(403);
    expect((await fetch(new URL("/ennio/api/v1/sessions", whole.server.url))).status).toBe(200);
    expect((await ask("/ennio/api/v1/sessions")).status).toBe(403);
    expect((await post("/api/sessions", { agent_id: "HOSTED" })).status).toBe(403);
  });

  it("is shown with its session in lists of keys, and is minted by no route", async () => {
    const { id, key } = await bound();
    const shown = await whole.as.owner.get(`/keys/${key.id}`);
    expect(shown.body).toMatchObject({ session_id: id, role: "member" });
    const made = await whole.as.owner.post("/keys", { name: "mine", session_id: id, sessionId: id });
    expect(made).toMatchObject({ status: 201, body: { session_id: null } });
  });
});

describe("M11: tools that are called with such a key", () => {
  it("act for its session, whatever header is left out", async () => {
    const own = await bound();
    const { use } = await connect(own);
    const repository = "github.com/acme/bound";
    expect(await use("reserve", { paths: ["a.ts"], repository })).toMatchObject({ isError: false });
    const held = await whole.as.owner.get<{ data: readonly { session_id: string }[] }>(
      `/reservations?session_id=${own.id}`,
    );
    expect(held.body.data.map(({ session_id }) => session_id)).toEqual([own.id]);
    expect(await observed()).toEqual([]);
  });

  it("are refused in words where they name another session, by header or argument", async () => {
    const [own, other] = [await bound(), await bound()];
    const words = `bound to session ${own.id}, and acts for no other`;
    const { use } = await connect(own);
    const by = await use("release", { as_session_id: other.id });
    expect(by).toEqual({ text: expect.stringContaining(words), isError: true });
    const named = await connect(own, { "X-Serai-Session": other.id });
    expect(await named.use("brief")).toEqual({ text: expect.stringContaining(words), isError: true });
    const itself = await connect(own, { "X-Serai-Session": own.id });
    expect(await itself.use("brief", { as_session_id: own.id })).toMatchObject({ isError: false });
  });

  it("end with its session", async () => {
    const own = await bound();
    const { use } = await connect(own);
    await whole.as.owner.call("DELETE", `/sessions/${own.id}`);
    expect(await use("start_session", { agent: "a", prompt: "Go" })).toMatchObject({ isError: true });
  });

  it("start sessions with the network rules of the one that asks", async () => {
    const agent = { name: "worker", system_prompt: fence([{ text: "Done." }]) };
    expect((await whole.as.owner.post("/agents", agent)).status).toBe(201);
    const rules = { allowed: ["example.com"], blocked: [] };
    const own = await bound({ network_access: rules });
    const { use } = await connect(own);
    const { text } = await use("start_session", { agent: "worker", prompt: "Go", project_id: "x" });
    const started = parseId("session", /ses_[0-9a-f]{32}/.exec(text)?.[0] ?? "");
    if (started === undefined) throw new Error(text);
    const record = await whole.server.store.readSession(started);
    expect(record?.edit.settings.inheritedNetwork).toEqual([rules]);
    expect(record?.edit.projectId).toBeNull();
  });

  it("read no transcript and no file of sessions that are not its own, its children's or its project's", async () => {
    const own = await bound({ initial_files: [{ path: "/a", content: "mine" }] });
    const other = await makeSession({ initial_files: [{ path: "/a", content: "theirs" }] });
    const { client } = await connect(own);
    const read = async (id: string, what: string) => {
      try {
        const { contents } = await client.readResource({ uri: `serai://sessions/${id}/${what}` });
        return JSON.stringify(contents);
      } catch (error) {
        return error instanceof Error ? error.name : "";
      }
    };
    expect(await read(own.id, "files/a")).toContain("mine");
    expect(await read(own.id, "transcript")).toContain(own.id);
    expect(await read(other, "files/a")).not.toContain("theirs");
    expect(await read(other, "transcript")).not.toContain(other);
    const { resources } = await client.listResources();
    expect(resources.filter(({ uri }) => uri.includes(other))).toEqual([]);
  });

  it("do not reach another workspace", async () => {
    const foreign = await whole.as.stranger.post<Session>("/sessions", { harness_name: "generic" });
    const { use } = await connect(await bound());
    for (const [name, args] of [
      ["send_message", { message: "x" }],
      ["wait_for_session", { timeout_seconds: 0 }],
    ] as const) {
      expect(await use(name, { ...args, session_id: foreign.body.id })).toMatchObject({ isError: true });
    }
  });
});

describe("H10: hooks and checks with such a key", () => {
  const root = "/home/dev/bound";
  const facts = { "X-Serai-Root": root, "X-Serai-Common-Dir": `${root}/.git`, "X-Serai-Host": "laptop" };
  const write = { tool_name: "Write", tool_input: { file_path: `${root}/held.ts` }, tool_use_id: "t1" };
  const hook = (session_id: string, hook_event_name: string, more: object = {}) => ({
    ...{ session_id, hook_event_name, cwd: root, transcript_path: `/x/${session_id}` },
    ...more,
  });

  it("make no session of their own, and leave what others hold to them", async () => {
    const [own, other] = [await bound(), await makeSession()];
    const repository = { root, common_dir: `${root}/.git`, host: "laptop" };
    const taken = await whole.as.owner.post("/reservations", { session_id: other, paths: ["held.ts"], repository });
    expect(taken.status).toBe(201);
    expect(await (await own.post("/hooks/claude-code", hook("inner", "SessionStart"), facts)).json()).toEqual({});
    const denied = await (await own.post("/hooks/claude-code", hook("inner", "PreToolUse", write), facts)).text();
    expect(denied).toContain("deny");
    expect(await observed()).toEqual([]);
    const asked = { repository, paths: ["held.ts"], conversation_id: "inner" };
    expect(await (await own.post("/api/v1/reservations/check", asked)).json()).toMatchObject({ permission: "deny" });
  });

  it("are not stopped by what its own session holds, and do not speak for another's conversation", async () => {
    const own = await bound();
    const repository = { root: `${root}-2`, common_dir: `${root}-2/.git`, host: "laptop" };
    const paths = ["own.ts"];
    await whole.as.owner.post("/reservations", { session_id: own.id, paths, repository });
    const there = { "X-Serai-Root": `${root}-2`, "X-Serai-Common-Dir": `${root}-2/.git`, "X-Serai-Host": "laptop" };
    const edit = { ...write, tool_input: { file_path: `${root}-2/own.ts` } };
    const allowed = await own.post("/hooks/claude-code", hook("inner", "PreToolUse", edit), there);
    expect(await allowed.text()).not.toContain("deny");
    expect(await (await own.post("/api/v1/reservations/check", { repository, paths })).json()).toMatchObject({
      permission: "allow",
    });
    await whole.as.owner.fetch("/hooks/claude-code", {
      method: "POST",
      body: JSON.stringify(hook("theirs", "SessionStart")),
      headers: facts,
    });
    const [session] = await observed();
    await own.post("/hooks/claude-code", hook("theirs", "SessionEnd"), facts);
    expect((await observed()).map(({ id, status }) => [id, status])).toEqual([[session?.id, session?.status]]);
    const asked = { repository, paths, session_id: session?.id };
    expect((await own.post("/api/v1/reservations/check", asked)).status).toBe(403);
  });

  it("R1: are held to what others hold in a tree beside the one that they work in", async () => {
    const [own, lib] = [await bound(), `${root}-lib`];
    const there = { "X-Serai-Root": lib, "X-Serai-Common-Dir": `${lib}/.git`, "X-Serai-Host": "laptop" };
    const held = { ...write, tool_input: { file_path: `${lib}/held.ts` } };
    const init = { method: "POST", body: JSON.stringify(hook("beside", "PreToolUse", held)), headers: there };
    expect(await (await whole.as.owner.fetch("/hooks/claude-code", init)).text()).toBe("{}");
    // Where its tree is comes to be known behind the answer (I9).
    await vi.waitFor(async () => {
      const run = { tool_name: "Bash", tool_input: { command: `touch a.ts ${lib}/held.ts` }, tool_use_id: "t2" };
      const denied = await own.post("/hooks/claude-code", hook("inner", "PreToolUse", run), facts);
      expect(await denied.text()).toContain(`File ${lib}/held.ts is reserved`);
    });
  });
});
