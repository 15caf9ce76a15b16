/**
 * Follows a workspace's feed from a cursor, by the rules of a session's log (F6): the same cursors, the same pages, the
 * same stream. Its lines are rare, so each reader reads the store for itself when the workspace's ear is rung.
 */
import { parseId } from "../../core/ids.ts";
import type { SessionId, WorkspaceId } from "../../core/ids.ts";
import type { Ear } from "../../core/ports/bell.ts";
import type { FeedLine, FeedReads } from "../../core/ports/team.ts";
import { accept, refuse } from "../../core/refusal.ts";
import type { Outcome } from "../../core/refusal.ts";
import { PAGE_BYTES, PAGE_LINES } from "../follow.ts";
import type { FollowCursor, FollowedPage, Following } from "../follow.ts";
import type { LiveText } from "../live-texts.ts";
import type { Principal } from "../principal.ts";
import type { FeedRings } from "./feed-rings.ts";

export interface FollowFeedOptions {
  /** `seq` names a place of the feed. */
  readonly cursor: FollowCursor;
  readonly types?: readonly string[];
  readonly sessionId?: SessionId;
}

export type FollowFeed = (principal: Principal, options: FollowFeedOptions) => Promise<Outcome<Following<FeedLine>>>;

export interface FollowFeedDeps {
  readonly store: Pick<FeedReads, "readFeed" | "findFeedPlace">;
  readonly rings: Pick<FeedRings, "listen">;
}

export function makeFollowFeed({ store, rings }: FollowFeedDeps): FollowFeed {
  return async ({ workspaceId }, options) => {
    const place = await placeOf(store, workspaceId, options.cursor);
    if (!place.ok) return place;
    const ear = await rings.listen(workspaceId);
    return accept(new FeedFollower(store, { workspaceId, options, ear, ...place.value }));
  };
}

type Start = { readonly after: number; readonly isReset: boolean };

async function placeOf(
  store: FollowFeedDeps["store"],
  workspaceId: WorkspaceId,
  cursor: FollowCursor,
): Promise<Outcome<Start>> {
  if (cursor.kind === "start") return accept({ after: 0, isReset: false });
  if (cursor.kind === "since") {
    const eventId = parseId("event", cursor.eventId);
    const place = eventId === undefined ? undefined : await store.findFeedPlace(workspaceId, eventId);
    if (place !== undefined) return accept({ after: place, isReset: false });
    if (cursor.isHeader) return accept({ after: 0, isReset: true });
    const reason = `${cursor.eventId} is no event of this feed; leave since_id out to read from the start`;
    return refuse({ code: "invalid_cursor", path: "since_id", reason });
  }
  const { end } = await store.readFeed({ workspaceId, after: Number.MAX_SAFE_INTEGER, limit: 1 });
  if (cursor.kind === "tail") return accept({ after: end, isReset: false });
  if (cursor.seq <= end) return accept({ after: cursor.seq, isReset: false });
  return refuse({ code: "invalid_cursor", path: "after", reason: `the feed ends at ${end}` });
}

interface FollowerStart extends Start {
  readonly workspaceId: WorkspaceId;
  readonly options: FollowFeedOptions;
  readonly ear: Ear;
}

const noTexts: readonly LiveText[] = [];

class FeedFollower implements Following<FeedLine> {
  readonly sessionId = null;
  readonly isReset: boolean;
  /** A workspace ends when its keys do, and those are looked at by whoever writes the stream. */
  readonly isOver = false;
  readonly #store: FollowFeedDeps["store"];
  readonly #ear: Ear;
  readonly #read: Omit<Parameters<FeedReads["readFeed"]>[0], "after">;
  #cursor: number;

  constructor(store: FollowFeedDeps["store"], { workspaceId, options, ear, after, isReset }: FollowerStart) {
    const { types, sessionId } = options;
    this.#store = store;
    this.#ear = ear;
    this.#cursor = after;
    this.isReset = isReset;
    this.#read = {
      workspaceId,
      limit: PAGE_LINES,
      ...(types === undefined ? {} : { types }),
      ...(sessionId === undefined ? {} : { sessionId }),
    };
  }

  get cursor(): number {
    return this.#cursor;
  }

  async read(): Promise<FollowedPage<FeedLine>> {
    this.#ear.clear();
    const page = await this.#store.readFeed({ ...this.#read, after: this.#cursor });
    const lines = cutPage(page.lines);
    const through = lines.length < page.lines.length ? (lines.at(-1)?.position ?? this.#cursor) : page.through;
    this.#cursor = Math.max(this.#cursor, through);
    return { lines, through, isAtHead: through >= page.end };
  }

  /** Nothing of a feed is kept in memory. */
  readTail(): null {
    return null;
  }

  placeOf({ position }: FeedLine): number {
    return position;
  }

  live(): readonly LiveText[] {
    return noTexts;
  }

  grown(): Promise<void> {
    return this.#ear.rung();
  }

  [Symbol.dispose](): void {
    this.#ear[Symbol.dispose]();
  }
}

/** At least one line, and no more than a reader may have waiting for it (B8). */
function cutPage(lines: readonly FeedLine[]): readonly FeedLine[] {
  let bytes = 0;
  const tooMany = lines.findIndex(({ contextJson, dataJson }, index) => {
    bytes += Buffer.byteLength(contextJson) + Buffer.byteLength(dataJson);
    return index > 0 && bytes > PAGE_BYTES;
  });
  return tooMany === -1 ? lines : lines.slice(0, tooMany);
}
