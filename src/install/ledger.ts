/**
 * The note of what was installed: for each file the way back to the bytes it had, and the servers there are keys for.
 *
 * Invariant: it never holds the content of a file, only what an edit took out of it. It is written after the file it is
 * about, so a way back is never noted for something that was not done; without a note, taking hooks out still works.
 */
import { z } from "zod";
import { sha256Hex } from "../lib/sha256.ts";
import { findFile, removeEmptyFolders, removeFile, writeText } from "./disk.ts";
import type { HooksFolder } from "./places.ts";
import { applyEdits } from "./text-edits.ts";

const editSchema = z.object({ offset: z.int().nonnegative(), length: z.int().nonnegative(), content: z.string() });

const noteSchema = z.object({
  path: z.string(),
  existed: z.boolean(),
  sha256: z.string(),
  undo: z.array(editSchema),
  folders: z.array(z.string()),
  /** Where what was there before was put, for a hook that is no text of ours to edit. */
  moved: z.string().nullable().default(null),
});

const keySchema = z.object({ id: z.string(), url: z.string() });

const ledgerSchema = z.object({
  version: z.literal(1),
  files: z.array(noteSchema),
  /** By the name of the server; what is needed to revoke them, which is not the keys themselves. */
  keys: z.record(z.string(), keySchema),
});

export type FileNote = z.infer<typeof noteSchema>;
export type NotedKey = z.infer<typeof keySchema>;
export type Ledger = z.infer<typeof ledgerSchema>;

export function readLedger({ ledger, path }: HooksFolder): Ledger {
  const found = findFile(ledger, path);
  if (!found.ok) throw new Error(`Cannot read what was installed: ${found.reason}`);
  if (found.value.text === null) return { version: 1, files: [], keys: {} };
  try {
    return ledgerSchema.parse(JSON.parse(found.value.text));
  } catch (cause) {
    throw new Error(`Cannot read what was installed: "${ledger}" is damaged; move it away to go on without it`, {
      cause,
    });
  }
}

export function writeLedger(folder: HooksFolder, ledger: Ledger): void {
  const found = findFile(folder.ledger, folder.path);
  if (!found.ok) throw new Error(`Cannot note what was installed: ${found.reason}`);
  const text = `${JSON.stringify(ledger, null, 2)}\n`;
  if (text !== found.value.text) writeText({ path: found.value.path, text, before: found.value.text });
}

export function noteOf({ files }: Ledger, path: string): FileNote | undefined {
  return files.find((note) => note.path === path);
}

/** No id: a key that was there already, and is noted if it was made here. */
export function withKey(
  ledger: Ledger,
  { name, url }: { readonly name: string; readonly url: string },
  id: string | null,
): Ledger {
  return id === null ? ledger : { ...ledger, keys: { ...ledger.keys, [name]: { id, url } } };
}

export function withNote(ledger: Ledger, note: FileNote): Ledger {
  return { ...ledger, files: [...ledger.files.filter(({ path }) => path !== note.path), note] };
}

export function withoutNote(ledger: Ledger, path: string): Ledger {
  return { ...ledger, files: ledger.files.filter((note) => note.path !== path) };
}

/** The text that a file had before us; null when it is not as we left it, so that nobody knows. */
export function originalOf(note: FileNote | undefined, text: string): string | null {
  if (note === undefined || note.sha256 !== sha256Hex(text)) return null;
  return applyEdits(text, note.undo);
}

/** Puts back the bytes, or takes the file away if there was none. */
export function restoreFile(note: FileNote, text: string, original: string): void {
  if (note.existed || original !== "") return void writeText({ path: note.path, text: original, before: text });
  removeFile(note.path);
  removeEmptyFolders(note.folders);
}
