/**
 * Follows the log of a session over as many connections as it takes.
 *
 *   ┌▶ connect ──▶ read ──▶ disconnecting ──▶ wait as told ─┐
 *   │     │         └─ cut, silent ─┐                       │
 *   │     └─ 5xx, 429, no answer ───┴──▶ wait, longer each time
 *   └──────────────────────────────────────────────◀────────┘        any other refusal: throw
 *
 * Invariant: every event of the log from the start of the stream on comes out once and in order, whatever happens to the
 * connections. Hints come out as they come; they never move the resume point and may be lost or come again.
 */
import { SeraiError } from "./errors.ts";
import { pause, RetryWait } from "./retry-wait.ts";
import type { RetryTimes } from "./retry-wait.ts";
import type { SeenEvent, SeenEvents } from "./seen-events.ts";
import type { SessionEvent, SessionHint, StreamItem } from "./shapes.ts";
import type { SseFrame } from "./sse-parser.ts";
import { readFrames } from "./stream-frames.ts";
import { StreamPlace } from "./stream-place.ts";
import type { QueryValue, Transport } from "./transport.ts";
import { fromWire } from "./wire-case.ts";

export interface StreamSettings extends RetryTimes {
  readonly idleMs: number;
}

export const defaultStreamSettings: StreamSettings = { firstMs: 1_000, maxMs: 30_000, idleMs: 45_000 };

/** What becomes of the connection, for those who show it. */
export type StreamConnection =
  | { readonly state: "open" }
  | { readonly state: "waiting"; readonly delayMs: number; readonly error: unknown }
  /** The server does not know the resume point: its log was replaced, and is told again without what came out before. */
  | { readonly state: "reset" };

export interface StreamOptions {
  /** Only these types, at most 25. */
  readonly types?: readonly string[];
  readonly exclude?: readonly string[];
  /** Start strictly after this event. */
  readonly sinceId?: string;
  /** Start strictly after this place; 0 is the start of the log. */
  readonly afterSeq?: number;
  /** False: no text while it grows. */
  readonly deltas?: boolean;
  /** Ends the stream without an error. */
  readonly signal?: AbortSignal;
  readonly onConnection?: (connection: StreamConnection) => void;
}

/** Which log is followed, and what its places are called. */
export interface FollowedLog {
  readonly path: string;
  readonly query: Readonly<Record<string, QueryValue>>;
  /** The parameter that begins after a place. */
  readonly afterName: string;
  readonly placeOf: (item: SessionEvent) => number;
  readonly seen?: { readonly last: SeenEvent | undefined; saw(event: SeenEvent): void; forget(): void };
}

export interface StreamDeps {
  readonly transport: Transport;
  readonly seen: SeenEvents;
  readonly settings: StreamSettings;
  readonly random: () => number;
}

type Ending = { readonly kind: "told"; readonly ms: number } | { readonly kind: "lost"; readonly error: unknown };

export function followEvents(
  deps: StreamDeps,
  sessionId: string,
  options: StreamOptions = {},
): AsyncGenerator<StreamItem, void, undefined> {
  const { seen } = deps;
  const log: FollowedLog = {
    path: `/sessions/${encodeURIComponent(sessionId)}/sse`,
    query: {},
    afterName: "afterSeq",
    placeOf: ({ seq }) => seq,
    seen: {
      last: seen.last(sessionId),
      saw: (event) => seen.saw(sessionId, event),
      forget: () => seen.forget(sessionId),
    },
  };
  return new EventStream(deps, log, options).items();
}

/** `Item`: what the log is made of; nothing else comes out of one that has no hints. */
export function followLog<Item extends SessionEvent>(
  deps: Omit<StreamDeps, "seen">,
  log: FollowedLog,
  options: StreamOptions,
): AsyncGenerator<Item, void, undefined> {
  return new EventStream(deps, log, options).items() as AsyncGenerator<Item, void, undefined>;
}

class EventStream {
  readonly #deps: Omit<StreamDeps, "seen">;
  readonly #log: FollowedLog;
  readonly #options: StreamOptions;
  readonly #signal: AbortSignal;
  readonly #place: StreamPlace;
  readonly #wait: RetryWait;
  /** The last `retry:` of the connection. */
  #retryMs = 0;

