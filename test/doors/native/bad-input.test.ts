/** Bad input at every native route: a 4xx that names the place, never a 500, nothing half-written (Q8). */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { formatId } from "../../../src/core/ids.ts";
import type { ProblemBody } from "../../../src/doors/native/problem.ts";
import type { HttpServer } from "../../../src/http/server.ts";
import { openClient } from "./native-client.ts";
import type { NativeClient } from "./native-client.ts";
import { agentId, keys, openNative } from "./open-native.ts";
import type { Native } from "./open-native.ts";

let native: Native;
let owner: NativeClient;
let server: HttpServer;
let id: string;

beforeAll(async () => {
  native = await openNative({ slots: 0 });
  owner = await openClient(native);
  server = await native.listen();
  ({ id } = await owner.session());
});
afterAll(() => native[Symbol.asyncDispose]());

const deep = (depth: number) => `${"[".repeat(depth)}${"]".repeat(depth)}`;

/** [what, the body, the status, where] */
const BROKEN_JSON: readonly (readonly [string, string, number, string])[] = [
  ["nothing", "", 400, ""],
  ["half an object", '{"title":', 400, ""],
  ["a trailing comma", '{"title":"x",}', 400, ""],
  ["two values", "{}{}", 400, ""],
  ["a duplicate key", '{"title":"a","title":"b"}', 400, "/title"],
  ["a __proto__ key", '{"__proto__":{"x":1}}', 400, "/__proto__"],
  ["a constructor with a prototype", '{"constructor":{"prototype":{}}}', 400, "/constructor"],
  ["a depth bomb", `{"title":${deep(100_000)}}`, 400, "/title"],
  ["NUL in a string", '{"title":"a\\u0000b"}', 400, "/title"],
  ["half a surrogate pair", '{"title":"a\\ud800b"}', 400, "/title"],
  ["a number beyond numbers", '{"max_iterations":1e999}', 400, "/max_iterations"],
  ["a comment", '{"title":"x"} // x', 400, ""],
];

/** Every route that takes JSON. */
const JSON_ROUTES = (session: string) =>
  [
    ["POST", "/sessions"],
    ["PATCH", `/sessions/${session}`],
    ["POST", "/sessions/chat"],
    ["POST", `/sessions/${session}/fork`],
    ["POST", `/sessions/${session}/messages`],
    ["PATCH", `/sessions/${session}/queue/${formatId("message", 1, "0".repeat(20))}`],
    ["POST", `/sessions/${session}/cancel`],
    ["POST", `/sessions/${session}/pause`],
    ["POST", `/sessions/${session}/tool-results`],
    ["POST", `/sessions/${session}/approvals/${formatId("approval", 1, "0".repeat(20))}`],
    ["POST", `/sessions/${session}/fs/_/stat`],
    ["POST", `/sessions/${session}/fs/_/move`],
    ["POST", `/sessions/${session}/fs/_/copy`],
    ["POST", `/sessions/${session}/fs/_/versions`],
    ["POST", `/sessions/${session}/fs/broken.txt`],
    ["PUT", `/sessions/${session}/fs/broken.txt`],
  ] as const;

async function sendRaw(method: string, path: string, body: string, contentType = "application/json") {
  const response = await owner.fetch(`/api/v1${path}`, { method, body, headers: { "content-type": contentType } });
  return { status: response.status, problem: (await response.json()) as ProblemBody };
}

