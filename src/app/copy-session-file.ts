/** One more file with the content of another; the bytes are not copied. */
import type { FileRow } from "../core/ports/files.ts";
import type { Outcome } from "../core/refusal.ts";
import { takenBy } from "./create-session-file.ts";
import { badPath, commitFiles, decideFiles, fileNotFound, findPlace, missingParents, rowNow } from "./session-files.ts";
import type { FileDeps, FilePlace, FileReader } from "./session-files.ts";

export async function copySessionFile(
  deps: Omit<FileDeps, "blobs">,
  reader: FileReader,
  input: FilePlace & { readonly target: string },
): Promise<Outcome<FileRow>> {
  const source = await findPlace(deps.store, reader, { ...input, field: "/src_path" });
  if (!source.ok) return source;
  const target = await findPlace(deps.store, reader, { ...input, path: input.target, field: "/dst_path" });
  if (!target.ok) return target;
  const { sessionId, path } = target.value;
  return decideFiles(path, async () => {
    const from = source.value.path;
    const row = await deps.store.readFile(sessionId, from);
    if (from === "/" || row?.isDirectory === true) {
      return badPath(`"${from}" is a directory, only files are copied`, source.value.field);
    }
    if (row === undefined || row.hash === null) return fileNotFound(from);
    const parents = (await takenBy(deps.store, target.value)) ?? (await missingParents(deps.store, target.value));
    if (!parents.ok) return parents;
    const { hash, sizeBytes } = row;
    const put = { kind: "put", path, hash, sizeBytes, base: "absent" } as const;
    const event = { path, operation: "copy", size_bytes: sizeBytes, created: true } as const;
    const written = await commitFiles(deps, { sessionId, changes: [...parents.value, put], event });
    if (!written.ok) return written;
    return written.value === "conflict" ? "conflict" : rowNow(deps.store, target.value);
  });
}
