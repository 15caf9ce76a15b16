/**
 * The team's part of a session's write, inside the open transaction of its group: decided first, by core and under the
 * one writer, and carried out after the fence (D1). Runs in the writer thread only.
 */
import type { DatabaseSync } from "node:sqlite";
import type { SessionId, WorkspaceId } from "../../core/ids.ts";
import type { HookKey, TeamResult, TeamWrite } from "../../core/ports/team.ts";
import { decideSteps } from "../../core/team/decide-steps.ts";
import type { StepsDecision, TeamChanges } from "../../core/team/decide-steps.ts";
import { nodeOf } from "../../core/team/path-keys.ts";
import { OPEN_TOOL_CALL_MS } from "../../core/team/reservation.ts";
import type { Reservation, ReservationId } from "../../core/team/reservation.ts";
import { openNotices } from "./notices.ts";
import type { Notices } from "./notices.ts";
import { openPresence } from "./presence.ts";
import type { PresenceWrites } from "./presence.ts";
import { isoOrNull, prepareRows } from "./statement.ts";
import type { Statement } from "./statement.ts";
import { openTeamRows } from "./team-rows.ts";
import type { OpenTeamRows } from "./team-rows.ts";

export const TEAM_WRITE_STATEMENTS = {
  addRepository: "INSERT INTO repository (workspace_id, name, last_token) VALUES (?, ?, 0) RETURNING number",
  token: "UPDATE repository SET last_token = last_token + 1 WHERE number = ? RETURNING last_token AS token",
  insert: `INSERT INTO reservation (id, repository, workspace_id, tree, node, is_directory, path, mode, session_id,
      holder_id, branch, token, provisional_for, taken_at, edited_at, ttl_ms, expires_at)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  change:
    "UPDATE reservation SET mode = ?, provisional_for = ?, edited_at = ?, ttl_ms = ?, expires_at = ? WHERE id = ?",
  remove: "DELETE FROM reservation WHERE id = ?",
  hooks: "SELECT moment FROM hook_fact WHERE session_id = ? AND tool_use_id = ?",
  addHook: "INSERT INTO hook_fact (session_id, tool_use_id, moment) VALUES (?, ?, ?)",
  openCall: "INSERT INTO open_call (session_id, tool_use_id, until) VALUES (?, ?, ?)",
  closeCall: "DELETE FROM open_call WHERE session_id = ? AND tool_use_id = ?",
  closeCalls: "DELETE FROM open_call WHERE session_id = ?",
  openUntil: "SELECT max(until) AS until FROM open_call WHERE session_id = ?",
  countEdit: `INSERT INTO file_edit (repository, key, edits, last_at, last_by) VALUES (?, ?, 1, ?, ?)
    ON CONFLICT (repository, key) DO UPDATE
    SET edits = edits + 1, last_at = excluded.last_at, last_by = excluded.last_by`,
} as const;

/** The write, and what the session was before it. */
export interface TeamJob {
  readonly sessionId: SessionId;
  readonly workspaceId: WorkspaceId;
  readonly isOpen: boolean;
  readonly team: TeamWrite;
  readonly nowMs: number;
}

export type TeamRefusal =
  | Exclude<StepsDecision, { kind: "changes" }>
  | { readonly kind: "hook_known" }
  | { readonly kind: "session_over" }
  | { readonly kind: "duplicate"; readonly bodyHash: string; readonly madeId: string };

export type TeamDecision = TeamRefusal | Extract<StepsDecision, { kind: "changes" }>;

export class TeamWriter {
  readonly #rows: OpenTeamRows;
  readonly #presence: PresenceWrites;
  readonly #notices: Notices;
  readonly #statements: Prepared;

  constructor(db: DatabaseSync) {
    this.#rows = openTeamRows(db);
    this.#presence = openPresence(db);
    this.#notices = openNotices(db, this.#rows);
    this.#statements = prepare(db);
  }

  decide({ sessionId, workspaceId, isOpen, team, nowMs }: TeamJob): TeamDecision {
    const { presence, reservations = [] } = team;
    const other = presence === undefined ? undefined : this.#presence.otherOf(sessionId, workspaceId, presence);
    if (other !== undefined) return { kind: "duplicate", bodyHash: "", madeId: other };
    const keys = [team.hookKey, team.unlessHeard];
    if (keys.some((key) => key !== undefined && this.#isKnown(sessionId, key))) return { kind: "hook_known" };
    if (reservations.some(({ kind }) => kind === "take")) {
      const isOver = presence?.isEnded !== false && this.#presence.isEnded(sessionId);
      if (!isOpen || isOver) return { kind: "session_over" };
    }
    return decideSteps(reservations, { rows: this.#rows.of(workspaceId, nowMs), workspaceId, sessionId, nowMs });
  }

  apply(job: TeamJob, changes: TeamChanges): TeamResult | undefined {
    const { sessionId, workspaceId, team, nowMs } = job;
    if (team.presence !== undefined) this.#presence.change({ sessionId, workspaceId, nowMs }, team.presence);
    if (team.hookKey !== undefined) this.#addHook(sessionId, team.hookKey, nowMs);
    const isNewPrompt = team.reservations?.some((step) => step.kind === "drop" && step.toolUseId === null) === true;
    if (isNewPrompt || changes.isOver) this.#statements.closeCalls.run(sessionId);
    const put = new Map(changes.put.map((row) => [row.id, this.#put(row)]));
    for (const { id } of changes.freed) this.#statements.remove.run(id);
    for (const { tree, path } of changes.edits) {
      this.#statements.countEdit.run(this.#repository(workspaceId, tree.repository), path.key, nowMs, sessionId);
    }
    this.#tell(job, changes);
    if (team.reservations === undefined) return undefined;
    // What was just written need not be read; only the calls that keep it may have changed beside it.
    const granted = changes.granted.flatMap((id) => this.#withOpenCalls(put.get(id)) ?? this.granted([id]));
    return { granted, warnings: changes.warnings, freed: changes.freed };
  }

  /** As they stand now. */
  granted(ids: readonly ReservationId[]): readonly Reservation[] {
    return ids.flatMap((id) => this.#rows.byId(id) ?? []);
  }

  /** Contract: called after every rollback. */
  forget(): void {
    this.#rows.forget();
  }

  #tell({ sessionId, workspaceId, team, nowMs }: TeamJob, changes: TeamChanges): void {
    if (changes.isOver) this.#notices.waitNoMore(sessionId);
    for (const wish of changes.waits) {
      const repository = this.#repository(workspaceId, wish.tree.repository);
      this.#notices.wait({ sessionId, repository }, wish);
    }
    for (const row of changes.freed) {
      this.#notices.freed({ workspaceId, repository: this.#repository(workspaceId, row.repository) }, row, nowMs);
    }
    for (const { to, text } of team.notices ?? []) this.#notices.add(to, text, nowMs);
    for (const id of team.noticesShown ?? []) this.#notices.shown(sessionId, id);
  }

  #isKnown(sessionId: SessionId, { toolUseId, moment }: HookKey): boolean {
    const known = this.#statements.hooks.all(sessionId, toolUseId);
    return known.some((hook) => hook.moment === moment || moment === "pre_tool");
  }

  #addHook(sessionId: SessionId, { toolUseId, moment }: HookKey, nowMs: number): void {
    const { addHook, openCall, closeCall } = this.#statements;
    addHook.run(sessionId, toolUseId, moment);
    if (moment === "pre_tool") openCall.run(sessionId, toolUseId, nowMs + OPEN_TOOL_CALL_MS);
    else closeCall.run(sessionId, toolUseId);
  }

  #withOpenCalls(row: Reservation | undefined): Reservation | undefined {
    if (row === undefined) return undefined;
    return { ...row, openUntil: isoOrNull(this.#statements.openUntil.first(row.sessionId)?.until ?? null) };
  }

  /** As it stands then. */
  #put(row: Reservation): Reservation {
    const { insert, change, token: nextToken } = this.#statements;
    const { id, workspaceId, tree, path, mode, sessionId, holderId, branch, ttlMs } = row;
    const provisional = JSON.stringify(row.provisionalFor);
    const [takenAt, editedAt, expiresAt] = [row.takenAt, row.editedAt, row.expiresAt].map((text) => Date.parse(text));
    if (takenAt === undefined || editedAt === undefined || expiresAt === undefined) return row;
    if (row.token > 0) {
      change.run(mode, provisional, editedAt, ttlMs, expiresAt, id);
      return row;
    }
    const repository = this.#repository(workspaceId, row.repository);
    const token = nextToken.first(repository)?.token ?? 0;
    const place = [id, repository, workspaceId, tree, nodeOf(path.key), path.isDirectory ? 1 : 0, path.path] as const;
    const who = [mode, sessionId, holderId, branch, token, provisional] as const;
    insert.run(...place, ...who, takenAt, editedAt, ttlMs, expiresAt);
    return { ...row, token };
  }

  #repository(workspaceId: WorkspaceId, name: string): number {
    const number =
      this.#rows.repositoryNumber(workspaceId, name) ?? this.#statements.addRepository.first(workspaceId, name)?.number;
    if (number === undefined) throw new Error(`Repository "${name}" was not made`);
    return number;
  }
}

type Prepared = ReturnType<typeof prepare>;

function prepare(db: DatabaseSync) {
  const sql = TEAM_WRITE_STATEMENTS;
  const run = (text: string): Statement<never> => prepareRows<never>(db, text);
  return {
    addRepository: prepareRows<{ number: number }>(db, sql.addRepository),
    token: prepareRows<{ token: number }>(db, sql.token),
    hooks: prepareRows<{ moment: string }>(db, sql.hooks),
    insert: run(sql.insert),
    change: run(sql.change),
    remove: run(sql.remove),
    addHook: run(sql.addHook),
    openCall: run(sql.openCall),
    closeCall: run(sql.closeCall),
    closeCalls: run(sql.closeCalls),
    openUntil: prepareRows<{ until: number | null }>(db, sql.openUntil),
    countEdit: run(sql.countEdit),
  };
}
