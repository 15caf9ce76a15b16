/** The document of all doors (D5): whole, sound, and as the requests are checked. */
import { Ajv2020 } from "ajv/dist/2020.js";
import addFormats from "ajv-formats";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { makeOpenApi } from "../../src/http/openapi.ts";
import { json, route } from "../../src/http/route.ts";
import { openNative } from "../doors/native/open-native.ts";
import type { Native } from "../doors/native/open-native.ts";
import { tinyProblem } from "./tiny-door.ts";

interface Operation {
  readonly operationId: string;
  readonly tags: readonly string[];
  readonly parameters?: readonly { readonly name: string; readonly in: string; readonly required: boolean }[];
  readonly responses: Readonly<Record<string, unknown>>;
  readonly security?: readonly unknown[];
}
interface Document {
  readonly openapi: string;
  readonly tags: readonly { readonly name: string }[];
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, object>> };
}

let native: Native;
let document: Document;
let text: string;

beforeAll(async () => {
  native = await openNative({ slots: 0 });
  const response = await native.app.request("/openapi.json");
  text = await response.text();
  document = JSON.parse(text) as Document;
});
afterAll(() => native[Symbol.asyncDispose]());

const operations = () =>
  Object.entries(document.paths).flatMap(([path, byMethod]) =>
    Object.entries(byMethod).map(([method, operation]) => ({ path, method, operation })),
  );

describe("the document", () => {
  it("is OpenAPI 3.1, asks no key, and has a tag per door", () => {
    expect(document.openapi).toBe("3.1.0");
    expect(document.tags.map(({ name }) => name)).toEqual(["Serai", "Server"]);
    for (const { operation } of operations()) expect(operation.tags).toHaveLength(1);
  });

  it("has every route under the first prefix, with an id of its own", () => {
    const ids = operations().map(({ operation }) => operation.operationId);
    expect(new Set(ids).size).toBe(ids.length);
    expect(Object.keys(document.paths)).toContain("/api/v1/sessions/{session_id}/sse");
    expect(Object.keys(document.paths).filter((path) => path.startsWith("/v1"))).toEqual([]);
  });

  it("declares each parameter of a path, and no other as one", () => {
    for (const { path, operation } of operations()) {
      const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
      const declared = (operation.parameters ?? []).filter((each) => each.in === "path");
      expect({ path, names: declared.map(({ name }) => name) }).toEqual({ path, names: inPath });
      expect(declared.every(({ required }) => required)).toBe(true);
    }
  });

  it("says for each route what it answers without a key, except where none is asked for", () => {
    const open = operations().filter(({ operation }) => operation.security?.length === 0);
    expect(open.map(({ operation }) => operation.operationId)).toEqual(
      expect.arrayContaining(["getHealth", "readOpenApi", "readDocs"]),
    );
    for (const { operation } of operations()) {
      const isOpen = operation.security?.length === 0;
      expect({ id: operation.operationId, is401: "401" in operation.responses || isOpen }).toEqual({
        id: operation.operationId,
        is401: true,
      });
    }
  });

  it("has only references that lead somewhere, and only schemas that compile", () => {
    const refs = [...text.matchAll(/"\$ref":"([^"]+)"/g)].map(([, ref]) => ref ?? "");
    expect(refs.length).toBeGreaterThan(20);
    for (const ref of refs) {
      expect(ref.startsWith("#/components/schemas/")).toBe(true);
      expect(Object.keys(document.components.schemas)).toContain(ref.split("/").at(-1));
    }
    const ajv = new Ajv2020({ strict: false, formats: { base64: true } });
    addFormats.default(ajv);
    ajv.addSchema(document, "doc");
    for (const name of Object.keys(document.components.schemas)) {
      expect(() => ajv.compile({ $ref: `doc#/components/schemas/${name}` })).not.toThrow();
    }
  });

  it("closes no object, since clients are promised new fields", () => {
    expect(text).not.toContain('"additionalProperties":false');
  });
});

describe("a schema that reads differently in and out", () => {
  const part = z.object({ n: z.string().transform(Number).pipe(z.int()) }).meta({ id: "Part" });
  const whole = z.object({ part, tags: z.array(z.string()).default([]) }).meta({ id: "Whole" });
  const same = z.object({ a: z.string() }).meta({ id: "Same" });
  const made = makeOpenApi(
    [
      {
        name: "t",
        title: "T",
        prefixes: ["/t"],
        problemSchema: tinyProblem,
        problemContentType: "application/json",
        encodeProblem: () => ({ status: 500, contentType: "", body: "" }),
        routes: [
          route(
            {
              method: "post",
              path: "/x",
              id: "x",
              group: "x",
              summary: "x",
              body: { kind: "json", schema: z.object({ whole, same }) },
              responses: { 200: { description: "x", schema: z.object({ whole, same }) } },
            },
            ({ body }) => json(200, { whole: { ...body.whole, part: { n: "1" } }, same: body.same }),
          ),
        ],
      },
    ],
    { title: "T", version: "1", description: "" },
  ) as unknown as Document;

  it("becomes two components, and so does what stands on it; one that is the same stays one", () => {
    const names = Object.keys(made.components.schemas);
    expect(names).toEqual(["Part", "PartInput", "Same", "TinyProblem", "Whole", "WholeInput"]);
    expect(JSON.stringify(made.components.schemas["WholeInput"])).toContain("#/components/schemas/PartInput");
    expect(JSON.stringify(made.components.schemas["Whole"])).toContain('"#/components/schemas/Part"');
  });
});

describe("the page that shows it", () => {
  it("is served from here with its script, and lets nothing else in", async () => {
    const page = await native.app.request("/docs");
    expect(page.headers.get("content-type")).toBe("text/html; charset=utf-8");
    expect(page.headers.get("content-security-policy")).toContain("default-src 'none'");
    const html = await page.text();
    expect(html).not.toMatch(/https?:\/\//);
    const script = await native.app.request("/docs/rapidoc-min.js");
    expect(script.headers.get("content-type")).toContain("text/javascript");
    expect((await script.text()).length).toBeGreaterThan(100_000);
  });
});

describe("health and limits", () => {
  it("says that the server is there without a key, at the root and under the door", async () => {
    for (const path of ["/health", "/api/v1/health", "/v1/health"]) {
      const response = await native.app.request(path);
      expect(await response.json()).toMatchObject({ status: "ok", version: "0.0.0-test" });
    }
  });

  it("publishes every limit by the name of its setting, with a key", async () => {
    expect((await native.app.request("/api/v1/limits")).status).toBe(401);
    const response = await native.app.request("/api/v1/limits", { headers: { authorization: "key-of-the-owner" } });
    expect(await response.json()).toMatchObject({ bodyBytes: 1_048_576, iterations: 100, titleLength: 200, tags: 25 });
  });
});