describe("JSON that is none", () => {
  it.each(BROKEN_JSON)("is refused at every route: %s", async (_, body, status, path) => {
    for (const [method, route] of JSON_ROUTES(id)) {
      const got = await sendRaw(method, route, body);
      expect({ method, route, status: got.status }).toEqual({ method, route, status });
      expect(got.problem.path?.startsWith(path), `${route}: ${got.problem.path}`).toBe(true);
      expect(got.problem.detail.length).toBeGreaterThan(10);
    }
  });

  it("is refused when it is not UTF-8", async () => {
    const response = await owner.fetch("/api/v1/sessions", {
      method: "POST",
      body: Uint8Array.of(0x7b, 0x22, 0xff, 0x22, 0x7d),
      headers: { "content-type": "application/json" },
    });
    expect(response.status).toBe(400);
  });

  it("is refused with 415 under another content type, or none", async () => {
    for (const [method, route] of JSON_ROUTES(id)) {
      if (route.includes("/fs/broken")) continue;
      for (const contentType of ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", ""]) {
        const got = await sendRaw(method, route, '{"title":"x"}', contentType);
        expect({ route, contentType, status: got.status }).toEqual({ route, contentType, status: 415 });
      }
    }
  });

  it("is refused with 413 over its limit, announced or in chunks, before it is read whole", async () => {
    const big = JSON.stringify({ title: "x".repeat(2 * 1024 * 1024) });
    const announced = await sendRaw("PATCH", `/sessions/${id}`, big);
    expect(announced).toMatchObject({ status: 413, problem: { code: "too_large", setting: "bodyBytes" } });
    let sent = 0;
    const body = new ReadableStream({
      pull(controller) {
        sent += 65_536;
        controller.enqueue(new Uint8Array(65_536).fill(0x20));
      },
    });
    const init = { method: "PATCH", body, duplex: "half" as const, headers: { "content-type": "application/json" } };
    const chunked = await owner.fetch(`/api/v1/sessions/${id}`, init);
    expect(chunked.status).toBe(413);
    expect(sent).toBeLessThan(4 * 1024 * 1024);
  });
});

