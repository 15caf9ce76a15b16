/**
 * Edits of a text that know their way back.
 *
 * Invariant: `undo` applied to `text` is the text that the draft began with, byte for byte; what is kept for it holds
 * nothing of a file but what an edit took out, so that a note of what was done copies nobody's secrets.
 */

export interface TextEdit {
  readonly offset: number;
  readonly length: number;
  readonly content: string;
}

export interface Draft {
  readonly text: string;
  /** In the order in which they are to be applied. */
  readonly undo: readonly TextEdit[];
}

export function draftOf(text: string): Draft {
  return { text, undo: [] };
}

export function edit({ text, undo }: Draft, change: TextEdit): Draft {
  const { offset, length, content } = change;
  const taken = text.slice(offset, offset + length);
  return { text: applyEdit(text, change), undo: [{ offset, length: content.length, content: taken }, ...undo] };
}

export function applyEdits(text: string, edits: readonly TextEdit[]): string {
  return edits.reduce(applyEdit, text);
}

function applyEdit(text: string, { offset, length, content }: TextEdit): string {
  return text.slice(0, offset) + content + text.slice(offset + length);
}

/** What a "no" says: what is wrong, where, and what to do about it. */
export type Outcome<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly reason: string };

export function refuse(reason: string): { readonly ok: false; readonly reason: string } {
  return { ok: false, reason };
}
