/**
 * Text that every store, wire and encoder can carry: no lone surrogate, cut only between code points.
 *
 * Invariant: text that is already well formed comes back as the same value, so that the common case costs one scan.
 * Never refuses; what must be refused is refused in `json.ts`.
 */

import type { JsonValue } from "./json.ts";

/** Lone surrogates become U+FFFD. */
export function toWellFormedText(text: string): string {
  return text.isWellFormed() ? text : text.toWellFormed();
}

/** The same for every string and every key of a JSON value; parts that need no change are shared with the input. */
export function toWellFormedJson(value: JsonValue): JsonValue {
  if (typeof value === "string") return toWellFormedText(value);
  if (value === null || typeof value !== "object") return value;
  if (isList(value)) return toWellFormedList(value);
  return toWellFormedObject(value);
}

function toWellFormedList(list: readonly JsonValue[]): readonly JsonValue[] {
  let copy: JsonValue[] | undefined;
  for (const [index, item] of list.entries()) {
    const mended = toWellFormedJson(item);
    if (mended === item) continue;
    copy ??= [...list];
    copy[index] = mended;
  }
  return copy ?? list;
}

function toWellFormedObject(object: { readonly [key: string]: JsonValue }): { readonly [key: string]: JsonValue } {
  const entries = Object.entries(object);
  const mended = entries.map(([key, item]) => [toWellFormedText(key), toWellFormedJson(item)] as const);
  const isSame = mended.every(([key, item], index) => key === entries[index]?.[0] && item === entries[index][1]);
  // fromEntries defines its members, so a key named "__proto__" stays a plain member.
  return isSame ? object : Object.fromEntries(mended);
}

/** `Array.isArray` does not narrow a readonly list out of a union. */
function isList(value: JsonValue): value is readonly JsonValue[] {
  return Array.isArray(value);
}

/**
 * The longest beginning of `text` that is at most `maxBytes` long in UTF-8, cut between code points (a lone surrogate
 * counts as the three bytes of U+FFFD, which is what it becomes when encoded).
 */
export function cutUtf8(text: string, maxBytes: number): string {
  // A UTF-16 unit is at most three bytes, a pair four: most texts need no encoding to know that they fit.
  if (text.length * 3 <= maxBytes) return text;
  const { read } = new TextEncoder().encodeInto(text, new Uint8Array(Math.max(0, maxBytes)));
  return read === text.length ? text : text.slice(0, read);
}
