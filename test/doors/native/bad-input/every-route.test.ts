/**
 * Bad input at every route of the native door (Q8): each row is made of the route's own entry in the document, and each
 * answer is held against it. A 4xx that names the place, never a 500, never a hang, nothing half-written.
 */
import { Ajv2020 } from "ajv/dist/2020.js";
import addFormats from "ajv-formats";
import { afterAll, describe, expect, it } from "vitest";
import { ask, openBadWorld, pathOf, tooMuch } from "./bad-world.ts";
import type { BadBytes, Refusal } from "./bad-world.ts";
import { bodiesWithPath, BROKEN_JSON, smallest, wrongBodies } from "./bodies.ts";
import { absentId, BAD_PATH_TEXTS, badQueryValues, isId, MALFORMED_IDS, TRAVERSALS } from "./routes.ts";
import type { NativeRoute } from "./routes.ts";

const world = await openBadWorld();
const { routes, things, document } = world;
const { schemas } = document.components;
const ajv = new Ajv2020({ strict: false, formats: { base64: true, binary: true } });
addFormats.default(ajv);
ajv.addSchema(document, "doc");

afterAll(async () => {
  await world[Symbol.asyncDispose]();
  expect(world.whole.faults).toEqual([]);
});

/** Bodies of routes whose smallest body by the document is refused for what it says rather than for how it looks. */
const BODIES: Readonly<Record<string, object>> = {
  "POST /sessions": { agent_id: things["agent_id"] },
  "POST /sessions/{session_id}/fs/_/restore": { path: "/notes.txt", version: 1 },
  "POST /sessions/{session_id}/fs/_/stat": { path: "/notes.txt" },
  "POST /sessions/{session_id}/fs/_/versions": { path: "/notes.txt" },
  "POST /sessions/{session_id}/fs/_/move": { src_path: "/notes.txt", dst_path: "/b" },
  "POST /sessions/{session_id}/fs/_/copy": { src_path: "/notes.txt", dst_path: "/b" },
  "POST /sessions/{session_id}/tool-results": { tool_results: [{ tool_call_id: "call", result: 1 }] },
};

/** How many rows each route was asked; a route that was asked none is found by the last test. */
const asked = new Map<string, number>();

interface Row {
  readonly what: string;
  readonly path: string;
  readonly as?: "owner" | "stranger";
  readonly body?: { readonly bytes: BadBytes; readonly contentType?: string };
  /** What is wrong with the answer, if anything. */
  readonly judge: (got: Refusal) => string | null;
}

/** As the last row of the route before left it. */
let stored = await world.stored();

/** Asks all rows and tells of those that were answered wrongly; nothing may be stored by any of them. */
async function askAll(route: NativeRoute, rows: readonly Row[]): Promise<void> {
  const wrong: string[] = [];
  for (const { what, path, as = "owner", body, judge } of rows) {
    const got = await ask(world, { as, method: route.method, path }, body);
    const verdict = judge(got);
    if (verdict !== null) wrong.push(`${what}: ${verdict}; got ${got.status} ${got.text.slice(0, 300)}`);
  }
  asked.set(route.name, (asked.get(route.name) ?? 0) + rows.length);
  expect(wrong).toEqual([]);
  const before = stored;
  stored = await world.stored();
  expect(stored).toBe(before);
}

const is =
  (...statuses: readonly number[]) =>
  ({ status }: Refusal) =>
    statuses.includes(status) ? null : `wants ${statuses.join(" or ")}`;

const isAt =
  (status: number, place: "path" | "query", name: string) =>
  (got: Refusal): string | null => {
    if (got.status !== status) return `wants ${status}`;
    const named = got.problem.path ?? "";
    return got.problem.in === place && (named === name || named.startsWith(`${name}.`) || named === "")
      ? null
      : `wants it to name ${name} in ${place}`;
  };

function validBody(route: NativeRoute): Row["body"] {
  if (route.json === undefined) return undefined;
  return { bytes: JSON.stringify(BODIES[route.name] ?? smallest(route.json, schemas)) };
}

const withBody = (route: NativeRoute): Pick<Row, "body"> => {
  const body = validBody(route);
  return body === undefined ? {} : { body };
};

function pathRows(route: NativeRoute): readonly Row[] {
  return route.parameters
    .filter((parameter) => parameter.in === "path")
    .flatMap((parameter) => {
      const values = isId(parameter) ? MALFORMED_IDS : BAD_PATH_TEXTS;
      return values.map((value) => ({
        what: `${parameter.name} = ${value.slice(0, 60)}`,
        path: pathOf(route, things, { [parameter.name]: value }),
        ...withBody(route),
        judge: isAt(400, "path", parameter.name),
      }));
    });
}

