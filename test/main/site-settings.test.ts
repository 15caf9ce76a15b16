/** Which names and sites a server was told of, and which limits: as flags and in the environment, and at its socket. */
import { mkdtemp, rm } from "node:fs/promises";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pino } from "pino";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { boot } from "../../src/main/boot.ts";
import type { Server } from "../../src/main/boot.ts";
import { readSettings } from "../../src/main/config.ts";
import type { ServeOptions } from "../../src/main/config.ts";

const read = (options: ServeOptions, environment: Record<string, string> = {}) =>
  readSettings(options, environment, "/");

describe("settings", () => {
  it("come from flags, else from the environment, else there are none", () => {
    const environment = {
      SERAI_CORS_ORIGINS: "https://a.example, http://localhost:3000",
      SERAI_ALLOWED_HOSTS: "serai.example",
      SERAI_LIMITS: "fileBytes=300000000 jsonDepth=8",
    };
    expect(read({}, environment)).toMatchObject({
      settings: {
        corsOrigins: ["https://a.example", "http://localhost:3000"],
        allowedHosts: ["serai.example"],
        limits: { fileBytes: 300_000_000, jsonDepth: 8 },
      },
    });
    expect(read({ corsOrigins: ["https://b.example"], allowedHosts: [], limits: [] }, environment)).toMatchObject({
      settings: { corsOrigins: ["https://b.example"], allowedHosts: [], limits: {} },
    });
    expect(read({})).toMatchObject({ settings: { corsOrigins: [], allowedHosts: [], limits: {} } });
  });

  it.each([
    [{ corsOrigins: ["*"] }, /like https:/],
    [{ corsOrigins: ["null"] }, /like https:/],
    [{ corsOrigins: ["app.example"] }, /like https:/],
    [{ corsOrigins: ["https://app.example/page"] }, /like https:/],
    [{ corsOrigins: ["https://*.example"] }, /like https:/],
    [{ corsOrigins: ["file:///etc"] }, /like https:/],
    [{ allowedHosts: ["https://serai.example"] }, /without scheme/],
    [{ allowedHosts: ["serai.example:7080"] }, /without scheme/],
    [{ allowedHosts: [""] }, /without scheme/],
    [{ limits: ["fileByte=1"] }, /no limit "fileByte"; there are .*fileBytes/],
    [{ limits: ["__proto__=1"] }, /no limit/],
    [{ limits: ["fileBytes"] }, /whole number/],
    [{ limits: ["fileBytes="] }, /whole number/],
    [{ limits: ["fileBytes=-1"] }, /whole number/],
    [{ limits: ["fileBytes=1.5"] }, /whole number/],
  ] satisfies readonly (readonly [ServeOptions, RegExp])[])("refuse %j with a sentence", (options, reason) => {
    const refused = read(options);
    expect(refused).toMatchObject({ ok: false });
    expect(refused.ok ? "" : refused.reason).toMatch(reason);
  });
});

describe("H7: a server that was told of a name and a site", () => {
  let folder: string;
  let server: Server;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "serai-site-"));
    const options = { port: 0, data: folder, corsOrigins: ["https://app.example"], allowedHosts: ["Serai.Example"] };
    const settings = read({ ...options, limits: ["titleLength=5"] });
    if (!settings.ok) throw new Error(settings.reason);
    const log = pino({ level: "silent" });
    server = await boot({
      ...{ settings: settings.settings, environment: {}, version: "test", log },
      onBroken: (fault) => {
        throw fault;
      },
    });
  });
  afterAll(async () => {
    await server[Symbol.asyncDispose]();
    await rm(folder, { recursive: true, force: true });
  });

  // `fetch` does not let anybody choose these headers.
  const ask = (headers: Record<string, string>, method = "GET") =>
    new Promise<{ status: number; headers: Record<string, unknown> }>((resolve, reject) => {
      const asking = request(`${server.url}/health`, { method, headers }, (response) => {
        response.resume().on("end", () => resolve({ status: response.statusCode ?? 0, headers: response.headers }));
      });
      asking.on("error", reject).end();
    });

  it("answers to them and to no other", async () => {
    expect((await ask({ host: "serai.example:7080" })).status).toBe(200);
    expect((await ask({ host: "evil.example" })).status).toBe(403);
    expect((await ask({ origin: "https://app.example" })).status).toBe(200);
    expect((await ask({ origin: "https://evil.example" })).status).toBe(403);
  });

  it("lets that site read what it answers, and says so beforehand", async () => {
    const read = await ask({ origin: "https://app.example" });
    expect(read.headers["access-control-allow-origin"]).toBe("https://app.example");
    const preflight = await ask({ origin: "https://app.example", "access-control-request-method": "PUT" }, "OPTIONS");
    expect(preflight).toMatchObject({
      status: 204,
      headers: { "access-control-allow-origin": "https://app.example", vary: "Origin" },
    });
    expect((await ask({ origin: "https://evil.example" }, "OPTIONS")).headers).not.toHaveProperty(
      "access-control-allow-origin",
    );
  });
});
