/**
 * A server that speaks the wire and misbehaves on command: each stream connection is played by the next function of a
 * list, over a real socket. Everything that was asked is kept.
 */
import { createServer } from "node:http";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

export interface Asked {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingMessage["headers"];
  readonly body: Buffer;
}

export type Answer = (asked: Asked, response: ServerResponse) => void | Promise<void>;

export interface FakeServer extends AsyncDisposable {
  readonly url: string;
  readonly asked: Asked[];
}

export async function openFakeServer(answer: Answer): Promise<FakeServer> {
  const asked: Asked[] = [];
  const handle = async (request: IncomingMessage, response: ServerResponse) => {
    const url = new URL(request.url ?? "/", "http://fake");
    const { method = "", headers } = request;
    const one = { method, path: url.pathname, query: url.searchParams, headers, body: await read(request) };
    asked.push(one);
    await answer(one, response);
  };
  const server = createServer((request, response) => {
    handle(request, response).catch((error: unknown) => response.destroy(error instanceof Error ? error : undefined));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    asked,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

async function read(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

export function sendJson(response: ServerResponse, body: unknown, status = 200): void {
  response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
}

export function refuse(response: ServerResponse, status: number, code: string): void {
  const problem = {
    type: `urn:serai:problem:${code}`,
    title: code,
    status,
    detail: `It is ${code}`,
    code,
    request_id: "req_1",
  };
  response.writeHead(status, { "content-type": "application/problem+json" }).end(JSON.stringify(problem));
}

/** Plays connection after connection; the last one goes on being played. */
export function plays(...connections: readonly Answer[]): Answer {
  let at = 0;
  return (asked, response) => connections[Math.min(at++, connections.length - 1)]?.(asked, response);
}

export interface WireEvent {
  readonly id: string;
  readonly type: string;
  readonly seq: number;
  readonly data: Record<string, unknown>;
}

export function event(seq: number, type = "tool.completed", data: Record<string, unknown> = {}): WireEvent {
  return { id: `evt_${String(seq).padStart(4, "0")}`, type, seq, data };
}

export function events(from: number, to: number): readonly WireEvent[] {
  return Array.from({ length: to - from + 1 }, (_, index) => event(from + index));
}

export function frameOf({ id, type, seq, data }: WireEvent): string {
  const envelope = {
    id,
    type,
    ts: "2026-01-01T00:00:00.000Z",
    session_id: "ses_1",
    seq,
    sequence: seq,
    context: {},
    data,
  };
  return `event: ${type}\nid: ${id}\ndata: ${JSON.stringify(envelope)}\n\n`;
}

export function framesOf(list: readonly WireEvent[]): string {
  return list.map(frameOf).join("");
}

export const CONNECTED = 'event: connected\nretry: 1\ndata: {"status":"connected"}\n\n';

export function disconnecting(retryMs = 1): string {
  return `event: disconnecting\nretry: ${retryMs}\ndata: {"reason":"connection_cycle","retry_ms":${retryMs}}\n\n`;
}

export function hint(offset: number, delta: string): string {
  const data = {
    turn_id: "turn_1",
    message_id: "msg_1",
    delta,
    offset,
    ...(offset === 0 ? { accumulated: delta } : {}),
  };
  const body = {
    type: "output.message.delta",
    ts: "2026-01-01T00:00:00.000Z",
    session_id: "ses_1",
    context: { turn_id: "turn_1" },
    data,
  };
  return `event: output.message.delta\ndata: ${JSON.stringify(body)}\n\n`;
}

/** Opens the stream and writes; what happens to the connection afterwards is said by `end`. */
export function stream(text: string | Uint8Array, end: "close" | "cut" | "stay" = "close"): Answer {
  return (_, response) => {
    response.writeHead(200, { "content-type": "text/event-stream" });
    response.write(text, () => {
      if (end === "close") response.end();
      if (end === "cut") response.destroy();
    });
  };
}

/** The place in the log that a request names; 0 for the start. */
export function cursorOf({ headers, query }: Asked): number {
  const id = headers["last-event-id"] ?? query.get("since_id");
  if (typeof id === "string" && id !== "") return Number(id.slice("evt_".length));
  return Number(query.get("after_seq") ?? 0);
}
