/** What may be done with images, opened once by `main`. */
import type { SessionId } from "../../core/ids.ts";
import type { TurnInput } from "../../core/ports/harness.ts";
import type { Outcome } from "../../core/refusal.ts";
import { makeKeyedQueue } from "../../lib/keyed-queue.ts";
import { listRecords } from "../records/list-records.ts";
import { removeRecord } from "../records/remove-record.ts";
import type { Reader, Writer } from "../records/resource.ts";
import { admitImages } from "./admit-images.ts";
import type { Admission, AdmittedContent } from "./admit-images.ts";
import { createImage } from "./create-image.ts";
import type { CreateImage } from "./create-image.ts";
import { forgetImages } from "./forget-images.ts";
import { imagesIn } from "./image-kind.ts";
import type { Image, ImageDeps } from "./image-kind.ts";
import { openImage, openThumbnail } from "./read-image.ts";
import type { OpenedImage } from "./read-image.ts";

export interface Images {
  create(writer: Writer, command: CreateImage): Promise<Outcome<Image>>;
  /** Newest first. */
  list(reader: Reader, page: { readonly offset: number; readonly limit: number }): Promise<readonly Image[]>;
  open(reader: Reader, id: string): Promise<Outcome<OpenedImage>>;
  thumbnail(reader: Reader, id: string): Promise<Outcome<OpenedImage>>;
  /** Messages that show it say from then on that it is no longer there. */
  remove(writer: Writer, id: string): Promise<Outcome<Image>>;
  /** The images of a message on its way in. */
  admit(admission: Admission): Promise<Outcome<AdmittedContent>>;
  /** For a prompt: whole, because no vendor takes it otherwise. */
  load(reader: Reader, id: string): ReturnType<NonNullable<TurnInput["loadImage"]>>;
  /** Those that a session brought, when the session is erased. */
  forget(sessionId: SessionId): Promise<void>;
}

export function makeImages(deps: ImageDeps): Images {
  const kind = imagesIn(deps);
  const making = makeKeyedQueue();
  return {
    create: (writer, command) => createImage(deps, writer, command),
    list: async (reader, page) => (await listRecords(kind, reader, page)).items,
    open: (reader, id) => openImage(deps, reader, id),
    thumbnail: (reader, id) => openThumbnail({ ...deps, making }, reader, id),
    remove: (writer, id) => removeRecord(kind, writer, id),
    admit: (admission) => admitImages(deps, admission),
    load: (reader, id) => loadImage(deps, reader, id),
    forget: (sessionId) => forgetImages(deps, sessionId),
  };
}

async function loadImage(deps: ImageDeps, reader: Reader, id: string) {
  const opened = await openImage(deps, reader, id);
  if (!opened.ok) return undefined;
  const { sizeBytes, mediaType, read } = opened.value;
  const chunks: Uint8Array[] = [];
  for await (const chunk of read({ start: 0, end: sizeBytes })) chunks.push(chunk);
  return { bytes: Buffer.concat(chunks), mediaType };
}
