/** What the client sends and what it makes of the answer, over a real socket. */
import { describe, expect, it } from "vitest";
import { Serai, SeraiConnectionError, SeraiError } from "../../src/client/index.ts";
import { openFakeServer, refuse, sendJson } from "./fake-server.ts";
import type { Answer, FakeServer } from "./fake-server.ts";

const echo: Answer = (_, response) => sendJson(response, { id: "ses_1", last_event_seq: 1, data: [] });

function clientOf({ url }: FakeServer): Serai {
  return new Serai({ baseUrl: url, apiKey: "srk_test" });
}

function lastOf({ asked }: FakeServer) {
  const last = asked.at(-1);
  if (last === undefined) throw new Error("Nothing was asked");
  const search = last.query.size === 0 ? "" : `?${last.query.toString()}`;
  return { line: `${last.method} ${last.path}${search}`, body: last.body.toString() };
}

describe("the client", () => {
  it("makes a session as the guide does", async () => {
    await using server = await openFakeServer(echo);
    const session = await clientOf(server).sessions.create({
      agentId: "agt_1",
      title: "Q1 Sales Analysis",
      tags: ["sales", "analytics"],
      modelId: "mod_1",
      capabilities: [{ ref: "session_file_system", config: { max_file_size_mb: 10 } }],
    });
    expect(session.lastEventSeq).toBe(1);
    expect(lastOf(server).line).toBe("POST /api/v1/sessions");
    expect(JSON.parse(lastOf(server).body)).toEqual({
      agent_id: "agt_1",
      title: "Q1 Sales Analysis",
      tags: ["sales", "analytics"],
      model_id: "mod_1",
      capabilities: [{ ref: "session_file_system", config: { max_file_size_mb: 10 } }],
    });
    expect(server.asked[0]?.headers).toMatchObject({
      authorization: "Bearer srk_test",
      "content-type": "application/json",
    });
  });

  it("sends a text as the parts of a message", async () => {
    await using server = await openFakeServer(echo);
    const serai = clientOf(server);
    await serai.messages.create("ses_1", "Hello");
    expect(JSON.parse(lastOf(server).body)).toEqual({ message: { content: [{ type: "text", text: "Hello" }] } });
    await serai.messages.create("ses_1", {
      content: [{ type: "text", text: "Hello" }],
      controls: { maxTokens: 20 },
      metadata: { ticket_id: 7 },
      whenBusy: "steer",
      clientMessageId: "m-1",
    });
    expect(JSON.parse(lastOf(server).body)).toEqual({
      message: { content: [{ type: "text", text: "Hello" }], controls: { max_tokens: 20 }, metadata: { ticket_id: 7 } },
      when_busy: "steer",
      client_message_id: "m-1",
    });
  });

  it.each<readonly [string, (serai: Serai) => Promise<unknown>]>([
    [
      "GET /api/v1/sessions?status=idle&tags=a&tags=b&limit=5",
      (s) => s.sessions.list({ status: "idle", tags: ["a", "b"], limit: 5 }),
    ],
    [
      "GET /api/v1/sessions?created_after=2026-01-02T00%3A00%3A00.000Z",
      (s) => s.sessions.list({ createdAfter: new Date("2026-01-02") }),
    ],
    ["GET /api/v1/sessions/ses_1", (s) => s.sessions.get("ses_1")],
    ["PATCH /api/v1/sessions/ses_1", (s) => s.sessions.update("ses_1", { title: null })],
    ["DELETE /api/v1/sessions/ses_1", (s) => s.sessions.delete("ses_1")],
    ["DELETE /api/v1/sessions/ses_1?permanent=true", (s) => s.sessions.delete("ses_1", { permanent: true })],
    ["POST /api/v1/sessions/ses_1/restore", (s) => s.sessions.restore("ses_1")],
    ["POST /api/v1/sessions/ses_1/cancel", (s) => s.sessions.cancel("ses_1", { queue: "clear" })],
    ["POST /api/v1/sessions/ses_1/pause", (s) => s.sessions.pause("ses_1", "lunch")],
    ["GET /api/v1/sessions/ses_1/messages", (s) => s.messages.list("ses_1")],
    ["GET /api/v1/sessions/ses_1/queue", (s) => s.queue.list("ses_1")],
    ["DELETE /api/v1/sessions/ses_1/queue/msg_1", (s) => s.queue.delete("ses_1", "msg_1")],
    [
      "GET /api/v1/sessions/ses_1/events?before_seq=9&limit=2",
      (s) => s.events.list("ses_1", { beforeSeq: 9, limit: 2 }),
    ],
    ["GET /api/v1/sessions/ses_1/fs?recursive=true", (s) => s.sessionFs.list("ses_1", { recursive: true })],
    ["GET /api/v1/sessions/ses_1/fs/a/b", (s) => s.sessionFs.list("ses_1", { path: "/a/b/" })],
    [
      "DELETE /api/v1/sessions/ses_1/fs/a?recursive=true",
      (s) => s.sessionFs.delete("ses_1", "/a", { recursive: true }),
    ],
    ["POST /api/v1/sessions/ses_1/fs/_/move", (s) => s.sessionFs.move("ses_1", "/a", "/b")],
    ["PUT /api/v1/agents/writer", (s) => s.agents.apply("writer", { systemPrompt: "Write" })],
    ["DELETE /api/v1/agents/agt_1", (s) => s.agents.delete("agt_1")],
    ["POST /api/v1/providers/prv_1/test", (s) => s.providers.test("prv_1")],
    ["POST /api/v1/providers/prv_1/models", (s) => s.models.create("prv_1", { modelId: "m" })],
    ["GET /api/v1/models?provider_id=prv_1", (s) => s.models.list({ providerId: "prv_1" })],
    ["DELETE /api/v1/keys/key_1", (s) => s.keys.revoke("key_1")],
    ["GET /api/v1/approvals?session_id=ses_1&limit=5", (s) => s.approvals.list({ sessionId: "ses_1", limit: 5 })],
    ["GET /api/v1/sessions/ses_1/approvals/apr_1", (s) => s.approvals.get("ses_1", "apr_1")],
    ["POST /api/v1/sessions/ses_1/approvals/apr_1", (s) => s.approvals.answer("ses_1", "apr_1", "deny")],
    ["DELETE /api/v1/approval-rules/rul_1", (s) => s.approvals.revokeRule("rul_1")],
    ["POST /api/v1/sessions/ses_1/tool-results", (s) => s.toolResults.create("ses_1", [])],
    ["GET /api/v1/images?limit=5", (s) => s.images.list({ limit: 5 })],
    ["DELETE /api/v1/images/img_1", (s) => s.images.delete("img_1")],
    ["GET /api/v1/sessions/ses_1/events/summary", (s) => s.events.summary("ses_1")],
    ["POST /api/v1/sessions/ses_1/fs/_/grep", (s) => s.sessionFs.grep("ses_1", "x")],
    ["GET /api/v1/limits", (s) => s.limits()],
    ["GET /api/v1/health", (s) => s.health()],
    ["GET /api/v1/auth/me", (s) => s.me()],
    ["GET /api/v1/sessions/a%2F..%2Fb", (s) => s.sessions.get("a/../b")],
  ])("asks %s", async (line, ask) => {
    await using server = await openFakeServer(echo);
    await ask(clientOf(server));
    expect(lastOf(server).line).toBe(line);
  });

  it("goes through all pages of sessions", async () => {
    await using server = await openFakeServer(({ query }, response) =>
      query.get("cursor") === null
        ? sendJson(response, { data: [{ id: "ses_3" }, { id: "ses_2" }], next_cursor: "c2" })
        : sendJson(response, { data: [{ id: "ses_1" }], next_cursor: null }),
    );
    const ids: string[] = [];
    for await (const { id } of clientOf(server).sessions.all({ mine: true })) ids.push(id);
    expect(ids).toEqual(["ses_3", "ses_2", "ses_1"]);
    expect(lastOf(server).line).toBe("GET /api/v1/sessions?limit=100&mine=true&cursor=c2");
  });

  it("uploads and reads bytes as they are, JSON files too", async () => {
    const bytes = Uint8Array.from({ length: 256 }, (_, at) => at);
    let kept = new Uint8Array();
    await using server = await openFakeServer(({ method, body }, response) => {
      if (method === "POST") kept = new Uint8Array(body);
      if (method === "POST") return sendJson(response, { path: "/a b/ü.json", size_bytes: body.length }, 201);
      response.writeHead(200, { "content-type": "application/json", etag: '"v1"' }).end(kept);
    });
    const serai = clientOf(server);
    expect(await serai.sessionFs.upload("ses_1", "/a b/ü.json", bytes)).toEqual({
      path: "/a b/ü.json",
      sizeBytes: 256,
    });
    expect(lastOf(server).line).toBe("POST /api/v1/sessions/ses_1/fs/a%20b/%C3%BC.json?raw=true");
    expect(server.asked[0]?.headers["content-type"]).toBe("application/octet-stream");
    expect(await serai.sessionFs.readBytes("ses_1", "a b/ü.json")).toEqual(bytes);
    const stream = new Blob(["streamed ", "text"]).stream();
    await serai.sessionFs.upload("ses_1", "x.txt", stream);
    expect(await serai.sessionFs.read("ses_1", "x.txt")).toBe("streamed text");
  });

  it("says of a directory that it is none of the files it reads", async () => {
    await using server = await openFakeServer((_, response) => sendJson(response, { data: [], total: 0 }));
    await expect(clientOf(server).sessionFs.read("ses_1", "/src")).rejects.toThrow('"/src" is a directory');
  });

  it("makes a new version of a file that is there, and the file if it is not", async () => {
    const methods: string[] = [];
    await using server = await openFakeServer(({ method, path }, response) => {
      methods.push(`${method} ${path.slice(path.lastIndexOf("/"))}`);
      if (method === "GET" && path.endsWith("new")) return refuse(response, 404, "not_found");
      return sendJson(response, {});
    });
    await clientOf(server).sessionFs.write("ses_1", "/old", "x");
    await clientOf(server).sessionFs.write("ses_1", "/new", "x");
    expect(methods).toEqual(["GET /old", "PUT /old", "GET /new", "POST /new"]);
  });

  it.each(["../x", "/a/../../b", "./a", "a/."])(
    "refuses the path %s, which an address would not keep",
    async (path) => {
      await using server = await openFakeServer(echo);
      await expect(clientOf(server).sessionFs.read("ses_1", path)).rejects.toThrow(TypeError);
      expect(server.asked).toEqual([]);
    },
  );

  it("throws the server's refusal with its status, code and problem", async () => {
    await using server = await openFakeServer((_, response) => refuse(response, 404, "not_found"));
    const asking = clientOf(server).sessions.get("ses_9");
    await expect(asking).rejects.toBeInstanceOf(SeraiError);
    await expect(asking).rejects.toMatchObject({
      name: "SeraiError",
      status: 404,
      code: "not_found",
      message: "It is not_found",
      requestId: "req_1",
      problem: { type: "urn:serai:problem:not_found", title: "not_found" },
    });
  });

  it("makes the best of an error page that is not the server's own", async () => {
    await using server = await openFakeServer((_, response) => {
      response.writeHead(502, { "content-type": "text/html", "retry-after": "3" }).end("<h1>Bad gateway</h1>");
    });
    await expect(clientOf(server).sessions.list()).rejects.toMatchObject({
      status: 502,
      code: "http_502",
      problem: null,
      retryAfterMs: 3_000,
      message: "GET /sessions was answered with HTTP status 502",
    });
  });

  it("says so when nobody listens, with the cause", async () => {
    const server = await openFakeServer(echo);
    await server[Symbol.asyncDispose]();
    const asking = clientOf(server).health();
    await expect(asking).rejects.toBeInstanceOf(SeraiConnectionError);
    await expect(asking).rejects.toMatchObject({ message: `Cannot reach ${server.url}`, cause: expect.any(Error) });
  });

  it("says so when an answer breaks off, is no JSON, or does not come in time", async () => {
    await using server = await openFakeServer(({ path }, response) => {
      if (path.endsWith("/health"))
        response.writeHead(200, { "content-length": "100" }).write("{", () => response.destroy());
      if (path.endsWith("/limits")) response.end("<html>");
    });
    const serai = new Serai({ baseUrl: server.url, timeoutMs: 100 });
    await expect(serai.health()).rejects.toThrow("The answer to GET /health broke off");
    await expect(serai.limits()).rejects.toThrow("The answer to GET /limits is no JSON");
    await expect(serai.me()).rejects.toThrow("The answer to GET /auth/me did not come within 100 ms");
  });

  it.each([
    ["http://x", "http://x/api/v1/health"],
    ["http://x/", "http://x/api/v1/health"],
    ["http://x/serai/", "http://x/serai/api/v1/health"],
    ["http://x/v1", "http://x/v1/health"],
    ["http://x/api/v1/", "http://x/api/v1/health"],
    ["", "/api/v1/health"],
  ])("finds the API of %s at %s", async (baseUrl, address) => {
    const asked: string[] = [];
    const fake: typeof fetch = (input) => {
      asked.push(input instanceof Request ? input.url : input.toString());
      return Promise.resolve(Response.json({ status: "ok" }));
    };
    await new Serai({ baseUrl, fetch: fake }).health();
    expect(asked).toEqual([address]);
  });

  it("sends no key when it has none, for browsers that are signed in by cookie", async () => {
    await using server = await openFakeServer(echo);
    await new Serai({ baseUrl: server.url }).health();
    expect(server.asked[0]?.headers.authorization).toBeUndefined();
  });
});
