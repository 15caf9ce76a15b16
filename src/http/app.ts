/**
 * The HTTP application: doors in, one `fetch` out. Every request takes the same way:
 *
 *   request id → host and origin → route → key → role → path, query, body → handler → reply
 *
 * A refusal or problem anywhere takes the shape of the door it happened under. A throw is a fault: logged with its
 * cause under the request id, answered with that id and nothing else.
 */
import { Hono } from "hono";
import type { Context } from "hono";
import { ClientGone } from "./body.ts";
import type { HttpDeps } from "./deps.ts";
import type { Door } from "./door.ts";
import { makeGate } from "./gate.ts";
import type { Gate, GateSettings } from "./gate.ts";
import { httpProblem, problemOfFault, problemOfRefusal } from "./problems.ts";
import type { Problem } from "./problems.ts";
import { headersOf, openRequest, readRequest, remoteAddressOf } from "./read-request.ts";
import type { NodeBindings } from "./read-request.ts";
import { requestIdOf } from "./request-id.ts";
import { respond } from "./respond.ts";
import type { Method, Reply, Route, RouteRequest } from "./route.ts";

export type HttpApp = Hono<{ Bindings: NodeBindings }>;
type HttpContext = Context<{ Bindings: NodeBindings }>;

interface Standing {
  readonly context: HttpContext;
  readonly requestId: string;
  readonly header: RouteRequest["header"];
  readonly door: Door;
  readonly deps: HttpDeps;
  readonly gate: Gate;
}

const METHODS: readonly Method[] = ["get", "post", "put", "patch", "delete"];

export function makeHttpApp(doors: readonly [Door, ...Door[]], deps: HttpDeps): HttpApp {
  const app: HttpApp = new Hono<{ Bindings: NodeBindings }>();
  const gateOf = makeGates(deps.gate);
  const standing = (context: HttpContext, door: Door): Standing => {
    const header = headersOf(context);
    const requestId = requestIdOf(header("x-request-id"), deps.mint);
    return { context, requestId, header, door, deps, gate: gateOf(door) };
  };
  for (const door of doors) {
    for (const prefix of door.prefixes) mountRoutes(app, { door, prefix, standing });
  }
  app.notFound((context) => answerUnknown(app, standing(context, doorOf(doors, context.req.path))));
  app.onError((error, context) => answerFault(standing(context, doorOf(doors, context.req.path)), error));
  return app;
}

/** Doors whose pages say nothing of browsers share the server's own. */
function makeGates(settings: GateSettings): (door: Door) => Gate {
  const shared = makeGate(settings);
  const own = new Map<Door, Gate>();
  return (door) => {
    const { cors } = door;
    if (cors === undefined) return shared;
    const made = own.get(door);
    if (made !== undefined) return made;
    const corsOrigins = [...settings.corsOrigins, ...cors.origins];
    const gate = makeGate({ ...settings, corsOrigins, corsMethods: cors.methods });
    own.set(door, gate);
    return gate;
  };
}

function mountRoutes(
  app: HttpApp,
  {
    door,
    prefix,
    standing,
  }: {
    readonly door: Door;
    readonly prefix: string;
    readonly standing: (context: HttpContext, door: Door) => Standing;
  },
): void {
  for (const route of door.routes) {
    const { method, path } = route.declaration;
    app.on(method.toUpperCase(), `${prefix}${routerPath(path)}`, (context) => serve(route, standing(context, door)));
  }
}

/** `/fs/{path*}` as the router writes it: `/fs/:path{[\s\S]+}`, because a dot leaves line breaks out. */
function routerPath(path: string): string {
  return path.replaceAll(/\{(\w+)\*\}/g, ":$1{[\\s\\S]+}").replaceAll(/\{(\w+)\}/g, ":$1");
}

/** The door with the longest prefix of the path; the first door for a path under none. */
function doorOf(doors: readonly [Door, ...Door[]], path: string): Door {
  let best: { readonly door: Door; readonly length: number } = { door: doors[0], length: -1 };
  for (const door of doors) {
    for (const prefix of door.prefixes) {
      const isUnder = path === prefix || path.startsWith(`${prefix}/`);
      if (isUnder && prefix.length > best.length) best = { door, length: prefix.length };
    }
  }
  return best.door;
}

async function serve(route: Route, at: Standing): Promise<Response> {
  const blocked = checkGate(at);
  if (blocked !== null) return send(at, { kind: "problem", problem: blocked });
  try {
    const opened = openRequest(at);
    const guest = at.door.guest?.(remoteAddressOf(at.context), opened.header) ?? null;
    const read = await readRequest(route, { opened, guest, admit: at.door.admit, deps: at.deps });
    if (!read.ok) return send(at, { kind: "problem", problem: read.problem });
    return send(at, await route.handle(read.value));
  } catch (error) {
    return answerFault(at, error);
  }
}

function checkGate({ context, header, gate }: Standing): Problem | null {
  const host = header("host") ?? new URL(context.req.url).host;
  return gate.check(host, header("origin"));
}

function answerUnknown(app: HttpApp, at: Standing): Response {
  const { method, path } = at.context.req;
  const { header, gate } = at;
  if (method === "OPTIONS") {
    const headers = { ...gate.preflightHeaders(header("origin")), "X-Request-Id": at.requestId };
    return new Response(null, { status: 204, headers });
  }
  const blocked = checkGate(at);
  if (blocked !== null) return send(at, { kind: "problem", problem: blocked });
  const allowed = METHODS.filter((each) => app.router.match(each.toUpperCase(), path)[0].length > 0);
  const problem =
    allowed.length === 0
      ? httpProblem("route_not_found", `There is no route ${method} ${path.slice(0, 200)}`)
      : methodProblem(method, path, allowed);
  return send(at, { kind: "problem", problem });
}

function methodProblem(method: string, path: string, allowed: readonly Method[]): Problem {
  const names = allowed.map((each) => each.toUpperCase());
  const headers = { Allow: names.join(", ") };
  const detail = `${path.slice(0, 200)} does not take ${method.slice(0, 20)}; it takes ${names.join(", ")}`;
  return httpProblem("method_not_allowed", detail, { headers, fields: { allowed: names } });
}

function answerFault(at: Standing, error: unknown): Response {
  const problem = problemOfFault(error);
  const { method, path } = at.context.req;
  if (problem.code === "internal_error" && !(error instanceof ClientGone)) {
    at.deps.onFault({ requestId: at.requestId, method, path, error });
  }
  return send(at, { kind: "problem", problem });
}

function send(at: Standing, reply: Reply): Response {
  const { context, door, requestId, gate, deps } = at;
  const cors = gate.corsHeaders(at.header("origin"));
  const headers = { ...cors, "X-Request-Id": requestId, "X-Content-Type-Options": "nosniff" };
  if (reply.kind === "refused") return send(at, { kind: "problem", problem: problemOfRefusal(reply.refusal) });
  return respond(reply, {
    headers,
    isHead: context.req.method === "HEAD",
    outgoing: context.env?.outgoing,
    encodeProblem: (problem) => door.encodeProblem(problem, requestId),
    onFault: (error) => {
      const { method, path } = context.req;
      deps.onFault({ requestId, method, path, error });
    },
  });
}
