/** A file or directory under another name, with everything below it; the bytes are not touched. */
import type { FileChange, FileRow } from "../core/ports/files.ts";
import { accept, refuse } from "../core/refusal.ts";
import type { Outcome } from "../core/refusal.ts";
import { isWithin } from "../lib/virtual-path.ts";
import { takenBy } from "./create-session-file.ts";
import { badPath, commitFiles, decideFiles, fileNotFound, findPlace, missingParents, rowNow } from "./session-files.ts";
import type { FileDeps, FilePlace, FileReader, FoundPlace } from "./session-files.ts";

export async function moveSessionFile(
  deps: Omit<FileDeps, "blobs">,
  reader: FileReader,
  input: FilePlace & { readonly target: string },
): Promise<Outcome<FileRow>> {
  const source = await findPlace(deps.store, reader, { ...input, field: "/src_path" });
  if (!source.ok) return source;
  const target = await findPlace(deps.store, reader, { ...input, path: input.target, field: "/dst_path" });
  if (!target.ok) return target;
  const { sessionId, path } = target.value;
  if (source.value.path === "/") return badPath("The root cannot be moved", source.value.field);
  return decideFiles(path, async () => {
    const rows = await movable(deps.store, source.value);
    if (!rows.ok) return rows;
    const parents = (await takenBy(deps.store, target.value)) ?? (await missingParents(deps.store, target.value));
    if (!parents.ok) return parents;
    if (isWithin(path, source.value.path))
      return badPath(`"${path}" is inside "${source.value.path}"`, target.value.field);
    const made = rows.value.map((row) => putOf(row, path + row.path.slice(source.value.path.length)));
    const gone = rows.value.map(
      ({ path: old, version }) => ({ kind: "delete", path: old, base: { version } }) as const,
    );
    const changes = [...parents.value, ...made, ...gone.toReversed()];
    const event = { path, operation: "move", created: true } as const;
    const written = await commitFiles(deps, { sessionId, changes, event });
    if (!written.ok) return written;
    return written.value === "conflict" ? "conflict" : rowNow(deps.store, target.value);
  });
}

/** The source and everything below it, parents before children. */
async function movable(
  store: FileDeps["store"],
  { sessionId, path }: FoundPlace,
): Promise<Outcome<readonly FileRow[]>> {
  const row = await store.readFile(sessionId, path);
  if (row === undefined) return fileNotFound(path);
  const below = row.isDirectory ? await store.listFiles(sessionId, path, { isRecursive: true }) : [];
  const fixed = [row, ...below].find(({ isReadonly }) => isReadonly);
  if (fixed !== undefined) return refuse({ code: "read_only", kind: "file", name: fixed.path });
  return accept([row, ...below]);
}

function putOf({ hash, sizeBytes }: FileRow, path: string): FileChange {
  if (hash === null) return { kind: "make_directory", path, base: "absent" };
  return { kind: "put", path, hash, sizeBytes, base: "absent" };
}
