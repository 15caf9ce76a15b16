/** Every version of a path, those of deleted files too, so that what was can be read and put back. */
import type { FileVersion } from "../core/ports/files.ts";
import type { Store } from "../core/ports/store.ts";
import { accept } from "../core/refusal.ts";
import type { Outcome } from "../core/refusal.ts";
import { fileNotFound, findPlace } from "./session-files.ts";
import type { FilePlace, FileReader } from "./session-files.ts";

export async function sessionFileVersions(
  { store }: { readonly store: Pick<Store, "readSession" | "fileVersions"> },
  reader: FileReader,
  input: FilePlace,
): Promise<Outcome<readonly FileVersion[]>> {
  const place = await findPlace(store, reader, input);
  if (!place.ok) return place;
  const { sessionId, path } = place.value;
  const versions = await store.fileVersions(sessionId, path);
  return versions.length === 0 ? fileNotFound(path) : accept(versions);
}
