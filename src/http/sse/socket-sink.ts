/**
 * A stream on a socket. The answer's length is not announced and its end is the end of the connection (RFC 9112 §6.3),
 * so one frame is one write of bytes that all readers share: no chunk header, and nothing of `ServerResponse` on the way.
 */
import type { ServerResponse } from "node:http";
import type { Socket } from "node:net";
import type { StreamSink } from "./sink.ts";

export interface StreamHead {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
}

export function openSocketSink(response: ServerResponse, { status, headers }: StreamHead): StreamSink {
  response.removeHeader("Transfer-Encoding");
  response.writeHead(status, { ...headers, Connection: "close" });
  // The headers and what is said at once leave together.
  response.socket?.cork();
  process.nextTick(() => response.socket?.uncork());
  response.flushHeaders();
  return new SocketSink(response);
}

/** One per reader, so methods and no closures: ten thousand readers are ten thousand of these. */
class SocketSink implements StreamSink {
  readonly #response: ServerResponse;
  readonly #out: Socket | ServerResponse;
  #isEnding = false;

  constructor(response: ServerResponse) {
    this.#response = response;
    // A request that was sent before its predecessor was answered has no socket yet; its answer waits in the response.
    this.#out = response.socket ?? response;
  }

  get bufferedBytes(): number {
    return this.#out.writableLength;
  }

  get isClosed(): boolean {
    return this.#out.destroyed;
  }

  write(chunk: Uint8Array): boolean {
    if (this.#isEnding || this.#out.destroyed) return true;
    return this.#out.write(chunk);
  }

  onDrain(listener: () => void): void {
    this.#out.on("drain", listener);
  }

  onClose(listener: () => void): void {
    this.#response.on("close", listener);
    // A reader that resets its connection is a reader that went away; `close` follows.
    this.#response.on("error", ignore);
  }

  onFlushed(listener: () => void): void {
    if (this.#out.writableLength === 0) setImmediate(listener);
    else this.#out.write("", () => setImmediate(listener));
  }

  end(): void {
    this.#isEnding = true;
    this.#response.end();
  }

  destroy(): void {
    this.#out.destroy();
  }
}

function ignore(): void {
  // What is to be done is done when the connection closes.
}
