/**
 * The log of a session: appending (writer thread) and reading (main thread). Invariant: `seq` has no gap, so a range of
 * seqs is a number of rows, and a reader can promise how many it looks at before it looks.
 *
 * A filter reads `event_by_place` alone until a type fits. What may look at more than a page of rows does so in slices
 * and lets other work in between; each slice is a statement of its own.
 */
import { setImmediate as nextTick } from "node:timers/promises";
import type { DatabaseSync } from "node:sqlite";
import type { LogLine } from "../../core/events/envelope.ts";
import type { EventId, SessionId } from "../../core/ids.ts";
import type { LogPage, LogRead, LogReadBack, SessionReads } from "../../core/ports/store.ts";
import { openTypeNames } from "./event-types.ts";
import type { TypeCodes, TypeNames } from "./event-types.ts";
import type { EventStrings } from "./jobs.ts";
import { isoOf, prepareRows, prepareTuples, tuples } from "./statement.ts";

const COLUMNS = "seq, ts, type, id, context, data";
const RANGE = "FROM event WHERE number = ? AND seq > ? AND seq <= ?";
const WANTED = "AND type IN (SELECT value FROM json_each(?))";

export const LOG_STATEMENTS = {
  end: "SELECT n.number, h.seq, h.purged_at FROM session_number n JOIN head h ON h.number = n.number WHERE n.id = ?",
  page: `SELECT ${COLUMNS} ${RANGE} ORDER BY seq LIMIT ?`,
  pageOfTypes: `SELECT ${COLUMNS} ${RANGE} ${WANTED} ORDER BY seq LIMIT ?`,
  back: `SELECT ${COLUMNS} ${RANGE} ORDER BY seq DESC LIMIT ?`,
  backOfTypes: `SELECT ${COLUMNS} ${RANGE} ${WANTED} ORDER BY seq DESC LIMIT ?`,
  count: `SELECT count(*) AS count ${RANGE}`,
  countOfTypes: `SELECT count(*) AS count ${RANGE} ${WANTED}`,
  countByType: `SELECT type, count(*) AS count ${RANGE} GROUP BY type`,
  find: "SELECT seq FROM event WHERE id = ? AND number = (SELECT number FROM session_number WHERE id = ?)",
  insert: "INSERT INTO event (number, seq, type, ts, id, context, data) VALUES (?, ?, ?, ?, ?, ?, ?)",
  findOwn: "SELECT seq, ts FROM event WHERE id = ? AND number = ?",
} as const;

/** Rows of the index that one page of a filtered read looks at: 0.1 ms of them, and a page moves on by as much. */
export const LOOKED_AT_PER_PAGE = 2_000;
const COUNTED_PER_SLICE = 20_000;

type EventRow = readonly [seq: number, ts: number, type: number, id: string, context: string, data: string];
type End = { readonly number: number; readonly seq: number; readonly purged_at: number | null };
type Filter = Pick<LogRead, "types" | "exclude">;
type LogReads = Pick<SessionReads, "readLog" | "readLogBack" | "countEvents" | "countEventTypes" | "findEvent">;

export interface Place {
  readonly number: number;
  readonly firstSeq: number;
  readonly ts: number;
}

export interface EventWrites {
  append(place: Place, events: EventStrings): void;
  /** Where an earlier commit of the same write stands (A8). */
  findOwn(number: number, firstEventId: string): { readonly seq: number; readonly ts: number } | undefined;
}

export function openEventWrites(db: DatabaseSync, types: TypeCodes): EventWrites {
  const insert = db.prepare(LOG_STATEMENTS.insert);
  const findOwn = prepareRows<{ seq: number; ts: number }>(db, LOG_STATEMENTS.findOwn);
  return {
    append({ number, firstSeq, ts }, events) {
      for (let at = 0, seq = firstSeq; at < events.length; at += 4, seq++) {
        const [id, type, context, data] = [events[at], events[at + 1], events[at + 2], events[at + 3]];
        if (id === undefined || type === undefined || context === undefined || data === undefined) {
          throw new Error(`Event ${seq} of a write came incomplete to the writer`);
        }
        insert.run(number, seq, types.codeOf(type), ts, id, context, data);
      }
    },
    findOwn: (number, firstEventId) => findOwn.first(firstEventId, number),
  };
}

