/**
 * A request of a whole URL, sent on to its host, and the answer back. What either side says is not believed to be in order:
 * this runs in the server, and what Node would throw at must not get that far.
 */
import { request as ask } from "node:http";
import type { ClientRequest, IncomingMessage, OutgoingHttpHeaders, ServerResponse } from "node:http";
import { pipeline } from "node:stream/promises";
import { dial, failedToDial, findWay } from "./way-out.ts";
import type { ClosedWay, OpenWay, ProxyRules } from "./way-out.ts";

export interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
}

/** Contract: never rejects. */
export async function forward(rules: ProxyRules, { request, response }: Exchange): Promise<void> {
  const target = targetOf(request.url ?? "");
  if ("kind" in target) return refuse({ request, response }, target);
  const way = await findWay(rules, target);
  if (way.kind === "closed") return refuse({ request, response }, way);
  if (response.destroyed) return;
  try {
    await exchange({ request, response }, { url: target, way });
  } catch (cause) {
    if (response.headersSent || response.destroyed) response.destroy();
    else refuse({ request, response }, failedToDial(way, cause instanceof Error ? cause : new Error(String(cause))));
  }
}

/** A user and a password in it would be sent by nobody else's will but Node's. */
function targetOf(text: string): URL | ClosedWay {
  const url = URL.parse(text);
  if (url?.protocol !== "http:") return closed("This is a proxy: it takes whole URLs of http:");
  if (url.username === "" && url.password === "") return url;
  return closed("The URL holds a user name or a password; send them as the header Authorization");
}

function closed(reason: string): ClosedWay {
  return { kind: "closed", status: 400, reason };
}

function refuse({ request, response }: Exchange, { status, reason }: ClosedWay): void {
  const headers = { "content-type": "text/plain; charset=utf-8", ...endingEarly(request) };
  response.writeHead(status, headers).end(`${reason}\n`);
}

/** What of the request is not read is not the next request. */
function endingEarly({ complete }: IncomingMessage): OutgoingHttpHeaders {
  return complete ? {} : { connection: "close" };
}

interface Sent {
  readonly url: URL;
  readonly way: OpenWay;
}

async function exchange({ request, response }: Exchange, { url, way }: Sent): Promise<void> {
  const upstream = ask(url, {
    method: request.method ?? "GET",
    // The host is the one that was asked about, whatever the client calls it.
    headers: { ...endToEnd(request), host: url.host },
    createConnection: () => dial(way),
  });
  response.once("close", () => upstream.destroy());
  upstream.on("continue", () => response.writeContinue());
  upstream.once("close", () => request.unpipe(upstream).resume());
  const answering = answerOf(upstream);
  // Else they would wait for the first of the body, and a client that waits for the answer to them would do so for ever.
  if (hasBody(request)) upstream.flushHeaders();
  request.pipe(upstream);
  const answer = await answering;
  response.writeHead(statusOf(answer), { ...endToEnd(answer), ...endingEarly(request) });
  await pipeline(answer, response);
}

function hasBody({ headers }: IncomingMessage): boolean {
  return headers["content-length"] !== undefined || headers["transfer-encoding"] !== undefined;
}

/** Errors: that of the connection; that the other side would rather speak something else. */
function answerOf(upstream: ClientRequest): Promise<IncomingMessage> {
  const answer = Promise.withResolvers<IncomingMessage>();
  upstream.once("response", answer.resolve);
  upstream.on("error", answer.reject);
  upstream.once("upgrade", (_, socket) => {
    socket.destroy();
    answer.reject(new Error("The protocol was changed without a wish for it"));
  });
  return answer.promise;
}

function statusOf({ statusCode = 0 }: IncomingMessage): number {
  if (statusCode < 200) throw new Error(`Cannot hand on the status ${statusCode}`);
  return statusCode;
}

/** Of one connection only, which is why they go no further. Trailers are not handed on, so none are announced. */
const HOP_BY_HOP = new Set([
  "connection",
  "keep-alive",
  "proxy-authenticate",
  "proxy-authorization",
  "proxy-connection",
  "te",
  "trailer",
  "upgrade",
]);

/** With how a request is cut into pieces; an answer is cut anew, as its reader can take it. */
function endToEnd(message: IncomingMessage): OutgoingHttpHeaders {
  const { headersDistinct: headers, statusCode } = message;
  const named = (headers["connection"] ?? []).flatMap((list) =>
    list.split(",").map((name) => name.trim().toLowerCase()),
  );
  const dropped = new Set([...HOP_BY_HOP, ...named.filter((name) => !FRAMING.has(name))]);
  if (typeof statusCode === "number") dropped.add("transfer-encoding");
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !dropped.has(name)));
}

/** Where a body ends is not the client's to take away. */
const FRAMING = new Set(["content-length", "transfer-encoding", "host"]);
