/** Session files in memory: the rows of the path table, and a version for every change, deletions too. */
import type { LogLine } from "../../../src/core/events/envelope.ts";
import type { FileBase, FileChange, FileReads, FileRow, FileVersion } from "../../../src/core/ports/files.ts";
import type { WriteResult } from "../../../src/core/ports/store.ts";
import { compareText } from "./world.ts";
import type { Stored, World } from "./world.ts";

function isBase(base: FileBase, row: FileRow | undefined): boolean {
  if (base === "any") return true;
  if (base === "absent") return row === undefined;
  return row?.version === base.version;
}

function sizeOf(files: ReadonlyMap<string, FileRow>): number {
  return files.values().reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
}

export function refuseFiles(world: World, stored: Stored, changes: readonly FileChange[]): WriteResult | undefined {
  const conflict = changes.find(({ path, base }) => !isBase(base, stored.files.get(path)));
  if (conflict !== undefined) return { kind: "file_conflict", path: conflict.path };
  const sizes = new Map(stored.files.values().map(({ path, sizeBytes }) => [path, sizeBytes]));
  for (const change of changes) sizes.set(change.path, change.kind === "put" ? change.sizeBytes : 0);
  const after = sizes.values().reduce((sum, size) => sum + size, 0);
  const usedBytes = sizeOf(stored.files);
  return after > world.filesLimitBytes && after > usedBytes ? { kind: "files_full", usedBytes } : undefined;
}

interface Made {
  readonly changes: readonly FileChange[];
  readonly lines: readonly LogLine[];
  readonly ts: string;
}

export function applyFiles(stored: Stored, { changes, lines, ts }: Made): void {
  for (const change of changes) {
    const { path } = change;
    const row = stored.files.get(path);
    if (change.kind === "delete" && row === undefined) continue;
    const version =
      1 + Math.max(0, ...stored.fileVersions.filter((old) => old.path === path).map((old) => old.version));
    const hash = change.kind === "put" ? change.hash : null;
    const sizeBytes = change.kind === "put" ? change.sizeBytes : 0;
    const { seq } = stored.record.head;
    const isDirectory = change.kind === "make_directory";
    const isReadonly = change.kind === "put" ? (change.isReadonly ?? row?.isReadonly ?? false) : false;
    const is = { isDirectory, isReadonly };
    const made: FileVersion = { path, version, seq, turnId: turnOf(lines), ...is, hash, sizeBytes, createdAt: ts };
    stored.fileVersions = [...stored.fileVersions, made];
    stored.files.delete(path);
    if (change.kind === "delete") continue;
    stored.files.set(path, {
      path,
      ...is,
      hash,
      sizeBytes,
      version,
      createdAt: row?.createdAt ?? ts,
      updatedAt: ts,
    });
  }
}

function turnOf(lines: readonly LogLine[]): string | null {
  const turns = lines.map(({ contextJson }) => (JSON.parse(contextJson) as { turn_id?: string }).turn_id);
  return turns.find((id) => id !== undefined) ?? null;
}

/** The hashes in the bodies of skills. */
function skillHashes({ records }: World): readonly string[] {
  return records
    .filter(({ kind }) => kind === "skill")
    .flatMap(({ body }) => (JSON.parse(body) as { files: { hash: string }[] }).files.map(({ hash }) => hash));
}

/** The hashes in the bodies of images. */
function imageHashes({ records }: World): readonly string[] {
  return records
    .filter(({ kind }) => kind === "image")
    .flatMap(({ body }) => {
      const { hash, thumbnail } = JSON.parse(body) as { hash: string; thumbnail?: { hash: string } | null };
      return [hash, thumbnail?.hash ?? hash];
    });
}

export function memoryFiles(world: World): FileReads {
  const { sessions } = world;
  return {
    async readFile(id, path) {
      return sessions.get(id)?.files.get(path);
    },
    async listFiles(id, directory, { isRecursive }) {
      const below = directory.endsWith("/") ? directory : `${directory}/`;
      const rows = [...(sessions.get(id)?.files.values() ?? [])];
      return rows
        .filter(({ path }) => path.startsWith(below) && path.length > below.length)
        .filter(({ path }) => isRecursive || !path.slice(below.length).includes("/"))
        .toSorted((left, right) => compareText(left.path, right.path));
    },
    async fileVersions(id, path) {
      return (sessions.get(id)?.fileVersions ?? []).filter((version) => version.path === path);
    },
    async listFilesAt(id, seq) {
      const last = new Map<string, FileVersion>();
      for (const version of sessions.get(id)?.fileVersions ?? []) {
        if (version.seq <= seq) last.set(version.path, version);
      }
      return [...last.values()]
        .filter(({ hash, isDirectory }) => hash !== null || isDirectory)
        .toSorted((left, right) => compareText(left.path, right.path));
    },
    async filesSize(id) {
      return sizeOf(sessions.get(id)?.files ?? new Map());
    },
    async namedBlobs(hashes) {
      const versions = [...sessions.values()].flatMap(({ fileVersions }) => fileVersions);
      const named = new Set<string | null>([
        ...versions.map(({ hash }) => hash),
        ...imageHashes(world),
        ...skillHashes(world),
      ]);
      return new Set(hashes.filter((hash) => named.has(hash)));
    },
  };
}
