/**
 * The content of an older version as a new one: nothing is ever taken back, so what is restored over can be restored as
 * well. The bytes are there already; a file that is gone comes back, with the directories above it.
 */
import type { FileChange, FileRow, FileVersion } from "../core/ports/files.ts";
import { accept, refuse } from "../core/refusal.ts";
import type { Outcome } from "../core/refusal.ts";
import { badPath, commitFiles, decideFiles, fileNotFound, findPlace, missingParents, rowNow } from "./session-files.ts";
import type { FileDeps, FilePlace, FileReader, FoundPlace } from "./session-files.ts";

export interface RestoreFileInput extends FilePlace {
  readonly version: number;
}

type Put = Extract<FileChange, { kind: "put" }>;
type OldContent = Pick<Put, "hash" | "sizeBytes">;

export async function restoreSessionFile(
  deps: Omit<FileDeps, "blobs">,
  reader: FileReader,
  input: RestoreFileInput,
): Promise<Outcome<FileRow>> {
  const found = await findPlace(deps.store, reader, input);
  if (!found.ok) return found;
  const place = found.value;
  const { sessionId, path } = place;
  const versions = await deps.store.fileVersions(sessionId, path);
  const content = contentOf(versions, { path, version: input.version });
  if (!content.ok) return content;
  return decideFiles(path, async () => {
    const changes = await changesFor(deps.store, place, content.value);
    if (!changes.ok) return changes;
    const event = { path, operation: "restore", size_bytes: content.value.sizeBytes } as const;
    const written = await commitFiles(deps, { sessionId, changes: changes.value, event });
    if (!written.ok) return written;
    return written.value === "conflict" ? "conflict" : rowNow(deps.store, place);
  });
}

function contentOf(
  versions: readonly FileVersion[],
  { path, version }: Pick<RestoreFileInput, "path" | "version">,
): Outcome<OldContent> {
  if (versions.length === 0) return fileNotFound(path);
  const found = versions.find((each) => each.version === version);
  if (found === undefined) return fileNotFound(`${path} version ${version}`);
  const { hash, sizeBytes } = found;
  if (hash !== null) return accept({ hash, sizeBytes });
  const reason = `names a version of "${path}" without content: it was a directory then, or had been deleted`;
  return refuse({ code: "invalid_input", path: "/version", reason });
}

async function changesFor(
  store: FileDeps["store"],
  place: FoundPlace,
  content: OldContent,
): Promise<Outcome<readonly FileChange[]>> {
  const { sessionId, path } = place;
  const row = await store.readFile(sessionId, path);
  if (row === undefined) {
    const parents = await missingParents(store, place);
    return parents.ok ? accept([...parents.value, { kind: "put", path, ...content, base: "absent" }]) : parents;
  }
  if (row.isDirectory) return badPath(`"${path}" is a directory now; move or delete it first`);
  if (row.isReadonly) return refuse({ code: "read_only", kind: "file", name: path });
  return accept([{ kind: "put", path, ...content, base: { version: row.version } }]);
}
