/**
 * Erasing a deleted session in slices (B12). From the first slice on nothing can bring the session back, so no reader
 * ever meets half of it; its head and its number stay for ever. The session's own row goes last.
 */
import type { DatabaseSync } from "node:sqlite";
import type { Job } from "./jobs.ts";
import { prepareRows } from "./statement.ts";
import type { Statement } from "./statement.ts";

export const PURGE_STATEMENTS = {
  find: `SELECT h.number FROM session_number n JOIN head h ON h.number = n.number
    WHERE n.id = ? AND h.deleted_at IS NOT NULL`,
  begin: "UPDATE head SET purged_at = coalesce(purged_at, ?) WHERE number = ?",
  events: "DELETE FROM event WHERE n IN (SELECT n FROM event WHERE number = ? ORDER BY seq LIMIT ?)",
  versions: `DELETE FROM file_version WHERE (number, path, version) IN
    (SELECT number, path, version FROM file_version WHERE number = ? LIMIT ?)`,
  files: "DELETE FROM file WHERE (number, path) IN (SELECT number, path FROM file WHERE number = ? LIMIT ?)",
  queue: `DELETE FROM queued_message WHERE (number, position) IN
    (SELECT number, position FROM queued_message WHERE number = ? LIMIT ?)`,
  messageKeys: `DELETE FROM message_key WHERE (number, client_message_id) IN
    (SELECT number, client_message_id FROM message_key WHERE number = ? LIMIT ?)`,
  // The last row stays, so that its place is not given again; what it points at is gone.
  feed: `DELETE FROM feed WHERE position IN
    (SELECT position FROM feed WHERE number = ? AND position < (SELECT max(position) FROM feed) LIMIT ?)`,
  sessionKeys: "DELETE FROM session_key WHERE number = ?",
  told: "DELETE FROM told WHERE number = ?",
  timers: "DELETE FROM timer WHERE number = ?",
  search: "DELETE FROM session_search WHERE rowid = ?",
  tags: `DELETE FROM session_tag WHERE (workspace_id, is_deleted, tag, created_at, id) IN
    (SELECT s.workspace_id, s.is_deleted, t.value, s.created_at, s.id FROM session s, json_each(s.tags) t
     WHERE s.number = ?)`,
  session: "DELETE FROM session WHERE number = ?",
  reservations: `DELETE FROM reservation WHERE id IN
    (SELECT id FROM reservation WHERE session_id = :id UNION SELECT id FROM reservation WHERE holder_id = :id LIMIT :rows)`,
  hooks: `DELETE FROM hook_fact WHERE (session_id, tool_use_id, moment) IN
    (SELECT session_id, tool_use_id, moment FROM hook_fact WHERE session_id = :id LIMIT :rows)`,
  notices: "DELETE FROM notice WHERE id IN (SELECT id FROM notice WHERE session_id = :id LIMIT :rows)",
  waiters: `DELETE FROM waiter WHERE (session_id, repository, tree, node) IN
    (SELECT session_id, repository, tree, node FROM waiter WHERE session_id = :id LIMIT :rows)`,
  openCalls: `DELETE FROM open_call WHERE (session_id, tool_use_id) IN
    (SELECT session_id, tool_use_id FROM open_call WHERE session_id = :id LIMIT :rows)`,
  presence: "DELETE FROM presence WHERE session_id = ?",
} as const;

export function openPurge(db: DatabaseSync): (job: Job<"purge_slice">, nowMs: number) => boolean {
  const find = prepareRows<{ number: number }>(db, PURGE_STATEMENTS.find);
  const begin = prepareRows<never>(db, PURGE_STATEMENTS.begin);
  const { events, versions, files, queue, messageKeys, feed, sessionKeys, timers, search, tags, session } =
    PURGE_STATEMENTS;
  const { told, reservations, hooks, notices, waiters, openCalls } = PURGE_STATEMENTS;
  const prepare = (sql: string): Statement<never> => prepareRows<never>(db, sql);
  const many = [events, versions, files, queue, messageKeys, feed].map(prepare);
  const rest = [sessionKeys, told, timers, search, tags, session].map(prepare);
  const team = [reservations, hooks, notices, waiters, openCalls].map(prepare);
  const presence = prepare(PURGE_STATEMENTS.presence);
  return ([, sessionId, rows], nowMs) => {
    const number = find.first(sessionId)?.number;
    if (number === undefined) return true;
    begin.run(nowMs, number);
    let left = rows;
    for (const statement of many) if (left > 0) left -= statement.run(number, left);
    for (const statement of team) if (left > 0) left -= statement.run({ id: sessionId, rows: left });
    if (left <= 0) return false;
    presence.run(sessionId);
    for (const statement of rest) statement.run(number);
    return true;
  };
}
