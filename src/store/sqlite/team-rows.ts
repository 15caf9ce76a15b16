/** Reservations as rows: by which index they are found, and what a row is read as. Used by both threads. */
import type { DatabaseSync } from "node:sqlite";
import type { SessionId, WorkspaceId } from "../../core/ids.ts";
import type { TeamRows } from "../../core/team/decide-steps.ts";
import { nodeOf, nodesAbove, rangeBelow } from "../../core/team/path-keys.ts";
import type { Reservation, ReservationId, ReservationMode } from "../../core/team/reservation.ts";
import type { TreePath } from "../../core/team/tree.ts";
import { isoOf, isoOrNull, prepareRows, prepareTuples } from "./statement.ts";
import type { Statement } from "./statement.ts";

const OWN_COLUMNS = `r.tree, r.node, r.is_directory, r.path, r.mode, r.session_id, r.holder_id, r.branch, r.token,
  r.provisional_for, r.taken_at, r.edited_at, r.ttl_ms, r.expires_at,
  (SELECT max(c.until) FROM open_call c WHERE c.session_id = r.session_id) AS open_until`;
export const RESERVATION_COLUMNS = `r.id, r.workspace_id, p.name AS repository, ${OWN_COLUMNS}`;
/** Of one repository, whose name is known. */
const MEETING_COLUMNS = `r.id, ${OWN_COLUMNS}`;

export const RESERVATION_JOIN = "JOIN repository p ON p.number = r.repository";

/** Past their deadline they count for nothing, swept or not (D5). */
const LIVE = `(r.expires_at > :now OR EXISTS
  (SELECT 1 FROM open_call c WHERE c.session_id = r.session_id AND c.until > :now))`;

export const TEAM_ROW_STATEMENTS = {
  repository: "SELECT number FROM repository WHERE workspace_id = ? AND name = ?",
  // Each node is looked up by itself: a list in the index would be walked from its first to its last. One statement,
  // because a hook waits for it: the reading connection looks for the end of the log once for each.
  meeting: `SELECT ${MEETING_COLUMNS} FROM json_each(:nodes) k
    CROSS JOIN reservation r ON r.repository = :repository AND r.node = k.value
    WHERE ${LIVE} UNION ALL SELECT ${MEETING_COLUMNS} FROM reservation r
    WHERE r.repository = :repository AND r.node >= :from AND r.node < :to AND ${LIVE}`,
  byId: `SELECT ${RESERVATION_COLUMNS} FROM reservation r ${RESERVATION_JOIN} WHERE r.id = ?`,
  ofSession: `SELECT ${RESERVATION_COLUMNS} FROM reservation r ${RESERVATION_JOIN} WHERE r.session_id = ? ORDER BY r.id`,
  ofHolder: `SELECT ${RESERVATION_COLUMNS} FROM reservation r ${RESERVATION_JOIN} WHERE r.holder_id = ? ORDER BY r.id`,
} as const;

export interface ReservationRow {
  readonly id: string;
  readonly workspace_id: string;
  readonly repository: string;
  readonly tree: string;
  readonly node: string;
  readonly is_directory: number;
  readonly path: string;
  readonly mode: string;
  readonly session_id: string;
  readonly holder_id: string;
  readonly branch: string | null;
  readonly token: number;
  readonly provisional_for: string;
  readonly taken_at: number;
  readonly edited_at: number;
  readonly ttl_ms: number;
  readonly expires_at: number;
  readonly open_until: number | null;
}

/** Ids, words and JSON had the types named here when the row was written; no other program writes it. */
export function reservationOf(row: ReservationRow): Reservation {
  return {
    id: row.id as ReservationId,
    workspaceId: row.workspace_id as WorkspaceId,
    repository: row.repository,
    tree: row.tree,
    path: treePathOf(row),
    mode: row.mode as ReservationMode,
    sessionId: row.session_id as SessionId,
    holderId: row.holder_id as SessionId,
    branch: row.branch,
    token: row.token,
    provisionalFor: JSON.parse(row.provisional_for) as readonly string[],
    takenAt: isoOf(row.taken_at),
    editedAt: isoOf(row.edited_at),
    ttlMs: row.ttl_ms,
    expiresAt: isoOf(row.expires_at),
    openUntil: isoOrNull(row.open_until),
  };
}