function absentRows(route: NativeRoute): readonly Row[] {
  const ids = route.parameters.filter((parameter) => parameter.in === "path" && isId(parameter));
  const absent = ids.map((parameter) => ({
    what: `${parameter.name} of nobody`,
    path: pathOf(route, things, { [parameter.name]: absentId(parameter.schema) }),
    ...withBody(route),
    judge: is(404),
  }));
  if (ids.length === 0 || route.isPublic) return absent;
  const path = pathOf(route, things);
  return [
    ...absent,
    { what: "of another workspace", path, as: "stranger" as const, ...withBody(route), judge: is(404) },
  ];
}

function queryRows(route: NativeRoute): readonly Row[] {
  const path = pathOf(route, things);
  return route.parameters
    .filter((parameter) => parameter.in === "query")
    .flatMap((parameter) =>
      badQueryValues(parameter).map((value) => ({
        what: `?${parameter.name}=${value.slice(0, 60)}`,
        path: `${path}?${parameter.name}=${value.replaceAll("NAME", parameter.name)}`,
        ...withBody(route),
        judge: isAt(400, "query", parameter.name),
      })),
    );
}

const malformed = ({ status, problem }: Refusal): string | null => {
  if (status !== 400) return "wants 400";
  return (problem.detail ?? "").length > 10 ? null : "wants a sentence";
};

function textRows(route: NativeRoute): readonly Row[] {
  const path = pathOf(route, things);
  const row = (what: string, bytes: BadBytes, judge: Row["judge"], contentType?: string): Row => ({
    ...{ what, path, judge },
    body: contentType === undefined ? { bytes } : { bytes, contentType },
  });
  const broken = BROKEN_JSON.map(([what, text]) => row(what, text, malformed));
  if (!route.isJsonOnly) return broken;
  const others = ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "application/jsonp", ""];
  return [
    ...broken,
    row("what is not UTF-8", Uint8Array.of(0x7b, 0x22, 0xff, 0x22, 0x7d), malformed),
    ...others.map((type) => row(`as ${type || "nothing"}`, new TextEncoder().encode('{"a":"x"}'), is(415), type)),
    row("more than any route takes", tooMuch, is(413)),
  ];
}

/** Bytes that are no form, and forms that are none. */
function formRows(route: NativeRoute): readonly Row[] {
  const path = pathOf(route, things);
  const row = (what: string, bytes: string, contentType: string): Row => ({
    ...{ what, path, body: { bytes, contentType } },
    judge: ({ status }) => (status === 400 || status === 415 ? null : "wants 400 or 415"),
  });
  const form = "multipart/form-data; boundary=b";
  const part = (name: string, more = "") => `--b\r\nContent-Disposition: form-data; name="${name}"${more}\r\n\r\nx`;
  return [
    row("JSON", "{}", "application/json"),
    row("text", "file=x", "application/x-www-form-urlencoded"),
    row("a form without a boundary", "--b--", "multipart/form-data"),
    row("a form of nothing", "", form),
    row("an empty form", "--b--\r\n", form),
    row("a form with another boundary", `--c\r\n\r\nx\r\n--c--`, form),
    row("a form that ends in a part", part("file", '; filename="x.png"'), form),
    row("a form that ends in a header", "--b\r\nContent-Disposition: form-da", form),
    row("a form without its file", `${part("other")}\r\n--b--\r\n`, form),
    row("a file of nonsense", `${part("file", '; filename="x.png"')}\r\n--b--\r\n`, form),
    row("a part without a name", "--b\r\nContent-Disposition: form-data\r\n\r\nx\r\n--b--\r\n", form),
    row("headers without an end", `--b\r\n${"X-Header: x\r\n".repeat(20_000)}`, form),
  ];
}

function bytesRows(route: NativeRoute): readonly Row[] {
  const path = pathOf(route, things);
  const refused = ({ status }: Refusal) => (status >= 400 && status < 500 ? null : "wants a 4xx");
  const bytes = [Uint8Array.of(0xff, 0xfe, 0), Uint8Array.of(0), new Uint8Array()];
  const named = bytes.map((each): readonly [string, BadBytes] => [`${each.length} bytes`, each]);
  return [...named, ["too many bytes", tooMuch] as const].map(([what, each]) => ({
    ...{ what, path, judge: refused },
    body: { bytes: each, contentType: "application/octet-stream" },
  }));
}

