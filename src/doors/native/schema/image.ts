/** Images on the native wire. */
import { z } from "zod";
import { imageTypes } from "../../../core/image-types.ts";

export const image = z
  .object({
    id: z.string(),
    filename: z.string(),
    content_type: z.enum(imageTypes).describe("What the bytes are, whatever the file's name says"),
    size_bytes: z.int(),
    created_at: z.iso.datetime(),
  })
  .meta({ id: "Image" });

export const imageEntry = image
  .extend({ metadata: z.object({ session_id: z.string().optional().describe("The session that it was brought by") }) })
  .meta({ id: "ImageEntry" });

export const imageList = z.array(imageEntry).meta({ id: "ImageList" });

export const uploadImageForm = z
  .object({
    file: z.string().meta({ format: "binary" }).describe("A PNG, JPEG, GIF or WebP image"),
    session_id: z.string().optional().describe("The image goes when this session is erased"),
  })
  .meta({ id: "UploadImage" });

export type Image = z.infer<typeof image>;
export type ImageEntry = z.infer<typeof imageEntry>;
