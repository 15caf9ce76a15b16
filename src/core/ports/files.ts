/**
 * Session files: a path table over content-addressed blobs, with a version for every change. The rows are the store's
 * and are written with the session's commit; the bytes are the blob port's and are durable before a row names them.
 */
import type { SessionId } from "../ids.ts";

/** SHA-256 of the content, hex. */
export type BlobHash = string & { readonly blobHash: unique symbol };

export interface Blobs {
  /**
   * Stores a stream under its hash.
   * Contract: resolves once the bytes are durable; on any failure nothing is left behind. Rejects with `BlobTooLarge`
   * as soon as more than `maxBytes` came, with `StorageFull` when the disk is full.
   */
  put(
    content: AsyncIterable<Uint8Array>,
    maxBytes: number,
  ): Promise<{ readonly hash: BlobHash; readonly sizeBytes: number }>;
  /** The bytes from `start` (inclusive) to `end` (exclusive); the whole when neither is given. */
  read(hash: BlobHash, range?: { readonly start: number; readonly end: number }): AsyncIterable<Uint8Array>;
}

export class BlobTooLarge extends Error {
  override readonly name = "BlobTooLarge";
}

export interface FileRow {
  readonly path: string;
  readonly isDirectory: boolean;
  readonly isReadonly: boolean;
  readonly hash: BlobHash | null;
  readonly sizeBytes: number;
  /** Counts the changes of this path, 1, 2, 3 …; what a later change names as its base. */
  readonly version: number;
  readonly createdAt: string;
  readonly updatedAt: string;
}

/** What a change stands on: this version, the path's absence, or whatever is there. */
export type FileBase = { readonly version: number } | "absent" | "any";

export type FileChange =
  | {
      readonly kind: "put";
      readonly path: string;
      readonly hash: BlobHash;
      readonly sizeBytes: number;
      readonly isReadonly?: boolean;
      readonly base: FileBase;
    }
  | { readonly kind: "make_directory"; readonly path: string; readonly base: FileBase }
  | { readonly kind: "delete"; readonly path: string; readonly base: FileBase };

export interface FileVersion {
  readonly path: string;
  readonly version: number;
  /** The log's seq of the commit that made it, and the turn, if it was made in one. */
  readonly seq: number;
  readonly turnId: string | null;
  /** Nothing: a directory, or a deletion. */
  readonly hash: BlobHash | null;
  readonly isDirectory: boolean;
  readonly isReadonly: boolean;
  readonly sizeBytes: number;
  readonly createdAt: string;
}

/** What a sweep, and whoever names a content for another session, needs of the place where contents are kept (P9). */
export interface BlobKeeping {
  /** The contents that were last put or renewed before a time, some at once. */
  listBefore(timeMs: number): AsyncIterable<readonly BlobHash[]>;
  /** Removes a content unless it was put or renewed since that time; true if it did. */
  removeBefore(hash: BlobHash, timeMs: number): Promise<boolean>;
  /** Its grace begins anew; false when it is gone. */
  renew(hash: BlobHash): Promise<boolean>;
}

export interface FileReads {
  readFile(id: SessionId, path: string): Promise<FileRow | undefined>;
  /** Entries below a directory ("/" for the root), by path; one level unless recursive. */
  listFiles(id: SessionId, directory: string, options: { readonly isRecursive: boolean }): Promise<readonly FileRow[]>;
  fileVersions(id: SessionId, path: string): Promise<readonly FileVersion[]>;
  /** What there was when the log ended at this seq, by path. */
  listFilesAt(id: SessionId, seq: number): Promise<readonly FileVersion[]>;
  filesSize(id: SessionId): Promise<number>;
  /** Those of these contents that a version of a file names, or an image, or a skill. */
  namedBlobs(hashes: readonly BlobHash[]): Promise<ReadonlySet<BlobHash>>;
}
