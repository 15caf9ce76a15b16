/** The feed of a workspace: pages of it, and the stream that follows it by the rules of a session's log (F6). */
import { z } from "zod";
import type { FollowCursor } from "../../app/follow.ts";
import type { ReadFeedQuery } from "../../app/team/read-feed.ts";
import { feedTypes, isFeedType } from "../../core/events/feed-types.ts";
import { isEventType } from "../../core/events/envelope.ts";
import type { Limits } from "../../core/limits.ts";
import type { FeedLine } from "../../core/ports/team.ts";
import { boolParam, idParam, intParam, listParam } from "../../http/input.ts";
import { answer, jsonText, refused, route } from "../../http/route.ts";
import type { Route, RouteRequest } from "../../http/route.ts";
import { makeFrameBytes } from "../../http/sse/frames.ts";
import type { StreamDialect } from "../../http/sse/frames.ts";
import type { Streams } from "../../http/sse/streams.ts";
import { encodeFeedLine } from "./encode-event.ts";
import { cursorOf } from "./events.ts";
import { feedList } from "./schema/feed.ts";
import type { TeamUseCases } from "./use-cases-team.ts";

export interface FeedRouteDeps {
  readonly uses: Pick<TeamUseCases, "readFeed" | "followFeed">;
  readonly limits: Limits;
  readonly streams: Streams;
  readonly dialect: StreamDialect;
}

const MAX_LINES = 1_000;
const DEFAULT_LINES = 100;
const placeParam = () => intParam({ min: 0, max: 1_000_000_000_000 });
const group = "feed";

export function feedRoutes(deps: FeedRouteDeps): readonly Route[] {
  return [listRoute(deps), streamRoute(deps)];
}

/** Types of sessions' logs that the feed does not show would never come, so they are refused by name. */
function typesParam(max: number) {
  const isKnown = (type: string) => isFeedType(type) || type === "connected" || type === "disconnecting";
  const error = ({ input }: { readonly input?: unknown }) => {
    const type = String(input).slice(0, 80);
    return isEventType(type) ? `'${type}' is never in the feed` : `unknown event type '${type}'`;
  };
  return listParam(z.string().refine(isKnown, { error }), max);
}

function filterQuery({ eventTypesPerFilter }: Limits) {
  const types = () => typesParam(eventTypesPerFilter).optional();
  return { types: types(), exclude: types(), session_id: idParam("session").optional() };
}
type Filter = z.output<z.ZodObject<ReturnType<typeof filterQuery>>>;

function filterOf({ types, exclude, session_id: sessionId }: Filter): Pick<ReadFeedQuery, "types" | "sessionId"> {
  const left = exclude === undefined ? types : (types ?? feedTypes).filter((type) => !exclude.includes(type));
  return { ...(left === undefined ? {} : { types: left }), ...(sessionId === undefined ? {} : { sessionId }) };
}

function listRoute({ uses, limits }: FeedRouteDeps): Route {
  return route(
    {
      method: "get",
      path: "/feed",
      id: "listFeed",
      group,
      summary: "Read what happened in a workspace",
      description:
        "Rare events of all sessions (their states, failed turns, approvals, reservations, decisions), in the order in which they were committed. " +
        "The last `limit`; with `after` the first after a position, with `before` the last before it. Always oldest first.",
      query: z.object({
        ...filterQuery(limits),
        after: placeParam().optional(),
        before: placeParam().optional(),
        limit: intParam({ min: 1, max: MAX_LINES, clamp: true }).default(DEFAULT_LINES),
      }),
      responses: { 200: { description: "A page of the feed", schema: feedList } },
      refusals: ["invalid_cursor"],
    },
    async ({ principal, query: { after, before, limit, ...filter } }) => {
      const from = { ...(after === undefined ? {} : { after }), ...(before === undefined ? {} : { before }) };
      return answer(await uses.readFeed(principal, { ...filterOf(filter), ...from, limit }), (lines) =>
        jsonText(200, `{"data":[${lines.map(encodeFeedLine).join(",")}]}`),
      );
    },
  );
}

function streamQuery(limits: Limits) {
  return z.object({
    ...filterQuery(limits),
    since_id: idParam("event").optional(),
    after: placeParam().optional(),
    tail: boolParam().optional(),
  });
}
type StreamQuery = z.output<ReturnType<typeof streamQuery>>;

function streamRoute(deps: FeedRouteDeps): Route {
  const open = makeOpenStream(deps);
  return route(
    {
      method: "get",
      path: "/feed/sse",
      id: "streamFeed",
      group,
      summary: "Follow what happens in a workspace",
      description:
        "Server-sent events like those of a session: a new stream begins at the start of the feed; `since_id` (an event's id), `after` (a position) " +
        "or `tail=true` begin elsewhere, and a `Last-Event-ID` header counts more than all of them.",
      query: streamQuery(deps.limits),
      responses: { 200: { description: "A stream that ends with `disconnecting`", content: "text/event-stream" } },
      refusals: ["invalid_cursor"],
    },
    async (request) => {
      if (deps.streams.isFull) return deps.streams.turnAway();
      const { since_id, after, tail } = request.query;
      const cursor = cursorOf(request, { since_id, after_seq: after, tail });
      if (cursor !== null) return open(request, cursor);
      const reason = "give one of since_id, after and tail";
      return refused({ code: "invalid_cursor", path: "since_id", reason });
    },
  );
}

function makeOpenStream({ uses, streams, dialect: native }: FeedRouteDeps) {
  const dialect: StreamDialect<FeedLine> = {
    ...native,
    line: (line) => `event: ${line.type}\nid: ${line.id}\ndata: ${encodeFeedLine(line)}\n\n`,
  };
  const frames = makeFrameBytes(dialect);
  return async (
    { principal, query }: Pick<RouteRequest<unknown, StreamQuery>, "principal" | "query">,
    cursor: FollowCursor,
  ) => {
    const opened = await uses.followFeed(principal, { cursor, ...filterOf(query) });
    if (!opened.ok) return refused(opened.refusal);
    return streams.follow({
      principal,
      follower: opened.value,
      dialect,
      frames,
      isHinted: () => false,
      idAt: async (place) => {
        const last = await uses.readFeed(principal, { before: place + 1, limit: 1 });
        return last.ok ? last.value[0]?.id : undefined;
      },
    });
  };
}
