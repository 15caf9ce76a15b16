/** Pictures that are taken, and how they may be shown to which provider. */
import type { ProviderType } from "./ports/model.ts";

/** What every large vendor can see. */
export const imageTypes = ["image/png", "image/jpeg", "image/gif", "image/webp"] as const;
export type ImageType = (typeof imageTypes)[number];

/** Gemini takes only its own files by URL; fetching one for it from here would let a message reach into our network. */
const takesUrl: Readonly<Record<ProviderType, boolean>> = {
  anthropic: true,
  openai: true,
  openai_completions: true,
  openai_compatible: true,
  gemini: false,
  scripted: true,
};

export function takesImageUrl(type: ProviderType): boolean {
  return takesUrl[type];
}