/** [method, route below the session, body, path of the fault] */
const WRONG_BODIES: readonly (readonly [string, string, unknown, string])[] = [
  ["POST", "/sessions", [], ""],
  ["POST", "/sessions", null, ""],
  ["POST", "/sessions", "x", ""],
  ["POST", "/sessions", { agent_id: 1 }, "/agent_id"],
  ["POST", "/sessions", { agent_id: agentId, title: 5 }, "/title"],
  ["POST", "/sessions", { agent_id: agentId, title: "x".repeat(201) }, "/title"],
  ["POST", "/sessions", { agent_id: agentId, tags: "x" }, "/tags"],
  ["POST", "/sessions", { agent_id: agentId, tags: ["a", 1] }, "/tags/1"],
  ["POST", "/sessions", { agent_id: agentId, tags: Array.from({ length: 26 }, (_, i) => `t${i}`) }, "/tags"],
  ["POST", "/sessions", { agent_id: agentId, tags: ["x".repeat(101)] }, "/tags/0"],
  ["POST", "/sessions", { agent_id: agentId, capabilities: [{}] }, "/capabilities/0/ref"],
  ["POST", "/sessions", { agent_id: agentId, max_iterations: 0 }, "/max_iterations"],
  ["POST", "/sessions", { agent_id: agentId, max_iterations: 1.5 }, "/max_iterations"],
  ["POST", "/sessions", { agent_id: agentId, when_busy: "panic" }, "/when_busy"],
  ["POST", "/sessions", { agent_id: agentId, locale: "not a tag" }, "/locale"],
  ["POST", "/sessions", { agent_id: agentId, harness_name: 1 }, "/harness_name"],
  ["POST", "/sessions", { agent_id: agentId, hints: [] }, "/hints"],
  ["POST", "/sessions", { agent_id: agentId, hints: { a: "x".repeat(70_000) } }, "/hints"],
  ["POST", "/sessions", { agent_id: agentId, network_access: [] }, "/network_access"],
  ["POST", "/sessions", { agent_id: agentId, network_access: { allowed: [1] } }, "/network_access/allowed/0"],
  ["POST", "/sessions", { agent_id: agentId, network_access: { blocked: ["a/b"] } }, "/network_access/blocked/0"],
  ["POST", "/sessions", { agent_id: agentId, initial_files: {} }, "/initial_files"],
  ["POST", "/sessions", { agent_id: agentId, initial_files: [{ path: 1, content: "" }] }, "/initial_files/0/path"],
  [
    "POST",
    "/sessions",
    { agent_id: agentId, initial_files: [{ path: "/a\\b", content: "" }] },
    "/initial_files/0/path",
  ],
  ["PATCH", "/sessions/ID", { title: { a: 1 } }, "/title"],
  ["PATCH", "/sessions/ID", { locale: 1 }, "/locale"],
  ["PATCH", "/sessions/ID", { network_access: { allowed: "x" } }, "/network_access/allowed"],
  ["POST", "/sessions/ID/fork", { title: 1 }, "/title"],
  ["POST", "/sessions/ID/fork", { tags: [""] }, "/tags/0"],
  ["POST", "/sessions/ID/fork", { up_to_message_id: 1 }, "/up_to_message_id"],
  ["POST", "/sessions/chat", { locale: 1 }, "/locale"],
  ["POST", "/sessions/chat", [], ""],
  ["POST", "/sessions/ID/messages", {}, "/message"],
  ["POST", "/sessions/ID/messages", { message: {} }, "/message/content"],
  ["POST", "/sessions/ID/messages", { message: { content: "hi" } }, "/message/content"],
  ["POST", "/sessions/ID/messages", { message: { content: [] } }, "/message/content"],
  ["POST", "/sessions/ID/messages", { message: { content: [{ type: "text" }] } }, "/message/content/0/text"],
  ["POST", "/sessions/ID/messages", { message: { content: [{ type: "text", text: "" }] } }, "/message/content/0/text"],
  ["POST", "/sessions/ID/messages", { message: { content: [{ type: "video" }] } }, "/message/content/0/type"],
  [
    "POST",
    "/sessions/ID/messages",
    { message: { content: [{ type: "tool_call", id: "x", name: "y" }] } },
    "/message/content/0/type",
  ],
  [
    "POST",
    "/sessions/ID/messages",
    { message: { content: [{ type: "image", base64: "%" }] } },
    "/message/content/0/base64",
  ],
  [
    "POST",
    "/sessions/ID/messages",
    { message: { content: Array.from({ length: 21 }, () => ({ type: "image", url: "x" })) } },
    "/message/content",
  ],
  [
    "POST",
    "/sessions/ID/messages",
    { message: { role: "agent", content: [{ type: "text", text: "x" }] } },
    "/message/role",
  ],
  [
    "POST",
    "/sessions/ID/messages",
    { message: { content: [{ type: "text", text: "x" }], controls: { max_tokens: -1 } } },
    "/message/controls/max_tokens",
  ],
  [
    "POST",
    "/sessions/ID/messages",
    { message: { content: [{ type: "text", text: "x" }] }, when_busy: 1 },
    "/when_busy",
  ],
  [
    "POST",
    "/sessions/ID/messages",
    { message: { content: [{ type: "text", text: "x" }] }, client_message_id: "" },
    "/client_message_id",
  ],
  ["POST", "/sessions/ID/cancel", { queue: "burn" }, "/queue"],
  ["POST", "/sessions/ID/kill", { reason: 1 }, "/reason"],
  ["POST", "/sessions/ID/fs/_/stat", {}, "/path"],
  ["POST", "/sessions/ID/fs/_/stat", { path: "a/../b" }, "/path"],
  ["POST", "/sessions/ID/fs/_/stat", { path: "x".repeat(5_000) }, "/path"],
  ["POST", "/sessions/ID/fs/_/move", { src_path: "/a" }, "/dst_path"],
];

describe("JSON that does not fit", () => {
  it.each(WRONG_BODIES)("%s %s %j is a 400 at %s", async (method, route, body, path) => {
    const got = await sendRaw(method, route.replace("ID", id), JSON.stringify(body));
    expect(got.status).toBe(400);
    expect(got.problem).toMatchObject({ code: "invalid_input", path });
    expect(got.problem.errors?.[0]?.path).toBe(path);
    expect(got.problem.detail).not.toMatch(/zod|undefined is not|Error:/i);
  });

  it("leaves nothing behind", async () => {
    const before = (await owner.get<{ last_event_seq: number }>(`/sessions/${id}`)).body.last_event_seq;
    expect(before).toBe(1);
    expect((await owner.get<{ data: unknown[] }>(`/sessions/${id}/fs`)).body.data).toEqual([]);
  });

  it("names at most 20 faults", async () => {
    const capabilities = Array.from({ length: 200 }, () => ({ ref: 1 }));
    const { body } = await owner.post("/sessions", { agent_id: agentId, capabilities });
    expect(body.errors).toHaveLength(20);
  });
});

