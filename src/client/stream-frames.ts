/** The frames of one connection, from its request to its end. Knows nothing of events and never connects twice. */
import { errorOf } from "./errors.ts";
import { SseParser } from "./sse-parser.ts";
import type { SseFrame } from "./sse-parser.ts";
import type { Call, Transport } from "./transport.ts";

export interface FramesOptions {
  readonly transport: Transport;
  readonly call: Omit<Call, "signal">;
  readonly signal: AbortSignal;
  /** A connection on which nothing comes for so long is dead, whatever the network says. */
  readonly idleMs: number;
}

/** The connection fell silent. */
export class StreamIdle extends Error {
  override readonly name = "StreamIdle";
}

/**
 * Throws a `SeraiError` when the server refuses, anything else when the connection is lost; ends when the server ends.
 * The connection is closed when the reader stops, however it stops.
 */
export async function* readFrames(options: FramesOptions): AsyncGenerator<SseFrame, void, undefined> {
  const { transport, call, signal } = options;
  const own = new AbortController();
  const both = AbortSignal.any([signal, own.signal]);
  const timely = makeTimely(options, own);
  try {
    const response = await timely(() => transport.send({ ...call, signal: both }));
    if (!response.ok) throw await timely(() => errorOf(response, `${call.method} ${call.path}`));
    const body: ReadableStream<Uint8Array> | null = response.body;
    if (body === null) return;
    const reader = body.getReader();
    const parser = new SseParser();
    const decoder = new TextDecoder();
    for (;;) {
      const { done, value } = await timely(() => reader.read());
      if (done) return;
      yield* parser.push(decoder.decode(value, { stream: true }));
    }
  } finally {
    own.abort();
  }
}

/** The clock runs only while the server is waited for: a slow reader is no dead server. */
function makeTimely({ idleMs }: FramesOptions, own: AbortController) {
  return async <T>(work: () => Promise<T>): Promise<T> => {
    const timer = setTimeout(() => own.abort(new StreamIdle(`Nothing came for ${idleMs} ms`)), idleMs);
    try {
      return await work();
    } finally {
      clearTimeout(timer);
    }
  };
}
