/** A proxy of HTTP that asks for each host whether it may be reached: `CONNECT host:port`, and requests of whole URLs. */
import { createServer, request as ask } from "node:http";
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import { connect } from "node:net";
import { pipeline } from "node:stream";
import type { Duplex } from "node:stream";
import { pass } from "./pass.ts";

export interface ProxyRules {
  readonly isAllowed: (hostname: string) => boolean;
  readonly onRefused: (hostname: string) => void;
}

export function makeProxy(rules: ProxyRules): Server {
  const server = createServer((request, response) => forward(rules, request, response));
  server.on("connect", (request, client, head) => tunnel(rules, { request, client, head }));
  server.on("clientError", (_, client) => client.destroy());
  return server;
}

/** A host in the spelling that rules are written in; nothing for what is no URL of HTTP. */
function targetOf(text: string): URL | null {
  const url = URL.parse(text);
  return url?.protocol === "http:" ? url : null;
}

function sayNo({ isAllowed, onRefused }: ProxyRules, { hostname }: URL): string | null {
  if (isAllowed(hostname)) return null;
  onRefused(hostname);
  return `The network rules of this session do not let it reach ${hostname}\n`;
}

interface Tunnel {
  readonly request: IncomingMessage;
  readonly client: Duplex;
  readonly head: Buffer;
}

function tunnel(rules: ProxyRules, { request, client, head }: Tunnel): void {
  client.on("error", () => client.destroy());
  const target = targetOf(`http://${request.url ?? ""}/`);
  const no = target === null ? "CONNECT takes host:port\n" : sayNo(rules, target);
  if (target === null || no !== null) {
    client.end(`HTTP/1.1 ${target === null ? "400 Bad Request" : "403 Forbidden"}\r\nConnection: close\r\n\r\n${no}`);
    return;
  }
  const host = target.hostname.replace(/^\[|\]$/g, "");
  const port = Number(/:(\d+)$/.exec(request.url ?? "")?.[1] ?? 443);
  const upstream = connect({ host, port });
  upstream.once("error", () => client.end("HTTP/1.1 502 Bad Gateway\r\nConnection: close\r\n\r\n"));
  upstream.once("connect", () => {
    client.write("HTTP/1.1 200 Connection Established\r\n\r\n");
    upstream.write(head);
    pass(client, upstream);
  });
}

/** Of one connection only, which is why it goes no further. */
const HOP_BY_HOP = new Set(["connection", "keep-alive", "proxy-authorization", "proxy-connection", "te", "upgrade"]);

function forward(rules: ProxyRules, request: IncomingMessage, response: ServerResponse): void {
  const target = targetOf(request.url ?? "");
  const no = target === null ? "This is a proxy: it takes whole URLs\n" : sayNo(rules, target);
  if (target === null || no !== null) {
    response.writeHead(target === null ? 400 : 403, { "content-type": "text/plain" }).end(no);
    return;
  }
  const headers = Object.fromEntries(Object.entries(request.headers).filter(([name]) => !HOP_BY_HOP.has(name)));
  const upstream = ask(target, { method: request.method ?? "GET", headers }, (answer) => {
    response.writeHead(answer.statusCode ?? 502, answer.rawHeaders);
    pipeline(answer, response, () => response.destroy());
  });
  upstream.once("error", () => (response.headersSent ? response.destroy() : response.writeHead(502).end()));
  request.pipe(upstream);
  response.once("close", () => upstream.destroy());
}
