/** Images: uploaded as forms, listed, read whole or in part, as thumbnails, deleted. */
import { z } from "zod";
import type { Images } from "../../app/images/images.ts";
import type { Image } from "../../app/images/image-kind.ts";
import type { OpenedImage } from "../../app/images/read-image.ts";
import type { Limits } from "../../core/limits.ts";
import { bytesReply } from "../../http/byte-reply.ts";
import { idParam, intParam } from "../../http/input.ts";
import { readForm } from "../../http/multipart.ts";
import { answer, empty, json, route } from "../../http/route.ts";
import type { Route, RouteRequest } from "../../http/route.ts";
import { image, imageList, uploadImageForm } from "./schema/image.ts";
import type { Image as WireImage, ImageEntry } from "./schema/image.ts";

export interface ImageUseCases {
  readonly images: Pick<Images, "create" | "list" | "open" | "thumbnail" | "remove">;
}

export interface ImageRouteDeps {
  readonly uses: ImageUseCases;
  readonly limits: Limits;
}

const imagePath = z.object({ image_id: idParam("image") });
const DEFAULT_IMAGES = 50;
const MAX_IMAGES = 100;

export function imageRoutes(deps: ImageRouteDeps): readonly Route[] {
  return [
    uploadRoute(deps),
    listRoute(deps),
    bytesRoute(deps, "image"),
    bytesRoute(deps, "thumbnail"),
    deleteRoute(deps),
  ];
}

function encodeImage({ id, createdAt, body }: Image): WireImage {
  const { filename, content_type, size_bytes } = body;
  return { id, filename, content_type, size_bytes, created_at: createdAt };
}

function encodeEntry(each: Image): ImageEntry {
  const { session_id: sessionId } = each.body;
  return {
    ...encodeImage(each),
    metadata: sessionId === undefined || sessionId === null ? {} : { session_id: sessionId },
  };
}

function uploadRoute({ uses, limits }: ImageRouteDeps): Route {
  return route(
    {
      method: "post",
      path: "/images",
      id: "uploadImage",
      group: "images",
      summary: "Upload an image",
      description:
        "Messages name it as `image_file` with its id. `session_id` may be a part of the form or a parameter.",
      query: z.object({ session_id: idParam("session").optional() }),
      body: { kind: "form", schema: uploadImageForm, description: "A form with the image as its part `file`" },
      responses: { 201: { description: "The image", schema: image } },
      refusals: ["not_found", "unsupported_content"],
    },
    async ({ principal, query, body, header }) => {
      const file = { fileField: "file", maxFileBytes: limits.fileBytes, setting: "fileBytes" };
      const read = await readForm(body, { contentType: header("content-type"), ...file }, (form) =>
        uses.images.create(principal, {
          filename: form.fileName,
          content: form.content,
          sessionId: async () => (await form.fields()).get("session_id") ?? query.session_id,
        }),
      );
      if (!read.ok) return { kind: "problem", problem: read.problem };
      return answer(read.value, (made) => json(201, encodeImage(made)));
    },
  );
}

function listRoute({ uses }: ImageRouteDeps): Route {
  return route(
    {
      method: "get",
      path: "/images",
      id: "listImages",
      group: "images",
      summary: "List images, newest first",
      query: z.object({
        offset: intParam({ min: 0, max: 1_000_000_000 }).default(0),
        limit: intParam({ min: 1, max: MAX_IMAGES, clamp: true }).default(DEFAULT_IMAGES),
      }),
      responses: { 200: { description: "A page of images", schema: imageList } },
    },
    async ({ principal, query }) => json(200, (await uses.images.list(principal, query)).map(encodeEntry)),
  );
}

function bytesRoute({ uses }: ImageRouteDeps, what: "image" | "thumbnail"): Route {
  const isImage = what === "image";
  return route(
    {
      method: "get",
      path: isImage ? "/images/{image_id}" : "/images/{image_id}/thumbnail",
      id: isImage ? "readImage" : "readThumbnail",
      group: "images",
      summary: isImage ? "Read an image" : "Read an image as a WebP of 200 × 200",
      description: "Knows Range, ETag and If-None-Match.",
      params: imagePath,
      responses: {
        200: { description: "The bytes", content: "*/*" },
        206: { description: "A part of the bytes", content: "*/*" },
        304: { description: "Not changed" },
      },
      refusals: isImage ? ["not_found"] : ["not_found", "unsupported_content", "not_installed", "storage_full"],
      problems: ["range_not_satisfiable"],
    },
    async ({ principal, params, header }) =>
      answer(await (isImage ? uses.images.open : uses.images.thumbnail)(principal, params.image_id), (opened) =>
        imageReply(opened, header),
      ),
  );
}

function imageReply(
  { image: { body }, hash, sizeBytes, mediaType, read }: OpenedImage,
  header: RouteRequest["header"],
) {
  const headers = {
    "Content-Type": mediaType,
    "Content-Disposition": `inline; filename*=UTF-8''${encodeName(body.filename)}`,
    // Bytes never change, but they may be deleted, and a browser must not go on showing them to whoever uses it next.
    "Cache-Control": "private, no-cache",
  };
  return bytesReply({ name: body.filename, sizeBytes, etag: `"${hash.slice(0, 32)}"`, headers, read }, header);
}

/** RFC 8187. */
function encodeName(name: string): string {
  return encodeURIComponent(name).replaceAll(/['()*]/g, (each) => `%${each.charCodeAt(0).toString(16).toUpperCase()}`);
}

function deleteRoute({ uses }: ImageRouteDeps): Route {
  return route(
    {
      method: "delete",
      path: "/images/{image_id}",
      id: "deleteImage",
      group: "images",
      summary: "Delete an image",
      description: "Messages that show it stay, and models are told that it is no longer there.",
      params: imagePath,
      responses: { 204: { description: "Deleted" } },
      refusals: ["not_found"],
    },
    async ({ principal, params }) => answer(await uses.images.remove(principal, params.image_id), () => empty(204)),
  );
}
