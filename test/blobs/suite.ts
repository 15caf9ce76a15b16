/**
 * What every `Blobs` adapter is held to. An adapter's own tests add what only it can show (files on a disk, rows).
 * `countOf` says how many contents and left-overs there are, by whatever the adapter keeps them in.
 */
import { createHash, randomBytes } from "node:crypto";

import { describe, expect, test } from "vitest";

import { BlobTooLarge } from "../../src/core/ports/files.ts";
import type { BlobHash, Blobs } from "../../src/core/ports/files.ts";

export interface OpenedBlobs extends AsyncDisposable {
  readonly blobs: Blobs;
  countKept(): Promise<number>;
}

export type OpenBlobs = () => Promise<OpenedBlobs>;

export async function* chunksOf(...chunks: readonly (Uint8Array | string)[]): AsyncGenerator<Uint8Array, undefined> {
  for (const chunk of chunks) yield typeof chunk === "string" ? Buffer.from(chunk) : chunk;
}

export function hashOf(bytes: Uint8Array | string): BlobHash {
  return createHash("sha256").update(bytes).digest("hex") as BlobHash;
}

export async function bytesOf(content: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of content) chunks.push(chunk);
  return Buffer.concat(chunks);
}

const ROOM = 1_000_000_000;

export function describeBlobs(name: string, open: OpenBlobs): void {
  describe(`${name}: a content`, () => {
    test("is known by the SHA-256 of its bytes, however it was cut into chunks", async () => {
      await using opened = await open();
      const whole = await opened.blobs.put(chunksOf("hello, world"), ROOM);
      const parts = await opened.blobs.put(chunksOf("hello", "", ", ", "world"), ROOM);
      expect(whole).toEqual({ hash: hashOf("hello, world"), sizeBytes: 12 });
      expect(parts).toEqual(whole);
      expect(await opened.countKept()).toBe(1);
    });

    test("may be empty", async () => {
      await using opened = await open();
      const { hash, sizeBytes } = await opened.blobs.put(chunksOf(), ROOM);
      expect({ hash, sizeBytes }).toEqual({ hash: hashOf(""), sizeBytes: 0 });
      expect(await bytesOf(opened.blobs.read(hash))).toHaveLength(0);
    });

    test("comes back byte for byte, larger than any chunk", async () => {
      await using opened = await open();
      const bytes = randomBytes(3 * 1024 * 1024 + 7);
      const { hash } = await opened.blobs.put(chunksOf(bytes.subarray(0, 5), bytes.subarray(5)), ROOM);
      expect((await bytesOf(opened.blobs.read(hash))).equals(bytes)).toBe(true);
    });

    test("is read in ranges: start included, end not, nothing past its end", async () => {
      await using opened = await open();
      const bytes = randomBytes(700_000);
      const { hash } = await opened.blobs.put(chunksOf(bytes), ROOM);
      const ranges = [
        [0, 1],
        [0, 700_000],
        [262_143, 262_145],
        [65_536, 131_072],
        [699_999, 900_000],
        [700_000, 700_001],
        [500, 500],
        [600, 500],
      ] as const;
      for (const [start, end] of ranges) {
        const read = await bytesOf(opened.blobs.read(hash, { start, end }));
        expect(read.equals(bytes.subarray(start, Math.max(start, end))), `${start} to ${end}`).toBe(true);
      }
    });

    test("that may be left in the middle of reading", async () => {
      await using opened = await open();
      const { hash } = await opened.blobs.put(chunksOf(randomBytes(1_000_000)), ROOM);
      for (let round = 0; round < 50; round++) {
        for await (const chunk of opened.blobs.read(hash)) {
          expect(chunk.length).toBeGreaterThan(0);
          break;
        }
      }
      expect(await bytesOf(opened.blobs.read(hash))).toHaveLength(1_000_000);
    });

    test("that nobody stored is a fault to read", async () => {
      await using opened = await open();
      await expect(bytesOf(opened.blobs.read(hashOf("absent")))).rejects.toThrow(
        `Cannot read blob "${hashOf("absent")}"`,
      );
    });

    test("with a hash that is none is a fault, and leads to no other place", async () => {
      await using opened = await open();
      const wrong = ["", "../../etc/passwd", "AB".repeat(32), `${"ab".repeat(32)}/x`] as BlobHash[];
      for (const hash of wrong) {
        await expect(async () => bytesOf(opened.blobs.read(hash))).rejects.toThrow("Not the hash of a blob");
      }
    });
  });

  describe(`${name}: storing`, () => {
    test("takes exactly what is allowed", async () => {
      await using opened = await open();
      expect(await opened.blobs.put(chunksOf("12345", "67890"), 10)).toMatchObject({ sizeBytes: 10 });
      await expect(opened.blobs.put(chunksOf("12345", "678901"), 10)).rejects.toBeInstanceOf(BlobTooLarge);
      await expect(opened.blobs.put(chunksOf("1"), 0)).rejects.toBeInstanceOf(BlobTooLarge);
      expect(await opened.countKept()).toBe(1);
    });

    test("stops reading as soon as there is too much, closes the source and leaves nothing behind", async () => {
      await using opened = await open();
      let given = 0;
      let isClosed = false;
      async function* endless() {
        try {
          for (;;) yield Buffer.alloc(1000, ++given);
        } finally {
          isClosed = true;
        }
      }
      await expect(opened.blobs.put(endless(), 4_500)).rejects.toBeInstanceOf(BlobTooLarge);
      expect(given).toBe(5);
      expect(isClosed).toBe(true);
      expect(await opened.countKept()).toBe(0);
    });

    test("of a source that fails half way fails with its error and leaves nothing behind", async () => {
      await using opened = await open();
      const broken = new Error("The connection is gone");
      async function* half() {
        yield randomBytes(300_000);
        throw broken;
      }
      await expect(opened.blobs.put(half(), ROOM)).rejects.toBe(broken);
      expect(await opened.countKept()).toBe(0);
    });

    test("of one content by many at once keeps it once, whole, for all of them", async () => {
      await using opened = await open();
      const bytes = randomBytes(400_000);
      const stored = await Promise.all(
        Array.from({ length: 16 }, (_, index) =>
          opened.blobs.put(chunksOf(bytes.subarray(0, index), bytes.subarray(index)), ROOM),
        ),
      );
      expect(new Set(stored.map(({ hash }) => hash))).toEqual(new Set([hashOf(bytes)]));
      expect((await bytesOf(opened.blobs.read(hashOf(bytes)))).equals(bytes)).toBe(true);
      expect(await opened.countKept()).toBe(1);
    });

    test("again of a content that is being read does not disturb the reader", async () => {
      await using opened = await open();
      const bytes = randomBytes(1_000_000);
      const { hash } = await opened.blobs.put(chunksOf(bytes), ROOM);
      const read: Uint8Array[] = [];
      for await (const chunk of opened.blobs.read(hash)) {
        read.push(chunk);
        if (read.length === 1) await opened.blobs.put(chunksOf(bytes), ROOM);
      }
      expect(Buffer.concat(read).equals(bytes)).toBe(true);
    });
  });
}
