import { randomBytes } from "node:crypto";
import { describe, expect, it } from "vitest";
import { formatSecretKey, makeSecretBox, parseSecretKey } from "../../src/lib/secret-box.ts";
import type { SealedText } from "../../src/lib/secret-box.ts";

const place = ["workspace-1", "provider_key", "prv_1"];
const key = randomBytes(32);

describe("a secret box", () => {
  it("gives back what was sealed, whatever its characters", () => {
    const box = makeSecretBox(key);
    for (const text of ["", "sk-ant-1", "ключ 🔑", "x".repeat(100_000)]) {
      expect(box.open(box.seal(text, place), place)).toEqual({ kind: "opened", text });
    }
  });

  it("seals the same text differently each time and shows nothing of it", () => {
    const box = makeSecretBox(key);
    const [one, two] = [box.seal("sk-canary-plaintext", place), box.seal("sk-canary-plaintext", place)];
    expect(one.ciphertext).not.toBe(two.ciphertext);
    expect(JSON.stringify([one, two])).not.toContain("canary");
  });

  it("opens only in the place it was sealed for", () => {
    const box = makeSecretBox(key);
    const sealed = box.seal("sk", place);
    for (const other of [["workspace-2", ...place.slice(1)], ["workspace-1provider_key", "", "prv_1"], []]) {
      expect(box.open(sealed, other)).toEqual({ kind: "damaged" });
    }
  });

  it("tells another key apart from damage", () => {
    const sealed = makeSecretBox(key).seal("sk", place);
    const other = makeSecretBox(randomBytes(32));
    expect(other.open(sealed, place)).toEqual({ kind: "other_key", keyId: sealed.keyId });
    expect(other.keyId).not.toBe(sealed.keyId);
  });

  it("finds every changed part", () => {
    const box = makeSecretBox(key);
    const sealed = box.seal("a text of some length", place);
    const flipped = (text: string) => `${text.startsWith("A") ? "B" : "A"}${text.slice(1)}`;
    const damaged: readonly SealedText[] = [
      { ...sealed, ciphertext: flipped(sealed.ciphertext) },
      { ...sealed, nonce: flipped(sealed.nonce) },
      { ...sealed, tag: flipped(sealed.tag) },
      { ...sealed, tag: sealed.tag.slice(0, 8) },
      { ...sealed, nonce: "" },
    ];
    for (const each of damaged) expect(box.open(each, place)).toEqual({ kind: "damaged" });
  });

  it("takes no key of another length", () => {
    expect(() => makeSecretBox(randomBytes(16))).toThrow(/16 bytes/);
  });

  it("reads keys in hex, base64 and base64url, and nothing else", () => {
    const buffer = Buffer.from(key);
    for (const text of [formatSecretKey(key), ` ${buffer.toString("base64")}\n`, buffer.toString("base64url")]) {
      expect(Buffer.from(parseSecretKey(text) ?? []).equals(buffer)).toBe(true);
    }
    for (const text of ["", "secret", "0".repeat(63), randomBytes(31).toString("base64"), "é".repeat(43)]) {
      expect(parseSecretKey(text)).toBeUndefined();
    }
  });
});
