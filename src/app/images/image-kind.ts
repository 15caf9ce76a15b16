/**
 * Images: plain records over blobs, of a workspace. Their names may repeat, so the name of the record says which session
 * brought them, which is how they are found when that session is erased.
 */
import type { MintId, SessionId } from "../../core/ids.ts";
import type { Limits } from "../../core/limits.ts";
import type { BlobHash, Blobs } from "../../core/ports/files.ts";
import type { RecordStore } from "../../core/ports/records.ts";
import type { SessionReads } from "../../core/ports/store.ts";
import { imageBody } from "../../core/records/bodies.ts";
import type { ImageBody } from "../../core/records/bodies.ts";
import type { Thumbnailer } from "../../lib/thumbnail.ts";
import type { KindDeps, KindDescription, Resource } from "../records/resource.ts";

export type Image = Resource<ImageBody>;

/** Blobs that are files on this machine: a thumbnail is made of a file. */
export type ImageBlobs = Blobs & { fileOf(hash: BlobHash): string };

export interface ImageDeps {
  readonly store: RecordStore & Pick<SessionReads, "readSession">;
  readonly blobs: ImageBlobs;
  readonly mint: MintId;
  readonly limits: Pick<Limits, "fileBytes" | "messageImagesBytes">;
  readonly thumbnailer: Thumbnailer;
}

const imageKind: KindDescription<ImageBody> = {
  kind: "image",
  idKind: "image",
  refusalKind: "image",
  schema: imageBody,
  removal: "delete",
};

export function imagesIn({ store, mint }: Pick<ImageDeps, "store" | "mint">): KindDeps<ImageBody> {
  return { store, mint, kind: imageKind };
}

export function recordName(id: string, sessionId: SessionId | null): string | null {
  return sessionId === null ? null : `${sessionId}/${id}`;
}

/** Hashes in records came from the blob port. */
export function hashOf({ hash }: { readonly hash: string }): BlobHash {
  return hash as BlobHash;
}
