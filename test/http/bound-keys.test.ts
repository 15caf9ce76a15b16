/** Keys that are bound to a session: closed everywhere but where a route says otherwise (H10). */
import { expect, it } from "vitest";
import { z } from "zod";
import { formatId } from "../../src/core/ids.ts";
import { accept } from "../../src/core/refusal.ts";
import { json, route } from "../../src/http/route.ts";
import { openTiny, principalOf } from "./tiny-door.ts";

const boundTo = formatId("session", 1, "0".repeat(20));
const schema = z.object({ who: z.string() });
const declared = {
  method: "post",
  group: "tests",
  summary: "Says who asks",
  responses: { 200: { description: "Told", schema } },
} as const;

const routes = [
  route({ ...declared, path: "/plain", id: "plain" }, ({ principal }) => json(200, { who: principal.role })),
  route({ ...declared, path: "/read", id: "read", access: "read" }, () => json(200, { who: "" })),
  route({ ...declared, path: "/open", id: "open", access: "public" }, () => json(200, { who: "anybody" })),
  route({ ...declared, path: "/taken", id: "taken", takesBoundKeys: true }, ({ principal }) =>
    json(200, { who: principal.boundTo ?? "" }),
  ),
  route({ ...declared, path: "/own", id: "own", access: "owner", takesBoundKeys: true }, () => json(200, { who: "" })),
  route({ ...declared, path: "/keyless", id: "keyless", answersKeyless: true }, ({ admission }) =>
    json(200, { who: admission.ok ? "let in" : admission.refusal.code }),
  ),
];

const { app } = openTiny(routes, {
  authenticate: () => Promise.resolve(accept({ ...principalOf("member"), boundTo })),
});

async function ask(path: string) {
  const headers = { authorization: "Bearer any" };
  const response = await app.request(`http://localhost/tiny${path}`, { method: "POST", headers });
  return { status: response.status, body: (await response.json()) as { who?: string; detail?: string } };
}

it.each(["/plain", "/read"])(
  "H10: are refused at %s, which says nothing of them, with the session's name",
  async (path) => {
    expect(await ask(path)).toMatchObject({ status: 403, body: { detail: expect.stringContaining(boundTo) } });
  },
);

it("H10: are let in where a route takes them, within their role, and nobody asks for them where none is asked for", async () => {
  expect(await ask("/taken")).toEqual({ status: 200, body: { who: boundTo } });
  expect((await ask("/own")).status).toBe(403);
  expect((await ask("/open")).status).toBe(200);
});

it("H10: are no admission to a route that answers everybody", async () => {
  expect(await ask("/keyless")).toEqual({ status: 200, body: { who: "forbidden" } });
});
