/**
 * New content for a file that is there, or its read-only mark set or taken away. A read-only file takes no content; its
 * mark alone can always be changed.
 */
import type { FileChange, FileRow } from "../core/ports/files.ts";
import { accept, refuse } from "../core/refusal.ts";
import type { Outcome } from "../core/refusal.ts";
import { badPath, commitFiles, decideFiles, fileNotFound, findPlace, rowNow, storeContent } from "./session-files.ts";
import type { FileDeps, FilePlace, FileReader } from "./session-files.ts";

export interface ReplaceFileInput extends FilePlace {
  readonly content?: AsyncIterable<Uint8Array>;
  readonly isReadonly?: boolean;
  /** The version that the caller has seen; without it the change is made to whatever is there. */
  readonly base?: { readonly version: number };
}

type Content = Pick<Extract<FileChange, { kind: "put" }>, "hash" | "sizeBytes">;

export async function replaceSessionFile(
  deps: FileDeps,
  reader: FileReader,
  input: ReplaceFileInput,
): Promise<Outcome<FileRow>> {
  const found = await findPlace(deps.store, reader, input);
  if (!found.ok) return found;
  const place = found.value;
  const before = replaceable(await deps.store.readFile(place.sessionId, place.path), { ...input, path: place.path });
  if (!before.ok) return before;
  const stored = await storeNew(deps, { ...input, ...place }, before.value.sizeBytes);
  if (!stored.ok) return stored;
  return decideFiles(place.path, async () => {
    const now = replaceable(await deps.store.readFile(place.sessionId, place.path), { ...input, path: place.path });
    if (!now.ok) return now;
    const { path, version, isReadonly } = now.value;
    const { hash, sizeBytes } = stored.value ?? now.value;
    const put = {
      kind: "put",
      path,
      hash,
      sizeBytes,
      isReadonly: input.isReadonly ?? isReadonly,
      base: { version },
    } as const;
    const event = { path, operation: "write", size_bytes: sizeBytes, created: false, version: version + 1 } as const;
    const written = await commitFiles(deps, { sessionId: place.sessionId, changes: [put], event });
    if (!written.ok) return written;
    return written.value === "conflict" ? "conflict" : rowNow(deps.store, place);
  });
}

async function storeNew(
  deps: FileDeps,
  input: ReplaceFileInput,
  replacedBytes: number,
): Promise<Outcome<Content | null>> {
  const { sessionId, path, content } = input;
  return content === undefined ? accept(null) : storeContent(deps, { sessionId, path, content, replacedBytes });
}

function replaceable(row: FileRow | undefined, input: ReplaceFileInput): Outcome<FileRow & Content> {
  const { path } = input;
  if (path === "/" || row?.isDirectory === true) return badPath(`"${path}" is a directory, it has no content`);
  if (row === undefined || row.hash === null) return fileNotFound(path);
  if (input.base !== undefined && input.base.version !== row.version) {
    return refuse({ code: "version_conflict", kind: "file", name: path });
  }
  if (row.isReadonly && input.content !== undefined) return refuse({ code: "read_only", kind: "file", name: path });
  return accept({ ...row, hash: row.hash });
}