/** What the document's own schema does not let through must be a 400 that names the place or what is around it. */
function bodyRows(route: NativeRoute): readonly Row[] {
  if (route.json === undefined) return [];
  const fits = ajv.compile(JSON.parse(JSON.stringify(route.json).replaceAll('"#/', '"doc#/')) as object);
  const path = pathOf(route, things);
  return wrongBodies(route.json, schemas)
    .filter(({ body }) => !fits(body))
    .map(({ what, pointer, body }) => ({
      what: `${what} at ${pointer}: ${JSON.stringify(body).slice(0, 120)}`,
      path,
      body: { bytes: JSON.stringify(body) },
      judge: (got: Refusal) => {
        // A value may be so long that the body is, before anybody looks into it.
        if (got.status === 413 && what === "over-long") return null;
        if (got.status !== 400) return "wants 400";
        const { code, errors = [], detail = "" } = got.problem;
        if (code !== "invalid_input" || /zod|undefined is not|TypeError/.test(detail)) return "wants a plain sentence";
        const named = errors.some((each) => pointer.startsWith(each.path) || each.path.startsWith(pointer));
        return named ? null : `wants it to name ${pointer}`;
      },
    }));
}

/** No path of a file leads out of its session, wherever it is given. */
function traversalRows(route: NativeRoute): readonly Row[] {
  const inPath = route.parameters.some((parameter) => parameter.in === "path" && parameter.name === "path");
  const bodies = route.json === undefined ? [] : TRAVERSALS.flatMap(bodiesOf);
  const asPaths = TRAVERSALS.map((path) => ({
    what: `a path ${path.slice(0, 60)}`,
    path: pathOf(route, things, { path: encodeURIComponent(path) }),
    ...withBody(route),
    judge: is(400),
  }));
  return [...(inPath ? asPaths : []), ...bodies];

  function bodiesOf(path: string): readonly Row[] {
    return bodiesWithPath(route.json ?? {}, schemas, path).map(({ pointer, body }) => {
      const [, field = ""] = pointer.split("/");
      // The other fields are as they should be: nothing but this path can be what is refused.
      const whole = BODIES[route.name] === undefined ? body : { ...BODIES[route.name], [field]: body[field] };
      return {
        what: `a path ${path.slice(0, 60)} at ${pointer}`,
        path: pathOf(route, things),
        body: { bytes: JSON.stringify(whole) },
        judge: (got) => judgeTraversal(got, pointer),
      };
    });
  }
}

/** A document with files in it is refused as a whole; who asks whether one is valid is told that it is not. */
function judgeTraversal(got: Refusal, pointer: string): string | null {
  if (got.status === 422 || got.text.startsWith('{"valid":false')) return null;
  return got.status === 400 && got.problem.path === pointer ? null : `wants a 400 at ${pointer}`;
}

const having = (rows: (route: NativeRoute) => readonly Row[]) => routes.filter((route) => rows(route).length > 0);

describe("bad input at every route", () => {
  it.each(having(pathRows))("$name refuses what cannot stand in its path", (route) => askAll(route, pathRows(route)));

  it.each(having(absentRows))("$name finds nothing under ids of nobody and of others", (route) =>
    askAll(route, absentRows(route)),
  );

  it.each(having(queryRows))("$name refuses wrong parameters and names them", (route) =>
    askAll(route, queryRows(route)),
  );

  it.each(routes.filter(({ json }) => json !== undefined))("$name refuses JSON that is none", (route) =>
    askAll(route, textRows(route)),
  );

  it.each(routes.filter(({ isForm }) => isForm))("$name refuses forms that are none", (route) =>
    askAll(route, formRows(route)),
  );

  it.each(routes.filter(({ isBytesOnly }) => isBytesOnly))("$name refuses bytes that mean nothing", (route) =>
    askAll(route, bytesRows(route)),
  );

  it.each(having(traversalRows))("$name lets no path lead out", (route) => askAll(route, traversalRows(route)));

  it.each(having(bodyRows))("$name refuses values that do not fit, and names the place", (route) =>
    askAll(route, bodyRows(route)),
  );

  it.each(routes.filter(({ method, isPublic, path }) => method === "GET" && (isPublic || !path.includes("{"))))(
    "$name does not mind what is no parameter of it",
    (route) =>
      askAll(route, [
        { what: "unknown parameters", path: `${route.path}?__proto__=1&constructor[x]=2&unknown=%00`, judge: is(200) },
      ]),
  );

  it("has asked every route", () => {
    // These take nothing at all: no path, no query, no body.
    const silent = new Set(["POST /auth/sign-out"]);
    const unasked = routes.filter(({ name }) => !asked.has(name) && !silent.has(name)).map(({ name }) => name);
    expect(unasked).toEqual([]);
  });
});
