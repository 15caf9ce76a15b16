/**
 * File contents in a folder, each under the hash of its bytes: `<folder>/ab/cdef…`, 64 hex digits in all.
 *
 *   incoming/7 ── write, hash ──▶ fsync ──▶ rename to ab/cdef… ──▶ fsync ab/
 *
 * Invariant: what stands under a hash is whole, durable and never changes; nothing else stands outside `incoming/`.
 * A content that is there already is written again: the new file's age is the grace that a sweep gives it, and its
 * directory is synced even if the first writer has not got there yet.
 * Never holds more of a content in memory than one chunk; never decides what may be stored.
 */
import { createHash } from "node:crypto";
import { mkdir, open, rename, rm } from "node:fs/promises";
import type { FileHandle } from "node:fs/promises";
import { join } from "node:path";

import { BlobTooLarge } from "../core/ports/files.ts";
import type { BlobHash, BlobKeeping, Blobs } from "../core/ports/files.ts";
import { StorageFull } from "../core/ports/store.ts";
import { makeKeyedQueue } from "../lib/keyed-queue.ts";
import { makeFolderKeeping } from "./folder-keeping.ts";

export interface FolderBlobs extends Blobs, BlobKeeping {
  /** Where the bytes are, for those who may read them past this process's event loop (a worker thread). */
  fileOf(hash: BlobHash): string;
}

const READ_CHUNK_BYTES = 64 * 1024;
/** A larger chunk is hashed in pieces: SHA-256 of 1 MiB takes about a millisecond of the event loop. */
const WRITE_PIECE_BYTES = 1024 * 1024;

/**
 * Contract: one owner per folder at a time. What an earlier owner left half-written is removed here, so open it only
 * once the lock of the data folder is held.
 */
export async function openFolderBlobs({ folder }: { readonly folder: string }): Promise<FolderBlobs> {
  const incoming = join(folder, "incoming");
  await rm(incoming, { recursive: true, force: true });
  await mkdir(incoming, { recursive: true, mode: 0o700 });
  const shards = new Map<string, Promise<void>>();
  // A sweep that has found a content old must not remove what was put under its name since.
  const turns = makeKeyedQueue();
  let count = 0;

  function shardReady(shard: string): Promise<void> {
    const known = shards.get(shard);
    if (known !== undefined) return known;
    const made = makeShard(folder, shard);
    shards.set(shard, made);
    made.catch(() => shards.delete(shard));
    return made;
  }

  async function keep(temporary: string, hash: BlobHash): Promise<void> {
    const shard = hash.slice(0, 2);
    await shardReady(shard);
    await turns.run(hash, () => rename(temporary, fileOf(hash)));
    await syncDirectory(join(folder, shard));
  }

  const fileOf = (hash: BlobHash) => join(folder, hash.slice(0, 2), checkedHash(hash).slice(2));

  return {
    fileOf,
    ...makeFolderKeeping({ folder, fileOf, turns }),
    read: (hash, range) => readRange(fileOf(hash), hash, range),
    async put(content, maxBytes) {
      const temporary = join(incoming, String(++count));
      try {
        const stored = await writeHashed(temporary, content, maxBytes);
        await keep(temporary, stored.hash);
        return stored;
      } catch (cause) {
        await rm(temporary, { force: true });
        throw isDiskFull(cause) ? new StorageFull(`Cannot store a blob in "${folder}"`, { cause }) : cause;
      }
    },
  };
}

/** The root is synced even when the shard exists: whoever made it may have died before it was. */
async function makeShard(folder: string, shard: string): Promise<void> {
  await mkdir(join(folder, shard), { recursive: true, mode: 0o700 });
  await syncDirectory(folder);
}

async function writeHashed(path: string, content: AsyncIterable<Uint8Array>, maxBytes: number) {
  const hash = createHash("sha256");
  let sizeBytes = 0;
  const file = await open(path, "wx", 0o600);
  try {
    for await (const chunk of content) {
      sizeBytes += chunk.length;
      if (sizeBytes > maxBytes) throw new BlobTooLarge(`Content has more than ${maxBytes} bytes`);
      for (let start = 0; start < chunk.length; start += WRITE_PIECE_BYTES) {
        const piece = chunk.subarray(start, start + WRITE_PIECE_BYTES);
        hash.update(piece);
        await writeAll(file, piece);
      }
    }
    await file.sync();
  } finally {
    await file.close();
  }
  return { hash: hash.digest("hex") as BlobHash, sizeBytes }; // The digest of these bytes: here the brand is earned.
}

/** A nearly full disk takes a part of a write without an error; the rest then says why. */
async function writeAll(file: FileHandle, piece: Uint8Array): Promise<void> {
  for (let start = 0; start < piece.length;) {
    const { bytesWritten } = await file.write(piece, start);
    start += bytesWritten;
  }
}

async function* readRange(
  path: string,
  hash: BlobHash,
  range: { readonly start: number; readonly end: number } | undefined,
): AsyncGenerator<Uint8Array, undefined> {
  let at = range?.start ?? 0;
  const end = range?.end ?? Number.POSITIVE_INFINITY;
  if (at >= end) return;
  const file = await openBlob(path, hash);
  try {
    while (at < end) {
      // A buffer of its own each time: the consumer may still hold the one before.
      const length = Math.min(READ_CHUNK_BYTES, end - at);
      const { bytesRead, buffer } = await file.read(Buffer.allocUnsafe(length), 0, length, at);
      if (bytesRead === 0) return;
      at += bytesRead;
      yield buffer.subarray(0, bytesRead);
    }
  } finally {
    await file.close();
  }
}

async function openBlob(path: string, hash: BlobHash): Promise<FileHandle> {
  try {
    return await open(path, "r");
  } catch (cause) {
    throw new Error(`Cannot read blob "${hash}"`, { cause });
  }
}

/** Hashes come from rows of ours; one that does not look like it must not become a path. */
function checkedHash(hash: BlobHash): BlobHash {
  if (!/^[0-9a-f]{64}$/.test(hash)) throw new Error(`Not the hash of a blob: "${hash}"`);
  return hash;
}

async function syncDirectory(path: string): Promise<void> {
  const directory = await open(path, "r");
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}

function isDiskFull(cause: unknown): boolean {
  const code = cause instanceof Error && "code" in cause ? cause.code : undefined;
  return code === "ENOSPC" || code === "EDQUOT";
}
