// The scripted model server: real HTTP in the vendors' protocols, for Serai's tests, its bench, and real agents offline.
// Reads a request, has it decoded, decided and played, and keeps the record of it.
// Invariant: a client that goes away ends the work for it at once and is recorded as aborted.
// Never looks into a body or a script.
//
//   request ─▶ readCall ─▶ findRoute ─▶ protocol.decode ─▶ engine.decide ─▶ playStep ─▶ response
//                                          record: open ──────────────▶ answered | aborted | cut | stopped
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { openEngine, type Engine } from "./engine.ts";
import type { Fault, HttpCall } from "./exchange.ts";
import { playStep, sendJson, type Answering, type Play } from "./playback.ts";
import type { Decoded } from "./protocol.ts";
import { openRecording, type Draft, type RecordedRequest, type Recording } from "./recording.ts";
import { estimateInputTokens } from "./reply.ts";
import { readCall, type ReadCall } from "./request-body.ts";
import { findRoute, likelyProtocol, type Route } from "./routes.ts";
import { callerKey } from "./wire-reading.ts";

export interface ModelServerOptions {
  readonly port?: number;
  readonly host?: string;
  /** The keys that are let in; without it every caller is, with a key or without. */
  readonly apiKeys?: readonly string[];
  /** The names that are listed, each vendor's own by default. A request may name any model. */
  readonly models?: readonly string[];
  /** How many requests are kept for looking at: all by default, 0 for load. */
  readonly keep?: number;
}

export interface ModelServer
  extends AsyncDisposable, Pick<Recording, "requests" | "waitFor">, Pick<Engine, "setScript"> {
  /** The origin; each vendor's clients add `/v1`, `/v1beta` or nothing. */
  readonly url: string;
  /** The requests whose client went away before the end. */
  readonly aborted: readonly RecordedRequest[];
}

export type { RecordedRequest } from "./recording.ts";
export type { ModelRequest } from "./exchange.ts";
export { fenced, type Step } from "./script.ts";

// Longer than any client keeps a connection, so that no reused one is closed under a request.
const KEEP_ALIVE_MS = 65_000;

interface Room {
  readonly options: ModelServerOptions;
  readonly engine: Engine;
  readonly recording: Recording;
  isStopping: boolean;
}

interface Seen {
  readonly read: Exclude<ReadCall, { kind: "gone" }>;
  readonly route: Route | undefined;
  /** Absent where there is nothing to decode: an unknown path, a list of models, an unreadable body. */
  readonly decoded: Decoded | undefined;
}

function isWrongKey(call: HttpCall, { apiKeys }: ModelServerOptions): boolean {
  return apiKeys !== undefined && !apiKeys.includes(callerKey(call) ?? "");
}

function showModels({ protocol, operation }: Route, call: HttpCall, { models }: ModelServerOptions): unknown {
  if (operation === "list-models") return protocol.listModels(models ?? protocol.models, call.query);
  return protocol.showModel(decodeURIComponent(call.path.replace(/^.*\/models\//, "")));
}

async function answerRequest(room: Room, play: Omit<Play, "step">, answering: Answering): Promise<void> {
  const { protocol } = play;
  const decision = await room.engine.decide(play.request);
  if (decision.kind === "step") return playStep({ ...play, step: decision.step }, answering);
  sendJson(answering, protocol.refuse({ status: 400, message: decision.reason }));
}

/** Everything between a read request and its answer. */
async function answer(room: Room, seen: Seen, answering: Answering): Promise<void> {
  const { read, route, decoded } = seen;
  const { call } = read;
  const protocol = route?.protocol ?? likelyProtocol(call);
  const refuse = (fault: Fault): void => sendJson(answering, protocol.refuse(fault));
  const accept = (body: unknown): void =>
    sendJson(answering, { status: 200, headers: protocol.responseHeaders(), body });

  if (route === undefined) return refuse({ status: 404, message: `No route for ${call.method} ${call.path}` });
  if (isWrongKey(call, room.options)) return refuse(protocol.wrongKey);
  if (read.kind === "unreadable") return refuse({ status: 400, message: read.reason });
  if (decoded === undefined) return accept(showModels(route, call, room.options));
  if (decoded.kind === "malformed") return refuse({ status: 400, message: decoded.message });
  if (route.operation === "count-tokens") return accept(protocol.countTokens(estimateInputTokens(decoded.request)));
  return answerRequest(room, { protocol, request: decoded.request }, answering);
}

function see(read: Seen["read"]): Seen {
  const route = findRoute(read.call);
  const hasRequest = route?.operation === "generate" || route?.operation === "count-tokens";
  return { read, route, decoded: hasRequest && read.kind === "call" ? route.protocol.decode(read.call) : undefined };
}

function draftOf({ read, route, decoded }: Seen): Draft {
  const { method, path, headers, body } = read.call;
  return {
    protocol: (route?.protocol ?? likelyProtocol(read.call)).name,
    operation: route?.operation ?? "unknown",
    method,
    path,
    headers,
    body,
    ...(decoded?.kind === "request" ? { request: decoded.request } : {}),
  };
}

function beginAnswer(room: Room, response: ServerResponse, draft: Draft): Answering {
  const record = room.recording.begin(draft);
  const gone = new AbortController();
  const close = (): void => {
    const early = room.isStopping ? "stopped" : "aborted";
    record({ outcome: response.writableFinished ? "answered" : early });
    gone.abort();
  };
  // The client may have left while its request was being read.
  if (response.closed) close();
  else response.once("close", close);
  return { response, record, gone: gone.signal };
}

async function serve(room: Room, incoming: IncomingMessage, response: ServerResponse): Promise<void> {
  const read = await readCall(incoming);
  if (read.kind === "gone") return;
  const seen = see(read);
  const answering = beginAnswer(room, response, draftOf(seen));
  try {
    await answer(room, seen, answering);
  } catch (cause) {
    if (answering.gone.aborted) return;
    // A fault of ours or of a test's chooser: said aloud, where the client's error message shows it.
    const message = `Model server fault: ${cause instanceof Error ? (cause.stack ?? cause.message) : String(cause)}`;
    if (response.headersSent) response.destroy();
    else sendJson(answering, (seen.route?.protocol ?? likelyProtocol(read.call)).refuse({ status: 500, message }));
  }
}

export async function openModelServer(options: ModelServerOptions = {}): Promise<ModelServer> {
  const { port = 0, host = "127.0.0.1", keep = Infinity } = options;
  const room: Room = { options, engine: openEngine(), recording: openRecording(keep), isStopping: false };
  const server = createServer({ keepAliveTimeout: KEEP_ALIVE_MS }, (incoming, response) => {
    serve(room, incoming, response).catch((error: unknown) => {
      response.destroy(error instanceof Error ? error : new Error(String(error)));
    });
  });
  server.listen(port, host);
  await once(server, "listening");
  // A listening TCP server has an address with a port; only pipes and closed servers have none.
  const address = server.address() as AddressInfo;
  const { requests, waitFor } = room.recording;

  return {
    url: `http://${host}:${address.port}`,
    requests,
    waitFor,
    setScript: room.engine.setScript,
    get aborted() {
      return requests.filter((request) => request.outcome === "aborted");
    },
    [Symbol.asyncDispose]: async () => {
      room.isStopping = true;
      const closed = once(server, "close");
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}
