/**
 * What must be known in a second session (P10): kept in the commit that made it true, read by the relay in the order of
 * commits, dropped once it is delivered. And what each session was told, so that it is told once. Knows no kind of row.
 */
import type { DatabaseSync } from "node:sqlite";
import type { OutboxKind, OutboxRow } from "../../core/outbox.ts";
import type { EventId, SessionId } from "../../core/ids.ts";
import type { OutboxStore } from "../../core/ports/store.ts";
import type { Handlers, OutboxStep } from "./jobs.ts";
import { prepareRows } from "./statement.ts";

export const OUTBOX_STATEMENTS = {
  put: "INSERT INTO outbox (source_id, event_id, kind, target, body) VALUES (?, ?, ?, ?, ?)",
  hasChildren: `SELECT 1 AS one FROM session_number n JOIN session p ON p.number = n.number
    JOIN session c INDEXED BY session_by_parent
      ON c.workspace_id = p.workspace_id AND c.is_deleted = 0 AND c.parent_id = p.id
    WHERE n.id = ? LIMIT 1`,
  isTold: "SELECT 1 AS one FROM told WHERE number = ? AND event_id = ?",
  tell: "INSERT INTO told (number, event_id) VALUES (?, ?)",
  drop: "DELETE FROM outbox WHERE place IN (SELECT value FROM json_each(?))",
  read: "SELECT place, source_id, event_id, kind, target, body FROM outbox WHERE place > ? ORDER BY place LIMIT ?",
} as const;

export interface OutboxWrites {
  put(steps: readonly OutboxStep[]): void;
  isTold(number: number, eventId: string): boolean;
  tell(number: number, eventId: string): void;
}

/** Contract: runs inside an open transaction. */
export function openOutboxWrites(db: DatabaseSync): OutboxWrites {
  const put = prepareRows<never>(db, OUTBOX_STATEMENTS.put);
  const hasChildren = prepareRows<{ one: number }>(db, OUTBOX_STATEMENTS.hasChildren);
  const isTold = prepareRows<{ one: number }>(db, OUTBOX_STATEMENTS.isTold);
  const tell = prepareRows<never>(db, OUTBOX_STATEMENTS.tell);
  return {
    put(steps) {
      for (const { sourceId, eventId, kind, target, bodyJson, isForChildren } of steps) {
        if (isForChildren && hasChildren.first(target) === undefined) continue;
        put.run(sourceId, eventId, kind, target, bodyJson);
      }
    },
    isTold: (number, eventId) => isTold.first(number, eventId) !== undefined,
    tell: (number, eventId) => void tell.run(number, eventId),
  };
}

export function openOutboxDrop(db: DatabaseSync): Handlers["drop_outbox"] {
  const drop = prepareRows<never>(db, OUTBOX_STATEMENTS.drop);
  return ([, places]) => {
    drop.run(JSON.stringify(places));
    return null;
  };
}

interface Row {
  readonly place: number;
  readonly event_id: string;
  readonly kind: string;
  readonly target: string;
  readonly body: string;
  readonly source_id: string;
}

export function openOutboxReads(db: DatabaseSync): Pick<OutboxStore, "readOutbox"> {
  const read = prepareRows<Row>(db, OUTBOX_STATEMENTS.read);
  return {
    async readOutbox(after, limit) {
      return read.all(after, limit).map(rowOf);
    },
  };
}

/** Ids and words had the types named here when the row was put. */
function rowOf({ place, event_id, kind, target, body, source_id }: Row): OutboxRow {
  return {
    place,
    sourceId: source_id as SessionId,
    eventId: event_id as EventId,
    kind: kind as OutboxKind,
    target: target as SessionId,
    bodyJson: body,
  };
}
