/** Doors on ports of their own, doors that ask no key, and Ennio's token: as flags and in the environment, and at sockets. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pino } from "pino";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { boot } from "../../src/main/boot.ts";
import { readSettings } from "../../src/main/config.ts";
import type { ServeOptions } from "../../src/main/config.ts";
import { makeGuest } from "../../src/main/dialect-doors.ts";
import { openWholeServer } from "./whole-server.ts";
import type { WholeServer } from "./whole-server.ts";

const read = (options: ServeOptions, environment: Record<string, string> = {}) =>
  readSettings(options, environment, "/");
const token = "a-token-of-ennio-that-has-32-characters";

describe("settings of doors", () => {
  it("come from flags, else from the environment, else there are none", () => {
    const environment = {
      SERAI_DOORS: "ennio=3000, viben=18790",
      SERAI_OPEN: "1",
      SERAI_ENNIO_API_TOKEN: token,
      SERAI_ENNIO_CORS_ORIGINS: "http://localhost:3000 https://dashboard.example.com",
      GITHUB_TOKEN: "t",
      GITHUB_API_URL: "https://github.example.com/api/v3",
    };
    expect(read({}, environment)).toMatchObject({
      settings: {
        doorPorts: [
          { door: "ennio", port: 3000 },
          { door: "viben", port: 18_790 },
        ],
        isOpen: true,
        ennioToken: token,
        ennioCorsOrigins: ["http://localhost:3000", "https://dashboard.example.com"],
        github: { apiUrl: "https://github.example.com/api/v3", token: "t" },
      },
    });
    const flags = { doors: ["agen=0"], open: false, ennioToken: `${token}2`, ennioCorsOrigins: [] };
    expect(read(flags, environment)).toMatchObject({
      settings: {
        doorPorts: [{ door: "agen", port: 0 }],
        isOpen: false,
        ennioToken: `${token}2`,
        ennioCorsOrigins: [],
      },
    });
    expect(read({})).toMatchObject({
      settings: {
        ...{ doorPorts: [], isOpen: false, ennioToken: null, ennioCorsOrigins: [] },
        github: { apiUrl: "https://api.github.com", token: null },
      },
    });
  });

  it.each([
    [{ doors: ["ennio"] }, /like ennio=3000, with one of native, viben/],
    [{ doors: ["nobody=1"] }, /like ennio=3000/],
    [{ doors: ["ennio=70000"] }, /like ennio=3000/],
    [{ doors: ["ennio=3000", "viben=3000"] }, /same port 3000/],
    [{ ennioCorsOrigins: ["*"] }, /like https:/],
  ] satisfies readonly (readonly [ServeOptions, RegExp])[])("refuse %j with a sentence", (options, reason) => {
    const refused = read(options);
    expect(refused.ok ? "" : refused.reason).toMatch(reason);
  });

  it("refuse a token that could be guessed, and an address that is none, at the start", async () => {
    const bad = read({}, { GITHUB_API_URL: "github.com" });
    expect(bad.ok ? "" : bad.reason).toMatch(/GITHUB_API_URL/);
    const folder = await mkdtemp(join(tmpdir(), "serai-token-"));
    const settings = read({ port: 0, data: folder, ennioToken: "short" });
    if (!settings.ok) throw new Error(settings.reason);
    const more = { environment: {}, version: "test", log: pino({ level: "silent" }), onBroken: () => {} };
    await expect(boot({ settings: settings.settings, ...more })).rejects.toThrow(/"ennio.api_token" must have 32/);
    await rm(folder, { recursive: true, force: true });
  });
});

describe("a server that is open", () => {
  let whole: WholeServer;
  beforeAll(async () => {
    whole = await openWholeServer({ serve: { open: true, doors: ["ennio=0"] } });
  });
  afterAll(async () => {
    await whole[Symbol.asyncDispose]();
    expect(whole.faults).toEqual([]);
  });
  const statusOf = async (path: string, headers: Record<string, string> = {}) =>
    (await fetch(`${whole.server.url}${path}`, { headers })).status;

  it("asks no key of Viben and Ennio on this machine, and one of everybody else (ruling 14)", async () => {
    for (const path of ["/api/sessions", "/ennio/api/v1/sessions"]) expect(await statusOf(path)).toBe(200);
    const own = whole.server.doorUrls[0]?.url ?? "";
    expect((await fetch(`${own}/api/v1/sessions`)).status).toBe(200);
    for (const path of ["/api/v1/sessions", "/agen/api/v1/sessions", "/workspaces/default/sessions", "/api/v1/keys"]) {
      expect(await statusOf(path)).toBe(401);
    }
  });

  it("believes no wrong key, and no proxy that passes on what came from elsewhere", async () => {
    expect(await statusOf("/api/sessions", { authorization: "Bearer wrong" })).toBe(401);
    for (const name of ["x-forwarded-for", "forwarded", "x-real-ip", "via"]) {
      expect(await statusOf("/api/sessions", { [name]: "203.0.113.9" })).toBe(401);
    }
    expect(await statusOf("/api/sessions", { origin: "https://evil.example" })).toBe(403);
  });

  it("lets its guests make sessions, and nothing that is a member's no more", async () => {
    const made = await fetch(`${whole.server.url}/api/sessions`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ agent_id: "HOSTED" }),
    });
    expect(made.status).toBe(201);
    const guest = makeGuest(whole.server.first);
    expect(guest("127.0.0.1", () => undefined)).toMatchObject({ role: "member", keyId: null });
    expect(guest("::ffff:127.0.0.1", () => undefined)).not.toBeNull();
    for (const address of ["192.168.1.7", "10.0.0.1", undefined]) expect(guest(address, () => undefined)).toBeNull();
  });
});

describe("a server that is open and has a token of Ennio's", () => {
  it("asks for the token there", async () => {
    const whole = await openWholeServer({ serve: { open: true, ennioToken: token } });
    const at = (path: string, init: RequestInit = {}) => fetch(`${whole.server.url}${path}`, init);
    expect((await at("/ennio/api/v1/sessions")).status).toBe(401);
    expect((await at("/ennio/api/v1/sessions", { headers: { authorization: `Bearer ${token}` } })).status).toBe(200);
    expect((await at("/api/sessions")).status).toBe(200);
    await whole[Symbol.asyncDispose]();
  });
});

describe("a door on a port of its own", () => {
  it("streams like the server's own port, and says good-bye when the server stops", async () => {
    const whole = await openWholeServer({ serve: { doors: ["native=0", "enagrams=0", "hooks=0", "mcp=0"] } });
    const url = whole.server.doorUrls.find(({ door }) => door === "native")?.url ?? "";
    const made = await whole.as.owner.post<{ id: string }>("/sessions", { harness_name: "generic" });
    const key = (await whole.as.owner.post<{ key: string }>("/keys", { name: "k", role: "viewer" })).body.key;
    const response = await fetch(`${url}/api/v1/sessions/${made.body.id}/sse`, {
      headers: { authorization: `Bearer ${key}` },
    });
    expect(response.status).toBe(200);
    const [text] = await Promise.all([response.text(), whole[Symbol.asyncDispose]()]);
    expect(text).toContain("event: session.created");
    expect(text).toMatch(/event: disconnecting\n.*"reason":"shutdown"/s);
  });
});

describe("a port that is taken", () => {
  it("is said, and nothing stays open", async () => {
    const first = await openWholeServer();
    const taken = new URL(first.server.url).port;
    await expect(openWholeServer({ serve: { doors: [`ennio=${taken}`] } })).rejects.toThrow(/Cannot listen on/);
    await first[Symbol.asyncDispose]();
  });
});
