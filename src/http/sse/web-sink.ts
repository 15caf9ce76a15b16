/** A stream as the body of a web response, for callers in process. Back-pressure is the reader's demand. */
import type { StreamHead } from "./socket-sink.ts";
import type { StreamSink } from "./sink.ts";

const HIGH_WATER_BYTES = 64 * 1024;

export function openWebSink({ status, headers }: StreamHead): {
  readonly sink: StreamSink;
  readonly response: Response;
} {
  let controller: ReadableStreamDefaultController<Uint8Array> | null = null;
  const listeners = { drain: () => {}, close: () => {}, flushed: () => {} };
  const stream = new ReadableStream<Uint8Array>(
    {
      start(opened) {
        controller = opened;
      },
      pull() {
        listeners.drain();
        listeners.flushed();
      },
      cancel() {
        controller = null;
        listeners.close();
      },
    },
    { highWaterMark: HIGH_WATER_BYTES, size: (chunk) => chunk?.byteLength ?? 0 },
  );
  const free = () => controller?.desiredSize ?? HIGH_WATER_BYTES;
  const close = (finish: (open: ReadableStreamDefaultController<Uint8Array>) => void) => {
    const open = controller;
    controller = null;
    if (open === null) return;
    finish(open);
    queueMicrotask(() => listeners.close());
  };
  const sink: StreamSink = {
    write(chunk) {
      controller?.enqueue(chunk);
      return free() > 0;
    },
    get bufferedBytes() {
      return HIGH_WATER_BYTES - free();
    },
    get isClosed() {
      return controller === null;
    },
    onDrain: (listener) => {
      listeners.drain = listener;
    },
    onClose: (listener) => {
      listeners.close = listener;
    },
    onFlushed: (listener) => {
      if (free() > 0) setImmediate(listener);
      else listeners.flushed = listener;
    },
    end: () => close((open) => open.close()),
    destroy: () => close((open) => open.error(new Error("The stream was cut"))),
  };
  return { sink, response: new Response(stream, { status, headers }) };
}
