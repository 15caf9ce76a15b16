/** Reading who works on what (R12): one connection, no lock, every question by an index. */
import type { DatabaseSync } from "node:sqlite";
import type { SessionId } from "../../core/ids.ts";
import type { FileEdits, ReservationQuery, TeamReads } from "../../core/ports/team.ts";
import { decideTake } from "../../core/team/decide-take.ts";
import { openNoticeReads } from "./notices.ts";
import { openPresenceReads } from "./presence.ts";
import { openPresentReads } from "./present-list.ts";
import { isoOf, prepareRows } from "./statement.ts";
import type { Statement, Value } from "./statement.ts";
import { openTeamRows, RESERVATION_COLUMNS, RESERVATION_JOIN, reservationOf } from "./team-rows.ts";
import type { ReservationRow } from "./team-rows.ts";

/** A hold is over once this is past; the tool calls that are open keep it longer (D6). */
const OVER = `r.expires_at <= :now AND NOT EXISTS
  (SELECT 1 FROM open_call c WHERE c.session_id = r.session_id AND c.until > :now)`;
const listed = (where: string, index: string) => `SELECT ${RESERVATION_COLUMNS}
  FROM reservation r INDEXED BY ${index} ${RESERVATION_JOIN}
  WHERE ${where} AND r.id < :cursor AND NOT (${OVER}) ORDER BY r.id DESC LIMIT :limit`;

export const TEAM_READ_STATEMENTS = {
  ofWorkspace: listed("r.workspace_id = :workspaceId", "reservation_by_workspace"),
  ofRepository: listed(
    "r.repository = (SELECT number FROM repository WHERE workspace_id = :workspaceId AND name = :repository)",
    "reservation_by_repository",
  ),
  ofSession: listed("r.workspace_id = :workspaceId AND r.session_id = :sessionId", "reservation_by_session"),
  ofHolder: listed("r.workspace_id = :workspaceId AND r.holder_id = :holderId", "reservation_by_holder"),
  one: `SELECT ${RESERVATION_COLUMNS} FROM reservation r ${RESERVATION_JOIN} WHERE r.id = :id AND NOT (${OVER})`,
  expired: `SELECT ${RESERVATION_COLUMNS} FROM reservation r INDEXED BY reservation_by_expiry ${RESERVATION_JOIN}
    WHERE ${OVER} ORDER BY r.expires_at LIMIT :limit`,
  edits: `SELECT e.key, e.edits, e.last_at, e.last_by FROM json_each(?) k
    CROSS JOIN file_edit e ON e.repository = ? AND e.key = k.value`,
  hook: "SELECT 1 AS found FROM hook_fact WHERE session_id = ? AND tool_use_id = ? AND moment = ?",
} as const;

/** Larger than every id. */
const LAST = "~";

export function openTeamReads(db: DatabaseSync, now: () => number): TeamReads {
  return {
    ...openPresenceReads(db),
    ...openPresentReads(db, now),
    ...openNoticeReads(db),
    ...openReservationReads(db, now),
    ...openOverlaps(db, now),
  };
}

type ReservationReads = Pick<TeamReads, "listReservations" | "readReservation" | "findExpired">;

function openReservationReads(db: DatabaseSync, now: () => number): ReservationReads {
  const rows = (sql: string): Statement<ReservationRow> => prepareRows<ReservationRow>(db, sql);
  const one = rows(TEAM_READ_STATEMENTS.one);
  const expired = rows(TEAM_READ_STATEMENTS.expired);
  const list = openList(db);
  return {
    async listReservations(query) {
      return list(query, now()).map(reservationOf);
    },
    async readReservation(id) {
      const row = one.first({ id, now: now() });
      return row === undefined ? undefined : reservationOf(row);
    },
    async findExpired(limit) {
      return expired.all({ now: now(), limit }).map(reservationOf);
    },
  };
}

/** The narrowest index that the query has; what else it asks for is sifted from page after page. */
function openList(db: DatabaseSync): (query: ReservationQuery, nowMs: number) => readonly ReservationRow[] {
  const rows = (sql: string): Statement<ReservationRow> => prepareRows<ReservationRow>(db, sql);
  const ofWorkspace = rows(TEAM_READ_STATEMENTS.ofWorkspace);
  const ofRepository = rows(TEAM_READ_STATEMENTS.ofRepository);
  const ofSession = rows(TEAM_READ_STATEMENTS.ofSession);
  const ofHolder = rows(TEAM_READ_STATEMENTS.ofHolder);

  function pageOf({ workspaceId, repository, sessionId, holderId }: ReservationQuery) {
    const page = (statement: Statement<ReservationRow>, more: Readonly<Record<string, Value>>) => {
      return (place: { readonly cursor: string; readonly limit: number; readonly now: number }) =>
        statement.all({ workspaceId, ...more, ...place });
    };
    if (sessionId !== undefined) return page(ofSession, { sessionId });
    if (holderId !== undefined) return page(ofHolder, { holderId });
    return repository === undefined ? page(ofWorkspace, {}) : page(ofRepository, { repository });
  }

  return (query, nowMs) => {
    const next = pageOf(query);
    const found: ReservationRow[] = [];
    let cursor: string = query.cursor ?? LAST;
    for (;;) {
      const page = next({ cursor, limit: query.limit, now: nowMs });
      found.push(...page.filter((row) => fits(row, query)));
      if (page.length < query.limit || found.length >= query.limit) return found.slice(0, query.limit);
      cursor = page.at(-1)?.id ?? LAST;
    }
  };
}

function fits(row: ReservationRow, { repository, sessionId, holderId }: ReservationQuery): boolean {
  const isRepository = repository === undefined || row.repository === repository;
  const isSession = sessionId === undefined || row.session_id === sessionId;
  return isRepository && isSession && (holderId === undefined || row.holder_id === holderId);
}

type OverlapReads = Pick<TeamReads, "findOverlaps" | "readEdits" | "hasHook">;

function openOverlaps(db: DatabaseSync, now: () => number): OverlapReads {
  const rows = openTeamRows(db);
  const edits = prepareRows<{ key: string; edits: number; last_at: number; last_by: string }>(
    db,
    TEAM_READ_STATEMENTS.edits,
  );
  const hook = prepareRows<{ found: number }>(db, TEAM_READ_STATEMENTS.hook);
  return {
    async findOverlaps(workspaceId, wish) {
      const nowMs = now();
      const { meeting } = rows.of(workspaceId, nowMs);
      // Without one moment for both lookups: whoever takes is asked again under the writer's lock.
      const decided = decideTake((path) => meeting(wish.tree.repository, path), wish, nowMs);
      if (decided.kind === "held") return { overlaps: decided.overlaps, held: [] };
      const held = decided.grants.flatMap(({ path, kept }) => (kept === null ? [] : [{ path, reservation: kept }]));
      return { overlaps: decided.warnings, held };
    },
    async readEdits(workspaceId, repository, keys) {
      const number = rows.repositoryNumber(workspaceId, repository);
      const found = number === undefined ? [] : edits.all(JSON.stringify(keys), number);
      return new Map(
        found.map((row): [string, FileEdits] => {
          // Only what had a SessionId was ever inserted.
          const lastBy = row.last_by as SessionId;
          return [row.key, { edits: row.edits, lastAt: isoOf(row.last_at), lastBy }];
        }),
      );
    },
    async hasHook(id, { toolUseId, moment }) {
      return hook.first(id, toolUseId, moment) !== undefined;
    },
  };
}
