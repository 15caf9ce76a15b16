/**
 * The files of a session as they were at a place of its log. A fork has its files from its first commit on, so what it
 * had before that place is asked of the session it was forked from: up to there both logs have the same seqs.
 */
import type { FileChange, FileReads, FileVersion } from "../../core/ports/files.ts";
import type { SessionReads } from "../../core/ports/store.ts";
import type { SessionRecord } from "../../core/session.ts";
import { ancestorsOf } from "../../lib/virtual-path.ts";
import type { VirtualPath } from "../../lib/virtual-path.ts";

type FilesAtStore = Pick<FileReads, "listFilesAt"> & Pick<SessionReads, "readSession">;

const MAX_FORKS = 100;

export async function filesAt(
  store: FilesAtStore,
  session: SessionRecord,
  seq: number,
): Promise<readonly FileVersion[]> {
  let place = session;
  for (let depth = 0; depth < MAX_FORKS; depth++) {
    const { forkedFrom } = place.edit.settings;
    if (forkedFrom === undefined || seq > forkedFrom.seq) break;
    const before = await store.readSession(forkedFrom.sessionId);
    // Erased, or about to be: what its fork got of it is all there is left.
    if (before === undefined || before.head.deletedAt !== null)
      return store.listFilesAt(place.id, Number.MAX_SAFE_INTEGER);
    place = before;
  }
  return store.listFilesAt(place.id, seq);
}

/** The changes that make these files in a session that has none; directories before what is in them. */
export function changesOf(files: readonly FileVersion[]): readonly FileChange[] {
  const folders = new Set(files.filter(({ isDirectory }) => isDirectory).map(({ path }) => path));
  // Rows hold paths that were parsed before they were written.
  for (const { path } of files) for (const above of ancestorsOf(path as VirtualPath).slice(1)) folders.add(above);
  const made = [...folders].toSorted().map((path): FileChange => ({ kind: "make_directory", path, base: "absent" }));
  const puts = files.flatMap(({ path, hash, sizeBytes, isReadonly }): FileChange[] =>
    hash === null ? [] : [{ kind: "put", path, hash, sizeBytes, isReadonly, base: "absent" }],
  );
  return [...made, ...puts];
}
