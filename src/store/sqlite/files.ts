/**
 * Session files: the path table and its versions. Every base is looked at before anything is written, so a conflict
 * has nothing to undo (E1 of the engine page); a deletion is a version too, so a later file never repeats a version.
 */
import type { DatabaseSync } from "node:sqlite";
import type { BlobHash, FileBase, FileChange, FileReads, FileRow, FileVersion } from "../../core/ports/files.ts";
import type { WriteResult } from "../../core/ports/store.ts";
import type { FileStep } from "./jobs.ts";
import { isoOf, prepareRows } from "./statement.ts";
import type { Statement } from "./statement.ts";

const NUMBER = "(SELECT number FROM session_number WHERE id = ?)";
const COLUMNS = "path, is_directory, is_readonly, hash, size_bytes, version, created_at, updated_at";
const VERSION_COLUMNS = "path, version, seq, turn_id, is_directory, is_readonly, hash, size_bytes, created_at";

export const FILE_STATEMENTS = {
  one: `SELECT ${COLUMNS} FROM file WHERE number = ${NUMBER} AND path = ?`,
  // The character after "/" is "0": between the two lies what begins with the directory's path.
  below: `SELECT ${COLUMNS} FROM file WHERE number = ${NUMBER} AND path > ? || '/' AND path < ? || '0' ORDER BY path`,
  level: `SELECT ${COLUMNS} FROM file WHERE number = ${NUMBER} AND parent = ? ORDER BY path`,
  versions: `SELECT ${VERSION_COLUMNS} FROM file_version WHERE number = ${NUMBER} AND path = ? ORDER BY version`,
  at: `SELECT ${VERSION_COLUMNS} FROM file_version v WHERE number = ${NUMBER} AND (hash IS NOT NULL OR is_directory = 1)
    AND version = (SELECT max(version) FROM file_version WHERE number = v.number AND path = v.path AND seq <= ?)
    ORDER BY path`,
  named: `SELECT k.value AS hash FROM json_each(?) k
    WHERE EXISTS (SELECT 1 FROM file_version WHERE hash = k.value)
      OR EXISTS (SELECT 1 FROM record WHERE kind = 'image' AND json_extract(body, '$.hash') = k.value)
      OR EXISTS (SELECT 1 FROM record WHERE kind = 'image' AND json_extract(body, '$.thumbnail.hash') = k.value)
      OR EXISTS (SELECT 1 FROM skill_content WHERE hash = k.value)`,
  size: `SELECT files_bytes FROM session WHERE number = ${NUMBER}`,
  current: "SELECT version, size_bytes, is_readonly, created_at FROM file WHERE number = ? AND path = ?",
  used: "SELECT files_bytes FROM session WHERE number = ?",
  lastVersion: "SELECT max(version) AS version FROM file_version WHERE number = ? AND path = ?",
  put: `INSERT OR REPLACE INTO file (number, path, parent, is_directory, is_readonly, hash, size_bytes, version,
      created_at, updated_at)
    VALUES (:number, :path, :parent, :isDirectory, :isReadonly, :hash, :sizeBytes, :version, :createdAt, :ts)`,
  remove: "DELETE FROM file WHERE number = ? AND path = ?",
  insertVersion: `INSERT INTO file_version (number, path, version, seq, turn_id, is_directory, is_readonly, hash,
      size_bytes, created_at)
    VALUES (:number, :path, :version, :seq, :turnId, :isDirectory, :isReadonly, :hash, :sizeBytes, :ts)`,
  grow: "UPDATE session SET files_bytes = files_bytes + ? WHERE number = ?",
} as const;

interface Row {
  readonly path: string;
  readonly is_directory: number;
  readonly is_readonly: number;
  readonly hash: string | null;
  readonly size_bytes: number;
  readonly version: number;
  readonly created_at: number;
  readonly updated_at: number;
}

interface VersionRow {
  readonly path: string;
  readonly version: number;
  readonly seq: number;
  readonly turn_id: string | null;
  readonly is_directory: number;
  readonly is_readonly: number;
  readonly hash: string | null;
  readonly size_bytes: number;
  readonly created_at: number;
}

type Current = Pick<Row, "version" | "size_bytes" | "is_readonly" | "created_at">;
type Refused = Extract<WriteResult, { kind: "file_conflict" | "files_full" }>;

/** Where the commit stands that changes the files. */
export interface FilePlace {
  readonly number: number;
  readonly seq: number;
  readonly ts: number;
}

export interface FileWrites {
  refuse(number: number, step: FileStep): Refused | undefined;
  apply(place: FilePlace, step: FileStep): void;
}

