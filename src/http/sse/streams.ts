/**
 * All streams of a server: how many there may be, one timer that visits them in turn (W4), keys that were revoked, and
 * the orderly end. A stream is visited once per `visitMs`; the timer stands still while there is none.
 */
import type { Following } from "../../app/follow.ts";
import type { LiveText } from "../../app/live-texts.ts";
import type { Principal } from "../../app/principal.ts";
import type { LogLine } from "../../core/events/envelope.ts";
import type { Authentication } from "../auth.ts";
import type { StreamReply } from "../route.ts";
import { STREAM_HEADERS, retryFrame } from "./frames.ts";
import type { FrameBytes, StreamDialect } from "./frames.ts";
import { LogStream } from "./log-stream.ts";
import type { StreamSink } from "./sink.ts";
import { jitter } from "./stream-settings.ts";
import type { StreamSettings } from "./stream-settings.ts";

export interface StreamsDeps {
  readonly settings: StreamSettings;
  /** Milliseconds that never step. */
  readonly now: () => number;
  readonly random: () => number;
  readonly isStillValid: Authentication["isStillValid"];
  readonly onFault: (error: unknown) => void;
}

export interface OpenStream<Line extends LogLine = LogLine> {
  readonly principal: Principal;
  readonly follower: Following<Line>;
  readonly dialect: StreamDialect<Line>;
  readonly frames: FrameBytes<Line>;
  readonly isHinted: (kind: LiveText["kind"]) => boolean;
  readonly idAt: (place: number) => Promise<string | undefined>;
}

export interface Streams extends AsyncDisposable {
  readonly size: number;
  /** Ask before a follower is opened; an overloaded server answers `turnAway()` instead. */
  readonly isFull: boolean;
  follow<Line extends LogLine>(open: OpenStream<Line>): StreamReply<200>;
  /** A browser never comes back after an error status, so it is let in and told when to come back (B11). */
  turnAway(): StreamReply<200>;
  /** Ends every stream in order and resolves when the last is gone, or cuts those that are left at the deadline. */
  close(deadlineMs: number): Promise<void>;
}

/** A visit each; a quarter of the streams per tick. */
const SLOTS = 4;
const OVERLOAD_RETRY_MS = 5_500;
/** So that it is 1 to 10 s. */
const OVERLOAD_JITTER = 4_500 / OVERLOAD_RETRY_MS;

interface Visited {
  readonly stream: Pick<LogStream, "visit" | "end" | "stop" | "cut">;
  readonly principal: Principal;
}

export function makeStreams(deps: StreamsDeps): Streams {
  return new StreamWheel(deps);
}

class StreamWheel implements Streams {
  readonly #deps: StreamsDeps;
  readonly #slots: readonly Set<Visited>[] = Array.from({ length: SLOTS }, () => new Set<Visited>());
  #nextSlot = 0;
  #nextVisit = 0;
  #size = 0;
  #timer: NodeJS.Timeout | null = null;
  #isClosing = false;
  #onEmpty: (() => void) | null = null;

  constructor(deps: StreamsDeps) {
    this.#deps = deps;
  }

  get size(): number {
    return this.#size;
  }

  get isFull(): boolean {
    return this.#isClosing || this.#size >= this.#deps.settings.maxStreams;
  }

  follow<Line extends LogLine>(open: OpenStream<Line>): StreamReply<200> {
    return { kind: "stream", status: 200, headers: STREAM_HEADERS, run: (sink) => this.#run(open, sink) };
  }

  turnAway(): StreamReply<200> {
    const retryMs = jitter(OVERLOAD_RETRY_MS, OVERLOAD_JITTER, this.#deps.random);
    const run = (sink: StreamSink) => {
      sink.onClose(() => {});
      sink.write(Buffer.from(retryFrame(retryMs)));
      sink.end();
    };
    return { kind: "stream", status: 200, headers: STREAM_HEADERS, run };
  }

  async close(deadlineMs: number): Promise<void> {
    this.#isClosing = true;
    if (this.#size === 0) return;
    const emptied = new Promise<void>((resolve) => {
      this.#onEmpty = resolve;
    });
    for (const { stream } of this.#all()) stream.end("shutdown");
    const deadline = setTimeout(() => {
      for (const { stream } of this.#all()) stream.cut();
    }, deadlineMs);
    await emptied;
    clearTimeout(deadline);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close(0);
  }

  #run<Line extends LogLine>({ principal, ...parts }: OpenStream<Line>, sink: StreamSink): void {
    const { settings, now, random, onFault } = this.#deps;
    const slot = this.#slots[this.#nextSlot] ?? new Set<Visited>();
    this.#nextSlot = (this.#nextSlot + 1) % SLOTS;
    const onClosed = () => {
      if (!slot.delete(visited)) return;
      this.#size--;
      if (this.#size === 0) this.#rest();
    };
    const stream = new LogStream({ ...parts, sink, settings, now, random, onFault, onClosed });
    const visited: Visited = { stream, principal };
    slot.add(visited);
    this.#size++;
    this.#timer ??= setInterval(() => this.#tick(), settings.visitMs / SLOTS);
    stream.start();
    // The server began to close while this stream was being opened.
    if (this.#isClosing) stream.end("shutdown");
  }

  #rest(): void {
    if (this.#timer !== null) clearInterval(this.#timer);
    this.#timer = null;
    this.#onEmpty?.();
  }

  *#all(): Iterable<Visited> {
    for (const slot of this.#slots) yield* slot;
  }

  #tick(): void {
    const slot = this.#slots[this.#nextVisit];
    this.#nextVisit = (this.#nextVisit + 1) % SLOTS;
    if (slot === undefined || slot.size === 0) return;
    const nowMs = this.#deps.now();
    for (const { stream } of slot) stream.visit(nowMs);
    this.#checkKeys(slot);
  }

  /** One question per key, however many streams it has. */
  #checkKeys(slot: ReadonlySet<Visited>): void {
    const byKey = Map.groupBy(slot, ({ principal }) => principal.keyId);
    for (const visited of byKey.values()) {
      const principal = visited[0]?.principal;
      if (principal === undefined) continue;
      this.#isStillValid(principal).then(
        (isValid) => {
          if (!isValid) for (const { stream } of visited) stream.stop();
        },
        // A question that could not be answered is asked again at the next visit.
        (error: unknown) => this.#deps.onFault(error),
      );
    }
  }

  async #isStillValid(principal: Principal): Promise<boolean> {
    return await this.#deps.isStillValid(principal);
  }
}