  constructor(deps: Omit<StreamDeps, "seen">, log: FollowedLog, options: StreamOptions) {
    const { afterSeq, sinceId, signal } = options;
    this.#deps = deps;
    this.#log = log;
    this.#options = options;
    this.#signal = signal ?? new AbortController().signal;
    this.#wait = new RetryWait(deps.settings, deps.random);
    this.#place = new StreamPlace({ afterSeq, sinceId, seen: log.seen?.last });
  }

  async *items(): AsyncGenerator<StreamItem, void, undefined> {
    while (!this.#signal.aborted) {
      const ending = yield* this.#readOnce();
      if (this.#signal.aborted) return;
      const isLost = ending.kind === "lost";
      const delayMs = isLost ? this.#wait.failed(this.#leastWait(ending.error)) : this.#wait.told(ending.ms);
      this.#say({ state: "waiting", delayMs, error: isLost ? ending.error : null });
      await pause(delayMs, this.#signal);
    }
  }

  /** One connection, until it ends in some way that another one can follow. */
  async *#readOnce(): AsyncGenerator<StreamItem, Ending, undefined> {
    this.#retryMs = 0;
    const frames = readFrames({ ...this.#request(), signal: this.#signal });
    try {
      for (;;) {
        const next = await this.#next(frames);
        if ("kind" in next) return next;
        const ending = endingOf(next);
        if (ending !== null) return ending;
        const item = this.#read(next);
        if (item !== null) yield item;
      }
    } finally {
      await frames.return();
    }
  }

  /** Faults of the connection are caught around the connection alone, never around what the reader does with an item. */
  async #next(frames: AsyncGenerator<SseFrame, void, undefined>): Promise<SseFrame | Ending> {
    try {
      const { done, value } = await frames.next();
      return done === true ? { kind: "lost", error: null } : value;
    } catch (error) {
      if (!this.#signal.aborted && error instanceof SeraiError && !canPass(error)) throw error;
      return { kind: "lost", error };
    }
  }

  #request() {
    const { transport, settings } = this.#deps;
    const { types, exclude, deltas } = this.#options;
    const { path, query: filter, afterName } = this.#log;
    const { query, headers } = this.#place.request(afterName);
    return {
      transport,
      idleMs: settings.idleMs,
      call: {
        method: "GET",
        path,
        query: { types, exclude, deltas, ...filter, ...query },
        headers: { accept: "text/event-stream", ...headers },
      },
    } as const;
  }

  #read(frame: SseFrame): StreamItem | null {
    this.#retryMs = frame.retryMs ?? this.#retryMs;
    if (frame.event === "connected") this.#opened();
    if (frame.event === "reset") this.#reset();
    if (frame.event === "connected" || frame.event === "reset") return null;
    if (frame.data === null) this.#place.passed(frame.id);
    return frame.data === null ? null : this.#readItem(frame.data);
  }

  #readItem(data: string): StreamItem | null {
    // The server's own words: an event has a `seq`, a hint has none.
    const item = fromWire(parse(data)) as SessionEvent | SessionHint;
    if (!("seq" in item)) return item;
    this.#wait.succeeded();
    const { id } = item;
    if (!this.#place.take({ id, seq: this.#log.placeOf(item) })) return null;
    this.#log.seen?.saw(item);
    return item;
  }

  #opened(): void {
    this.#wait.succeeded();
    this.#say({ state: "open" });
  }

  #reset(): void {
    this.#place.reset();
    this.#log.seen?.forget();
    this.#say({ state: "reset" });
  }

  #leastWait(error: unknown): number {
    return Math.max(this.#retryMs, error instanceof SeraiError ? (error.retryAfterMs ?? 0) : 0);
  }

  #say(connection: StreamConnection): void {
    this.#options.onConnection?.(connection);
  }
}

/** The same request may be answered another time. */
function canPass({ status }: SeraiError): boolean {
  return status >= 500 || status === 429 || status === 408;
}

function endingOf({ event, data, retryMs }: SseFrame): Ending | null {
  if (event !== "disconnecting") return null;
  const said = data === null ? null : parse(data);
  const told = typeof said === "object" && said !== null && "retry_ms" in said ? said.retry_ms : retryMs;
  return { kind: "told", ms: typeof told === "number" ? told : 0 };
}

function parse(data: string): unknown {
  try {
    return JSON.parse(data);
  } catch (cause) {
    throw new Error(`Cannot read a frame of the event stream: "${data.slice(0, 80)}"`, { cause });
  }
}
