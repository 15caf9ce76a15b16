/** The way of a request through the HTTP room: ids, routes, faults, shapes of doors. */
import { afterEach, describe, expect, it } from "vitest";
import { z } from "zod";
import { connect } from "node:net";
import { StorageFull } from "../../src/core/ports/store.ts";
import type { Door } from "../../src/http/door.ts";
import { openHttpServer } from "../../src/http/server.ts";
import type { HttpServer } from "../../src/http/server.ts";
import { answer, empty, json, route } from "../../src/http/route.ts";
import { openTiny, principalOf, tinyProblem } from "./tiny-door.ts";

const key = { authorization: "Bearer owner-key" };
const ok = { 200: { description: "x", schema: z.object({ ok: z.boolean() }) } } as const;

const routes = [
  route({ method: "get", path: "/x/{id}", id: "x", group: "x", summary: "x", responses: ok }, () =>
    json(200, { ok: true }),
  ),
  route({ method: "post", path: "/x/{id}", id: "postX", group: "x", summary: "x", responses: ok }, () =>
    json(200, { ok: true }),
  ),
  route({ method: "get", path: "/broken", id: "broken", group: "x", summary: "x", responses: ok }, () => {
    throw new Error("The table sekret_keys is gone");
  }),
  route({ method: "post", path: "/full", id: "full", group: "x", summary: "x", responses: ok }, () =>
    Promise.reject(new StorageFull("no space")),
  ),
  route({ method: "post", path: "/refuse", id: "refuse", group: "x", summary: "x", responses: ok }, () =>
    answer({ ok: false, refusal: { code: "forbidden", reason: "no" } } as const, () => json(200, { ok: true })),
  ),
  route(
    {
      method: "get",
      path: "/cut",
      id: "cut",
      group: "x",
      summary: "x",
      responses: { 200: { description: "x", content: "text/plain" } },
    },
    () => ({
      kind: "raw",
      status: 200,
      headers: { "Content-Type": "text/plain" },
      body: (async function* () {
        yield new TextEncoder().encode("half");
        throw new Error("The blob is gone");
      })(),
    }),
  ),
];

describe("a request", () => {
  it("gets an id of ours, or keeps a plain one of its own", async () => {
    const { app } = openTiny(routes);
    const minted = await app.request("/tiny/x/1", { headers: key });
    expect(minted.headers.get("x-request-id")).toMatch(/^req_[0-9a-f]{32}$/);
    const own = await app.request("/tiny/x/1", { headers: { ...key, "x-request-id": "trace-1.2_3" } });
    expect(own.headers.get("x-request-id")).toBe("trace-1.2_3");
    const foul = await app.request("/tiny/x/1", { headers: { ...key, "x-request-id": "a\tb{injected}" } });
    expect(foul.headers.get("x-request-id")).toMatch(/^req_/);
  });

  it("to a route that is none is a 404 in the door's shape, and 405 names the methods that are", async () => {
    const { app } = openTiny(routes);
    const unknown = await app.request("/tiny/nowhere", { headers: key });
    expect(unknown.status).toBe(404);
    expect(await unknown.json()).toMatchObject({
      code: "route_not_found",
      request_id: unknown.headers.get("x-request-id"),
    });
    const wrong = await app.request("/tiny/x/1", { method: "DELETE", headers: key });
    expect(wrong.status).toBe(405);
    expect(wrong.headers.get("allow")).toBe("GET, POST");
  });

  it("under another door gets that door's shape, also for routes that are none", async () => {
    const other: Door = {
      name: "other",
      title: "Other",
      prefixes: ["/tiny/other"],
      routes: [],
      problemSchema: tinyProblem,
      problemContentType: "application/json",
      encodeProblem: ({ status, detail }) => ({
        status: status === 404 ? 410 : status,
        contentType: "application/json",
        body: JSON.stringify({ oops: detail }),
      }),
    };
    const { app } = openTiny(routes, { doors: [other] });
    const response = await app.request("/tiny/other/nowhere");
    expect(response.status).toBe(410);
    expect(await response.json()).toEqual({ oops: "There is no route GET /tiny/other/nowhere" });
    expect((await app.request("/tiny/otherwise")).status).toBe(404);
  });

  it("that meets a broken machine is told a request id and nothing else; the cause is reported under it", async () => {
    const { app, faults } = openTiny(routes);
    const response = await app.request("/tiny/broken", { headers: key });
    expect(response.status).toBe(500);
    const text = await response.text();
    expect(text).not.toContain("sekret");
    expect(JSON.parse(text)).toMatchObject({ code: "internal_error", status: 500 });
    expect(faults).toMatchObject([
      { method: "GET", path: "/tiny/broken", requestId: response.headers.get("x-request-id") },
    ]);
    expect(String(faults[0]?.error)).toContain("sekret_keys");
  });

  it("that meets a full disk is told so with 507, and nobody is woken", async () => {
    const { app, faults } = openTiny(routes);
    const response = await app.request("/tiny/full", { method: "POST", headers: key });
    expect(response.status).toBe(507);
    expect(await response.json()).toMatchObject({ code: "storage_full" });
    expect(faults).toEqual([]);
  });

  it("is let in as a guest where the door says so, and only without a key", async () => {
    const open: Door = {
      name: "open",
      title: "Open",
      prefixes: ["/open"],
      routes: [
        route(
          { method: "get", path: "/me", id: "me", group: "x", summary: "x", responses: { 204: { description: "x" } } },
          () => empty(204),
        ),
      ],
      problemSchema: tinyProblem,
      problemContentType: "application/json",
      encodeProblem: ({ status, detail }) => ({ status, contentType: "application/json", body: detail }),
      guest: () => principalOf("member"),
    };
    const { app } = openTiny([], { doors: [open] });
    expect((await app.request("/open/me")).status).toBe(204);
    expect((await app.request("/open/me", { headers: { authorization: "Bearer wrong" } })).status).toBe(401);
  });
});

