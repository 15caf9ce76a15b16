/** Images for messages: uploaded as forms, read as they are or small. */
import type { Image as WireImage, ImageEntry as WireImageEntry } from "../doors/native/schema/image.ts";
import { SeraiConnectionError } from "./errors.ts";
import type { Image, ImageEntry } from "./shapes.ts";
import type { Transport } from "./transport.ts";
import { fromWire } from "./wire-case.ts";

export interface UploadImage {
  /** A `File` brings its own. */
  readonly filename?: string;
  /** The image goes when this session is erased. */
  readonly sessionId?: string;
}

export interface Images {
  /** A PNG, JPEG, GIF or WebP image; messages name it as `{ type: "image_file", imageId }`. */
  upload(image: Blob | Uint8Array<ArrayBuffer>, options?: UploadImage): Promise<Image>;
  /** Newest first; 50 if no limit is given, at most 100. */
  list(query?: { readonly offset?: number; readonly limit?: number }): Promise<readonly ImageEntry[]>;
  /** The bytes, with their media type. */
  get(imageId: string): Promise<Blob>;
  /** At most 200 × 200, as WebP. */
  thumbnail(imageId: string): Promise<Blob>;
  /** Messages that show it stay, and models are told that it is no longer there. */
  delete(imageId: string): Promise<void>;
}

const NAMELESS = "image";

function formOf(image: Blob | Uint8Array<ArrayBuffer>, { filename, sessionId }: UploadImage): FormData {
  const form = new FormData();
  const own = image instanceof File ? image.name : NAMELESS;
  form.append("file", image instanceof Blob ? image : new Blob([image]), filename ?? own);
  if (sessionId !== undefined) form.append("session_id", sessionId);
  return form;
}

export function makeImages({ ask, json, empty }: Transport): Images {
  const at = (imageId: string, rest = "") => `/images/${encodeURIComponent(imageId)}${rest}`;
  const blobAt = async (path: string) => whole(path, (await ask({ method: "GET", path })).blob());
  return {
    /** Without a deadline: a large image over a slow line takes its time. */
    async upload(image, options = {}) {
      const response = await ask({ method: "POST", path: "/images", body: formOf(image, options) });
      return fromWire<WireImage>(JSON.parse(await whole("/images", response.text())));
    },
    list: (query) => json<WireImageEntry[]>({ method: "GET", path: "/images", query: { ...query } }),
    get: (imageId) => blobAt(at(imageId)),
    thumbnail: (imageId) => blobAt(at(imageId, "/thumbnail")),
    delete: (imageId) => empty({ method: "DELETE", path: at(imageId) }),
  };
}

async function whole<T>(path: string, content: Promise<T>): Promise<T> {
  try {
    return await content;
  } catch (cause) {
    throw new SeraiConnectionError(`The transfer of "${path}" broke off`, { cause });
  }
}
