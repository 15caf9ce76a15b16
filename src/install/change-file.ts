/**
 * One file of somebody else's, changed with a note of the way back, or put back as it was.
 *
 * Contract of the change: it is given the text without anything of ours in it, and answers the draft that has it.
 */
import { sha256Hex } from "../lib/sha256.ts";
import { findFile, removeFile, writeText } from "./disk.ts";
import { noteOf, originalOf, restoreFile, withNote, withoutNote } from "./ledger.ts";
import type { Ledger } from "./ledger.ts";
import { refuse } from "./text-edits.ts";
import type { Draft, Outcome } from "./text-edits.ts";

export interface FileChange {
  readonly path: string;
  readonly base: string;
  readonly mode: number;
  /** Already as it shall be, whoever did it. */
  readonly isDone: (text: string) => boolean;
  /** Ours out of a text that is not as we left it. */
  readonly clean: (text: string) => Outcome<string>;
  readonly change: (text: string) => Outcome<Draft>;
}

export interface FileReport {
  readonly path: string;
  readonly action: "written" | "unchanged" | "restored" | "removed" | "cleaned";
  readonly notes: readonly string[];
}

export interface Changed {
  readonly ledger: Ledger;
  readonly report: FileReport;
}

export function changeFile(ledger: Ledger, change: FileChange): Outcome<Changed> {
  const found = findFile(change.path, change.base);
  if (!found.ok) return found;
  const { path, text } = found.value;
  const notes = elsewhereNotes(change.path, found.value);
  const before = text ?? "";
  if (text !== null && change.isDone(text))
    return { ok: true, value: { ledger, report: { path, action: "unchanged", notes } } };
  const note = noteOf(ledger, path);
  const original = originalOf(note, before);
  const clean: Outcome<string> = original === null ? change.clean(before) : { ok: true, value: original };
  if (!clean.ok) return refuse(`Cannot change ${path}: ${clean.reason}`);
  const draft = change.change(clean.value);
  if (!draft.ok) return refuse(`Cannot change ${path}: ${draft.reason}`);
  const existed = original === null ? text !== null : (note?.existed ?? true);
  const made = writeText({ path, text: draft.value.text, before: text, mode: change.mode });
  const noted = withNote(ledger, {
    path,
    existed,
    sha256: sha256Hex(draft.value.text),
    undo: [...draft.value.undo],
    folders: [...(note?.folders ?? []), ...made],
    moved: null,
  });
  return { ok: true, value: { ledger: noted, report: { path, action: "written", notes } } };
}

export function undoFile(ledger: Ledger, change: Pick<FileChange, "path" | "base" | "clean">): Outcome<Changed> {
  const found = findFile(change.path, change.base);
  if (!found.ok) return found;
  const { path, text } = found.value;
  const notes = elsewhereNotes(change.path, found.value);
  const note = noteOf(ledger, path);
  const left = withoutNote(ledger, path);
  const answer = (action: FileReport["action"], more: readonly string[] = []): Outcome<Changed> => ({
    ok: true,
    value: { ledger: left, report: { path, action, notes: [...notes, ...more] } },
  });
  if (text === null) return answer("unchanged");
  const original = originalOf(note, text);
  if (note !== undefined && original !== null) {
    restoreFile(note, text, original);
    return answer(note.existed || original !== "" ? "restored" : "removed");
  }
  const clean = change.clean(text);
  if (!clean.ok) return refuse(`Cannot change ${path}: ${clean.reason}`);
  if (clean.value === text) return answer("unchanged");
  if (clean.value === "") {
    removeFile(path);
    return answer("removed");
  }
  writeText({ path, text: clean.value, before: text });
  return answer("cleaned", ["It was changed since, so only what is Serai's was taken out"]);
}

function elsewhereNotes(
  asked: string,
  found: { readonly path: string; readonly isElsewhere: boolean },
): readonly string[] {
  return found.isElsewhere ? [`${asked} leads to ${found.path} by a link; it is that file which is meant`] : [];
}
