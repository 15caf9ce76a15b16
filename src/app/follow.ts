/**
 * Follows a session's log from a cursor (F2, F3): one loop for catching up, living on and coming back. Reads come from
 * the shared tail where it reaches, else from the store; filters never change cursors.
 */
import type { LogLine } from "../core/events/envelope.ts";
import type { SessionId } from "../core/ids.ts";
import type { Bell, Ear } from "../core/ports/bell.ts";
import type { SessionReads } from "../core/ports/store.ts";
import { accept, refuse } from "../core/refusal.ts";
import type { Outcome } from "../core/refusal.ts";
import type { LiveText, LiveTexts } from "./live-texts.ts";
import type { Principal } from "./principal.ts";
import { findPlace } from "./read-events.ts";
import { readOwnSession } from "./read-session.ts";
import type { Tail } from "./tail.ts";

export type FollowCursor =
  | { readonly kind: "start" }
  | { readonly kind: "tail" }
  | { readonly kind: "seq"; readonly seq: number }
  /** `isHeader`: from `Last-Event-ID`; unknown ones begin again at the start, since a browser never comes back after a 400. */
  | { readonly kind: "since"; readonly eventId: string; readonly isHeader: boolean };

export interface FollowOptions {
  readonly cursor: FollowCursor;
  readonly types?: readonly string[];
  readonly exclude?: readonly string[];
}

export interface FollowedPage<Line extends LogLine = LogLine> {
  readonly lines: readonly Line[];
  /** Where the cursor stands now; also over lines that the filter left out. */
  readonly through: number;
  readonly isAtHead: boolean;
}

/** A place in something that is followed, and what comes after it. Places grow; what they count is its own affair. */
export interface Following<Line extends LogLine = LogLine> extends Disposable {
  /** Nothing: what is followed is not one session, and has no growing texts. */
  readonly sessionId: SessionId | null;
  /** The given cursor was unknown; the stream starts over. */
  readonly isReset: boolean;
  readonly cursor: number;
  /** What is there, without waiting: at most a page. Moves the cursor. */
  read(): Promise<FollowedPage<Line>>;
  /** As `read`, from memory and at once; nothing when memory does not reach back to the cursor. */
  readTail(): FollowedPage<Line> | null;
  placeOf(line: Line): number;
  /** The session was deleted and everything was read: nothing will come any more. */
  readonly isOver: boolean;
  /** Texts whose beginning this cursor has seen. */
  live(): readonly LiveText[];
  /** Resolves when the log or a text has grown since the last read began, and when this is closed. */
  grown(): Promise<void>;
}

export interface Follower extends Following {
  readonly sessionId: SessionId;
}

export interface FollowDeps {
  readonly store: Pick<SessionReads, "readSession" | "readLog" | "findEvent">;
  readonly bell: Pick<Bell, "listen">;
  readonly tail: Tail;
  readonly live: Pick<LiveTexts, "of">;
}

export type OpenFollow = (principal: Principal, id: SessionId, options: FollowOptions) => Promise<Outcome<Follower>>;

/** Bounds of a page (B8): a slow reader holds this much and no more. */
export const PAGE_LINES = 200;
export const PAGE_BYTES = 256 * 1024;

export function makeOpenFollow(deps: FollowDeps): OpenFollow {
  return async (principal, id, options) => {
    const found = await readOwnSession(deps.store, principal, id);
    if (!found.ok) return found;
    const place = await placeOf(deps, id, { cursor: options.cursor, headSeq: found.value.head.seq });
    if (!place.ok) return place;
    const ear = await deps.bell.listen(id);
    return accept(new LogFollower(deps, { sessionId: id, options, ear, ...place.value }));
  };
}

async function placeOf(
  deps: FollowDeps,
  id: SessionId,
  { cursor, headSeq }: { readonly cursor: FollowCursor; readonly headSeq: number },
): Promise<Outcome<{ readonly after: number; readonly isReset: boolean }>> {
  switch (cursor.kind) {
    case "start":
      return accept({ after: 0, isReset: false });
    case "tail":
      return accept({ after: headSeq, isReset: false });
    case "seq":
      if (cursor.seq <= headSeq) return accept({ after: cursor.seq, isReset: false });
      return refuse({ code: "invalid_cursor", path: "after_seq", reason: `the log ends at ${headSeq}` });
    case "since": {
      const found = await findPlace(deps.store, id, cursor.eventId);
      if (found.ok) return accept({ after: found.value, isReset: false });
      return cursor.isHeader ? accept({ after: 0, isReset: true }) : found;
    }
  }
}

