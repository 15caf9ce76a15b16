/**
 * From a request as it came to a request that a handler may see: the key is known, the role suffices, and path, query
 * and body have passed the route's schemas. The first thing that is wrong is the answer.
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Context } from "hono";
import type { Principal } from "../app/principal.ts";
import { accept } from "../core/refusal.ts";
import type { Outcome } from "../core/refusal.ts";
import { checkAccess, findSecret } from "./auth.ts";
import { openBody, wrongMediaType } from "./body.ts";
import type { BodySource, RawRequest } from "./body.ts";
import type { HttpDeps } from "./deps.ts";
import type { Door } from "./door.ts";
import { checkInput, queryObject } from "./input.ts";
import { inputProblem, problemOfRefusal } from "./problems.ts";
import type { Read } from "./read.ts";
import { accessOf } from "./route.ts";
import type { BodySpec, Route, RouteRequest } from "./route.ts";

/** What `@hono/node-server` hands over beside the request; absent in process. */
export interface NodeBindings {
  readonly incoming?: IncomingMessage;
  readonly outgoing?: ServerResponse;
}

type HttpContext = Context<{ Bindings: NodeBindings }>;

type Envelope = "requestId" | "method" | "origin" | "path" | "search" | "header" | "signal";

export interface OpenedRequest extends Pick<RouteRequest, Envelope> {
  readonly context: HttpContext;
}

/** As Node has parsed them, where it has: each of them is asked for on every request, some of them more than once. */
export function headersOf({ req, env }: HttpContext): RouteRequest["header"] {
  const headers = env?.incoming?.headers;
  if (headers === undefined) return (name) => req.header(name);
  return (name) => {
    const value = headers[name.toLowerCase()];
    return typeof value === "string" ? value : undefined;
  };
}

export function openRequest({
  context,
  requestId,
  header,
  deps,
}: {
  readonly context: HttpContext;
  readonly header: RouteRequest["header"];
  readonly requestId: string;
  readonly deps: Pick<HttpDeps, "publicUrl">;
}): OpenedRequest {
  const { req } = context;
  const { url } = req;
  const query = url.indexOf("?");
  const fragment = url.indexOf("#");
  const end = fragment < 0 ? url.length : fragment;
  const pathAt = url.indexOf("/", url.indexOf("://") + 3);
  return {
    context,
    requestId,
    method: req.method,
    origin: deps.publicUrl ?? url.slice(0, pathAt),
    path: url.slice(pathAt, query < 0 || query > end ? end : query),
    search: query < 0 || query > end ? "" : url.slice(query + 1, end),
    header,
    // Made when it is asked for: few routes take so long that they would.
    get signal() {
      return req.raw.signal;
    },
  };
}

export function remoteAddressOf(context: HttpContext): string | undefined {
  return context.env?.incoming?.socket.remoteAddress;
}

export interface Reading {
  readonly opened: OpenedRequest;
  readonly guest: Principal | null;
  readonly admit: Door["admit"] | undefined;
  readonly deps: HttpDeps;
}

export async function readRequest(route: Route, reading: Reading): Promise<Read<RouteRequest>> {
  const { declaration } = route;
  const { opened } = reading;
  const admission = await admit(route, reading);
  if (!admission.ok && declaration.answersKeyless !== true) {
    return { ok: false, problem: problemOfRefusal(admission.refusal) };
  }
  const params = readParams(route, opened);
  if (!params.ok) return params;
  const query =
    declaration.query === undefined ? nothing : checkInput("query", declaration.query, queryObject(opened.search));
  if (!query.ok) return query;
  const body = await readBody(declaration.body, reading);
  if (!body.ok) return body;
  const principal = admission.ok ? admission.value : null;
  const value: RouteRequest = {
    params: params.value,
    query: query.value,
    body: body.value,
    requestId: opened.requestId,
    method: opened.method,
    origin: opened.origin,
    path: opened.path,
    search: opened.search,
    admission,
    header: opened.header,
    get signal() {
      return opened.signal;
    },
    get principal() {
      if (principal === null) throw new Error(`Route ${declaration.id} asked who is asking where nobody was let in`);
      return principal;
    },
  };
  return { ok: true, value };
}

const nothing: Read<undefined> = { ok: true, value: undefined };

async function admit(route: Route, { opened, guest, admit, deps }: Reading): Promise<Outcome<Principal | null>> {
  if (accessOf(route.declaration) === "public") return accept(null);
  const secret = findSecret(opened.header);
  if (!secret.ok && guest === null) return secret;
  const who = secret.ok ? await deps.authenticate(secret.value) : accept(guest);
  if (!who.ok || who.value === null) return who;
  const admitted = admit?.(who.value, opened.header);
  if (admitted?.ok === false) return admitted;
  const access = checkAccess(route.declaration, who.value);
  return access.ok ? who : access;
}

function readParams({ declaration }: Route, { context }: OpenedRequest): Read<unknown> {
  if (declaration.params === undefined) return nothing;
  const { path } = context.req;
  // The router leaves alone what it cannot decode; taken as it stands it would name something else.
  if (path.includes("%") && !isDecodable(context.req.url)) {
    return { ok: false, problem: inputProblem("path", [{ path: "", message: "is not valid percent-encoded UTF-8" }]) };
  }
  // The router has matched this very path, so every parameter of it is there.
  return checkInput("path", declaration.params, context.req.param());
}

function isDecodable(url: string): boolean {
  try {
    decodeURIComponent(url.split(/[?#]/, 1)[0] ?? "");
    return true;
  } catch (error) {
    if (error instanceof URIError) return false;
    throw error;
  }
}

async function readBody(spec: BodySpec | undefined, { opened, deps }: Reading): Promise<Read<unknown>> {
  if (spec === undefined) return nothing;
  const { context, header } = opened;
  const { limits } = deps;
  const raw = { incoming: context.env?.incoming, request: context.req.raw, header };
  const shape = { maxDepth: limits.jsonDepth, maxKeys: limits.jsonKeys, maxValues: limits.jsonValues };
  const limit = { maxBytes: limits.bodyBytes, setting: "bodyBytes", ...shape };
  if (spec.kind !== "json") return { ok: true, value: openBody(raw, limit) };
  const source = openBody(raw, { ...limit, ...spec.limit });
  if (spec.isOptional === true && isAbsent(source, raw)) return nothing;
  if (!source.isJson) return { ok: false, problem: wrongMediaType(source.contentType) };
  return source.json(spec.schema);
}

/** No bytes and no chunks were announced (RFC 9112 §6.3); in process the request itself tells. */
function isAbsent({ announcedBytes }: BodySource, { incoming, request, header }: RawRequest): boolean {
  if (incoming === undefined) return request.body === null;
  return (announcedBytes ?? 0) === 0 && header("transfer-encoding") === undefined;
}
