/**
 * A fetch that holds every answer against the OpenAPI document: an undeclared route, status or media type, a body that
 * does not fit, or a field that the document does not know is an error that names the request.
 */
import { Ajv2020 } from "ajv/dist/2020.js";
import type { ValidateFunction } from "ajv/dist/2020.js";
import addFormats from "ajv-formats";
import type { HttpApp } from "../../src/http/app.ts";

type Json = { [key: string]: unknown };
interface Operation {
  readonly path: string;
  readonly pattern: RegExp;
  readonly responses: Record<string, { content?: Record<string, { schema?: Json }> }>;
}

export type CheckedFetch = (path: string, init?: RequestInit) => Promise<Response>;

export interface CheckedFetchOptions {
  /** Sends the request; `app.fetch` in process unless told. */
  readonly send?: (request: Request) => Promise<Response>;
  readonly headers?: Readonly<Record<string, string>>;
}

export async function openCheckedFetch(app: HttpApp, options: CheckedFetchOptions = {}): Promise<CheckedFetch> {
  const send = options.send ?? (async (request: Request) => app.fetch(request));
  const text = await (await app.request("http://localhost/openapi.json")).text();
  const check = checks.get(text) ?? makeCheck(JSON.parse(text) as Json);
  checks.set(text, check);
  return async (path, init = {}) => {
    const headers = new Headers(options.headers);
    new Headers(init.headers).forEach((value, name) => headers.set(name, value));
    const request = new Request(`http://localhost${path}`, { ...init, headers });
    const response = await send(request);
    await check(request, response);
    return response;
  };
}

type Check = (request: Request, response: Response) => Promise<void>;

/** Compiling a document's schemas takes longer than most tests; the same text is the same document. */
const checks = new Map<string, Check>();

function makeCheck(document: Json): Check {
  const ajv = new Ajv2020({ strict: false, allErrors: true, formats: { base64: true } });
  addFormats.default(ajv);
  ajv.addSchema(close(document) as Json, "doc");
  const operations = operationsOf(document);
  const validators = new Map<string, ValidateFunction>();
  return async (request, response) => {
    const name = `${request.method} ${new URL(request.url).pathname} → ${response.status}`;
    if (response.headers.get("x-request-id") === null) throw new Error(`${name} has no X-Request-Id`);
    const operation = findOperation(operations, request);
    if (operation === undefined) {
      if ([204, 404, 405].includes(response.status)) return;
      throw new Error(`${name}: the document has no such route`);
    }
    const declared = operation.responses[String(response.status)];
    if (declared === undefined) throw new Error(`${name} is not declared: ${await response.clone().text()}`);
    await checkBody({ name, operation, declared, response }, { ajv, validators });
  };
}

async function checkBody(
  at: {
    name: string;
    operation: Operation;
    declared: { content?: Record<string, { schema?: Json }> };
    response: Response;
  },
  { ajv, validators }: { ajv: Ajv2020; validators: Map<string, ValidateFunction> },
): Promise<void> {
  const { name, declared, response, operation } = at;
  if (response.status === 304 || name.startsWith("HEAD ")) return;
  const type = response.headers.get("content-type")?.split(";", 1)[0] ?? "";
  const types = Object.keys(declared.content ?? {});
  if (types.length === 0) {
    if ((await response.clone().text()) !== "") throw new Error(`${name} has a body and declares none`);
    return;
  }
  if (!types.includes(type) && !types.includes("*/*")) throw new Error(`${name} is ${type}, declared ${types.join()}`);
  // A stored file that happens to be JSON is not JSON of ours.
  if (types.includes("*/*") && response.headers.has("accept-ranges")) return;
  if (!type.endsWith("json") || !types.includes(type) || type === "application/x-ndjson") return;
  const key = `${operation.path} ${name.split(" ")[0]} ${response.status} ${type}`;
  const schema = declared.content?.[type]?.schema ?? {};
  const validate = validators.get(key) ?? ajv.compile(pointInto(close(schema)) as Json);
  validators.set(key, validate);
  const body: unknown = await response.clone().json();
  if (validate(body) || operation.path === "/openapi.json") return;
  throw new Error(`${name} does not fit: ${ajv.errorsText(validate.errors)}\n${JSON.stringify(body).slice(0, 2_000)}`);
}

function operationsOf(document: Json): ReadonlyMap<string, readonly Operation[]> {
  const byMethod = new Map<string, Operation[]>();
  for (const [path, operations] of Object.entries(document["paths"] as Record<string, Record<string, Json>>)) {
    for (const [method, operation] of Object.entries(operations)) {
      const source = path
        .replaceAll(".", "\\.")
        .replaceAll(/\{path\}/g, ".+")
        .replaceAll(/\{\w+\}/g, "[^/]+");
      const known = byMethod.get(method) ?? [];
      byMethod.set(method, known);
      known.push({ path, pattern: new RegExp(`^${source}$`), responses: operation["responses"] as never });
    }
  }
  return byMethod;
}

function findOperation(operations: ReadonlyMap<string, readonly Operation[]>, request: Request) {
  const path = new URL(request.url).pathname.replace(/^\/v1\//, "/api/v1/");
  const method = request.method === "HEAD" ? "get" : request.method.toLowerCase();
  const matching = (operations.get(method) ?? []).filter(({ pattern }) => pattern.test(path));
  return matching.find((each) => !each.path.includes("{path}")) ?? matching[0];
}

/** Clients must bear unknown fields; our own answers must not have any. */
function close(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(close);
  if (typeof value !== "object" || value === null) return value;
  const closed = Object.fromEntries(Object.entries(value).map(([key, item]) => [key, close(item)]));
  const isOpen = !("properties" in closed) || "additionalProperties" in closed || closed["type"] !== "object";
  return isOpen ? closed : { ...closed, additionalProperties: false };
}

function pointInto(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(pointInto);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [
      key,
      key === "$ref" && typeof item === "string" ? item.replace(/^#/, "doc#") : pointInto(item),
    ]),
  );
}
