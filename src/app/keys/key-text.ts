/**
 * The text of a key: `srk_<32 digits of its id>_<secret>`, also with the prefix `ek_` (ruling 14).
 *
 * Invariant: the text is shown once and kept nowhere; its SHA-256 is. A secret of 256 random bits needs no slow hash.
 */
import { hash, timingSafeEqual } from "node:crypto";
import { digitsOf, parseId } from "../../core/ids.ts";
import type { KeyId } from "../../core/ids.ts";

export const keyPrefixes = ["srk", "ek"] as const;
export type KeyPrefix = (typeof keyPrefixes)[number];

export const KEY_SECRET_BYTES = 32;
const SHOWN_DIGITS = 8;
/** Longer than any key; more is not hashed. */
export const MAX_KEY_LENGTH = 1_024;

export function formatKey(prefix: KeyPrefix, id: KeyId, secret: Uint8Array): string {
  return `${prefix}_${digitsOf(id)}_${Buffer.from(secret).toString("base64url")}`;
}

/** The id in a text that looks like one of ours. Says nothing about whether there is such a key. */
export function readKeyId(text: string): KeyId | undefined {
  const match = /^(?:srk|ek)_([0-9a-f]{32})_./.exec(text);
  return match === null ? undefined : parseId("key", `key_${match[1]}`);
}

/** How the text begins, and the end of its id, which tells keys apart: ids made together begin alike. */
export function shownPrefixOf(prefix: KeyPrefix, id: KeyId): string {
  return `${prefix}_…${digitsOf(id).slice(-SHOWN_DIGITS)}`;
}

export function hashKey(text: string): string {
  return hash("sha256", text);
}

/** Takes the same time wherever the two differ. */
export function isSameHash(left: string, right: string): boolean {
  const a = Buffer.from(left, "hex");
  const b = Buffer.from(right, "hex");
  return a.byteLength === b.byteLength && timingSafeEqual(a, b);
}
