/**
 * The listening server: times for slow requests, and an orderly end. Closing takes no new connections, ends streams
 * with `disconnecting`, lets running requests finish, and cuts what is left at the deadline.
 */
import { createServer } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import type { Server } from "node:http";
import { getRequestListener } from "@hono/node-server";
import type { HttpApp } from "./app.ts";
import type { Streams } from "./sse/streams.ts";

export interface HttpServerOptions {
  readonly app: HttpApp;
  readonly host: string;
  /** 0: any that is free. */
  readonly port: number;
  readonly streams?: Streams;
  /** A client that has not sent its headers, or its whole request, by then is dropped. */
  readonly headersTimeoutMs?: number;
  readonly requestTimeoutMs?: number;
  /** How long closing waits for readers and running requests. */
  readonly closeDeadlineMs?: number;
}

export interface HttpServer extends AsyncDisposable {
  readonly host: string;
  readonly port: number;
  readonly url: string;
  readonly server: Server;
}

const HEADERS_TIMEOUT_MS = 30_000;
/** An upload of a large file over a slow line is still a request. */
const REQUEST_TIMEOUT_MS = 10 * 60_000;
const CHECK_MS = 5_000;
const KEEP_ALIVE_MS = 60_000;
const CLOSE_DEADLINE_MS = 5_000;
const LOOK_FOR_ANSWERED_MS = 20;
const MAX_HEADER_BYTES = 32 * 1024;

export async function openHttpServer(options: HttpServerOptions): Promise<HttpServer> {
  const { app, host } = options;
  // Resolves in any case: what a request does wrong is answered, what we do wrong is answered and logged.
  const handle = getRequestListener((request, bindings) => app.fetch(request, bindings), { hostname: "localhost" });
  const headersTimeout = options.headersTimeoutMs ?? HEADERS_TIMEOUT_MS;
  const server = createServer(
    {
      headersTimeout,
      // How late a timeout may be noticed.
      connectionsCheckingInterval: Math.min(CHECK_MS, headersTimeout),
      requestTimeout: options.requestTimeoutMs ?? REQUEST_TIMEOUT_MS,
      keepAliveTimeout: KEEP_ALIVE_MS,
      maxHeaderSize: MAX_HEADER_BYTES,
    },
    (incoming, outgoing) => void handle(incoming, outgoing),
  );
  const unused = trackUnused(server);
  await listen(server, options);
  // A listening TCP server has an address with a port.
  const { port } = server.address() as AddressInfo;
  return {
    host,
    port,
    url: `http://${host.includes(":") ? `[${host}]` : host}:${port}`,
    server,
    [Symbol.asyncDispose]: () => close(server, unused, options),
  };
}

function listen(server: Server, { host, port }: HttpServerOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", (cause) => reject(new Error(`Cannot listen on ${host}:${port}`, { cause })));
    server.listen({ host, port, backlog: 2_048 }, resolve);
  });
}

/** Connections that clients open ahead and have not used: no request is on them, so Node does not count them as idle. */
function trackUnused(server: Server): ReadonlySet<Socket> {
  const unused = new Set<Socket>();
  server.on("connection", (socket) => {
    unused.add(socket);
    socket.once("close", () => unused.delete(socket));
  });
  server.on("request", ({ socket }) => unused.delete(socket));
  return unused;
}

async function close(server: Server, unused: ReadonlySet<Socket>, options: HttpServerOptions): Promise<void> {
  const deadlineMs = options.closeDeadlineMs ?? CLOSE_DEADLINE_MS;
  if (!server.listening) return;
  const closed = new Promise<void>((resolve) => {
    server.close(() => resolve());
  });
  const deadline = setTimeout(() => server.closeAllConnections(), deadlineMs);
  await options.streams?.close(deadlineMs);
  server.closeIdleConnections();
  for (const socket of unused) socket.destroy();
  // Answered meanwhile, a connection would only wait for a next request, and the closing for it.
  const answered = setInterval(() => server.closeIdleConnections(), LOOK_FOR_ANSWERED_MS);
  await closed;
  clearInterval(answered);
  clearTimeout(deadline);
}
