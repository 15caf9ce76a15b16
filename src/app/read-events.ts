/**
 * Pages of a session's log (ruling 11): the last `limit` by default, the first after a place, or the last before one;
 * always oldest first.
 */
import type { EventId, SessionId } from "../core/ids.ts";
import { parseId } from "../core/ids.ts";
import type { LogLine } from "../core/events/envelope.ts";
import type { SessionReads } from "../core/ports/store.ts";
import { accept, refuse } from "../core/refusal.ts";
import type { Outcome } from "../core/refusal.ts";
import type { Principal } from "./principal.ts";
import { readOwnSession } from "./read-session.ts";

export interface ReadEventsQuery {
  readonly afterSeq?: number;
  readonly sinceId?: string;
  readonly beforeSeq?: number;
  readonly limit: number;
  readonly types?: readonly string[];
  readonly exclude?: readonly string[];
}

export interface EventsPage {
  readonly lines: readonly LogLine[];
  /** Lines of the log that pass the filter, on all pages. */
  readonly total: number;
}

export type ReadEventsDeps = {
  readonly store: Pick<SessionReads, "readSession" | "readLog" | "readLogBack" | "findEvent" | "countEvents">;
};

export type ReadEvents = (principal: Principal, id: SessionId, query: ReadEventsQuery) => Promise<Outcome<EventsPage>>;

export function makeReadEvents({ store }: ReadEventsDeps): ReadEvents {
  return async (principal, id, query) => {
    const found = await readOwnSession(store, principal, id);
    if (!found.ok) return found;
    const after = await placeOf(store, id, query);
    if (!after.ok) return after;
    const filter = filterOf(query);
    const total = await store.countEvents(id, filter);
    const lines =
      after.value === null ? await readBack(store, id, query) : await readOn(store, { id, after: after.value, query });
    return accept({ lines, total });
  };
}

/** The seq after which to read, or nothing when the page is counted from the end. */
async function placeOf(
  store: ReadEventsDeps["store"],
  id: SessionId,
  query: ReadEventsQuery,
): Promise<Outcome<number | null>> {
  const given = [query.afterSeq, query.sinceId, query.beforeSeq].filter((each) => each !== undefined);
  if (given.length > 1) {
    return refuse({
      code: "invalid_cursor",
      path: "since_id",
      reason: "give one of after_seq, since_id and before_seq",
    });
  }
  if (query.sinceId === undefined) return accept(query.afterSeq ?? null);
  return findPlace(store, id, query.sinceId);
}

export async function findPlace(
  store: Pick<SessionReads, "findEvent">,
  id: SessionId,
  sinceId: string,
): Promise<Outcome<number>> {
  const eventId: EventId | undefined = parseId("event", sinceId);
  const seq = eventId === undefined ? undefined : await store.findEvent(id, eventId);
  if (seq !== undefined) return accept(seq);
  const reason = `${sinceId} is no event of this session; leave since_id out to read from the start`;
  return refuse({ code: "invalid_cursor", path: "since_id", reason });
}

function filterOf({ types, exclude }: ReadEventsQuery) {
  return { ...(types === undefined ? {} : { types }), ...(exclude === undefined ? {} : { exclude }) };
}

function readBack(
  store: ReadEventsDeps["store"],
  sessionId: SessionId,
  query: ReadEventsQuery,
): Promise<readonly LogLine[]> {
  const before = query.beforeSeq === undefined ? {} : { before: query.beforeSeq };
  return store.readLogBack({ sessionId, limit: query.limit, ...before, ...filterOf(query) });
}

/** A store may stop a page early; this one is read to its limit or to the end of the log. */
async function readOn(
  store: ReadEventsDeps["store"],
  { id, after, query }: { readonly id: SessionId; readonly after: number; readonly query: ReadEventsQuery },
): Promise<readonly LogLine[]> {
  const lines: LogLine[] = [];
  let from = after;
  for (;;) {
    const page = await store.readLog({
      sessionId: id,
      after: from,
      limit: query.limit - lines.length,
      ...filterOf(query),
    });
    lines.push(...page.lines);
    from = page.through;
    if (lines.length >= query.limit || page.through >= page.headSeq) return lines;
  }
}
