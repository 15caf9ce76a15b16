/** The log of a session: pages of it, and the stream that follows it. */
import type { EventList as WireEventList, EventsSummary as WireEventsSummary } from "../doors/native/schema/event.ts";
import { followEvents } from "./event-stream.ts";
import type { StreamDeps, StreamOptions } from "./event-stream.ts";
import type { EventsSummary, SessionEvent, StreamItem } from "./shapes.ts";
import { sessionPath } from "./sessions.ts";

export interface ListEvents {
  readonly types?: readonly string[];
  readonly exclude?: readonly string[];
  readonly sinceId?: string;
  readonly afterSeq?: number;
  readonly beforeSeq?: number;
  /** At most 1,000; 100 if absent. */
  readonly limit?: number;
}

export interface Events {
  /** The last `limit` events, or the first after or the last before a place; oldest first. */
  list(sessionId: string, query?: ListEvents): Promise<{ readonly data: readonly SessionEvent[] }>;
  /** How many of each type, and when. */
  summary(sessionId: string): Promise<EventsSummary>;
  /**
   * Follows the log and reconnects by itself, without loss or repeat. Begins after the last event that this client has
   * seen of the session, or at the start of the log if it has seen none; `sinceId` or `afterSeq` say otherwise. Goes on
   * until the loop is left, the signal is aborted, or the server refuses for good: then a `SeraiError` is thrown, 404
   * once the session is deleted.
   */
  stream(sessionId: string, options?: StreamOptions): AsyncGenerator<StreamItem, void, undefined>;
}

export function makeEvents(deps: StreamDeps): Events {
  return {
    async list(sessionId, query = {}) {
      const path = sessionPath(sessionId, "/events");
      const { data } = await deps.transport.json<WireEventList>({ method: "GET", path, query: { ...query } });
      // A page of the log holds what the envelope of a known event says; types of a later server pass as they are.
      const events = data as readonly SessionEvent[];
      const last = events.at(-1);
      if (last !== undefined) deps.seen.saw(sessionId, last);
      return { data: events };
    },
    summary: (sessionId) =>
      deps.transport.json<WireEventsSummary>({ method: "GET", path: sessionPath(sessionId, "/events/summary") }),
    stream: (sessionId, options) => followEvents(deps, sessionId, options),
  };
}
