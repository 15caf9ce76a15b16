/** Who waits for a path (R11), and lines for a session's agent. A path that becomes free is told of in the same commit. */
import type { DatabaseSync } from "node:sqlite";
import type { SessionId, WorkspaceId } from "../../core/ids.ts";
import type { Notice, TeamReads } from "../../core/ports/team.ts";
import type { WaitWish } from "../../core/team/decide-steps.ts";
import { nodeOf, nodesAbove, rangeBelow } from "../../core/team/path-keys.ts";
import type { BranchPolicy, Reservation, ReservationMode } from "../../core/team/reservation.ts";
import { freeText, isFree } from "../../core/team/waiting.ts";
import type { Waiter } from "../../core/team/waiting.ts";
import { isoOf, prepareRows } from "./statement.ts";
import { treePathOf } from "./team-rows.ts";
import type { OpenTeamRows } from "./team-rows.ts";

const WAITER = "w.session_id, w.tree, w.node, w.is_directory, w.path, w.holder_id, w.branch, w.policy, w.mode";

export const NOTICE_STATEMENTS = {
  wait: `INSERT INTO waiter (session_id, repository, tree, node, is_directory, path, holder_id, branch, policy, mode)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT (session_id, repository, tree, node) DO UPDATE SET branch = excluded.branch,
      policy = excluded.policy, mode = excluded.mode`,
  waitNoMore: "DELETE FROM waiter WHERE session_id = ?",
  waitersAt: `SELECT ${WAITER} FROM json_each(?) k
    CROSS JOIN waiter w INDEXED BY waiter_by_node ON w.repository = ? AND w.node = k.value`,
  waitersBelow: `SELECT ${WAITER} FROM waiter w INDEXED BY waiter_by_node
    WHERE w.repository = ? AND w.node >= ? AND w.node < ?`,
  told: "DELETE FROM waiter WHERE session_id = ? AND repository = ? AND tree = ? AND node = ?",
  add: "INSERT INTO notice (session_id, text, created_at) VALUES (?, ?, ?)",
  shown: "DELETE FROM notice WHERE id = ? AND session_id = ?",
  read: "SELECT id, text, created_at FROM notice WHERE session_id = ? ORDER BY id LIMIT ?",
} as const;

interface WaiterRow {
  readonly session_id: string;
  readonly tree: string;
  readonly node: string;
  readonly is_directory: number;
  readonly path: string;
  readonly holder_id: string;
  readonly branch: string | null;
  readonly policy: string;
  readonly mode: string;
}

export interface Notices {
  wait(of: { readonly sessionId: SessionId; readonly repository: number }, wish: WaitWish): void;
  waitNoMore(sessionId: SessionId): void;
  /** Contract: called when all that is freed with it is gone. */
  freed(
    of: { readonly workspaceId: WorkspaceId; readonly repository: number },
    reservation: Reservation,
    nowMs: number,
  ): void;
  add(to: string, text: string, nowMs: number): void;
  shown(sessionId: SessionId, id: number): void;
}

export function openNotices(db: DatabaseSync, rows: OpenTeamRows): Notices {
  const wait = prepareRows<never>(db, NOTICE_STATEMENTS.wait);
  const waitNoMore = prepareRows<never>(db, NOTICE_STATEMENTS.waitNoMore);
  const at = prepareRows<WaiterRow>(db, NOTICE_STATEMENTS.waitersAt);
  const below = prepareRows<WaiterRow>(db, NOTICE_STATEMENTS.waitersBelow);
  const told = prepareRows<never>(db, NOTICE_STATEMENTS.told);
  const insert = prepareRows<never>(db, NOTICE_STATEMENTS.add);
  const shown = prepareRows<never>(db, NOTICE_STATEMENTS.shown);
  const add: Notices["add"] = (to, text, nowMs) => void insert.run(to, text, nowMs);
  return {
    add,
    wait({ sessionId, repository }, { tree, paths, holderId, branch, policy, mode }) {
      for (const { key, isDirectory, path } of paths) {
        const place = [sessionId, repository, tree.tree, nodeOf(key), isDirectory ? 1 : 0, path] as const;
        wait.run(...place, holderId, branch, policy, mode);
      }
    },
    waitNoMore: (sessionId) => void waitNoMore.run(sessionId),
    freed({ workspaceId, repository }, { repository: name, path }, nowMs) {
      const node = nodeOf(path.key);
      const { from, to } = rangeBelow(node);
      const waiting = [...at.all(JSON.stringify(nodesAbove(node)), repository), ...below.all(repository, from, to)];
      const { meeting } = rows.of(workspaceId, nowMs);
      for (const row of waiting) {
        const waiter = waiterOf(row, name);
        if (!isFree(waiter, (wished) => meeting(name, wished), nowMs)) continue;
        told.run(row.session_id, repository, row.tree, row.node);
        add(row.session_id, freeText(waiter.path), nowMs);
      }
    },
    shown: (sessionId, id) => void shown.run(id, sessionId),
  };
}

/** Ids and words had the types named here when the row was written. */
function waiterOf(row: WaiterRow, repository: string): Waiter {
  return {
    sessionId: row.session_id as SessionId,
    holderId: row.holder_id as SessionId,
    tree: { repository, tree: row.tree },
    path: treePathOf(row),
    branch: row.branch,
    policy: row.policy as BranchPolicy,
    mode: row.mode as ReservationMode,
  };
}

export function openNoticeReads(db: DatabaseSync): Pick<TeamReads, "readNotices"> {
  const read = prepareRows<{ id: number; text: string; created_at: number }>(db, NOTICE_STATEMENTS.read);
  return {
    async readNotices(id, limit): Promise<readonly Notice[]> {
      return read.all(id, limit).map(({ id: number, text, created_at }) => {
        return { id: number, text, createdAt: isoOf(created_at) };
      });
    },
  };
}