describe("a listening server", () => {
  const servers: HttpServer[] = [];
  const listen = async (more: Partial<Parameters<typeof openHttpServer>[0]> = {}) => {
    const tiny = openTiny(routes);
    const server = await openHttpServer({ app: tiny.app, host: "127.0.0.1", port: 0, ...more });
    servers.push(server);
    return { ...tiny, server };
  };
  afterEach(async () => {
    for (const server of servers.splice(0)) await server[Symbol.asyncDispose]();
  });

  /** Sends bytes as they are and gives back everything until the other side ends. */
  const raw = (server: HttpServer, text: string) =>
    new Promise<string>((resolve, reject) => {
      let answered = "";
      const socket = connect(server.port, "127.0.0.1", () => socket.write(text));
      socket.setEncoding("utf8");
      socket.on("data", (chunk: string) => (answered += chunk));
      socket.on("close", () => resolve(answered));
      socket.on("error", reject);
    });

  it("says where it listens, and refuses a port that is taken with a sentence", async () => {
    const { app, server } = await listen();
    expect(server.url).toBe(`http://127.0.0.1:${server.port}`);
    const twice = openHttpServer({ app, host: "127.0.0.1", port: server.port });
    await expect(twice).rejects.toThrow(`Cannot listen on 127.0.0.1:${server.port}`);
  });

  it("cuts a download that breaks in the middle instead of pretending that it is whole", async () => {
    const { server, faults } = await listen();
    const response = await fetch(`${server.url}/tiny/cut`, { headers: key });
    await expect(response.text()).rejects.toThrow(/terminated|aborted|closed/);
    expect(faults).toHaveLength(1);
  });

  it("drops a client that does not finish its headers in time", async () => {
    const { server } = await listen({ headersTimeoutMs: 200, requestTimeoutMs: 300 });
    const before = performance.now();
    const text = await raw(server, "GET /tiny/x/1 HTTP/1.1\r\nHost: localhost\r\n");
    expect(text).toContain("408");
    expect(performance.now() - before).toBeLessThan(5_000);
  });

  it.each([
    ["no HTTP", "HELLO\r\n\r\n"],
    ["a host that is none", "GET / HTTP/1.1\r\nHost: a b\r\nConnection: close\r\n\r\n"],
    ["no host", "GET / HTTP/1.1\r\nConnection: close\r\n\r\n"],
    ["a backslash in the path", "GET /a\\b HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"],
    ["headers beyond any measure", `GET / HTTP/1.1\r\nHost: localhost\r\nX: ${"x".repeat(40_000)}\r\n\r\n`],
    ["two lengths", "POST /tiny/x/1 HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab"],
    [
      "a length and chunks",
      "POST /tiny/x/1 HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    ],
  ])("answers %s with a 4xx and goes on", async (_, text) => {
    const { server, faults } = await listen();
    expect(await raw(server, text)).toMatch(/^HTTP\/1\.1 4\d\d /);
    expect(faults).toEqual([]);
    expect((await fetch(`${server.url}/tiny/x/1`, { headers: key })).status).toBe(200);
  });

  it("refuses a name that is not its own, whatever the route", async () => {
    const { server } = await listen();
    const request = (path: string) =>
      raw(
        server,
        `GET ${path} HTTP/1.1\r\nHost: evil.example\r\nAuthorization: owner-key\r\nConnection: close\r\n\r\n`,
      );
    expect(await request("/tiny/x/1")).toContain("host_not_allowed");
    expect(await request("/nowhere")).toContain("host_not_allowed");
  });

  it("ends while a client keeps its connection open", async () => {
    const { server } = await listen({ closeDeadlineMs: 500 });
    await fetch(`${server.url}/tiny/x/1`, { headers: key });
    const before = performance.now();
    await server[Symbol.asyncDispose]();
    expect(performance.now() - before).toBeLessThan(450);
    await expect(fetch(`${server.url}/tiny/x/1`, { headers: key })).rejects.toThrow("fetch failed");
  });
});
