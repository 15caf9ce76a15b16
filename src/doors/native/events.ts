/** The log of a session: pages of it, and the stream that follows it (F1 to F5, ruling 11). */
import { z } from "zod";
import type { FollowCursor, FollowOptions } from "../../app/follow.ts";
import type { LiveText } from "../../app/live-texts.ts";
import type { ReadEventsQuery } from "../../app/read-events.ts";
import type { Limits } from "../../core/limits.ts";
import { boolParam, eventTypeParam, idParam, intParam } from "../../http/input.ts";
import { answer, json, jsonText, refused, route } from "../../http/route.ts";
import type { Route, RouteRequest } from "../../http/route.ts";
import type { FrameBytes, StreamDialect } from "../../http/sse/frames.ts";
import type { Streams } from "../../http/sse/streams.ts";
import { encodeEvent, hintTypeOf } from "./encode-event.ts";
import { sessionPath } from "./params.ts";
import { eventList, eventsSummary } from "./schema/event.ts";
import type { SessionUseCases } from "./use-cases.ts";

export interface EventRouteDeps {
  readonly uses: Pick<SessionUseCases, "readEvents" | "openFollow" | "summariseEvents">;
  readonly limits: Limits;
  readonly streams: Streams;
  readonly dialect: StreamDialect;
  readonly frames: FrameBytes;
}

const MAX_EVENTS = 1_000;
const DEFAULT_EVENTS = 100;
const seqParam = () => intParam({ min: 0, max: 1_000_000_000_000 });

function filterQuery({ eventTypesPerFilter }: Limits) {
  const types = () => eventTypeParam(eventTypesPerFilter).optional();
  return { types: types(), exclude: types() };
}

type Filter = { readonly types?: string[] | undefined; readonly exclude?: string[] | undefined };

function filterOf({ types, exclude }: Filter) {
  return { ...(types === undefined ? {} : { types }), ...(exclude === undefined ? {} : { exclude }) };
}

export function eventRoutes(deps: EventRouteDeps): readonly Route[] {
  return [listRoute(deps), summaryRoute(deps), streamRoute(deps)];
}

function listQuery(limits: Limits) {
  return z.object({
    ...filterQuery(limits),
    since_id: idParam("event").optional(),
    after_seq: seqParam().optional(),
    before_seq: seqParam().optional(),
    after_sequence: seqParam().optional().describe("The same as after_seq"),
    before_sequence: seqParam().optional().describe("The same as before_seq"),
    limit: intParam({ min: 1, max: MAX_EVENTS, clamp: true }).default(DEFAULT_EVENTS),
  });
}

function readQueryOf(query: z.output<ReturnType<typeof listQuery>>): ReadEventsQuery {
  const afterSeq = query.after_seq ?? query.after_sequence;
  const beforeSeq = query.before_seq ?? query.before_sequence;
  return {
    limit: query.limit,
    ...filterOf(query),
    ...(query.since_id === undefined ? {} : { sinceId: query.since_id }),
    ...(afterSeq === undefined ? {} : { afterSeq }),
    ...(beforeSeq === undefined ? {} : { beforeSeq }),
  };
}

function listRoute({ uses, limits }: EventRouteDeps): Route {
  return route(
    {
      method: "get",
      path: "/sessions/{session_id}/events",
      id: "listEvents",
      group: "events",
      summary: "Read a session's log",
      description:
        "The last `limit` events; with `since_id` or `after_seq` the first after it, with `before_seq` the last before it. Always oldest first.",
      params: sessionPath,
      query: listQuery(limits),
      responses: {
        200: {
          description: "A page of events",
          schema: eventList,
          headers: { "X-Total-Count": "How many events pass the filter, on all pages" },
        },
      },
      refusals: ["not_found", "invalid_cursor"],
    },
    async ({ principal, params, query }) =>
      answer(await uses.readEvents(principal, params.session_id, readQueryOf(query)), ({ lines, total }) =>
        jsonText(200, `{"data":[${lines.map(encodeEvent).join(",")}]}`, { "X-Total-Count": String(total) }),
      ),
  );
}

