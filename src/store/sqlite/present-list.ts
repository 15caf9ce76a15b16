/** Who is at work in a workspace: sessions whose turn runs, or that were heard of a while ago at most. */
import type { DatabaseSync } from "node:sqlite";
import type { Present, TeamReads } from "../../core/ports/team.ts";
import { presenceOf } from "./presence.ts";
import type { PresenceRow } from "./presence.ts";
import { recordOf, RECORD_COLUMNS } from "./sessions.ts";
import type { RecordColumns } from "./sessions.ts";
import { prepareRows } from "./statement.ts";

/** Of each session as many as anybody reads. */
const PATHS_SHOWN = 100;

export const PRESENT_STATEMENTS = {
  numbers: `SELECT s.number, max(s.last_active_at, coalesce(p.heard_at, 0)) AS at FROM (
      SELECT n.number FROM presence h INDEXED BY presence_by_heard JOIN session_number n ON n.id = h.session_id
        WHERE h.workspace_id = :workspaceId AND h.heard_at >= :since AND h.ended_at IS NULL
      UNION SELECT number FROM session INDEXED BY session_by_activity
        WHERE workspace_id = :workspaceId AND is_deleted = 0 AND last_active_at >= :since
      UNION SELECT s.number FROM session s INDEXED BY session_by_owed WHERE s.is_owed = 1
    ) AS present CROSS JOIN session s ON s.number = present.number LEFT JOIN presence p ON p.session_id = s.id
    WHERE s.workspace_id = :workspaceId AND s.is_deleted = 0 AND s.lifecycle = 'open' AND p.ended_at IS NULL
    ORDER BY at DESC LIMIT :limit`,
  record: `SELECT ${RECORD_COLUMNS} FROM session s JOIN head h ON h.number = s.number WHERE s.number = ?`,
  presence: "SELECT * FROM presence WHERE session_id = ?",
  paths: `SELECT r.path FROM reservation r WHERE r.session_id = ? AND (r.expires_at > ? OR EXISTS
      (SELECT 1 FROM open_call c WHERE c.session_id = r.session_id AND c.until > ?)) ORDER BY r.path LIMIT ${PATHS_SHOWN}`,
} as const;

export function openPresentReads(db: DatabaseSync, now: () => number): Pick<TeamReads, "listPresent"> {
  const numbers = prepareRows<{ number: number }>(db, PRESENT_STATEMENTS.numbers);
  const record = prepareRows<RecordColumns>(db, PRESENT_STATEMENTS.record);
  const presence = prepareRows<PresenceRow>(db, PRESENT_STATEMENTS.presence);
  const paths = prepareRows<{ path: string }>(db, PRESENT_STATEMENTS.paths);
  return {
    async listPresent({ workspaceId, sinceMs, limit }) {
      const nowMs = now();
      return numbers.all({ workspaceId, since: sinceMs, limit }).flatMap(({ number }): readonly Present[] => {
        const row = record.first(number);
        if (row === undefined) return [];
        const heard = presence.first(row.id);
        return [
          {
            session: recordOf(row),
            presence: heard === undefined ? null : presenceOf(heard),
            heldPaths: paths.all(row.id, nowMs, nowMs).map(({ path }) => path),
          },
        ];
      });
    },
  };
}
