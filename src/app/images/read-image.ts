/** The bytes of an image, or of its thumbnail, which is made when it is first asked for and kept. */
import type { BlobHash } from "../../core/ports/files.ts";
import { StorageFull } from "../../core/ports/store.ts";
import { accept, refuse } from "../../core/refusal.ts";
import type { Outcome } from "../../core/refusal.ts";
import type { KeyedQueue } from "../../lib/keyed-queue.ts";
import { getRecord } from "../records/get-record.ts";
import type { Reader } from "../records/resource.ts";
import { hashOf, imagesIn } from "./image-kind.ts";
import type { Image, ImageDeps } from "./image-kind.ts";

export interface OpenedImage {
  readonly image: Image;
  /** Of the bytes that `read` gives. */
  readonly hash: BlobHash;
  readonly sizeBytes: number;
  readonly mediaType: string;
  /** Contract: opens nothing before it is iterated; leaving the loop closes what was opened. */
  read(range: { readonly start: number; readonly end: number }): AsyncIterable<Uint8Array>;
}

export async function openImage(deps: ImageDeps, reader: Reader, id: string): Promise<Outcome<OpenedImage>> {
  const found = await getRecord(imagesIn(deps), reader, id);
  if (!found.ok) return found;
  const { body } = found.value;
  return accept(opened(deps, found.value, { hash: body.hash, size_bytes: body.size_bytes, type: body.content_type }));
}

export const THUMBNAIL_EDGE = 200;

export async function openThumbnail(
  deps: ImageDeps & { readonly making: KeyedQueue },
  reader: Reader,
  id: string,
): Promise<Outcome<OpenedImage>> {
  const found = await getRecord(imagesIn(deps), reader, id);
  if (!found.ok) return found;
  const kept = keptThumbnail(deps, found.value);
  if (kept !== null) return accept(kept);
  // Whoever asks while it is being made finds it made.
  return deps.making.run(found.value.id, async () => {
    const now = await getRecord(imagesIn(deps), reader, id);
    if (!now.ok) return now;
    const madeMeanwhile = keptThumbnail(deps, now.value);
    return madeMeanwhile === null ? makeThumbnail(deps, now.value) : accept(madeMeanwhile);
  });
}

function keptThumbnail(deps: ImageDeps, image: Image): OpenedImage | null {
  const { thumbnail } = image.body;
  return thumbnail === undefined || thumbnail === null
    ? null
    : opened(deps, image, { ...thumbnail, type: "image/webp" });
}

async function makeThumbnail(deps: ImageDeps, image: Image): Promise<Outcome<OpenedImage>> {
  const { blobs, store, thumbnailer } = deps;
  const made = await thumbnailer.make(blobs.fileOf(hashOf(image.body)), THUMBNAIL_EDGE);
  if (made.kind === "not_installed") return refuse({ code: "not_installed", what: "thumbnails", packageName: "sharp" });
  if (made.kind === "unreadable") {
    const reason = "is damaged or has too many pixels, so there is no thumbnail of it";
    return refuse({ code: "unsupported_content", what: `image "${image.body.filename}"`, reason });
  }
  try {
    const { hash, sizeBytes } = await blobs.put(once(made.bytes), made.bytes.byteLength);
    const thumbnail = { hash, size_bytes: sizeBytes };
    const { id, workspaceId, version } = image;
    const body = JSON.stringify({ ...image.body, thumbnail });
    // Deleted meanwhile or not: these bytes are a thumbnail of what was asked for.
    await store.writeRecord({ kind: "update", of: { kind: "image", id, workspaceId }, body, version });
    return accept(opened(deps, image, { ...thumbnail, type: "image/webp" }));
  } catch (cause) {
    if (cause instanceof StorageFull) return refuse({ code: "storage_full" });
    throw cause;
  }
}

async function* once(bytes: Uint8Array): AsyncIterable<Uint8Array> {
  yield bytes;
}

function opened(
  { blobs }: Pick<ImageDeps, "blobs">,
  image: Image,
  { type, ...kept }: { readonly hash: string; readonly size_bytes: number; readonly type: string },
): OpenedImage {
  const hash = hashOf(kept);
  return { image, hash, sizeBytes: kept.size_bytes, mediaType: type, read: (range) => blobs.read(hash, range) };
}
