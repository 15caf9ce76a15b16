/** Pictures on their way into a prompt: loaded by reference, or replaced by a sentence that says why they are not there. */
import type { LanguageModelV4FilePart } from "@ai-sdk/provider";
import { takesImageUrl } from "../../../core/image-types.ts";
import type { ContentPart } from "../../../core/events/content.ts";
import type { TurnInput } from "../../../core/ports/harness.ts";

export type ImagePart = Extract<ContentPart, { type: "image" | "image_file" }>;
export type ShownImage = LanguageModelV4FilePart | { readonly type: "text"; readonly text: string };

function note(text: string): ShownImage {
  return { type: "text", text: `[${text}]` };
}

function nameOf(part: ImagePart): string {
  if (part.type === "image") return "An image";
  return `The image "${part.filename ?? part.image_id}"`;
}

function byUrl(url: string, part: ImagePart, { providerType }: TurnInput["model"]): ShownImage {
  if (!takesImageUrl(providerType))
    return note(`${nameOf(part)} at ${url} was left out: it has to be attached instead`);
  if (!URL.canParse(url)) return note(`${nameOf(part)} was left out: "${url}" is no URL`);
  return { type: "file", mediaType: "image", data: { type: "url", url: new URL(url) } };
}

export async function showImage(
  part: ImagePart,
  { model, loadImage }: Pick<TurnInput, "model" | "loadImage">,
): Promise<ShownImage> {
  if (!model.canSeeImages)
    return note(`${nameOf(part)} was left out: the model ${model.vendorModel} cannot see images`);
  if (part.type === "image_file") {
    const image = await loadImage?.(part.image_id);
    if (image === undefined) return note(`${nameOf(part)} is no longer there`);
    return { type: "file", mediaType: image.mediaType, data: { type: "data", data: image.bytes } };
  }
  if (part.base64 !== undefined) {
    return { type: "file", mediaType: part.media_type ?? "image", data: { type: "data", data: part.base64 } };
  }
  return part.url === undefined ? note("An empty image was left out") : byUrl(part.url, part, model);
}
