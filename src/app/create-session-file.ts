/** A new file of a session, with the directories above it. What is there already is never touched. */
import type { FileRow } from "../core/ports/files.ts";
import { refuse } from "../core/refusal.ts";
import type { Outcome } from "../core/refusal.ts";
import { commitFiles, decideFiles, findPlace, missingParents, rowNow, storeContent } from "./session-files.ts";
import type { FileDeps, FilePlace, FileReader, FoundPlace } from "./session-files.ts";

export interface CreateFileInput extends FilePlace {
  readonly content: AsyncIterable<Uint8Array>;
  readonly isReadonly?: boolean;
}

export async function createSessionFile(
  deps: FileDeps,
  reader: FileReader,
  input: CreateFileInput,
): Promise<Outcome<FileRow>> {
  const found = await findPlace(deps.store, reader, input);
  if (!found.ok) return found;
  const place = found.value;
  // Looked at before the upload is read: nobody should send 100 MB to hear "exists".
  const taken = (await takenBy(deps.store, place)) ?? (await missingParents(deps.store, place));
  if (!taken.ok) return taken;
  const stored = await storeContent(deps, { ...place, content: input.content, replacedBytes: 0 });
  if (!stored.ok) return stored;
  const { sessionId, path } = place;
  const event = { path, operation: "write", size_bytes: stored.value.sizeBytes, created: true } as const;
  return decideFiles(path, async () => {
    const parents = await missingParents(deps.store, place);
    if (!parents.ok) return parents;
    const isReadonly = input.isReadonly ?? false;
    const put = { kind: "put", path, ...stored.value, isReadonly, base: "absent" } as const;
    const written = await commitFiles(deps, { sessionId, changes: [...parents.value, put], event });
    if (!written.ok) return written;
    if (written.value === "conflict") return (await takenBy(deps.store, place)) ?? "conflict";
    return rowNow(deps.store, place);
  });
}

/** The refusal for a place where something is. */
export async function takenBy(store: Pick<FileDeps["store"], "readFile">, { sessionId, path }: FoundPlace) {
  const isTaken = path === "/" || (await store.readFile(sessionId, path)) !== undefined;
  return isTaken ? refuse({ code: "already_exists", kind: "file", name: path }) : undefined;
}