export function openLogReads(db: DatabaseSync): LogReads {
  const names = openTypeNames(db);
  const end = prepareRows<End>(db, LOG_STATEMENTS.end);
  const find = prepareRows<{ seq: number }>(db, LOG_STATEMENTS.find);
  const lines = openLines(db, names.nameOf);
  const counts = openCounts(db);
  const typeCounts = openTypeCounts(db, names.nameOf);
  const codesOf = (filter: Filter) => wantedCodes(filter, names);
  return {
    async readLog(read) {
      const at = end.first(read.sessionId);
      if (at === undefined) return { lines: [], through: 0, headSeq: 0 };
      return readPage(read, { ...at, codes: codesOf(read) }, lines);
    },
    async readLogBack(read) {
      const at = end.first(read.sessionId);
      return at === undefined ? [] : readBack(read, { ...at, codes: codesOf(read) }, lines);
    },
    async countEvents(id, filter) {
      const at = end.first(id);
      if (at === undefined) return 0;
      const codes = codesOf(filter);
      // Without a gap in it the end of the log is its length.
      if (codes === undefined && at.purged_at === null) return at.seq;
      return counts({ ...at, codes });
    },
    async countEventTypes(id) {
      const at = end.first(id);
      return at === undefined ? new Map() : typeCounts(at);
    },
    async findEvent(id, eventId) {
      return find.first(eventId, id)?.seq;
    },
  };
}

/** The types that pass, as the JSON list that the statements take; nothing: every type does. */
type Wanted = { readonly codes: string | undefined };

const NO_TYPE = "[]";

function wantedCodes({ types, exclude }: Filter, names: TypeNames): string | undefined {
  if (types === undefined && (exclude === undefined || exclude.length === 0)) return undefined;
  const excluded = new Set(exclude === undefined ? [] : names.codesOf(exclude));
  const wanted = types === undefined ? names.allCodes() : names.codesOf(types);
  return JSON.stringify(wanted.filter((code) => !excluded.has(code)));
}

interface Range extends Wanted {
  readonly number: number;
  /** Exclusive. */
  readonly after: number;
  /** Inclusive. */
  readonly through: number;
  readonly limit: number;
}

interface Lines {
  forwards(range: Range, sessionId: SessionId): Iterable<LogLine>;
  backwards(range: Range, sessionId: SessionId): readonly LogLine[];
}

function openLines(db: DatabaseSync, nameOf: (code: number) => string): Lines {
  const page = tuples(db, LOG_STATEMENTS.page);
  const pageOfTypes = tuples(db, LOG_STATEMENTS.pageOfTypes);
  const back = prepareTuples<EventRow>(db, LOG_STATEMENTS.back);
  const backOfTypes = prepareTuples<EventRow>(db, LOG_STATEMENTS.backOfTypes);
  const toLine = makeLine(nameOf);
  return {
    *forwards({ number, after, through, limit, codes }, sessionId) {
      const rows =
        codes === undefined
          ? page.iterate(number, after, through, limit)
          : pageOfTypes.iterate(number, after, through, codes, limit);
      // The statement selects the columns of an EventRow.
      for (const row of rows) yield toLine(row as unknown as EventRow, sessionId);
    },
    backwards({ number, after, through, limit, codes }, sessionId) {
      const rows =
        codes === undefined
          ? back.all(number, after, through, limit)
          : backOfTypes.all(number, after, through, codes, limit);
      return rows.map((row) => toLine(row, sessionId));
    },
  };
}

