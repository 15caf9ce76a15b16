/**
 * One reader of one log: writes what its follower finds, as fast as the reader takes it and no faster.
 *
 *            grown                      write said stop
 *   waiting ───────▶ pumping ─────────────────────────────▶ blocked
 *      ▲               │  ▲ tail does not reach: read()        │ drain
 *      └── at head ────┘  └────────────────────────────────────┘
 *
 * While it is blocked nothing is pulled from the log, so a slow reader costs a page and nobody else anything (F5). Text
 * hints go out only at the head of the log and only as what the text has grown by (B1). It owns no timer: the wheel in
 * `streams.ts` visits it. It ends in one of three ways: `disconnecting` after the last event, silently because the
 * session or the key is no more, or cut.
 */
import type { FollowedPage, Following } from "../../app/follow.ts";
import type { LiveText } from "../../app/live-texts.ts";
import type { LogLine } from "../../core/events/envelope.ts";
import { HEARTBEAT, idFrame } from "./frames.ts";
import type { FrameBytes, StreamDialect } from "./frames.ts";
import { HintWriter } from "./hint-writer.ts";
import type { StreamSink } from "./sink.ts";
import { jitter } from "./stream-settings.ts";
import type { StreamSettings } from "./stream-settings.ts";

export type EndReason = "connection_cycle" | "shutdown";

export interface LogStreamParts<Line extends LogLine = LogLine> {
  readonly sink: StreamSink;
  readonly follower: Following<Line>;
  readonly dialect: StreamDialect<Line>;
  readonly frames: FrameBytes<Line>;
  readonly isHinted: (kind: LiveText["kind"]) => boolean;
  /** The id of the event at a place: names a resume point that a filter hides (B4). */
  readonly idAt: (place: number) => Promise<string | undefined>;
  readonly settings: StreamSettings;
  readonly now: () => number;
  readonly random: () => number;
  readonly onFault: (error: unknown) => void;
  readonly onClosed: () => void;
}

/** Lines of a page are written in slices of about this, so that a page of large events cannot flood a slow reader. */
const SLICE_BYTES = 256 * 1024;
const RESUME_LINES = 100;
const heartbeat = Buffer.from(HEARTBEAT);

export class LogStream<Line extends LogLine = LogLine> {
  readonly #parts: LogStreamParts<Line>;
  #pending: readonly Line[] = [];
  #pendingIsTail = false;
  #isPumping = false;
  #isReading = false;
  #isWaiting = false;
  #blockedSince: number | null = null;
  #ending: EndReason | null = null;
  #isEnded = false;
  #lastWriteAt: number;
  readonly #cycleAt: number;
  /** The place that the last `id:` on the wire names; the reader comes back here. */
  #resumePlace: number;
  #isResuming = false;
  readonly #hints: HintWriter | null;

  constructor(parts: LogStreamParts<Line>) {
    const { sink, settings, follower } = parts;
    this.#parts = parts;
    this.#lastWriteAt = parts.now();
    this.#cycleAt = this.#lastWriteAt + jitter(settings.cycleMs, 0.2, parts.random);
    this.#resumePlace = follower.cursor;
    this.#hints = this.#openHints();
    sink.onDrain(() => {
      this.#blockedSince = null;
      this.#pump();
    });
    sink.onClose(() => this.#close());
  }

  #openHints(): HintWriter | null {
    const { follower, frames, isHinted } = this.#parts;
    if (follower.sessionId === null) return null;
    const write = (bytes: Uint8Array) => {
      this.#write(bytes);
      return this.#blockedSince === null && !this.#isEnded;
    };
    return new HintWriter(frames, { sessionId: follower.sessionId, isHinted, write });
  }

  start(): void {
    const { dialect, follower, settings, random } = this.#parts;
    const first = dialect.connected(jitter(settings.retryMs, 0.5, random));
    this.#write(Buffer.from(follower.isReset ? first + dialect.reset() : first));
    this.#pump();
  }

