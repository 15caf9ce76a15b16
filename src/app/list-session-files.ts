/** What is in a directory of a session's files: one level, or everything below. */
import type { FileRow } from "../core/ports/files.ts";
import type { Store } from "../core/ports/store.ts";
import { accept } from "../core/refusal.ts";
import type { Outcome } from "../core/refusal.ts";
import { badPath, fileNotFound, findPlace } from "./session-files.ts";
import type { FilePlace, FileReader } from "./session-files.ts";

export async function listSessionFiles(
  { store }: { readonly store: Pick<Store, "readSession" | "readFile" | "listFiles"> },
  reader: FileReader,
  input: FilePlace & { readonly isRecursive: boolean },
): Promise<Outcome<readonly FileRow[]>> {
  const place = await findPlace(store, reader, input);
  if (!place.ok) return place;
  const { sessionId, path } = place.value;
  const directory = path === "/" ? null : await store.readFile(sessionId, path);
  if (directory === undefined) return fileNotFound(path);
  if (directory !== null && !directory.isDirectory) return badPath(`"${path}" is a file, not a directory`);
  return accept(await store.listFiles(sessionId, path, { isRecursive: input.isRecursive }));
}
