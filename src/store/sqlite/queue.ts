/**
 * What belongs to a session beside its log and is changed with its commits: the queue, the timers, the idempotency keys
 * (T1, T2, C3). Writes run in the writer thread inside a session's write.
 */
import type { DatabaseSync } from "node:sqlite";
import type { TimerChange } from "../../core/decide/plan.ts";
import type { EventId, SessionId } from "../../core/ids.ts";
import type { MessageKey, SessionReads } from "../../core/ports/store.ts";
import type { QueuedMessage } from "../../core/session.ts";
import type { QueueStep } from "./jobs.ts";
import { isoOf, prepareRows } from "./statement.ts";

const NUMBER = "(SELECT number FROM session_number WHERE id = ?)";

export const QUEUE_STATEMENTS = {
  queue: `SELECT message_id, position, message, queued_event_id, created_at FROM queued_message
    WHERE number = ${NUMBER} ORDER BY position`,
  messageKey: `SELECT client_message_id, body_hash, message_id FROM message_key
    WHERE number = ${NUMBER} AND client_message_id = ?`,
  sessionKey: `SELECT k.body_hash, s.id FROM session_key k JOIN session s ON s.number = k.number
    WHERE k.workspace_id = ? AND k.principal = ? AND k.key = ?`,
  add: `INSERT INTO queued_message (number, position, message_id, queued_event_id, created_at, message)
    SELECT :number, coalesce(max(position), 0) + 1, :messageId, :eventId, :ts, :message
    FROM queued_message WHERE number = :number`,
  replace: "UPDATE queued_message SET message = ? WHERE number = ? AND message_id = ?",
  remove: "DELETE FROM queued_message WHERE number = ? AND message_id = ?",
  setTimer: `INSERT INTO timer (number, kind, due_at) VALUES (?, ?, ?)
    ON CONFLICT (number, kind) DO UPDATE SET due_at = excluded.due_at`,
  clearTimer: "DELETE FROM timer WHERE number = ? AND kind = ?",
  usedKey: "SELECT body_hash, message_id FROM message_key WHERE number = ? AND client_message_id = ?",
  insertKey: "INSERT INTO message_key (number, client_message_id, body_hash, message_id) VALUES (?, ?, ?, ?)",
} as const;

interface QueueRow {
  readonly message_id: string;
  readonly position: number;
  readonly message: string;
  readonly queued_event_id: string;
  readonly created_at: number;
}

export interface QueueWrites {
  changeQueue(number: number, steps: readonly QueueStep[], ts: number): void;
  changeTimers(number: number, timers: readonly TimerChange[], nowMs: number): void;
  usedKey(number: number, clientMessageId: string): { readonly bodyHash: string; readonly madeId: string } | undefined;
  insertKey(number: number, key: MessageKey): void;
}

export function openQueueWrites(db: DatabaseSync): QueueWrites {
  const add = prepareRows<never>(db, QUEUE_STATEMENTS.add);
  const replace = prepareRows<never>(db, QUEUE_STATEMENTS.replace);
  const remove = prepareRows<never>(db, QUEUE_STATEMENTS.remove);
  const setTimer = prepareRows<never>(db, QUEUE_STATEMENTS.setTimer);
  const clearTimer = prepareRows<never>(db, QUEUE_STATEMENTS.clearTimer);
  const usedKey = prepareRows<{ body_hash: string; message_id: string }>(db, QUEUE_STATEMENTS.usedKey);
  const insertKey = prepareRows<never>(db, QUEUE_STATEMENTS.insertKey);
  return {
    changeQueue(number, steps, ts) {
      for (const step of steps) {
        if (step.kind === "remove") for (const id of step.messageIds) remove.run(number, id);
        else if (step.kind === "replace") replace.run(step.messageJson, number, step.messageId);
        else add.run({ number, messageId: step.messageId, eventId: step.eventId, ts, message: step.messageJson });
      }
    },
    changeTimers(number, timers, nowMs) {
      for (const { kind, dueInMs } of timers) {
        if (dueInMs === null) clearTimer.run(number, kind);
        else setTimer.run(number, kind, nowMs + Math.ceil(dueInMs));
      }
    },
    usedKey(number, clientMessageId) {
      const row = usedKey.first(number, clientMessageId);
      return row === undefined ? undefined : { bodyHash: row.body_hash, madeId: row.message_id };
    },
    insertKey(number, { clientMessageId, bodyHash, messageId }) {
      insertKey.run(number, clientMessageId, bodyHash, messageId);
    },
  };
}

type QueueReads = Pick<SessionReads, "readQueue" | "findMessageKey" | "findSessionKey">;

export function openQueueReads(db: DatabaseSync): QueueReads {
  const queue = prepareRows<QueueRow>(db, QUEUE_STATEMENTS.queue);
  const messageKey = prepareRows<{ client_message_id: string; body_hash: string; message_id: string }>(
    db,
    QUEUE_STATEMENTS.messageKey,
  );
  const sessionKey = prepareRows<{ body_hash: string; id: string }>(db, QUEUE_STATEMENTS.sessionKey);
  return {
    async readQueue(id) {
      return queue.all(id).map((row) => queuedOf(row, id));
    },
    async findMessageKey(id, clientMessageId) {
      const row = messageKey.first(id, clientMessageId);
      if (row === undefined) return undefined;
      return { clientMessageId: row.client_message_id, bodyHash: row.body_hash, messageId: row.message_id };
    },
    async findSessionKey(workspaceId, principal, key) {
      const row = sessionKey.first(workspaceId, principal, key);
      // Only what had a SessionId was ever inserted.
      return row === undefined ? undefined : { bodyHash: row.body_hash, sessionId: row.id as SessionId };
    },
  };
}

function queuedOf(row: QueueRow, sessionId: SessionId): QueuedMessage {
  return {
    messageId: row.message_id,
    sessionId,
    position: row.position,
    messageJson: row.message,
    // Only what had an EventId was ever inserted.
    queuedEventId: row.queued_event_id as EventId,
    createdAt: isoOf(row.created_at),
  };
}