const WRONG_QUERIES: readonly (readonly [string, string])[] = [
  ["?limit=0", "limit"],
  ["?limit=-1", "limit"],
  ["?limit=abc", "limit"],
  ["?limit=9999999999999999", "limit"],
  ["?limit=1&limit=2", "limit"],
  ["?offset=1e3", "offset"],
  ["?status=sleeping", "status"],
  ["?agent_id=agt_01933b5a", "agent_id"],
  ["?cursor=%00", "cursor"],
  ["?cursor=abcd", "cursor"],
  ["?cursor=WyIyMDI0LTAxLTAxVDAwOjAwOjAwWiIsIngiXQ", "cursor"],
  ["?created_after=yesterday", "created_after"],
  ["?search=%00", "search"],
  [`?search=${"x".repeat(201)}`, "search"],
  ["?mine=maybe", "mine"],
  ["?order=random", "order"],
  ["?pinned=perhaps", "pinned"],
  ["?deleted=2", "deleted"],
];

describe("queries and paths", () => {
  it.each(WRONG_QUERIES)("refuses %s and names the parameter", async (query, path) => {
    const { status, body } = await owner.get(`/sessions${query}`);
    expect(status).toBe(400);
    expect(body).toMatchObject({ code: "invalid_input", in: "query", path });
  });

  it.each(["no-id", "ses_", "ses_XYZ", `ses_${"A".repeat(32)}`, "%00", "%ff", "a".repeat(3_000), "ses_0%2F..%2F"])(
    "refuses the session id %s with 400 at every route",
    async (bad) => {
      const routes = ["", "/messages", "/events", "/sse", "/queue", "/fs", "/fs/a", "/export"];
      for (const route of routes) {
        const { status } = await owner.get(`/sessions/${bad}${route}`);
        expect({ route, status }).toEqual({ route, status: 400 });
      }
    },
  );

  it("does not let a query add fields to what is not a parameter", async () => {
    const { status } = await owner.get("/sessions?__proto__=1&constructor=2&unknown=3");
    expect(status).toBe(200);
  });
});

describe("over a socket", () => {
  const post = (body: string, headers: Record<string, string>) =>
    fetch(`${server.url}/api/v1/sessions`, {
      method: "POST",
      body,
      headers: { authorization: `Bearer ${keys.owner}`, ...headers },
    });

  it("answers 413 to a body that it has not read, and closes that connection", async () => {
    const response = await post("x".repeat(40 * 1024 * 1024), { "content-type": "application/json" });
    expect(response.status).toBe(413);
    expect(response.headers.get("connection")).toBe("close");
    expect(await response.json()).toMatchObject({ code: "too_large" });
  });

  it("reads a body that comes in many pieces", async () => {
    const pieces = ['{"agent_', 'id":"', agentId, '","title":"h', "ä", '"}'];
    const body = new ReadableStream({
      async pull(controller) {
        const piece = pieces.shift();
        if (piece === undefined) return controller.close();
        await new Promise((resolve) => setImmediate(resolve));
        controller.enqueue(new TextEncoder().encode(piece));
      },
    });
    const init = { method: "POST", body, duplex: "half" as const };
    const headers = { authorization: `Bearer ${keys.owner}`, "content-type": "application/json; charset=utf-8" };
    const response = await fetch(`${server.url}/api/v1/sessions`, { ...init, headers });
    expect(response.status).toBe(201);
    expect(await response.json()).toMatchObject({ title: "hä" });
  });
});
