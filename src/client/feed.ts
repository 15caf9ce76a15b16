/** The feed of a workspace: what happened in all of its sessions, in pages and as it happens. */
import type { FeedList as WireFeedList } from "../doors/native/schema/feed.ts";
import { followLog } from "./event-stream.ts";
import type { StreamDeps, StreamOptions } from "./event-stream.ts";
import type { FeedEvent } from "./team-shapes.ts";

export interface ListFeed {
  readonly types?: readonly string[];
  readonly exclude?: readonly string[];
  readonly sessionId?: string;
  readonly after?: number;
  readonly before?: number;
  /** At most 1,000; 100 if absent. */
  readonly limit?: number;
}

export interface FollowFeed extends Pick<StreamOptions, "types" | "exclude" | "signal" | "onConnection"> {
  readonly sessionId?: string;
  /** A position; absent: only what happens from now on. */
  readonly after?: number;
}

export interface Feed {
  /** The last lines, or the first after or the last before a position; oldest first. */
  list(query?: ListFeed): Promise<readonly FeedEvent[]>;
  /** Reconnects by itself, without loss or repeat, until the loop is left or the signal is aborted. */
  stream(options?: FollowFeed): AsyncGenerator<FeedEvent, void, undefined>;
}

export function makeFeed(deps: Omit<StreamDeps, "seen">): Feed {
  const list: Feed["list"] = async (query = {}) => {
    const { data } = await deps.transport.json<WireFeedList>({ method: "GET", path: "/feed", query: { ...query } });
    // A line holds what the envelope of a known event says; types of a later server pass as they are.
    return data as readonly FeedEvent[];
  };
  return { list, stream: (options) => follow(deps, list, options ?? {}) };
}

async function* follow(
  deps: Omit<StreamDeps, "seen">,
  list: Feed["list"],
  { after, sessionId, ...options }: FollowFeed,
): AsyncGenerator<FeedEvent, void, undefined> {
  // A place, and not the end: what happens before the first line comes is not lost with a connection.
  const from = after ?? (await list({ limit: 1 })).at(-1)?.position ?? 0;
  const log = {
    path: "/feed/sse",
    afterName: "after",
    query: sessionId === undefined ? {} : { sessionId },
    // Every frame with a place is a line of the feed; it has no hints.
    placeOf: (item: object) => (item as FeedEvent).position,
  };
  yield* followLog<FeedEvent>(deps, log, { ...options, afterSeq: from });
}
