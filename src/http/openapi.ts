/**
 * The OpenAPI 3.1 document of all doors, made from the very schemas that check the requests (D5). Made when it is first
 * asked for; nothing in here runs for an ordinary request.
 */
import type { z } from "zod";
import type { Door } from "./door.ts";
import { Components } from "./openapi-components.ts";
import type { Json } from "./openapi-components.ts";
import { statusOfCode } from "./problems.ts";
import type { ProblemCode } from "./problems.ts";
import { accessOf } from "./route.ts";
import type { ResponseSpec, Route } from "./route.ts";

export type { Json } from "./openapi-components.ts";

export interface DocumentInfo {
  readonly title: string;
  readonly version: string;
  readonly description: string;
}

interface Printing {
  readonly door: Door;
  readonly components: Components;
}

export function makeOpenApi(doors: readonly Door[], info: DocumentInfo): Json {
  const components = new Components();
  const paths: Record<string, Record<string, Json>> = {};
  for (const door of doors) {
    for (const route of door.routes) {
      const path = `${door.prefixes[0]}${route.declaration.path.replaceAll("*}", "}")}`;
      const operations = (paths[path] ??= {});
      operations[route.declaration.method] = operationOf(route, { door, components });
    }
  }
  const securitySchemes = {
    bearer: { type: "http", scheme: "bearer" },
    apiKey: { type: "apiKey", in: "header", name: "x-api-key" },
    cookie: { type: "apiKey", in: "cookie", name: "serai_key" },
  };
  return components.settle({
    openapi: "3.1.0",
    info,
    tags: doors.map(({ title }) => ({ name: title })),
    security: Object.keys(securitySchemes).map((name) => ({ [name]: [] })),
    paths,
    components: { securitySchemes },
  });
}

function operationOf(route: Route, printing: Printing): Json {
  const { id, summary, description, group, params, query, body } = route.declaration;
  const parameters = [...parametersOf(params, "path", printing), ...parametersOf(query, "query", printing)];
  return {
    operationId: id,
    summary,
    ...(description === undefined ? {} : { description }),
    tags: [printing.door.title],
    "x-group": group,
    ...(accessOf(route.declaration) === "public" ? { security: [] } : {}),
    ...(parameters.length === 0 ? {} : { parameters }),
    ...(body === undefined ? {} : { requestBody: requestBodyOf(route, printing) }),
    responses: responsesOf(route, printing),
  };
}

function parametersOf(
  schema: z.ZodObject | undefined,
  place: "path" | "query",
  { components }: Printing,
): readonly Json[] {
  return Object.entries(schema?.shape ?? {}).map(([name, part]) => {
    // Parameters are text on the wire; their document says what that text must mean.
    const field = part as z.ZodType;
    const { description, ...made } = components.of(field, "output");
    return {
      name,
      in: place,
      required: place === "path" || !field.safeParse(undefined).success,
      ...(typeof description === "string" ? { description } : {}),
      ...(made["type"] === "array" ? { style: "form", explode: true } : {}),
      schema: made,
    };
  });
}

function requestBodyOf({ declaration }: Route, { components }: Printing): Json {
  const { body } = declaration;
  if (body === undefined) return {};
  const schema = body.schema === undefined ? undefined : components.of(body.schema, "input");
  if (body.kind === "form") {
    return { required: true, description: body.description, content: { "multipart/form-data": { schema } } };
  }
  const asJson = schema === undefined ? {} : { "application/json": { schema } };
  if (body.kind === "json") return { required: body.isOptional !== true, content: asJson };
  const bytes = { "application/octet-stream": { schema: { type: "string", format: "binary" } } };
  return { required: true, description: body.description, content: { ...asJson, ...bytes } };
}

function responsesOf(route: Route, printing: Printing): Json {
  const responses: Record<string, Json> = {};
  for (const [status, spec] of Object.entries(route.declaration.responses)) {
    responses[status] = responseOf(spec, printing);
  }
  const { door, components } = printing;
  const schema = components.of(door.problemSchema, "output");
  for (const [status, codes] of problemStatuses(route, door.problemStatus)) {
    if (responses[status] !== undefined) continue;
    const description = codes.join(", ");
    responses[status] = { description, content: { [door.problemContentType]: { schema } } };
  }
  return responses;
}

function responseOf({ description, schema, content, headers }: ResponseSpec, { components }: Printing): Json {
  const kinds = {
    ...(schema === undefined ? {} : { "application/json": { schema: components.of(schema, "output") } }),
    ...(content === undefined ? {} : { [content]: { schema: { type: "string" } } }),
  };
  const body = Object.keys(kinds).length === 0 ? {} : { content: kinds };
  const described = Object.entries(headers ?? {}).map(([name, about]): [string, Json] => [
    name,
    { description: about, schema: { type: "string" } },
  ]);
  return { description, ...body, ...(described.length === 0 ? {} : { headers: Object.fromEntries(described) }) };
}

/** What every route of this kind can answer besides what it declares. */
function problemStatuses(
  { declaration }: Route,
  statusHere: (status: number) => number = (status) => status,
): ReadonlyMap<string, readonly ProblemCode[]> {
  const { params, query, body, method, refusals = [], problems = [] } = declaration;
  const codes: ProblemCode[] = ["internal_error", "host_not_allowed", "origin_not_allowed", ...refusals, ...problems];
  const isKeyAsked = accessOf(declaration) !== "public" && declaration.answersKeyless !== true;
  if (isKeyAsked) codes.push("unauthenticated", "forbidden");
  if (params !== undefined || query !== undefined || body !== undefined) codes.push("invalid_input");
  if (body !== undefined) codes.push("malformed_json", "too_large", "unsupported_media_type");
  if (method !== "get") codes.push("storage_full");
  const statuses = new Map<string, ProblemCode[]>();
  for (const code of new Set(codes)) {
    const status = String(statusHere(statusOfCode(code)));
    statuses.set(status, [...(statuses.get(status) ?? []), code]);
  }
  return new Map([...statuses].toSorted(([a], [b]) => Number(a) - Number(b)));
}
