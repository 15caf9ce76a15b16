/**
 * Plain resources. One writer, so what a write depends on is looked at before it writes: a refusal has changed nothing
 * and the unique index over names is only ever a guard against ourselves.
 */
import type { DatabaseSync } from "node:sqlite";
import type { WorkspaceId } from "../../core/ids.ts";
import type {
  RecordKind,
  RecordQuery,
  RecordResult,
  RecordRow,
  RecordStore,
  RecordWrite,
} from "../../core/ports/records.ts";
import { openRecordSearch, openRecordTexts } from "./record-search.ts";
import { isoOf, isoOrNull, prepareRows } from "./statement.ts";

export const COLUMNS = "kind, id, workspace_id, name, body, version, created_at, updated_at, archived_at";
const LISTED = `FROM record WHERE kind = :kind AND (:isArchived = 1 OR archived_at IS NULL)
  AND (:search = '' OR instr(name_key, :search) > 0)`;

export const RECORD_STATEMENTS = {
  one: `SELECT ${COLUMNS} FROM record WHERE kind = ? AND id = ?`,
  byName: `SELECT ${COLUMNS} FROM record WHERE kind = ? AND workspace_id = ? AND name = ? AND archived_at IS NULL`,
  list: `SELECT ${COLUMNS} ${LISTED} AND workspace_id = :workspaceId
    ORDER BY created_at DESC, id DESC LIMIT :limit OFFSET :offset`,
  total: `SELECT count(*) AS total ${LISTED} AND workspace_id = :workspaceId`,
  listAll: `SELECT ${COLUMNS} ${LISTED} ORDER BY created_at DESC, id DESC LIMIT :limit OFFSET :offset`,
  totalAll: `SELECT count(*) AS total ${LISTED}`,
  put: `INSERT OR REPLACE INTO record (kind, id, workspace_id, name, name_key, body, version, created_at, updated_at,
      archived_at)
    VALUES (:kind, :id, :workspaceId, :name, :nameKey, :body, :version, :createdAt, :updatedAt, :archivedAt)`,
  remove: "DELETE FROM record WHERE kind = ? AND id = ?",
} as const;

export interface Row {
  readonly kind: string;
  readonly id: string;
  readonly workspace_id: string;
  readonly name: string | null;
  readonly body: string;
  readonly version: number;
  readonly created_at: number;
  readonly updated_at: number;
  readonly archived_at: number | null;
}

export function openRecordWrites(db: DatabaseSync): (write: RecordWrite, nowMs: number) => RecordResult {
  const one = prepareRows<Row>(db, RECORD_STATEMENTS.one);
  const remove = prepareRows<never>(db, RECORD_STATEMENTS.remove);
  const save = openSave(db);
  const texts = openRecordTexts(db);
  return (write, nowMs) => {
    const result = carryOut(write, nowMs);
    keepText(write, result);
    return result;
  };

  function keepText(write: RecordWrite, result: RecordResult): void {
    if (result.kind === "deleted" && write.kind === "delete") texts.drop(write.of);
    if (result.kind !== "written" || write.kind === "delete") return;
    if (result.record.archivedAt !== null) texts.drop(result.record);
    else if (write.fullText !== undefined) texts.put(result.record, write.fullText);
  }

  function carryOut(write: RecordWrite, nowMs: number): RecordResult {
    const of = write.kind === "create" ? write.record : write.of;
    const old = one.first(of.kind, of.id);
    if (write.kind === "create") {
      if (old !== undefined) throw new Error(`The ${of.kind} "${of.id}" has been made before`);
      return save({ ...rowOf(write.record), created_at: nowMs, updated_at: nowMs });
    }
    if (old === undefined || old.workspace_id !== of.workspaceId) return { kind: "absent" };
    if (write.kind === "delete") {
      remove.run(of.kind, of.id);
      return { kind: "deleted" };
    }
    if (write.version !== undefined && write.version !== old.version) {
      return { kind: "version_conflict", record: recordOf(old) };
    }
    return save(changed(old, write, nowMs));
  }
}

