/** Keys and roles at the edge of HTTP (ruling 14). */
import { describe, expect, it } from "vitest";
import { getCookie } from "../../src/http/cookie.ts";
import { empty, route } from "../../src/http/route.ts";
import type { Access, Method } from "../../src/http/route.ts";
import { openTiny } from "./tiny-door.ts";

const responses = { 204: { description: "Done" } } as const;
function plain(method: Method, path: string, access?: Access) {
  const more = access === undefined ? {} : { access };
  return route({ method, path, id: `${method}${path.slice(1)}`, group: "x", summary: "x", responses, ...more }, () =>
    empty(204),
  );
}
const routes = [
  plain("get", "/read"),
  plain("post", "/write"),
  plain("post", "/look", "read"),
  plain("delete", "/own", "owner"),
  plain("get", "/open", "public"),
];

describe("a key", () => {
  it.each([
    ["a Bearer token", { authorization: "Bearer owner-key" }],
    ["bearer in lower case and with spaces around", { authorization: "  bearer   owner-key " }],
    ["the key alone", { authorization: "owner-key" }],
    ["ApiKey", { authorization: "ApiKey owner-key" }],
    ["x-api-key", { "x-api-key": "owner-key" }],
    ["a cookie", { cookie: "theme=dark; serai_key=owner-key; x=y" }],
  ])("is taken as %s", async (_, headers) => {
    const { app, asked } = openTiny(routes);
    const response = await app.request("/tiny/read", { headers });
    expect(response.status).toBe(204);
    expect(asked).toEqual(["owner-key"]);
  });

  it.each([
    ["none", {}, "no key was sent"],
    ["an empty header", { authorization: "" }, "no key was sent"],
    ["an unknown key", { authorization: "Bearer nobody" }, "The key is unknown"],
    ["another scheme", { authorization: "Basic b3duZXI6a2V5" }, "neither a Bearer token nor a key"],
    ["too many words", { authorization: "Bearer owner-key again" }, "neither a Bearer token nor a key"],
  ])("is missed with 401 and the way in: %s", async (_, headers, words) => {
    const { app } = openTiny(routes);
    const response = await app.request("/tiny/read", { headers });
    expect(response.status).toBe(401);
    expect(response.headers.get("www-authenticate")).toBe('Bearer realm="serai"');
    const { detail } = (await response.json()) as { detail: string };
    expect(detail.toLowerCase()).toContain(words.toLowerCase());
    expect(detail).toContain("Authorization: Bearer <key>");
  });

  it("in the Authorization header counts more than one in a cookie", async () => {
    const { app, asked } = openTiny(routes);
    await app.request("/tiny/read", { headers: { authorization: "Bearer viewer-key", cookie: "serai_key=owner-key" } });
    expect(asked).toEqual(["viewer-key"]);
  });

  it("is not asked for where the route is public, not even a wrong one", async () => {
    const { app, asked } = openTiny(routes);
    expect((await app.request("/tiny/open", { headers: { authorization: "Bearer nobody" } })).status).toBe(204);
    expect(asked).toEqual([]);
  });

  it("is not needed by the guests that a door lets in", async () => {
    const { app } = openTiny(routes);
    expect((await app.request("/tiny/read")).status).toBe(401);
  });
});

describe("a role", () => {
  const statuses = async (key: string) => {
    const { app } = openTiny(routes);
    const headers = { authorization: `Bearer ${key}` };
    const calls = [
      ["GET", "/read"],
      ["POST", "/look"],
      ["POST", "/write"],
      ["DELETE", "/own"],
    ] as const;
    return Promise.all(
      calls.map(async ([method, path]) => (await app.request(`/tiny${path}`, { method, headers })).status),
    );
  };

  it("opens what it may and nothing else", async () => {
    expect(await statuses("viewer-key")).toEqual([204, 204, 403, 403]);
    expect(await statuses("member-key")).toEqual([204, 204, 204, 403]);
    expect(await statuses("owner-key")).toEqual([204, 204, 204, 204]);
  });
});

describe("a cookie header", () => {
  it.each([
    [undefined, undefined],
    ["", undefined],
    ["a=b", undefined],
    ["serai_key=x", "x"],
    ['serai_key="x y"', "x y"],
    ["xserai_key=no; serai_key = yes ; serai_key=late", "yes"],
    ["serai_key", undefined],
  ])("%j holds %j", (header, value) => {
    expect(getCookie(header, "serai_key")).toBe(value);
  });
});