function makeLine(nameOf: (code: number) => string): (row: EventRow, sessionId: SessionId) => LogLine {
  // Lines of one commit have one time, and making its text costs as much as reading the row.
  let lastTs = Number.NaN;
  let lastText = "";
  return ([seq, ts, type, id, contextJson, dataJson], sessionId) => {
    if (ts !== lastTs) lastText = isoOf(ts);
    lastTs = ts;
    // Only what had an EventId was ever inserted.
    return { id: id as EventId, type: nameOf(type), contextJson, dataJson, sessionId, seq, ts: lastText };
  };
}

function readPage(read: LogRead, end: Pick<End, "number" | "seq"> & Wanted, lines: Lines): LogPage {
  const { sessionId, after, limit, maxBytes = Number.POSITIVE_INFINITY } = read;
  const { number, seq: headSeq, codes } = end;
  if (codes === NO_TYPE) return { lines: [], through: Math.max(after, headSeq), headSeq };
  const lookedAt = codes === undefined ? headSeq : Math.min(headSeq, after + LOOKED_AT_PER_PAGE);
  const taken: LogLine[] = [];
  let bytes = 0;
  let isFull = limit <= 0;
  for (const line of isFull ? [] : lines.forwards({ number, after, through: lookedAt, limit, codes }, sessionId)) {
    bytes += Buffer.byteLength(line.contextJson) + Buffer.byteLength(line.dataJson);
    isFull = bytes > maxBytes && taken.length > 0;
    if (isFull) break;
    taken.push(line);
    isFull = taken.length === limit;
  }
  const through = isFull ? (taken.at(-1)?.seq ?? after) : Math.max(after, lookedAt);
  return { lines: taken, through, headSeq };
}

async function readBack(
  { sessionId, before, limit }: LogReadBack,
  { number, seq, codes }: Pick<End, "number" | "seq"> & Wanted,
  lines: Lines,
): Promise<readonly LogLine[]> {
  const taken: LogLine[] = [];
  let through = codes === NO_TYPE ? 0 : Math.min(seq, (before ?? seq + 1) - 1);
  while (through > 0 && taken.length < limit) {
    const after = codes === undefined ? 0 : Math.max(0, through - LOOKED_AT_PER_PAGE);
    taken.push(...lines.backwards({ number, after, through, limit: limit - taken.length, codes }, sessionId));
    through = after;
    if (through > 0 && taken.length < limit) await nextTick();
  }
  return taken.toReversed();
}

function openCounts(db: DatabaseSync): (end: Pick<End, "number" | "seq"> & Wanted) => Promise<number> {
  const count = prepareRows<{ count: number }>(db, LOG_STATEMENTS.count);
  const countOfTypes = prepareRows<{ count: number }>(db, LOG_STATEMENTS.countOfTypes);
  return async ({ number, seq, codes }) => {
    let total = 0;
    if (codes === NO_TYPE) return total;
    for (let after = 0; after < seq; after += COUNTED_PER_SLICE) {
      if (after > 0) await nextTick();
      const through = Math.min(seq, after + COUNTED_PER_SLICE);
      const row =
        codes === undefined ? count.first(number, after, through) : countOfTypes.first(number, after, through, codes);
      total += row?.count ?? 0;
    }
    return total;
  };
}

function openTypeCounts(
  db: DatabaseSync,
  nameOf: (code: number) => string,
): (end: Pick<End, "number" | "seq">) => Promise<ReadonlyMap<string, number>> {
  const countByType = prepareRows<{ type: number; count: number }>(db, LOG_STATEMENTS.countByType);
  return async ({ number, seq }) => {
    const counts = new Map<string, number>();
    for (let after = 0; after < seq; after += COUNTED_PER_SLICE) {
      if (after > 0) await nextTick();
      for (const { type, count } of countByType.all(number, after, Math.min(seq, after + COUNTED_PER_SLICE))) {
        counts.set(nameOf(type), (counts.get(nameOf(type)) ?? 0) + count);
      }
    }
    return counts;
  };
}
