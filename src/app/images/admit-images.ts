/**
 * The images of a message on its way in (B8): those inside it become records of their own and references in the message,
 * references are looked up, addresses are checked and never fetched.
 *
 *   admit ──▶ is the message going in? ──yes──▶ keep ──▶ commit of the message ──refused──▶ discard
 *
 * Invariant: a message in the log names only images that are there; a message that is refused leaves none behind. (A crash
 * between the two may: an image that no message shows, in the list of images and deleted with its session.)
 */
import type { ContentPart } from "../../core/events/content.ts";
import type { Limits } from "../../core/limits.ts";
import type { SessionId } from "../../core/ids.ts";
import { accept, refuse } from "../../core/refusal.ts";
import type { Outcome } from "../../core/refusal.ts";
import { decodeBase64 } from "../../lib/base64.ts";
import { mediaTypeOf } from "../../lib/image-type.ts";
import { getRecord } from "../records/get-record.ts";
import type { Reader } from "../records/resource.ts";
import { imagesIn } from "./image-kind.ts";
import type { ImageDeps } from "./image-kind.ts";
import { extensionOf, imageTypeOf, storeImage, writeImage } from "./store-image.ts";

export interface Admission {
  readonly reader: Reader;
  readonly sessionId: SessionId;
  readonly content: readonly ContentPart[];
  /** JSON pointer of `content` in what the client sent. */
  readonly path: string;
}

export interface AdmittedContent {
  readonly content: readonly ContentPart[];
  /** Makes what `content` names; twice is the same as once. */
  keep(): Promise<Outcome<null>>;
  /** Takes back what `keep` made. */
  discard(): Promise<void>;
}

/** One part of the message: what it becomes, how many bytes a model is shown for it, what has to be kept for that. */
interface Admitted {
  readonly part: ContentPart;
  readonly sizeBytes: number;
  readonly inline?: { readonly id: string; readonly filename: string; readonly bytes: Uint8Array };
}

type ImagePart = Extract<ContentPart, { type: "image" }>;

export async function admitImages(deps: ImageDeps, admission: Admission): Promise<Outcome<AdmittedContent>> {
  const parts: Admitted[] = [];
  for (const [index, part] of admission.content.entries()) {
    const admitted = await admitPart(deps, admission.reader, { part, path: `${admission.path}/${index}` });
    if (!admitted.ok) return admitted;
    parts.push(admitted.value);
  }
  const sizeBytes = parts.reduce((sum, part) => sum + part.sizeBytes, 0);
  if (sizeBytes > deps.limits.messageImagesBytes) return tooLarge(deps.limits);
  return accept(new Keeping(deps, admission, parts));
}

function tooLarge({ messageImagesBytes }: Pick<Limits, "messageImagesBytes">) {
  const what = "the images of the message";
  return refuse({ code: "too_large", what, limit: messageImagesBytes, setting: "messageImagesBytes" });
}

interface PartAt {
  readonly part: ContentPart;
  readonly path: string;
}

async function admitPart(deps: ImageDeps, reader: Reader, { part, path }: PartAt): Promise<Outcome<Admitted>> {
  if (part.type === "image") return admitImage(deps, part, path);
  if (part.type !== "image_file") return accept({ part, sizeBytes: 0 });
  const found = await getRecord(imagesIn(deps), reader, part.image_id);
  if (!found.ok) return found;
  const { id, body } = found.value;
  return accept({ part: { ...part, image_id: id }, sizeBytes: body.size_bytes });
}

async function admitImage(deps: ImageDeps, part: ImagePart, path: string): Promise<Outcome<Admitted>> {
  const { url, base64 } = part;
  if (url !== undefined && base64 !== undefined) return badPart(path, "has both url and base64; give one of them");
  if (url !== undefined) return admitUrl(part, `${path}/url`, url);
  if (base64 === undefined) return badPart(path, "has neither url nor base64; give one of them");
  const bytes = decodeBase64(base64);
  if (bytes === undefined) return badPart(`${path}/base64`, "is not base64");
  const type = imageTypeOf(await mediaTypeOf(bytes));
  if (type === undefined) return badPart(`${path}/base64`, "is no PNG, JPEG, GIF or WebP image");
  const id = deps.mint("image");
  const filename = `image.${extensionOf(type)}`;
  const shown = { type: "image_file", image_id: id, filename } as const;
  return accept({ part: shown, sizeBytes: bytes.byteLength, inline: { id, filename, bytes } });
}

const LONGEST_URL = 4_096;

/** Kept for the vendor, who fetches it; from here nothing is ever fetched for a message. */
function admitUrl(part: ImagePart, path: string, text: string): Outcome<Admitted> {
  if (text.length > LONGEST_URL) return badPart(path, `is longer than ${LONGEST_URL} characters`);
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url?.protocol !== "https:") return badPart(path, "is no https URL; for another image send its bytes as base64");
  if (url.username !== "" || url.password !== "") return badPart(path, "has a user name or password in it");
  return accept({ part: { type: "image", url: url.href }, sizeBytes: 0 });
}

function badPart(path: string, reason: string) {
  return refuse({ code: "invalid_input", path, reason });
}

class Keeping implements AdmittedContent {
  readonly content: readonly ContentPart[];
  readonly #deps: ImageDeps;
  readonly #admission: Admission;
  #left: readonly NonNullable<Admitted["inline"]>[];
  #kept: string[] = [];

  constructor(deps: ImageDeps, admission: Admission, parts: readonly Admitted[]) {
    this.#deps = deps;
    this.#admission = admission;
    this.content = parts.map(({ part }) => part);
    this.#left = parts.flatMap(({ inline }) => inline ?? []);
  }

  async keep(): Promise<Outcome<null>> {
    const { reader, sessionId } = this.#admission;
    const { workspaceId } = reader;
    for (const { id, filename, bytes } of this.#left) {
      const stored = await storeImage(this.#deps, { filename, content: once(bytes) });
      if (!stored.ok) return stored;
      await writeImage(this.#deps, { id, workspaceId, sessionId, body: stored.value });
      this.#kept.push(id);
    }
    // Their bytes are on the disk now and need not be held for as long as somebody waits for an answer.
    this.#left = [];
    return accept(null);
  }

  async discard(): Promise<void> {
    const { workspaceId } = this.#admission.reader;
    for (const id of this.#kept) {
      await this.#deps.store.writeRecord({ kind: "delete", of: { kind: "image", id, workspaceId } });
    }
    this.#kept = [];
  }
}

async function* once(bytes: Uint8Array): AsyncIterable<Uint8Array> {
  yield bytes;
}
