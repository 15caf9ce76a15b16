/** Names, origins and preflights: what a browser may be talked into (Security page, ruling 14). */
import { z } from "zod";
import { describe, expect, it } from "vitest";
import { makeGate } from "../../src/http/gate.ts";
import { empty, route } from "../../src/http/route.ts";
import { openTiny } from "./tiny-door.ts";

const closed = makeGate({ allowedHosts: [], corsOrigins: [] });
const open = makeGate({ allowedHosts: ["Serai.example.com:8443"], corsOrigins: ["https://app.example.com/"] });

describe("the name a request came to", () => {
  it.each(["localhost", "localhost:4321", "app.localhost", "127.0.0.1:80", "[::1]:4321", "10.1.2.3", "LOCALHOST:1"])(
    "may be %s: a loopback name or an address",
    (host) => {
      expect(closed.check(host, undefined)).toBeNull();
    },
  );

  it.each(["evil.example", "127.0.0.1.evil.example", "localhost.evil.example", "", "serai.example.com"])(
    "may not be %j, which somebody else's DNS may point here",
    (host) => {
      expect(closed.check(host, undefined)).toMatchObject({ status: 403, code: "host_not_allowed" });
    },
  );

  it("may be one that is configured, whatever its case and port", () => {
    expect(open.check("serai.example.com", undefined)).toBeNull();
    expect(open.check("SERAI.example.com:1", undefined)).toBeNull();
  });
});

describe("the page a request came from", () => {
  it("may be this server's own, also behind a proxy that speaks TLS", () => {
    expect(closed.check("localhost:4321", "http://localhost:4321")).toBeNull();
    expect(open.check("serai.example.com", "https://serai.example.com")).toBeNull();
  });

  it.each(["http://localhost:9999", "http://evil.example", "null", "file://", "https://localhost:4321.evil.example"])(
    "may not be %s",
    (origin) => {
      expect(closed.check("localhost:4321", origin)).toMatchObject({ status: 403, code: "origin_not_allowed" });
    },
  );

  it("may be one that is configured", () => {
    expect(open.check("localhost", "https://app.example.com")).toBeNull();
  });
});

const routes = [
  route(
    { method: "get", path: "/x", id: "x", group: "x", summary: "x", responses: { 204: { description: "x" } } },
    () => empty(204),
  ),
];
const key = { authorization: "Bearer owner-key" };

describe("cross-origin reads", () => {
  it("are closed: no header invites them, and a preflight is a bare 204 without a key", async () => {
    const { app } = openTiny(routes);
    const preflight = await app.request("/tiny/x", {
      method: "OPTIONS",
      headers: { origin: "https://app.example.com" },
    });
    expect(preflight.status).toBe(204);
    expect([...preflight.headers.keys()].filter((name) => name.startsWith("access-control"))).toEqual([]);
    const refused = await app.request("/tiny/x", { headers: { ...key, origin: "https://app.example.com" } });
    expect(refused.status).toBe(403);
    expect(await refused.json()).toMatchObject({ code: "origin_not_allowed" });
  });

  it("are open to a configured origin, with what it may send and see", async () => {
    const gate = { allowedHosts: [], corsOrigins: ["https://app.example.com"] };
    const { app } = openTiny(routes, { gate });
    const origin = "https://app.example.com";
    const preflight = await app.request("/tiny/x", { method: "OPTIONS", headers: { origin } });
    expect(preflight.headers.get("access-control-allow-origin")).toBe(origin);
    expect(preflight.headers.get("access-control-allow-headers")).toContain("Last-Event-ID");
    const got = await app.request("/tiny/x", { headers: { ...key, origin } });
    expect(got.status).toBe(204);
    expect(got.headers.get("access-control-allow-origin")).toBe(origin);
    expect(got.headers.get("access-control-expose-headers")).toContain("X-Request-Id");
    expect(got.headers.get("vary")).toBe("Origin");
    const other = await app.request("/tiny/x", { headers: key });
    expect(other.headers.get("access-control-allow-origin")).toBeNull();
    expect(other.headers.get("vary")).toBe("Origin");
  });

  it("are a door's own where its page says whose pages may use it, and closed at the others", async () => {
    const origin = "https://dashboard.example.com";
    const cors = { origins: [origin], methods: ["GET", "POST", "DELETE"] };
    const door = {
      name: "own",
      title: "Own",
      prefixes: ["/own"],
      routes: [],
      problemSchema: z.unknown(),
      problemContentType: "application/json",
      encodeProblem: ({ status }: { readonly status: number }) => ({
        status,
        contentType: "application/json",
        body: "{}",
      }),
      cors,
    } as const;
    const { app } = openTiny(routes, { doors: [door] });
    const ask = (path: string) => app.request(path, { method: "OPTIONS", headers: { origin } });
    const own = await ask("/own/x");
    expect(own.status).toBe(204);
    expect(own.headers.get("access-control-allow-origin")).toBe(origin);
    expect(own.headers.get("access-control-allow-methods")).toBe("GET, POST, DELETE");
    expect((await app.request("/own/x", { headers: { origin } })).status).toBe(404);
    expect((await ask("/tiny/x")).headers.get("access-control-allow-origin")).toBeNull();
    expect((await app.request("/tiny/x", { headers: { ...key, origin } })).status).toBe(403);
  });
});
