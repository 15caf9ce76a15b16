/** A new directory of a session's files, with the directories above it. */
import type { FileRow } from "../core/ports/files.ts";
import type { Outcome } from "../core/refusal.ts";
import { takenBy } from "./create-session-file.ts";
import { commitFiles, decideFiles, findPlace, missingParents, rowNow } from "./session-files.ts";
import type { FileDeps, FilePlace, FileReader } from "./session-files.ts";

export async function makeSessionDirectory(
  deps: Omit<FileDeps, "blobs">,
  reader: FileReader,
  input: FilePlace,
): Promise<Outcome<FileRow>> {
  const found = await findPlace(deps.store, reader, input);
  if (!found.ok) return found;
  const place = found.value;
  const { sessionId, path } = place;
  return decideFiles(path, async () => {
    const parents = (await takenBy(deps.store, place)) ?? (await missingParents(deps.store, place));
    if (!parents.ok) return parents;
    const made = { kind: "make_directory", path, base: "absent" } as const;
    const event = { path, operation: "mkdir", created: true } as const;
    const written = await commitFiles(deps, { sessionId, changes: [...parents.value, made], event });
    if (!written.ok) return written;
    return written.value === "conflict" ? "conflict" : rowNow(deps.store, place);
  });
}
