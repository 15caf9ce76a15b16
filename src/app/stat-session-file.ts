/** What is known about one file or directory of a session. */
import type { FileRow } from "../core/ports/files.ts";
import type { Store } from "../core/ports/store.ts";
import { accept } from "../core/refusal.ts";
import type { Outcome } from "../core/refusal.ts";
import { findPlace, rootRow, rowNow } from "./session-files.ts";
import type { FilePlace, FileReader } from "./session-files.ts";

export async function statSessionFile(
  { store }: { readonly store: Pick<Store, "readSession" | "readFile"> },
  reader: FileReader,
  input: FilePlace,
): Promise<Outcome<FileRow>> {
  const place = await findPlace(store, reader, input);
  if (!place.ok) return place;
  return place.value.path === "/" ? accept(rootRow(place.value.createdAt)) : rowNow(store, place.value);
}