/** In the order of `MEETING_COLUMNS`. */
type MeetingRow = readonly [
  id: string,
  tree: string,
  node: string,
  isDirectory: number,
  path: string,
  mode: string,
  sessionId: string,
  holderId: string,
  branch: string | null,
  token: number,
  provisionalFor: string,
  takenAt: number,
  editedAt: number,
  ttlMs: number,
  expiresAt: number,
  openUntil: number | null,
];

interface Within {
  readonly workspace_id: string;
  readonly repository: string;
}

function rowOf(columns: MeetingRow, within: Within): ReservationRow {
  const [id, tree, node, is_directory, path, mode, session_id, holder_id, branch, token, ...rest] = columns;
  const [provisional_for, taken_at, edited_at, ttl_ms, expires_at, open_until] = rest;
  return {
    ...within,
    ...{ id, tree, node, is_directory, path, mode, session_id, holder_id, branch, token },
    ...{ provisional_for, taken_at, edited_at, ttl_ms, expires_at, open_until },
  };
}

export function treePathOf({
  node,
  is_directory,
  path,
}: Pick<ReservationRow, "node" | "is_directory" | "path">): TreePath {
  const isDirectory = is_directory === 1;
  return { key: isDirectory ? `${node}/` : node, path, isDirectory };
}

export interface OpenTeamRows {
  of(workspaceId: WorkspaceId, nowMs: number): TeamRows;
  byId(id: ReservationId): Reservation | undefined;
  repositoryNumber(workspaceId: WorkspaceId, name: string): number | undefined;
  /** Contract: called after every rollback, which may have taken back a number. */
  forget(): void;
}

export function openTeamRows(db: DatabaseSync): OpenTeamRows {
  const statements = prepare(db);
  const { repository, ofSession, ofHolder } = statements;
  const byId = (id: ReservationId) => {
    const row = statements.byId.first(id);
    return row === undefined ? undefined : reservationOf(row);
  };
  const repositories = openRepositories(repository);
  const repositoryNumber = repositories.numberOf;
  return {
    byId,
    repositoryNumber,
    forget: repositories.forget,
    of: (workspaceId, now) => ({
      meeting(name, path) {
        const number = repositoryNumber(workspaceId, name);
        if (number === undefined) return [];
        const within = { workspace_id: workspaceId, repository: name };
        return meeting(statements.meeting, { place: { repository: number, now }, within }, path);
      },
      byId,
      ofSession: (id) => ofSession.all(id).map(reservationOf),
      ofHolder: (id) => ofHolder.all(id).map(reservationOf),
    }),
  };
}

/** Numbers held at once; a repository that is there stays. */
const REPOSITORIES_HELD = 1_000;

function openRepositories(statement: Statement<{ number: number }>) {
  const held = new Map<string, number>();
  return {
    numberOf(workspaceId: WorkspaceId, name: string): number | undefined {
      const key = `${workspaceId} ${name}`;
      const number = held.get(key) ?? statement.first(workspaceId, name)?.number;
      if (number === undefined) return undefined;
      if (held.size >= REPOSITORIES_HELD) held.clear();
      held.set(key, number);
      return number;
    },
    forget: () => held.clear(),
  };
}

function prepare(db: DatabaseSync) {
  const rows = (sql: string): Statement<ReservationRow> => prepareRows<ReservationRow>(db, sql);
  return {
    repository: prepareRows<{ number: number }>(db, TEAM_ROW_STATEMENTS.repository),
    meeting: prepareTuples<MeetingRow>(db, TEAM_ROW_STATEMENTS.meeting),
    byId: rows(TEAM_ROW_STATEMENTS.byId),
    ofSession: rows(TEAM_ROW_STATEMENTS.ofSession),
    ofHolder: rows(TEAM_ROW_STATEMENTS.ofHolder),
  };
}

function* meeting(
  statement: Statement<MeetingRow>,
  { place, within }: { readonly place: { readonly repository: number; readonly now: number }; readonly within: Within },
  path: TreePath,
): Generator<Reservation> {
  const node = nodeOf(path.key);
  const nodes = JSON.stringify(nodesAbove(node));
  // One by one: below the top of a tree may be all that anybody holds, and the first few decide.
  for (const row of statement.each({ ...place, nodes, ...rangeBelow(node) })) yield reservationOf(rowOf(row, within));
}
