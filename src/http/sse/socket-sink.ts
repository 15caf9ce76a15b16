/**
 * A stream on a socket. The answer's length is not announced and its end is the end of the connection (RFC 9112 §6.3),
 * so one frame is one write of bytes that all readers share, without a chunk header of its own.
 */
import type { ServerResponse } from "node:http";
import type { StreamSink } from "./sink.ts";

export interface StreamHead {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
}

export function openSocketSink(response: ServerResponse, { status, headers }: StreamHead): StreamSink {
  response.removeHeader("Transfer-Encoding");
  response.writeHead(status, { ...headers, Connection: "close" });
  let isEnding = false;
  return {
    write: (chunk) => (isEnding || response.destroyed ? true : response.write(chunk)),
    get bufferedBytes() {
      return response.writableLength;
    },
    get isClosed() {
      return response.destroyed || response.closed;
    },
    onDrain: (listener) => void response.on("drain", listener),
    onClose: (listener) => {
      response.on("close", listener);
      // A reader that resets its connection is a reader that went away; `close` follows.
      response.on("error", () => {});
    },
    onFlushed: (listener) => {
      if (response.writableLength === 0) setImmediate(listener);
      else response.write("", () => setImmediate(listener));
    },
    end: () => {
      isEnding = true;
      response.end();
    },
    destroy: () => void response.destroy(),
  };
}
