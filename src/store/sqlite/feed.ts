/**
 * The feed of a workspace: pointers to rare events, numbered in the order of commits (B10). A row is written in its
 * event's own commit, and no commit touches a row of another's.
 *
 * A reader promises how far it has looked, so what is filtered out, or belongs to a deleted session, is not looked at
 * twice. Of a deleted session nothing is shown but that it was deleted.
 */
import { setImmediate as nextTick } from "node:timers/promises";
import type { DatabaseSync, StatementSync } from "node:sqlite";
import type { EventId, SessionId, UserId } from "../../core/ids.ts";
import type { FeedLine, FeedRead, FeedReadBack, FeedReads } from "../../core/ports/team.ts";
import { openTypeNames } from "./event-types.ts";
import type { TypeCodes, TypeNames } from "./event-types.ts";
import { isoOf, prepareRows, prepareTuples } from "./statement.ts";
import type { Statement } from "./statement.ts";

const COLUMNS = "f.position, e.seq, e.ts, e.type, e.id, e.context, e.data, s.id, s.created_by";
/** The order of the tables is said (CROSS JOIN): first the pointers, then what they point at. */
const POINTED = `CROSS JOIN session s ON s.number = f.number CROSS JOIN event e ON e.number = f.number AND e.seq = f.seq`;
const RANGE = "f.position > :after AND f.position <= :through AND f.workspace_id = :workspaceId";
const SHOWN = `(s.is_deleted = 0 OR f.type = (SELECT code FROM event_type WHERE name = 'session.deleted'))
  AND (:types IS NULL OR f.type IN (SELECT value FROM json_each(:types)))`;
const ALL = `SELECT ${COLUMNS} FROM feed f INDEXED BY feed_by_workspace ${POINTED} WHERE ${RANGE} AND ${SHOWN}`;
const ONE = `SELECT ${COLUMNS} FROM feed f INDEXED BY feed_by_session ${POINTED}
  WHERE f.number = (SELECT number FROM session_number WHERE id = :sessionId) AND ${RANGE} AND ${SHOWN}`;

export const FEED_STATEMENTS = {
  insert:
    "INSERT INTO feed (workspace_id, number, seq, type) SELECT workspace_id, number, ?, ? FROM session WHERE number = ?",
  // Of all workspaces: the last row is never removed, so this never goes back.
  end: "SELECT max(position) AS position FROM feed",
  ahead: "SELECT position FROM feed WHERE workspace_id = ? AND position > ? ORDER BY position LIMIT 1 OFFSET ?",
  behind: "SELECT position FROM feed WHERE workspace_id = ? AND position < ? ORDER BY position DESC LIMIT 1 OFFSET ?",
  page: `${ALL} ORDER BY f.position LIMIT :limit`,
  back: `${ALL} ORDER BY f.position DESC LIMIT :limit`,
  pageOfSession: `${ONE} ORDER BY f.position LIMIT :limit`,
  backOfSession: `${ONE} ORDER BY f.position DESC LIMIT :limit`,
  find: `SELECT f.position FROM event e JOIN feed f ON f.number = e.number AND f.seq = e.seq
    WHERE e.id = ? AND f.workspace_id = ?`,
} as const;

/** Rows that one page looks at; each costs up to 3 µs. */
export const FED_PER_PAGE = 1_000;

type Row = readonly [
  position: number,
  seq: number,
  ts: number,
  type: number,
  id: string,
  context: string,
  data: string,
  sessionId: string,
  userId: string | null,
];
type Place = { readonly position: number | null };

export interface FeedWrites {
  append(place: { readonly number: number; readonly seq: number }, type: string): void;
}

export function openFeedWrites(db: DatabaseSync, types: TypeCodes): FeedWrites {
  const insert: StatementSync = db.prepare(FEED_STATEMENTS.insert);
  return { append: ({ number, seq }, type) => void insert.run(seq, types.codeOf(type), number) };
}