export function openFileWrites(db: DatabaseSync): FileWrites {
  const current = prepareRows<Current>(db, FILE_STATEMENTS.current);
  const used = prepareRows<{ files_bytes: number }>(db, FILE_STATEMENTS.used);
  const grow = prepareRows<never>(db, FILE_STATEMENTS.grow);
  const change = openChange(db);
  const growth = (number: number, changes: readonly FileChange[]) => {
    const after = new Map(changes.map((one) => [one.path, one.kind === "put" ? one.sizeBytes : 0]));
    return after
      .entries()
      .reduce((sum, [path, size]) => sum + size - (current.first(number, path)?.size_bytes ?? 0), 0);
  };
  return {
    refuse(number, { changes, limitBytes }) {
      const conflict = changes.find(({ path, base }) => !isBase(base, current.first(number, path)));
      if (conflict !== undefined) return { kind: "file_conflict", path: conflict.path };
      const usedBytes = used.first(number)?.files_bytes ?? 0;
      const more = growth(number, changes);
      return more > 0 && usedBytes + more > limitBytes ? { kind: "files_full", usedBytes } : undefined;
    },
    apply(place, { changes, turnId }) {
      grow.run(growth(place.number, changes), place.number);
      for (const one of changes) change({ ...place, turnId }, one, current.first(place.number, one.path));
    },
  };
}

function isBase(base: FileBase, row: Current | undefined): boolean {
  if (base === "any") return true;
  if (base === "absent") return row === undefined;
  return row?.version === base.version;
}

type Change = (place: FilePlace & { readonly turnId: string | null }, change: FileChange, old?: Current) => void;

function openChange(db: DatabaseSync): Change {
  const lastVersion = prepareRows<{ version: number | null }>(db, FILE_STATEMENTS.lastVersion);
  const put = prepareRows<never>(db, FILE_STATEMENTS.put);
  const remove = prepareRows<never>(db, FILE_STATEMENTS.remove);
  const insertVersion = prepareRows<never>(db, FILE_STATEMENTS.insertVersion);
  return ({ number, seq, ts, turnId }, change, old) => {
    const { path, kind } = change;
    if (kind === "delete" && old === undefined) return;
    const version = (lastVersion.first(number, path)?.version ?? 0) + 1;
    const content = kind === "put" ? { hash: change.hash, sizeBytes: change.sizeBytes } : { hash: null, sizeBytes: 0 };
    const isReadonly = kind === "put" ? (change.isReadonly ?? old?.is_readonly === 1) : false;
    const is = { isDirectory: kind === "make_directory" ? 1 : 0, isReadonly: isReadonly ? 1 : 0 };
    insertVersion.run({ number, path, version, seq, turnId, ts, ...content, ...is });
    if (kind === "delete") {
      remove.run(number, path);
      return;
    }
    put.run({
      number,
      path,
      parent: parentOf(path),
      version,
      ts,
      ...content,
      ...is,
      createdAt: old?.created_at ?? ts,
    });
  };
}

function parentOf(path: string): string {
  return path.slice(0, path.lastIndexOf("/")) || "/";
}

export function openFileReads(db: DatabaseSync): FileReads {
  const one = prepareRows<Row>(db, FILE_STATEMENTS.one);
  const below = prepareRows<Row>(db, FILE_STATEMENTS.below);
  const level = prepareRows<Row>(db, FILE_STATEMENTS.level);
  const versions = prepareRows<VersionRow>(db, FILE_STATEMENTS.versions);
  const at = prepareRows<VersionRow>(db, FILE_STATEMENTS.at);
  const size = prepareRows<{ files_bytes: number }>(db, FILE_STATEMENTS.size);
  const named = prepareRows<{ hash: string }>(db, FILE_STATEMENTS.named);
  return {
    async readFile(id, path) {
      const row = one.first(id, path);
      return row === undefined ? undefined : fileOf(row);
    },
    async listFiles(id, directory, { isRecursive }) {
      const folder = directory.length > 1 && directory.endsWith("/") ? directory.slice(0, -1) : directory;
      const prefix = folder === "/" ? "" : folder;
      return rowsOf(
        isRecursive ? { statement: below, values: [id, prefix, prefix] } : { statement: level, values: [id, folder] },
      );
    },
    async fileVersions(id, path) {
      return versions.all(id, path).map(versionOf);
    },
    async listFilesAt(id, seq) {
      return at.all(id, seq).map(versionOf);
    },
    async filesSize(id) {
      return size.first(id)?.files_bytes ?? 0;
    },
    async namedBlobs(hashes) {
      return new Set(named.all(JSON.stringify(hashes)).map(({ hash }) => hash as BlobHash)); // Given as such.
    },
  };
}

function rowsOf({ statement, values }: { statement: Statement<Row>; values: readonly string[] }): readonly FileRow[] {
  return statement.all(...values).map(fileOf);
}

function fileOf(row: Row): FileRow {
  return {
    path: row.path,
    isDirectory: row.is_directory === 1,
    isReadonly: row.is_readonly === 1,
    hash: row.hash as BlobHash | null, // Only what had a BlobHash was ever inserted.
    sizeBytes: row.size_bytes,
    version: row.version,
    createdAt: isoOf(row.created_at),
    updatedAt: isoOf(row.updated_at),
  };
}

function versionOf(row: VersionRow): FileVersion {
  return {
    path: row.path,
    version: row.version,
    seq: row.seq,
    turnId: row.turn_id,
    isDirectory: row.is_directory === 1,
    isReadonly: row.is_readonly === 1,
    hash: row.hash as BlobHash | null, // Only what had a BlobHash was ever inserted.
    sizeBytes: row.size_bytes,
    createdAt: isoOf(row.created_at),
  };
}
