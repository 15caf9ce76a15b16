/** `CONNECT host:port`: asks for the host, then hands bytes on without a look at them. */
import { STATUS_CODES } from "node:http";
import type { IncomingMessage } from "node:http";
import type { Socket } from "node:net";
import { pass } from "./pass.ts";
import { dial, failedToDial, findWay } from "./way-out.ts";
import type { ClosedWay, ProxyRules } from "./way-out.ts";

const NO_TARGET: ClosedWay = { kind: "closed", status: 400, reason: "CONNECT takes host:port" };
const NO_ONE_READS_MS = 5_000;

/** Contract: never rejects. */
export async function tunnel(rules: ProxyRules, { url, socket }: IncomingMessage, head: Buffer): Promise<void> {
  socket.on("error", () => socket.destroy());
  const target = authorityOf(url ?? "");
  const way = target === null ? NO_TARGET : await findWay(rules, target);
  if (way.kind === "closed") return hangUp(socket, way);
  if (socket.destroyed) return;
  const upstream = dial(way);
  const fail = (cause: Error) => hangUp(socket, failedToDial(way, cause));
  socket.once("close", () => upstream.destroy());
  upstream.once("error", fail);
  upstream.once("connect", () => {
    socket.write("HTTP/1.1 200 Connection Established\r\n\r\n");
    upstream.write(head);
    pass(socket, upstream);
    upstream.off("error", fail);
  });
}

/** As a URL of HTTP, in which the port of TLS is not the usual one. Nothing where there is more than host and port. */
function authorityOf(text: string): URL | null {
  if (/[/\\?#@]/.test(text)) return null;
  return URL.parse(`http://${/:\d+$/.test(text) ? text : `${text}:443`}/`);
}

/** Reads on, since nobody would notice otherwise that the client has gone, too. */
function hangUp(socket: Socket, { status, reason }: ClosedWay): void {
  const body = `${reason}\n`;
  const lines = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ""}`,
    "Content-Type: text/plain; charset=utf-8",
    `Content-Length: ${Buffer.byteLength(body)}`,
    "Connection: close",
  ];
  socket.end(`${lines.join("\r\n")}\r\n\r\n${body}`);
  socket.resume();
  socket.setTimeout(NO_ONE_READS_MS, () => socket.destroy());
}
