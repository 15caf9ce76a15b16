/** A stream as the body of a web response, for callers in process. Back-pressure is the reader's demand. */
import type { StreamHead } from "./socket-sink.ts";
import type { StreamSink } from "./sink.ts";

const HIGH_WATER_BYTES = 64 * 1024;

export function openWebSink({ status, headers }: StreamHead): {
  readonly sink: StreamSink;
  readonly response: Response;
} {
  const sink = new WebSink();
  return { sink, response: new Response(sink.stream, { status, headers }) };
}

class WebSink implements StreamSink {
  readonly stream: ReadableStream<Uint8Array>;
  #controller: ReadableStreamDefaultController<Uint8Array> | null = null;
  #onDrain = () => {};
  #onClose = () => {};
  #onFlushed = () => {};

  constructor() {
    this.stream = new ReadableStream<Uint8Array>(
      {
        start: (controller) => {
          this.#controller = controller;
        },
        pull: () => {
          this.#onDrain();
          this.#onFlushed();
        },
        cancel: () => {
          this.#controller = null;
          this.#onClose();
        },
      },
      { highWaterMark: HIGH_WATER_BYTES, size: (chunk) => chunk?.byteLength ?? 0 },
    );
  }

  get bufferedBytes(): number {
    return HIGH_WATER_BYTES - this.#free;
  }

  get isClosed(): boolean {
    return this.#controller === null;
  }

  get #free(): number {
    return this.#controller?.desiredSize ?? HIGH_WATER_BYTES;
  }

  write(chunk: Uint8Array): boolean {
    this.#controller?.enqueue(chunk);
    return this.#free > 0;
  }

  onDrain(listener: () => void): void {
    this.#onDrain = listener;
  }

  onClose(listener: () => void): void {
    this.#onClose = listener;
  }

  onFlushed(listener: () => void): void {
    if (this.#free > 0) setImmediate(listener);
    else this.#onFlushed = listener;
  }

  end(): void {
    this.#finish((controller) => controller.close());
  }

  destroy(): void {
    this.#finish((controller) => controller.error(new Error("The stream was cut")));
  }

  #finish(finish: (controller: ReadableStreamDefaultController<Uint8Array>) => void): void {
    const controller = this.#controller;
    this.#controller = null;
    if (controller === null) return;
    finish(controller);
    queueMicrotask(() => this.#onClose());
  }
}