function rowOf({ kind, id, workspaceId, name, body }: Extract<RecordWrite, { kind: "create" }>["record"]) {
  return { kind, id, workspace_id: workspaceId, name, body, version: 1, archived_at: null };
}

function changed(old: Row, change: Extract<RecordWrite, { kind: "update" }>, nowMs: number): Row {
  const isArchived = change.isArchived ?? old.archived_at !== null;
  return {
    ...old,
    name: change.name === undefined ? old.name : change.name,
    body: change.body,
    version: old.version + 1,
    updated_at: nowMs,
    archived_at: isArchived ? (old.archived_at ?? nowMs) : null,
  };
}

function openSave(db: DatabaseSync): (row: Row) => RecordResult {
  const byName = prepareRows<Row>(db, RECORD_STATEMENTS.byName);
  const put = prepareRows<never>(db, RECORD_STATEMENTS.put);
  return (row) => {
    const { kind, id, workspace_id: workspaceId, name, archived_at: archivedAt } = row;
    const holder = name === null || archivedAt !== null ? undefined : byName.first(kind, workspaceId, name);
    if (holder !== undefined && holder.id !== id) return { kind: "name_taken" };
    const { body, version, created_at: createdAt, updated_at: updatedAt } = row;
    const nameKey = (name ?? "").toLowerCase();
    put.run({ kind, id, workspaceId, name, nameKey, body, version, createdAt, updatedAt, archivedAt });
    return { kind: "written", record: recordOf(row) };
  };
}

export function openRecordReads(db: DatabaseSync): Omit<RecordStore, "writeRecord"> {
  const one = prepareRows<Row>(db, RECORD_STATEMENTS.one);
  const byName = prepareRows<Row>(db, RECORD_STATEMENTS.byName);
  return {
    async readRecord(kind, id, workspaceId) {
      const row = one.first(kind, id);
      if (row === undefined || (workspaceId !== undefined && row.workspace_id !== workspaceId)) return undefined;
      return recordOf(row);
    },
    async findRecordByName(kind, name, workspaceId) {
      const row = byName.first(kind, workspaceId, name);
      return row === undefined ? undefined : recordOf(row);
    },
    listRecords: openList(db),
  };
}

function openList(db: DatabaseSync): RecordStore["listRecords"] {
  const list = prepareRows<Row>(db, RECORD_STATEMENTS.list);
  const total = prepareRows<{ total: number }>(db, RECORD_STATEMENTS.total);
  const listAll = prepareRows<Row>(db, RECORD_STATEMENTS.listAll);
  const totalAll = prepareRows<{ total: number }>(db, RECORD_STATEMENTS.totalAll);
  const search = openRecordSearch<Row>(db, COLUMNS);
  return async (query) => {
    if (query.match !== undefined || query.terms !== undefined) {
      const { rows, total: found } = search(query);
      return { records: rows.map(recordOf), total: found };
    }
    const { workspaceId, offset = 0, limit } = query;
    const filter = filterOf(query);
    const page = { limit, offset };
    const [rows, count] =
      workspaceId === undefined
        ? [listAll.all({ ...filter, ...page }), totalAll.first(filter)]
        : [list.all({ ...filter, workspaceId, ...page }), total.first({ ...filter, workspaceId })];
    return { records: rows.map(recordOf), total: count?.total ?? 0 };
  };
}

function filterOf({ kind, search = "", includeArchived = false }: RecordQuery) {
  return { kind, search: search.toLowerCase(), isArchived: includeArchived ? 1 : 0 };
}

function recordOf(row: Row): RecordRow {
  return {
    // Only what had a RecordKind and a WorkspaceId was ever inserted.
    kind: row.kind as RecordKind,
    id: row.id,
    workspaceId: row.workspace_id as WorkspaceId,
    name: row.name,
    body: row.body,
    version: row.version,
    createdAt: isoOf(row.created_at),
    updatedAt: isoOf(row.updated_at),
    archivedAt: isoOrNull(row.archived_at),
  };
}