  /** Called by the wheel, at least every `visitMs`. */
  visit(nowMs: number): void {
    const { settings, sink } = this.#parts;
    if (this.#isEnded) return;
    const next = nowMs + settings.visitMs;
    if (this.#blockedSince !== null) {
      if (next - this.#blockedSince > settings.stallMs) sink.destroy();
      return;
    }
    if (nowMs >= this.#cycleAt) return this.end("connection_cycle");
    if (next - this.#lastWriteAt <= settings.heartbeatMs) return;
    if (this.#parts.follower.cursor > this.#resumePlace) this.#sendResumePoint();
    else this.#write(heartbeat);
  }

  /** Everything that is in the log goes out first, then `disconnecting`. */
  end(reason: EndReason): void {
    this.#ending ??= reason;
    this.#pump();
  }

  /** Nothing more goes out: whoever reads may not read any more. */
  stop(): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    this.#parts.sink.end();
  }

  cut(): void {
    this.#parts.sink.destroy();
  }

  #close(): void {
    this.#isEnded = true;
    this.#parts.follower[Symbol.dispose]();
    this.#parts.onClosed();
  }

  #pump(): void {
    if (this.#isPumping || this.#isReading) return;
    this.#isPumping = true;
    try {
      this.#writeOn();
    } catch (error) {
      this.#fail(error);
    } finally {
      this.#isPumping = false;
    }
  }

  #writeOn(): void {
    const { follower } = this.#parts;
    for (;;) {
      if (!this.#writePending()) return;
      if (follower.isOver) return this.stop();
      const page = follower.readTail();
      if (page === null) return this.#readBehind();
      this.#take(page, true);
      // A line that came while this one was written has rung the follower, so there is no need to look again.
      if (page.isAtHead && !follower.isOver && this.#writePending()) return this.#rest();
    }
  }

  /** Memory does not reach back to the cursor: the log does. */
  #readBehind(): void {
    this.#isReading = true;
    const { follower } = this.#parts;
    follower.read().then(
      (page) => {
        this.#isReading = false;
        if (this.#isEnded) return;
        this.#take(page, false);
        const isAtRest = page.isAtHead && this.#writePending() && !follower.isOver;
        if (isAtRest) this.#rest();
        else this.#pump();
      },
      (error: unknown) => this.#fail(error),
    );
  }

  #take({ lines, through }: FollowedPage<Line>, isTail: boolean): void {
    // Lines of the tail may be the tail's own list, which grows: what is kept of them past this turn is always a copy.
    this.#pending = lines.length === 0 ? [] : lines;
    this.#pendingIsTail = isTail;
    if (lines.length > 0) this.#hints?.noteWhole(lines, this.#parts.follower.live());
    if (lines.length === 0 && through - this.#resumePlace > RESUME_LINES) this.#sendResumePoint();
  }

  /** True when nothing is left to write and the reader takes more. */
  #writePending(): boolean {
    while (!this.#isEnded && this.#blockedSince === null && this.#pending.length > 0) {
      const { bytes, count } = this.#slice();
      const last = this.#pending[count - 1];
      if (last !== undefined) this.#resumePlace = this.#parts.follower.placeOf(last);
      this.#pending = count === this.#pending.length ? [] : this.#pending.slice(count);
      this.#write(bytes);
    }
    return !this.#isEnded && this.#blockedSince === null;
  }

  #slice(): { readonly bytes: Buffer; readonly count: number } {
    const { frames } = this.#parts;
    const [first] = this.#pending;
    if (this.#pending.length === 1 && first !== undefined && this.#pendingIsTail) {
      return { bytes: frames.of(first), count: 1 };
    }
    // A page of the log is within the bound already.
    if (!this.#pendingIsTail) return { bytes: frames.ofPage(this.#pending), count: this.#pending.length };
    const slice: Buffer[] = [];
    let sizeBytes = 0;
    for (const line of this.#pending) {
      if (sizeBytes >= SLICE_BYTES) break;
      const bytes = frames.of(line);
      slice.push(bytes);
      sizeBytes += bytes.length;
    }
    return { bytes: Buffer.concat(slice, sizeBytes), count: slice.length };
  }

  /** At the head of the log: show what texts have grown by, then wait or end. */
  #rest(): void {
    if (this.#ending !== null) return this.#finish(this.#ending);
    this.#hints?.writeGrowth(this.#parts.follower.live());
    if (this.#isWaiting || this.#blockedSince !== null) return;
    this.#isWaiting = true;
    this.#parts.follower.grown().then(
      () => {
        this.#isWaiting = false;
        if (!this.#isEnded) this.#pump();
      },
      (error: unknown) => this.#fail(error),
    );
  }

  #sendResumePoint(): void {
    const place = this.#parts.follower.cursor;
    if (this.#isResuming) return;
    this.#isResuming = true;
    this.#parts.idAt(place).then(
      (id) => {
        this.#isResuming = false;
        if (id === undefined || this.#isEnded || place <= this.#resumePlace || this.#pending.length > 0) return;
        this.#resumePlace = place;
        this.#write(Buffer.from(idFrame(id)));
      },
      (error: unknown) => this.#fail(error),
    );
  }

  #finish(reason: EndReason): void {
    const { sink, dialect, settings, random } = this.#parts;
    this.#isEnded = true;
    sink.onFlushed(() => {
      if (sink.isClosed) return;
      sink.write(Buffer.from(dialect.disconnecting(reason, jitter(settings.retryMs, 0.5, random))));
      sink.end();
    });
  }

  #write(bytes: Uint8Array): void {
    const { sink, settings, now } = this.#parts;
    this.#lastWriteAt = now();
    if (sink.write(bytes)) return;
    this.#blockedSince ??= this.#lastWriteAt;
    if (sink.bufferedBytes > settings.maxBufferedBytes) sink.destroy();
  }

  /** The log could not be read: the reader comes back and asks another time. */
  #fail(error: unknown): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    this.#parts.onFault(error);
    this.#parts.sink.end();
  }
}
