/** From a reply to an HTTP response. Streams take over the socket; everything else goes out through the web response. */
import type { ServerResponse } from "node:http";
import { RESPONSE_ALREADY_SENT } from "@hono/node-server/utils/response";
import type { EncodedProblem } from "./door.ts";
import type { Problem } from "./problems.ts";
import type { RawReply, RefusedReply, Reply, StreamReply } from "./route.ts";
import { openSocketSink } from "./sse/socket-sink.ts";
import { openWebSink } from "./sse/web-sink.ts";

export interface Responding {
  /** On every answer. */
  readonly headers: Readonly<Record<string, string>>;
  readonly isHead: boolean;
  readonly outgoing: ServerResponse | undefined;
  readonly encodeProblem: (problem: Problem) => EncodedProblem;
  /** For what breaks after the headers have gone out. */
  readonly onFault: (error: unknown) => void;
}

export function respond(reply: Exclude<Reply, RefusedReply>, to: Responding): Response {
  switch (reply.kind) {
    case "json": {
      const headers = { ...to.headers, "Content-Type": "application/json", ...reply.headers };
      return new Response(JSON.stringify(reply.body), { status: reply.status, headers });
    }
    case "json_text": {
      const headers = { ...to.headers, "Content-Type": "application/json", ...reply.headers };
      return new Response(reply.text, { status: reply.status, headers });
    }
    case "empty":
      return new Response(null, { status: reply.status, headers: { ...to.headers, ...reply.headers } });
    case "problem": {
      const { status, contentType, body } = to.encodeProblem(reply.problem);
      const headers = { ...to.headers, "Content-Type": contentType, ...reply.problem.headers };
      return new Response(body, { status, headers });
    }
    case "raw":
      return respondRaw(reply, to);
    case "stream":
      return respondStream(reply, to);
  }
}

function respondRaw({ status, body, headers }: RawReply<number>, to: Responding): Response {
  const init = { status, headers: { ...to.headers, ...headers } };
  if (typeof body === "string") return new Response(body, init);
  // A view of an ordinary buffer; the type only leaves open that its memory may be shared.
  if (body instanceof Uint8Array) return new Response(body as Uint8Array<ArrayBuffer>, init);
  if (to.isHead) return new Response(null, init);
  return new Response(ReadableStream.from(reported(body, to)), init);
}

/** What breaks under way is reported, and the connection cut: the reader must not take half of it for the whole. */
async function* reported(body: AsyncIterable<Uint8Array>, { onFault, outgoing }: Responding) {
  try {
    yield* body;
  } catch (error) {
    onFault(error);
    if (outgoing === undefined) throw error;
    outgoing.destroy();
  }
}

function respondStream(reply: StreamReply<number>, to: Responding): Response {
  const head = { status: reply.status, headers: { ...to.headers, ...reply.headers } };
  if (to.isHead) return new Response(null, head);
  if (to.outgoing === undefined) {
    const { sink, response } = openWebSink(head);
    reply.run(sink);
    return response;
  }
  reply.run(openSocketSink(to.outgoing, head));
  return RESPONSE_ALREADY_SENT;
}
