// What a wire protocol has to be able to do; the server knows protocols only by this shape.
// Invariant: a protocol is a value without state; it never touches a socket and never decides what is said.
import type { Fault, HttpCall, ModelRequest, ProtocolName, Reply } from "./exchange.ts";

export interface Frame {
  readonly wire: string;
  /** True for the frames that carry content: these are paced, counted and cut after; the others are free. */
  readonly isChunk: boolean;
}

export type Decoded =
  | { readonly kind: "request"; readonly request: ModelRequest }
  | { readonly kind: "malformed"; readonly message: string };

export interface Refusal {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: unknown;
}

export interface Protocol {
  readonly name: ProtocolName;
  readonly decode: (call: HttpCall) => Decoded;
  readonly streamFrames: (reply: Reply, request: ModelRequest) => Iterable<Frame>;
  readonly wholeBody: (reply: Reply, request: ModelRequest) => unknown;
  readonly refuse: (fault: Fault) => Refusal;
  /** The same fault told inside a stream that has already answered 200. */
  readonly faultFrames: (fault: Fault, request: ModelRequest) => Iterable<Frame>;
  readonly wrongKey: Fault;
  readonly responseHeaders: () => Readonly<Record<string, string>>;
  readonly models: readonly string[];
  readonly listModels: (names: readonly string[], query: URLSearchParams) => unknown;
  readonly showModel: (name: string) => unknown;
  readonly countTokens: (tokens: number) => unknown;
}

/** One SSE frame; with an event name where the vendor sends one. */
export function sseFrame(data: unknown, options: { event?: string; isChunk?: boolean } = {}): Frame {
  const text = typeof data === "string" ? data : JSON.stringify(data);
  const name = options.event === undefined ? "" : `event: ${options.event}\n`;
  return { wire: `${name}data: ${text}\n\n`, isChunk: options.isChunk ?? false };
}