function summaryRoute({ uses }: EventRouteDeps): Route {
  return route(
    {
      method: "get",
      path: "/sessions/{session_id}/events/summary",
      id: "summariseEvents",
      group: "events",
      summary: "A session's log at a glance",
      params: sessionPath,
      responses: { 200: { description: "Counts and times", schema: eventsSummary } },
      refusals: ["not_found"],
    },
    async ({ principal, params }) =>
      answer(await uses.summariseEvents(principal, params.session_id), (summary) =>
        json(200, {
          total: summary.total,
          by_type: summary.byType.map(({ type, count }) => ({ event_type: type, count })),
          first_ts: summary.firstTs,
          last_ts: summary.lastTs,
          turn_count: summary.turnCount,
          error_count: summary.errorCount,
        }),
      ),
  );
}

function streamQuery(limits: Limits) {
  return z.object({
    ...filterQuery(limits),
    since_id: idParam("event").optional(),
    after_seq: seqParam().optional(),
    after_sequence: seqParam().optional().describe("The same as after_seq"),
    tail: boolParam().optional(),
    deltas: boolParam().optional(),
  });
}
type StreamQuery = z.output<ReturnType<typeof streamQuery>>;

function streamRoute(deps: EventRouteDeps): Route {
  return route(
    {
      method: "get",
      path: "/sessions/{session_id}/sse",
      id: "streamEvents",
      group: "events",
      summary: "Follow a session's log",
      description:
        "Server-sent events: `event` is the type, `id` the event's id, `data` the whole event. A new stream begins at the start of the log; " +
        "`since_id`, `after_seq` or `tail=true` begin elsewhere, and a `Last-Event-ID` header counts more than all of them. " +
        "Frames without an id are live text and may be lost; `deltas=false` leaves them out.",
      params: sessionPath,
      query: streamQuery(deps.limits),
      responses: { 200: { description: "A stream that ends with `disconnecting`", content: "text/event-stream" } },
      refusals: ["not_found", "invalid_cursor"],
    },
    async (request) => {
      if (deps.streams.isFull) return deps.streams.turnAway();
      const cursor = cursorOf(request, request.query);
      if (cursor === null) {
        const reason = "give one of since_id, after_seq and tail";
        return refused({ code: "invalid_cursor", path: "since_id", reason });
      }
      return openStream(deps, request, { cursor, ...filterOf(request.query) });
    },
  );
}

/** A browser that comes back repeats its old query, so its header counts more (B3). Nothing: more than one was given. */
export function cursorOf(
  { header }: Pick<RouteRequest, "header">,
  query: Pick<StreamQuery, "since_id" | "after_seq" | "after_sequence" | "tail">,
): FollowCursor | null {
  const lastEventId = header("last-event-id");
  if (lastEventId !== undefined && lastEventId !== "") {
    return { kind: "since", eventId: lastEventId, isHeader: true };
  }
  const { since_id: sinceId, after_seq, after_sequence, tail = false } = query;
  const seq = after_seq ?? after_sequence;
  const given = [sinceId !== undefined, seq !== undefined, tail].filter(Boolean).length;
  if (given > 1) return null;
  if (sinceId !== undefined) return { kind: "since", eventId: sinceId, isHeader: false };
  if (seq !== undefined) return { kind: "seq", seq };
  return { kind: tail ? "tail" : "start" };
}

async function openStream(
  { uses, streams, dialect, frames }: EventRouteDeps,
  { principal, params, query }: RouteRequest<z.output<typeof sessionPath>, StreamQuery>,
  options: FollowOptions,
) {
  const opened = await uses.openFollow(principal, params.session_id, options);
  if (!opened.ok) return refused(opened.refusal);
  return streams.follow({
    principal,
    follower: opened.value,
    dialect,
    frames,
    isHinted: query.deltas === false ? showsNone : hintFilterOf(options),
    idAt: async (seq) => {
      const found = await uses.readEvents(principal, params.session_id, { afterSeq: seq - 1, limit: 1 });
      return found.ok ? found.value.lines[0]?.id : undefined;
    },
  });
}

const showsNone = () => false;
const showsAll = () => true;

function hintFilterOf({ types, exclude }: FollowOptions): (kind: LiveText["kind"]) => boolean {
  if (types === undefined && exclude === undefined) return showsAll;
  return (kind) => {
    const type = hintTypeOf(kind);
    return (types === undefined || types.includes(type)) && exclude?.includes(type) !== true;
  };
}