export function openFeedReads(db: DatabaseSync): FeedReads {
  const find = prepareRows<Place>(db, FEED_STATEMENTS.find);
  const bounds = openBounds(db);
  const names = openTypeNames(db);
  const pages = openPages(db, names);
  return {
    async readFeed(read) {
      const { after } = read;
      const end = bounds.end();
      const through = Math.min(end, bounds.ahead(read, after));
      const lines = pages.forwards(read, { after, through });
      const isFull = lines.length >= read.limit;
      return { lines, through: isFull ? (lines.at(-1)?.position ?? after) : Math.max(after, through), end };
    },
    async readFeedBack(read) {
      return readBack(read, { bounds, pages });
    },
    async findFeedPlace(workspaceId, eventId) {
      return find.first(eventId, workspaceId)?.position ?? undefined;
    },
  };
}

type Scope = Pick<FeedRead, "workspaceId" | "sessionId">;

interface Bounds {
  end(): number;
  /** As far as a page looks: a number of rows on. One session's rows are few and have an index of their own. */
  ahead(read: Scope, after: number): number;
  behind(read: Scope, before: number): number;
}

function openBounds(db: DatabaseSync): Bounds {
  const [end, ahead, behind] = [FEED_STATEMENTS.end, FEED_STATEMENTS.ahead, FEED_STATEMENTS.behind].map((sql) =>
    prepareRows<Place>(db, sql),
  ) as [Statement<Place>, Statement<Place>, Statement<Place>];
  return {
    end: () => end.first()?.position ?? 0,
    ahead: ({ workspaceId, sessionId }, after) =>
      (sessionId === undefined ? ahead.first(workspaceId, after, FED_PER_PAGE - 1) : undefined)?.position ??
      Number.MAX_SAFE_INTEGER,
    behind: ({ workspaceId, sessionId }, before) =>
      (sessionId === undefined ? behind.first(workspaceId, before, FED_PER_PAGE) : undefined)?.position ?? 0,
  };
}

interface Range {
  /** Exclusive. */
  readonly after: number;
  /** Inclusive. */
  readonly through: number;
}

interface Pages {
  forwards(read: FeedRead, range: Range): readonly FeedLine[];
  backwards(read: FeedReadBack, range: Range): readonly FeedLine[];
}

function openPages(db: DatabaseSync, names: TypeNames): Pages {
  const [page, back, pageOfSession, backOfSession] = [
    prepareTuples<Row>(db, FEED_STATEMENTS.page),
    prepareTuples<Row>(db, FEED_STATEMENTS.back),
    prepareTuples<Row>(db, FEED_STATEMENTS.pageOfSession),
    prepareTuples<Row>(db, FEED_STATEMENTS.backOfSession),
  ] as const;
  const toLine = (row: Row) => lineOf(row, names);
  const values = ({ workspaceId, types, limit }: FeedReadBack, { after, through }: Range) => {
    const codes = types === undefined ? null : JSON.stringify(names.codesOf(types));
    return { workspaceId, after, through, types: codes, limit };
  };
  return {
    forwards(read, range) {
      const { sessionId } = read;
      const given = values(read, range);
      return (sessionId === undefined ? page.all(given) : pageOfSession.all({ ...given, sessionId })).map(toLine);
    },
    backwards(read, range) {
      const { sessionId } = read;
      const given = values(read, range);
      return (sessionId === undefined ? back.all(given) : backOfSession.all({ ...given, sessionId })).map(toLine);
    },
  };
}

function lineOf(
  [position, seq, ts, type, id, contextJson, dataJson, sessionId, userId]: Row,
  names: TypeNames,
): FeedLine {
  return {
    position,
    // Only what had ids of these kinds was ever inserted.
    id: id as EventId,
    sessionId: sessionId as SessionId,
    userId: userId as UserId | null,
    type: names.nameOf(type),
    ts: isoOf(ts),
    seq,
    contextJson,
    dataJson,
  };
}

async function readBack(
  read: FeedReadBack,
  { bounds, pages }: { readonly bounds: Bounds; readonly pages: Pages },
): Promise<readonly FeedLine[]> {
  const { before, limit } = read;
  const taken: FeedLine[] = [];
  let through = Math.min(bounds.end(), (before ?? Number.MAX_SAFE_INTEGER) - 1);
  while (through > 0 && taken.length < limit) {
    const after = bounds.behind(read, through + 1);
    taken.push(...pages.backwards({ ...read, limit: limit - taken.length }, { after, through }));
    through = after;
    if (through > 0 && taken.length < limit) await nextTick();
  }
  return taken.toReversed();
}
