/**
 * GitHub's own OpenAPI description, as far as we call it: which operation a request is of, what is wrong with the request,
 * and whether an answer is one that it describes. How it came here: `take-description.ts`.
 *
 * Invariant: nothing here says what GitHub answers but the description. An object has no field that it does not name.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Ajv2020 } from "ajv/dist/2020.js";
import type { ValidateFunction } from "ajv/dist/2020.js";
import addFormats from "ajv-formats";

export type Json = { readonly [key: string]: unknown };

export interface Operation {
  /** Such as `issues/get`. */
  readonly id: string;
  /** The statuses that it declares. */
  readonly statuses: readonly number[];
  /** Its media types, of all its answers. */
  readonly types: readonly string[];
  /** Null: the request is as described. */
  readonly faultInParameters: (path: Json, query: Json) => string | null;
  /** Null: the answer is as described; `body` is undefined where it has none. */
  readonly faultInAnswer: (status: number, body: unknown) => string | null;
  /** The first example of its 200. */
  readonly example: () => Json;
}

export interface Found {
  readonly operation: Operation;
  readonly parameters: Json;
}

export interface Description {
  readonly operations: readonly Operation[];
  /** Null: there is no such operation. `path` is without its query. */
  readonly find: (method: string, path: string) => Found | null;
  /** As it stands, for tests that are made of it. */
  readonly schema: (name: string) => Json;
}

const FILE = join(import.meta.dirname, "..", "fixtures", "github", "description.json");
/** Of every operation, as GitHub's pages have it, though few operations declare them. */
const OF_EVERY_OPERATION: Json = {
  401: { $ref: "#/components/responses/requires_authentication" },
  403: { $ref: "#/components/responses/forbidden" },
  // Where the description has it, it is a 403 by another number.
  429: { $ref: "#/components/responses/forbidden" },
  500: { $ref: "#/components/responses/internal_error" },
  503: { $ref: "#/components/responses/service_unavailable" },
};

export function readDescription(): Description {
  const document: unknown = JSON.parse(readFileSync(FILE, "utf8"));
  if (!isObject(document)) throw new Error("The description of GitHub is no object");
  const ajv = new Ajv2020({ strict: false, allErrors: true });
  addFormats.default(ajv);
  const { schemas } = objectAt(document, "components");
  ajv.addSchema({ $id: "github", components: { schemas: asJsonSchema(schemas) } });
  const known = Object.entries(objectAt(document, "paths")).flatMap(([path, methods]) =>
    Object.entries(methods as Json).map(([method, operation]) => ({
      method: method.toUpperCase(),
      pattern: patternOf(path),
      operation: operationOf({ document, ajv }, operation as Json),
    })),
  );
  return {
    operations: known.map(({ operation }) => operation),
    find: (method, path) => {
      for (const each of known) {
        const parameters = each.method === method ? each.pattern.exec(path)?.groups : undefined;
        if (parameters !== undefined) return { operation: each.operation, parameters };
      }
      return null;
    },
    schema: (name) => objectAt(document, "components", "schemas", name),
  };
}

interface Tools {
  readonly document: Json;
  readonly ajv: Ajv2020;
}

function operationOf(tools: Tools, operation: Json): Operation {
  const { document } = tools;
  const declared = objectAt(operation, "responses");
  const responses = new Map<string, Json>();
  for (const [status, response] of Object.entries({ ...OF_EVERY_OPERATION, ...declared })) {
    responses.set(status, resolve(document, response));
  }
  const contents = [...responses.values()].map((response) => (response["content"] ?? {}) as Json);
  return {
    id: String(operation["operationId"]),
    statuses: Object.keys(declared).map(Number),
    types: [...new Set(contents.flatMap((content) => Object.keys(content)))],
    faultInParameters: makeParameterCheck(tools, operation),
    faultInAnswer: makeAnswerCheck(tools, responses),
    example: () => {
      const { examples } = objectAt(responses.get("200") ?? {}, "content", "application/json");
      const [first] = Object.values(examples as Json);
      return exampleIn(document, first);
    },
  };
}

function makeParameterCheck({ document }: Tools, operation: Json): Operation["faultInParameters"] {
  const declared = ((operation["parameters"] ?? []) as readonly unknown[]).map((each) => resolve(document, each));
  const checks = ["path", "query"].map((place) => {
    const here = declared.filter((each) => each["in"] === place);
    const properties = Object.fromEntries(here.map((each) => [String(each["name"]), asJsonSchema(each["schema"])]));
    const required = here.flatMap((each) => (each["required"] === true ? [String(each["name"])] : []));
    // What comes in an address is text: a number is whatever reads as one.
    const ajv = new Ajv2020({ strict: false, allErrors: true, coerceTypes: true });
    addFormats.default(ajv);
    return { ajv, check: ajv.compile({ type: "object", properties, required, additionalProperties: false }) };
  });
  return (...given) => {
    const faults = checks.flatMap(({ ajv, check }, index) =>
      check({ ...given[index] }) ? [] : [ajv.errorsText(check.errors, { dataVar: "parameters" })],
    );
    return faults.length === 0 ? null : faults.join("; ");
  };
}

function makeAnswerCheck({ ajv }: Tools, responses: ReadonlyMap<string, Json>): Operation["faultInAnswer"] {
  const checks = new Map<string, ValidateFunction>();
  const compile = (status: string, content: Json) => {
    const check = ajv.compile(asJsonSchema(objectAt(content, "application/json", "schema")) as Json);
    checks.set(status, check);
    return check;
  };
  return (status, body) => {
    const response = responses.get(String(status));
    if (response === undefined) return `status ${status} is not described`;
    const content = response["content"] as Json | undefined;
    if (content === undefined) return body === undefined ? null : `status ${status} has no body`;
    const check = checks.get(String(status)) ?? compile(String(status), content);
    return check(body) ? null : ajv.errorsText(check.errors, { dataVar: "body" });
  };
}

/** Examples refer to one another, and to what is called an example and has its value one step further down. */
function exampleIn(document: Json, value: unknown): Json {
  const found = resolve(document, value);
  return "value" in found ? exampleIn(document, found["value"]) : found;
}

function resolve(document: Json, value: unknown): Json {
  if (!isObject(value)) throw new Error("The description of GitHub has something else where an object is meant");
  const { $ref } = value;
  return typeof $ref === "string" ? resolve(document, objectAt(document, ...$ref.split("/").slice(1))) : value;
}

function patternOf(path: string): RegExp {
  const source = path.replaceAll(".", "\\.").replaceAll(/\{(\w+)\}/g, "(?<$1>[^/]+)");
  return new RegExp(`^${source}$`);
}

/** OpenAPI 3.0 says `nullable` where JSON Schema has a type of its own; and GitHub's `enum`s do not repeat it. */
function asJsonSchema(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(asJsonSchema);
  if (!isObject(value)) return value;
  const { nullable, ...rest } = value;
  const read = Object.fromEntries(
    Object.entries(rest).map(([key, each]) => [key, key === "$ref" ? `github${String(each)}` : asJsonSchema(each)]),
  );
  const isClosed = read["type"] === "object" && "properties" in read && !("additionalProperties" in read);
  const schema = isClosed ? { ...read, additionalProperties: false } : read;
  return nullable === true ? { anyOf: [schema, { type: "null" }] } : schema;
}

function objectAt(value: Json, ...keys: readonly string[]): Json {
  let at: unknown = value;
  for (const key of keys) at = isObject(at) ? at[key] : undefined;
  if (!isObject(at)) throw new Error(`The description of GitHub has no "${keys.join("/")}"`);
  return at;
}

export function isObject(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
