/**
 * The Model Context Protocol over streamable HTTP at `/mcp`: the team's tools for agents of every product. The SDK speaks
 * the protocol; each request is served by itself, so any node can answer any of them.
 */
import { z } from "zod";
import type { Door } from "../../http/door.ts";
import { route } from "../../http/route.ts";
import { lazy } from "../../lib/lazy.ts";
import { encodeProblem, problem, problemContentType } from "./problem.ts";
import type { McpServerDeps } from "./use-cases.ts";

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

/** Viewers may ask, too: each tool that changes something looks at the role itself. */
function messageRoute(deps: McpDoorDeps) {
  const serve = lazy(async () => (await import("./serve-message.ts")).makeServeMessage(deps));
  return route(
    {
      method: "post",
      path: "",
      id: "sendMcpMessage",
      group: "mcp",
      summary: "Send a message of the Model Context Protocol",
      access: "read",
      takesBoundKeys: true,
      body: { kind: "json", schema: MESSAGES, limit: { maxBytes: deps.maxBytes, setting: "bodyBytes" } },
      responses: {
        200: answered,
        202: { description: "Taken; there is nothing to answer" },
        400: answered,
        404: answered,
        500: answered,
      },
    },
    async (request) => replyOf(await (await serve())(request)),
  );
}

/** There are no sessions of the protocol here to follow or to end. */
function otherRoute(method: "get" | "delete") {
  return route(
    {
      method,
      path: "",
      id: method === "get" ? "followMcp" : "endMcp",
      group: "mcp",
      summary:
        method === "get" ? "Not offered: every message is answered by itself" : "Not offered: there is no session",
      access: "read",
      takesBoundKeys: true,
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

const STATUSES = [200, 202, 400, 404, 500] as const;

/** Its own answer is JSON, whole; where it is a stream after all, it is passed on as it comes. */
async function replyOf(response: Response) {
  const status = STATUSES.find((each) => each === response.status) ?? (response.ok ? 200 : 400);
  if (status === 202) return { kind: "empty", status } as const;
  const contentType = response.headers.get("content-type") ?? "application/json";
  if (!contentType.startsWith("text/event-stream")) {
    return { kind: "json_text", status, text: await response.text() } as const;
  }
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
