/**
 * The Model Context Protocol over streamable HTTP at `/mcp`: the team's tools for agents of every product. The SDK speaks
 * the protocol; each request is served by itself, so any node can answer any of them.
 */
import { createMcpHandler } from "@modelcontextprotocol/server";
import { z } from "zod";
import type { Principal } from "../../app/principal.ts";
import type { Door } from "../../http/door.ts";
import { route } from "../../http/route.ts";
import type { RouteRequest } from "../../http/route.ts";
import type { BodySource } from "../../http/body.ts";
import { readTreeHeaders } from "../../http/tree-headers.ts";
import { encodeProblem, problem, problemContentType } from "./problem.ts";
import { makeMcpServer } from "./server.ts";
import type { McpServerDeps } from "./server.ts";

export interface McpDoorDeps extends McpServerDeps {
  readonly maxBytes: number;
}

const MESSAGES = z.unknown().meta({ id: "McpMessage", description: "A JSON-RPC message of the protocol" });
const answered = { description: "What the protocol answers", schema: MESSAGES, content: "text/event-stream" } as const;

export function makeMcpDoor(deps: McpDoorDeps): Door {
  return {
    name: "mcp",
    title: "MCP",
    prefixes: ["/mcp"],
    routes: [messageRoute(deps), ...(["get", "delete"] as const).map((method) => otherRoute(method))],
    problemSchema: problem,
    problemContentType,
    encodeProblem,
  };
}

function messageRoute(deps: McpDoorDeps) {
  return route(
    {
      method: "post",
      path: "/",
      id: "sendMcpMessage",
      group: "mcp",
      summary: "Send a message of the Model Context Protocol",
      access: "write",
      body: { kind: "any", schema: MESSAGES, description: "A JSON-RPC message, or several" },
      responses: { 200: answered, 202: { description: "Taken; there is nothing to answer" }, 400: answered },
    },
    async (request) => {
      const read = await request.body.text({ maxBytes: deps.maxBytes, setting: "bodyBytes" });
      if (!read.ok) return { kind: "problem", problem: read.problem };
      return replyOf(await serve(deps, request, read.value));
    },
  );
}

/** There are no sessions of the protocol here to follow or to end. */
function otherRoute(method: "get" | "delete") {
  return route(
    {
      method,
      path: "/",
      id: method === "get" ? "followMcp" : "endMcp",
      group: "mcp",
      summary:
        method === "get" ? "Not offered: every message is answered by itself" : "Not offered: there is no session",
      access: "read",
      responses: { 405: answered },
    },
    () => ({ kind: "json_text", status: 405, text: NOT_ALLOWED, headers: { Allow: "POST" } }),
  );
}

const NOT_ALLOWED = JSON.stringify({
  jsonrpc: "2.0",
  error: { code: -32_000, message: "Method not allowed: send messages with POST" },
  id: null,
});

async function serve(deps: McpDoorDeps, request: RouteRequest<unknown, unknown, BodySource>, body: string) {
  const callerOf = (sessionId: string | undefined) =>
    deps.uses.findCaller(request.principal, hintsOf(request, sessionId));
  const handler = createMcpHandler(() => makeMcpServer(deps, callerOf), {
    responseMode: "json",
    onerror: () => undefined,
  });
  const headers = new Headers({ "content-type": "application/json", accept: "application/json, text/event-stream" });
  for (const name of ["mcp-protocol-version", "accept"]) {
    const value = request.header(name);
    if (value !== undefined) headers.set(name, value);
  }
  return handler.fetch(new Request(`${request.origin}/mcp`, { method: "POST", headers, body, signal: request.signal }));
}

function hintsOf(request: Pick<RouteRequest, "principal" | "header">, said: string | undefined) {
  const sessionId = said ?? request.header("x-serai-session");
  const conversationId = request.header("x-serai-conversation") ?? ownNameOf(request.principal);
  return {
    report: readTreeHeaders((name) => request.header(name)),
    conversationId,
    ...(sessionId === undefined ? {} : { sessionId }),
  };
}

function ownNameOf({ keyId, userId }: Principal): string {
  return keyId ?? userId;
}

/** Its own answer is JSON, whole; where it is a stream after all, it is passed on as it comes. */
async function replyOf(response: Response) {
  const contentType = response.headers.get("content-type") ?? "application/json";
  const status = response.status === 202 || response.status === 400 ? response.status : 200;
  if (status === 202) return { kind: "empty", status } as const;
  if (contentType.includes("json")) return { kind: "json_text", status, text: await response.text() } as const;
  const body = response.body === null ? "" : bytesOf(response.body);
  return { kind: "raw", status, body, headers: { "Content-Type": contentType } } as const;
}

async function* bytesOf(stream: ReadableStream<Uint8Array>): AsyncIterable<Uint8Array> {
  const reader = stream.getReader();
  try {
    for (let part = await reader.read(); !part.done; part = await reader.read()) yield part.value;
  } finally {
    await reader.cancel();
  }
}
