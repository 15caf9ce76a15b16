/** Archives from outside: what is read, and what is refused by its name. */
import { zipSync } from "fflate";
import type { Zippable } from "fflate";
import { describe, expect, it } from "vitest";
import { readZip } from "../../src/lib/zip.ts";

const limits = { entries: 5, bytes: 100_000, ratio: 50 };
const text = (words: string) => new TextEncoder().encode(words);
const zip = (files: Zippable) => Buffer.from(zipSync(files));

async function named(archive: Uint8Array) {
  const read = await readZip(archive, limits);
  return read.kind === "read"
    ? Object.fromEntries(read.entries.map(({ path, bytes }) => [path, Buffer.from(bytes).toString()]))
    : read;
}

describe("a ZIP archive", () => {
  it("gives its files, packed and stored, without its folders", async () => {
    const archive = zip({
      "a.txt": text("one"),
      d: { "ü.txt": [text("two"), { level: 0 }], empty: text("") },
      "e/": text(""),
    });
    expect(await named(archive)).toEqual({ "a.txt": "one", "d/ü.txt": "two", "d/empty": "" });
  });

  it("may have anything before it, and a comment behind it", async () => {
    const archive = zip({ a: text("one") });
    const commented = Buffer.concat([archive, text("hello")]);
    commented.writeUInt16LE(5, archive.byteLength - 2);
    expect(await named(commented)).toEqual({ a: "one" });
  });

  it.each([
    ["nothing at all", Buffer.alloc(0)],
    ["something else", Buffer.from("SKILL.md is not an archive, however long it is")],
  ])("is not %s", async (_, bytes) => {
    expect(await named(bytes)).toEqual({ kind: "refused", path: "", detail: "is no ZIP archive" });
  });

  it.each([
    ["a link", 0o120777, "is a link, and only files can be taken"],
    ["a device", 0o060644, "is no file, and only files can be taken"],
  ])("with %s is refused, and names it", async (_, mode, detail) => {
    const archive = zip({ ok: text("x"), "l/nk": [text("/etc/passwd"), { os: 3, attrs: mode << 16 }] });
    expect(await named(archive)).toEqual({ kind: "refused", path: "l/nk", detail });
  });

  it("with a plain mode is taken", async () => {
    expect(await named(zip({ run: [text("x"), { os: 3, attrs: 0o100755 << 16 }] }))).toEqual({ run: "x" });
  });

  it("with too many entries or too many bytes is refused before anything is unpacked", async () => {
    const many = Object.fromEntries(Array.from({ length: 6 }, (_, index) => [`${index}`, text("x")]));
    expect(await named(zip(many))).toEqual({ kind: "too_large", limit: "entries" });
    expect(await named(zip({ a: Buffer.alloc(60_000, "ab"), b: Buffer.alloc(60_000, "ab") }))).toEqual({
      kind: "too_large",
      limit: "bytes",
    });
  });

  it("that unpacks to far more than its size is refused", async () => {
    expect(await named(zip({ bomb: Buffer.alloc(90_000) }))).toMatchObject({ kind: "refused", path: "" });
  });

  it("that says less of an entry than there is unpacks no more than it says, and is broken", async () => {
    const archive = zip({ liar: Buffer.alloc(90_000) });
    const listed = archive.indexOf(Buffer.from([0x50, 0x4b, 1, 2]));
    archive.writeUInt32LE(10, listed + 24);
    expect(await named(archive)).toEqual({ kind: "refused", path: "liar", detail: "is broken" });
  });

  it("whose names do not agree, or whose bytes are damaged, is refused", async () => {
    const renamed = zip({ good: text("x") });
    renamed.write("evil", 30);
    expect(await named(renamed)).toMatchObject({ path: "good", detail: "is not where the archive says" });
    const damaged = zip({ good: [text("hello"), { level: 0 }] });
    damaged.write("j", 30 + 4);
    expect(await named(damaged)).toMatchObject({ path: "good", detail: "is broken" });
  });

  it("is refused or read whatever byte of it is another, and never a fault", async () => {
    const archive = zip({ a: text("one one one one"), b: text("two") });
    for (let at = 0; at < archive.byteLength; at++) {
      const other = Buffer.from(archive);
      other.writeUInt8((other.readUInt8(at) + 0x55) & 0xff, at);
      expect(["read", "refused", "too_large"]).toContain((await readZip(other, limits)).kind);
      expect(["read", "refused", "too_large"]).toContain((await readZip(archive.subarray(0, at), limits)).kind);
    }
  });

  it("with a password, or packed in an unknown way, is refused", async () => {
    const listed = (archive: Buffer) => archive.indexOf(Buffer.from([0x50, 0x4b, 1, 2]));
    const sealed = zip({ a: text("x") });
    sealed.writeUInt16LE(1, listed(sealed) + 8);
    expect(await named(sealed)).toMatchObject({ path: "a", detail: "is sealed with a password" });
    const strange = zip({ a: text("x") });
    strange.writeUInt16LE(12, listed(strange) + 10);
    expect(await named(strange)).toMatchObject({ path: "a", detail: "is packed in a way that is not known here" });
  });
});
