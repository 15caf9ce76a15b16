/** From bytes to an image record: what they are, where they are kept, what the record says of them. */
import type { SessionId, WorkspaceId } from "../../core/ids.ts";
import { imageTypes } from "../../core/image-types.ts";
import type { ImageType } from "../../core/image-types.ts";
import { BlobTooLarge } from "../../core/ports/files.ts";
import { StorageFull } from "../../core/ports/store.ts";
import type { ImageBody } from "../../core/records/bodies.ts";
import { accept, refuse } from "../../core/refusal.ts";
import type { Outcome } from "../../core/refusal.ts";
import { sniff } from "../../lib/image-type.ts";
import { toWellFormedText } from "../../lib/well-formed.ts";
import { readRow } from "../records/resource.ts";
import { imagesIn, recordName } from "./image-kind.ts";
import type { Image, ImageDeps } from "./image-kind.ts";

export interface NewImage {
  readonly filename: string;
  readonly content: AsyncIterable<Uint8Array>;
}

/** The bytes are durable afterwards; no record names them yet. */
export async function storeImage(
  { blobs, limits }: Pick<ImageDeps, "blobs" | "limits">,
  { filename, content }: NewImage,
): Promise<Outcome<ImageBody>> {
  const { mediaType, content: whole } = await sniff(content);
  const type = imageTypeOf(mediaType);
  if (type === undefined) return notAnImage(filename, mediaType);
  try {
    const { hash, sizeBytes } = await blobs.put(whole, limits.fileBytes);
    return accept({ filename: tidyName(filename, type), content_type: type, size_bytes: sizeBytes, hash });
  } catch (cause) {
    if (cause instanceof StorageFull) return refuse({ code: "storage_full" });
    if (!(cause instanceof BlobTooLarge)) throw cause;
    return refuse({ code: "too_large", what: "the image", limit: limits.fileBytes, setting: "fileBytes" });
  }
}

export interface NewRecord {
  readonly id: string;
  readonly workspaceId: WorkspaceId;
  readonly sessionId: SessionId | null;
  readonly body: ImageBody;
}

export async function writeImage(
  deps: Pick<ImageDeps, "store" | "mint">,
  { id, workspaceId, sessionId, body }: NewRecord,
): Promise<Image> {
  const stored: ImageBody = { ...body, session_id: sessionId };
  const name = recordName(id, sessionId);
  const record = { kind: "image", id, workspaceId, name, body: JSON.stringify(stored) } as const;
  const result = await deps.store.writeRecord({ kind: "create", record });
  if (result.kind !== "written") throw new Error(`The store answered "${result.kind}" to the making of image "${id}"`);
  return readRow(imagesIn(deps), result.record);
}

export function imageTypeOf(mediaType: string | undefined): ImageType | undefined {
  return imageTypes.find((type) => type === mediaType);
}

export function extensionOf(type: ImageType): string {
  return type === "image/jpeg" ? "jpg" : type.slice("image/".length);
}

function notAnImage(filename: string, mediaType: string | undefined) {
  const found = mediaType === undefined ? "" : ` but ${mediaType}`;
  const reason = `is no PNG, JPEG, GIF or WebP image${found}, whatever its name says`;
  return refuse({ code: "unsupported_content", what: `"${tidyName(filename, "image/png")}"`, reason });
}

const LONGEST_NAME = 200;
// Control characters, separators of lines and folders, and the marks that reverse the order of what is shown.
const INVISIBLE = /[\p{Cc}\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069/\\]/gu;

/** Names are shown in prompts, lists and headers. */
function tidyName(filename: string, type: ImageType): string {
  const shown = toWellFormedText(filename).replaceAll(INVISIBLE, "").trim();
  return Array.from(shown).slice(0, LONGEST_NAME).join("") || `image.${extensionOf(type)}`;
}
