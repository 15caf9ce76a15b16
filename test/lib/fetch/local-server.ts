/** Servers on loopback that answer as a test wants them to, well or badly. */
import { createServer } from "node:http";
import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer as createTlsServer } from "node:https";
import { createServer as createTcpServer } from "node:net";
import type { AddressInfo, Server, Socket } from "node:net";

import { selfSigned } from "./self-signed.ts";

export type Answer = (request: IncomingMessage, response: ServerResponse) => unknown;

export interface LocalServer extends AsyncDisposable {
  /** As an admin names it: `127.0.0.1:1234`. */
  readonly host: string;
  readonly port: number;
  readonly url: string;
  /** `METHOD path` of each request, in order. */
  readonly seen: string[];
  readonly requests: IncomingMessage[];
}

export async function serve(answers: Readonly<Record<string, Answer>>, address = "127.0.0.1"): Promise<LocalServer> {
  const seen: string[] = [];
  const requests: IncomingMessage[] = [];
  const server = createServer((request, response) => {
    const path = request.url ?? "/";
    seen.push(`${request.method} ${path}`);
    requests.push(request);
    const answer = answers[path.split("?")[0] ?? path];
    if (answer === undefined) response.writeHead(404, { "content-type": "text/plain" }).end("no such page");
    else answer(request, response);
  });
  return { ...(await listen(server, address)), seen, requests };
}

export async function serveTls(): Promise<LocalServer> {
  const server = createTlsServer(selfSigned, (_request, response) => response.end("secret"));
  const listening = await listen(server, "127.0.0.1");
  return { ...listening, url: listening.url.replace("http:", "https:"), seen: [], requests: [] };
}

/** Speaks first and speaks no HTTP. */
export async function serveBytes(bytes: string): Promise<LocalServer> {
  const server = createTcpServer((socket) => void socket.on("error", () => {}).end(bytes));
  return { ...(await listen(server, "127.0.0.1")), seen: [], requests: [] };
}

async function listen(server: Server, address: string) {
  const sockets = new Set<Socket>();
  server.on("connection", (socket: Socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, address, resolve));
  // A listening TCP server has an address with a port.
  const { port } = server.address() as AddressInfo;
  const host = `${address}:${port}`;
  return {
    host,
    port,
    url: `http://${host}`,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise<void>((resolve) => void server.close(() => resolve()));
    },
  };
}

export const text =
  (body: string | Uint8Array, type = "text/plain"): Answer =>
  (_request, response) =>
    response.writeHead(200, { "content-type": type }).end(body);

export const redirect =
  (location: string, status = 302): Answer =>
  (_request, response) =>
    response.writeHead(status, { location }).end();
