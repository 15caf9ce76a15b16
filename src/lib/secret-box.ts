/**
 * Encrypts short texts at rest: AES-256-GCM with a random 96-bit nonce, bound to where the text belongs.
 *
 * Invariant: a sealed text opens only under the key that sealed it and in the place it was sealed for, so a row that is
 * copied to another place is of no use there. Whether the key is another one is told apart from whether the bytes are
 * damaged. Never keeps a plaintext, and never puts one into an error.
 */
import { createCipheriv, createDecipheriv, createHash, randomBytes } from "node:crypto";

export const SECRET_KEY_BYTES = 32;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const ALGORITHM = "aes-256-gcm";

/** All strings, so it can be kept as JSON. Bytes are in base64. */
export interface SealedText {
  /** Of this layout. */
  readonly version: 1;
  /** Names the key without telling it. */
  readonly keyId: string;
  readonly nonce: string;
  readonly tag: string;
  readonly ciphertext: string;
}

export type OpenedText =
  | { readonly kind: "opened"; readonly text: string }
  | { readonly kind: "other_key"; readonly keyId: string }
  | { readonly kind: "damaged" };

export interface SecretBox {
  readonly keyId: string;
  /** `place` is authenticated with the text and must be given again to open it. */
  seal(text: string, place: readonly string[]): SealedText;
  open(sealed: SealedText, place: readonly string[]): OpenedText;
}

export function makeSecretBox(key: Uint8Array): SecretBox {
  if (key.byteLength !== SECRET_KEY_BYTES) {
    throw new Error(`Cannot use a secret key of ${key.byteLength} bytes, it must have ${SECRET_KEY_BYTES}`);
  }
  const keyId = keyIdOf(key);
  return {
    keyId,
    seal(text, place) {
      const nonce = randomBytes(NONCE_BYTES);
      const cipher = createCipheriv(ALGORITHM, key, nonce, { authTagLength: TAG_BYTES });
      cipher.setAAD(bytesOf(place));
      const ciphertext = Buffer.concat([cipher.update(text, "utf8"), cipher.final()]).toString("base64");
      return {
        version: 1,
        keyId,
        nonce: nonce.toString("base64"),
        tag: cipher.getAuthTag().toString("base64"),
        ciphertext,
      };
    },
    open: (sealed, place) =>
      sealed.keyId === keyId ? decipher(key, sealed, place) : { kind: "other_key", keyId: sealed.keyId },
  };
}

function decipher(key: Uint8Array, sealed: SealedText, place: readonly string[]): OpenedText {
  const nonce = Buffer.from(sealed.nonce, "base64");
  const tag = Buffer.from(sealed.tag, "base64");
  if (nonce.byteLength !== NONCE_BYTES || tag.byteLength !== TAG_BYTES) return { kind: "damaged" };
  const cipher = createDecipheriv(ALGORITHM, key, nonce, { authTagLength: TAG_BYTES });
  cipher.setAAD(bytesOf(place));
  cipher.setAuthTag(tag);
  try {
    const opened = Buffer.concat([cipher.update(sealed.ciphertext, "base64"), cipher.final()]);
    return { kind: "opened", text: opened.toString("utf8") };
  } catch {
    // The tag is all that `final` looks at: any throw means that key, place or bytes are not those that were sealed.
    return { kind: "damaged" };
  }
}

/** JSON keeps the parts apart: ["ab", "c"] and ["a", "bc"] are different places. */
function bytesOf(place: readonly string[]): Buffer {
  return Buffer.from(JSON.stringify(place), "utf8");
}

/** 64 bits tell keys apart; being a hash of 256 random bits they do not help to find the key. */
function keyIdOf(key: Uint8Array): string {
  return createHash("sha256").update("secret-box key id\0").update(key).digest("hex").slice(0, 16);
}

/** Reads a key as people keep it: 64 hex digits, or base64 or base64url of 32 bytes. Spaces around it are ignored. */
export function parseSecretKey(text: string): Uint8Array | undefined {
  const trimmed = text.trim();
  if (/^[0-9a-f]{64}$/i.test(trimmed)) return Buffer.from(trimmed, "hex");
  if (!/^[A-Za-z0-9+/_-]{43}=?$/.test(trimmed)) return undefined;
  const bytes = Buffer.from(trimmed.replaceAll("-", "+").replaceAll("_", "/"), "base64");
  return bytes.byteLength === SECRET_KEY_BYTES ? bytes : undefined;
}

export function formatSecretKey(key: Uint8Array): string {
  return Buffer.from(key).toString("hex");
}
