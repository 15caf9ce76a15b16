/** Routes that answer callers without a good key too, because those can do nothing with a 401. */
import { expect, it } from "vitest";
import { makeOpenApi } from "../../src/http/openapi.ts";
import { json, route } from "../../src/http/route.ts";
import { encodeProblem, problem, problemContentType } from "../../src/doors/native/problem.ts";
import { z } from "zod";
import { openTiny } from "./tiny-door.ts";

const schema = z.object({ who: z.string() });
const declaration = {
  method: "post",
  group: "tests",
  summary: "Says who asks",
  answersKeyless: true,
  responses: { 200: { description: "Told", schema } },
} as const;
const told = route({ ...declaration, path: "/told", id: "tell" }, ({ admission }) =>
  json(200, { who: admission.ok ? (admission.value?.role ?? "public") : admission.refusal.code }),
);
const careless = route({ ...declaration, path: "/careless", id: "careless" }, ({ principal }) =>
  json(200, { who: principal.role }),
);

it("calls the handler with who asks, or with why nobody was let in", async () => {
  const { app } = openTiny([told]);
  const ask = async (key: string) => {
    const response = await app.request("http://localhost/tiny/told", { method: "POST", headers: { "x-api-key": key } });
    return [response.status, ((await response.json()) as { who: string }).who];
  };
  expect(await ask("member-key")).toEqual([200, "member"]);
  expect(await ask("viewer-key")).toEqual([200, "forbidden"]);
  expect(await ask("nobody-key")).toEqual([200, "unauthenticated"]);
  expect(await ask("")).toEqual([200, "unauthenticated"]);
});

it("breaks rather than let a handler act for a caller that was not let in", async () => {
  const { app, faults } = openTiny([careless]);
  expect((await app.request("http://localhost/tiny/careless", { method: "POST" })).status).toBe(500);
  expect(faults).toHaveLength(1);
});

it("documents no 401 and no 403 of a key for such a route", () => {
  const door = { name: "t", title: "T", prefixes: ["/t"], routes: [told], problemSchema: problem } as const;
  const whole = { ...door, problemContentType, encodeProblem };
  const document = makeOpenApi([whole], { title: "", version: "", description: "" });
  const paths = document["paths"] as Record<
    string,
    Record<string, { responses: Record<string, { description: string }> }>
  >;
  const { responses = {} } = paths["/t/told"]?.["post"] ?? {};
  expect(responses["401"]).toBeUndefined();
  expect(responses["403"]?.description).toBe("host_not_allowed, origin_not_allowed");
});
