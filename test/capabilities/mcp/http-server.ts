/** An MCP server over streamable HTTP on a port of its own, whose answers a test can look at and break. */
import { createServer } from "node:http";
import type { IncomingMessage, Server } from "node:http";
import type { AddressInfo } from "node:net";
import { randomUUID } from "node:crypto";
import { McpServer, WebStandardStreamableHTTPServerTransport } from "@modelcontextprotocol/server";
import { z } from "zod";

export interface HttpMcpServer extends AsyncDisposable {
  readonly url: string;
  /** Headers of every request. */
  readonly seen: Headers[];
  /** Answers in place of the server, while it is set. */
  breaks: (() => Response) | undefined;
  /** As after a restart: no session is known any more. */
  forgetSessions(): void;
}

function makeTools(): McpServer {
  const server = new McpServer({ name: "http", version: "1" });
  server.registerTool("add", { inputSchema: z.object({ a: z.number(), b: z.number() }) }, ({ a, b }) => ({
    content: [{ type: "text", text: String(a + b) }],
    structuredContent: { sum: a + b },
  }));
  server.registerTool("picture", {}, () => ({
    content: [{ type: "image", data: "aGk=", mimeType: "image/png" }],
    structuredContent: { kind: "picture" },
  }));
  server.registerTool("headers", {}, (context) => ({
    content: [{ type: "text", text: JSON.stringify([...(context.http?.req?.headers ?? [])]) }],
  }));
  return server;
}

export async function openHttpMcpServer(): Promise<HttpMcpServer> {
  const sessions = new Map<string, WebStandardStreamableHTTPServerTransport>();
  const seen: Headers[] = [];
  async function answer(request: Request): Promise<Response> {
    seen.push(request.headers);
    if (made.breaks !== undefined) return made.breaks();
    const id = request.headers.get("mcp-session-id");
    if (id !== null) return sessions.get(id)?.handleRequest(request) ?? new Response("no session", { status: 404 });
    const transport = new WebStandardStreamableHTTPServerTransport({
      sessionIdGenerator: randomUUID,
      onsessioninitialized: (session) => void sessions.set(session, transport),
    });
    await makeTools().connect(transport);
    return transport.handleRequest(request);
  }
  const http = createServer((request, response) => {
    void readRequest(request)
      .then(answer)
      .then(async (found) => {
        response.writeHead(found.status, Object.fromEntries(found.headers));
        if (found.body !== null) for await (const chunk of found.body) response.write(chunk);
        response.end();
      })
      .catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => http.listen(0, "127.0.0.1", resolve));
  const made: HttpMcpServer = {
    url: `http://127.0.0.1:${portOf(http)}/mcp`,
    seen,
    breaks: undefined,
    forgetSessions: () => sessions.clear(),
    async [Symbol.asyncDispose]() {
      http.closeAllConnections();
      await new Promise((resolve) => http.close(resolve));
    },
  };
  return made;
}

function portOf(http: Server): number {
  return (http.address() as AddressInfo).port;
}

async function readRequest(request: IncomingMessage): Promise<Request> {
  const chunks: Buffer[] = [];
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
  const { method = "GET", headers } = request;
  const body = method === "POST" ? { body: Buffer.concat(chunks) } : {};
  return new Request(`http://127.0.0.1${request.url}`, { method, headers: headers as Record<string, string>, ...body });
}
