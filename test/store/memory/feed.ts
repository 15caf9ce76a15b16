/** The feed of a workspace in memory: events in the order of their commits, each with a place that is never given twice. */
import { fedEvents } from "../../../src/core/feed.ts";
import type { LogLine } from "../../../src/core/events/envelope.ts";
import type { SessionWrite } from "../../../src/core/ports/store.ts";
import type { FeedLine, FeedRead, FeedReadBack, FeedReads } from "../../../src/core/ports/team.ts";
import type { World } from "./world.ts";

/** As few as a real page may look at, so that callers meet pages that end early. */
const LOOKED_AT = 50;

export function putFeed(world: World, write: SessionWrite, lines: readonly LogLine[]): void {
  for (const index of fedEvents(write)) {
    const line = lines[index];
    if (line !== undefined) world.feed = [...world.feed, { position: ++world.lastPosition, line }];
  }
}

function shown(world: World, { workspaceId, types, sessionId }: Omit<FeedReadBack, "limit">): readonly FeedLine[] {
  return world.feed.flatMap(({ position, line }) => {
    const record = world.sessions.get(line.sessionId)?.record;
    const isThere = world.sessions.get(line.sessionId)?.log.includes(line) === true;
    if (record?.workspaceId !== workspaceId || !isThere) return [];
    if (record.head.deletedAt !== null && line.type !== "session.deleted") return [];
    const isWanted = (types?.includes(line.type) ?? true) && (sessionId ?? line.sessionId) === line.sessionId;
    return isWanted ? [{ ...line, position, userId: record.createdBy }] : [];
  });
}

function placesOf(world: World, { workspaceId }: Pick<FeedRead, "workspaceId">): readonly number[] {
  const mine = world.feed.filter(({ line }) => world.sessions.get(line.sessionId)?.record.workspaceId === workspaceId);
  return mine.map(({ position }) => position);
}

export function memoryFeed(world: World): FeedReads {
  return {
    async readFeed({ after, limit, ...read }) {
      const places = placesOf(world, read);
      const end = world.lastPosition;
      const ahead = places.filter((place) => place > after).slice(0, LOOKED_AT);
      const lookedAt = ahead.at(-1) ?? Math.max(after, end);
      const lines = shown(world, read)
        .filter(({ position }) => position > after && position <= lookedAt)
        .slice(0, limit);
      const through = lines.length >= limit ? (lines.at(-1)?.position ?? after) : lookedAt;
      return { lines, through, end };
    },
    async readFeedBack({ before = Infinity, limit, ...read }) {
      const lines = shown(world, read).filter(({ position }) => position < before);
      return lines.slice(Math.max(0, lines.length - limit));
    },
    async findFeedPlace(workspaceId, eventId) {
      const place = world.feed.find(({ line }) => line.id === eventId);
      const stored = place === undefined ? undefined : world.sessions.get(place.line.sessionId);
      const isThere = place !== undefined && stored?.log.includes(place.line) === true;
      return isThere && stored.record.workspaceId === workspaceId ? place.position : undefined;
    },
  };
}
