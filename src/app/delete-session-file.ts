/**
 * Takes a file away, or a directory with everything below it if the caller says so. Versions stay, so nothing is lost; a
 * read-only file protects itself and every directory above it.
 */
import type { FileChange, FileRow } from "../core/ports/files.ts";
import { accept, refuse } from "../core/refusal.ts";
import type { Outcome } from "../core/refusal.ts";
import { badPath, commitFiles, decideFiles, fileNotFound, findPlace } from "./session-files.ts";
import type { FileDeps, FilePlace, FileReader, FoundPlace } from "./session-files.ts";

export async function deleteSessionFile(
  deps: Omit<FileDeps, "blobs">,
  reader: FileReader,
  input: FilePlace & { readonly isRecursive: boolean },
): Promise<Outcome<null>> {
  const found = await findPlace(deps.store, reader, input);
  if (!found.ok) return found;
  const { sessionId, path } = found.value;
  if (path === "/") return badPath("The root cannot be deleted; delete what is in it");
  return decideFiles(path, async () => {
    const rows = await deletable(deps.store, found.value, input.isRecursive);
    if (!rows.ok) return rows;
    const event = { path, operation: "delete" } as const;
    const written = await commitFiles(deps, { sessionId, changes: rows.value.map(deleteOf), event });
    if (!written.ok) return written;
    return written.value === "conflict" ? "conflict" : accept(null);
  });
}

/** What goes, the deepest first, so that at no moment anything stands below a directory that is gone. */
async function deletable(
  store: FileDeps["store"],
  { sessionId, path }: FoundPlace,
  isRecursive: boolean,
): Promise<Outcome<readonly FileRow[]>> {
  const row = await store.readFile(sessionId, path);
  if (row === undefined) return fileNotFound(path);
  const below = row.isDirectory ? await store.listFiles(sessionId, path, { isRecursive: true }) : [];
  if (below.length > 0 && !isRecursive) {
    const reason = `Directory "${path}" is not empty; delete it with recursive=true`;
    return refuse({ code: "invalid_input", path: "/recursive", reason });
  }
  const rows = [row, ...below].toReversed();
  const fixed = rows.find(({ isReadonly }) => isReadonly);
  return fixed === undefined ? accept(rows) : refuse({ code: "read_only", kind: "file", name: fixed.path });
}

function deleteOf({ path, version }: FileRow): FileChange {
  return { kind: "delete", path, base: { version } };
}