interface FollowerStart {
  readonly sessionId: SessionId;
  readonly options: FollowOptions;
  readonly ear: Ear;
  readonly after: number;
  readonly isReset: boolean;
}

class LogFollower implements Follower {
  readonly sessionId: SessionId;
  readonly isReset: boolean;
  readonly #deps: FollowDeps;
  readonly #ear: Ear;
  readonly #kept: Disposable;
  readonly #filter: { readonly types?: readonly string[]; readonly exclude?: readonly string[] };
  readonly #passes: ((line: LogLine) => boolean) | null;
  #cursor: number;
  #isOver = false;

  constructor(deps: FollowDeps, start: FollowerStart) {
    const { types, exclude } = start.options;
    this.#deps = deps;
    this.sessionId = start.sessionId;
    this.isReset = start.isReset;
    this.#ear = start.ear;
    this.#cursor = start.after;
    this.#kept = deps.tail.follow(start.sessionId);
    this.#filter = { ...(types === undefined ? {} : { types }), ...(exclude === undefined ? {} : { exclude }) };
    this.#passes = filterOf(types, exclude);
  }

  get cursor(): number {
    return this.#cursor;
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  readTail(): FollowedPage | null {
    this.#ear.clear();
    const all = this.#deps.tail.after(this.sessionId, this.#cursor);
    if (all === null) return null;
    const page = all.length > PAGE_LINES ? all.slice(0, PAGE_LINES) : all;
    const through = page.at(-1)?.seq ?? this.#cursor;
    this.#moveTo(through, page);
    const lines = this.#passes === null ? page : page.filter(this.#passes);
    return { lines, through, isAtHead: page.length === all.length };
  }

  async read(): Promise<FollowedPage> {
    this.#ear.clear();
    const { lines, through, headSeq } = await this.#deps.store.readLog({
      sessionId: this.sessionId,
      after: this.#cursor,
      limit: PAGE_LINES,
      maxBytes: PAGE_BYTES,
      ...this.#filter,
    });
    const isAtHead = through >= headSeq;
    if (isAtHead) this.#deps.tail.seed(this.sessionId, through);
    if (lines.length === 0 && isAtHead && through === this.#cursor) await this.#checkDeleted();
    this.#moveTo(through, lines);
    return { lines, through, isAtHead };
  }

  placeOf({ seq }: LogLine): number {
    return seq;
  }

  live(): readonly LiveText[] {
    const texts = this.#deps.live.of(this.sessionId);
    return texts.length === 0 ? texts : texts.filter(({ afterSeq }) => afterSeq <= this.#cursor);
  }

  grown(): Promise<void> {
    return this.#ear.rung();
  }

  [Symbol.dispose](): void {
    this.#kept[Symbol.dispose]();
    this.#ear[Symbol.dispose]();
  }

  #moveTo(through: number, lines: readonly LogLine[]): void {
    this.#cursor = Math.max(this.#cursor, through);
    if (lines.at(-1)?.type === "session.deleted") this.#isOver = true;
  }

  /** A filter may hide `session.deleted`, and a purge removes it; both leave a session that is no more. */
  async #checkDeleted(): Promise<void> {
    const record = await this.#deps.store.readSession(this.sessionId);
    if (record === undefined || record.head.deletedAt !== null) this.#isOver = true;
  }
}

function filterOf(types: readonly string[] | undefined, exclude: readonly string[] | undefined) {
  if (types === undefined && (exclude === undefined || exclude.length === 0)) return null;
  const wanted = types === undefined ? null : new Set(types);
  const unwanted = new Set(exclude ?? []);
  return (line: LogLine) => (wanted === null || wanted.has(line.type)) && !unwanted.has(line.type);
}
