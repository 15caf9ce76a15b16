/**
 * From a model's access to a model that can be called, by the vendor's package. A package is loaded when the first call
 * needs it, never before: start-up and idle memory are measured. Nothing is read from the environment here, so a record
 * without a key is never sent somebody else's.
 */
import type { LanguageModelV4 } from "@ai-sdk/provider";
import type { ModelAccess, ProviderType } from "../../core/ports/model.ts";
import { makeScriptedModel } from "./scripted/model.ts";

/** The providers' own addresses; null where there is none to guess. */
const homes: Readonly<Record<ProviderType, string | null>> = {
  anthropic: "https://api.anthropic.com/v1",
  openai: "https://api.openai.com/v1",
  openai_completions: "https://api.openai.com/v1",
  gemini: "https://generativelanguage.googleapis.com/v1beta",
  openai_compatible: null,
  scripted: "scripted:",
};

/** The access lacks what this kind of provider needs; said before anything is sent. */
export class AccessIncomplete extends Error {
  // The name by which fault rules know a key that is missing, ours or the packages'.
  override readonly name = "AI_LoadAPIKeyError";
}

/** A base URL without a path gets the version that the vendor's own has (ruling 17). */
export function baseUrlOf({ providerType, baseUrl }: Pick<ModelAccess, "providerType" | "baseUrl">): string {
  const given = baseUrl ?? homes[providerType];
  if (given === null) throw new AccessIncomplete(`A provider of type ${providerType} needs a base URL`);
  if (baseUrl === null || providerType === "scripted") return given;
  if (!URL.canParse(given)) throw new AccessIncomplete(`"${given}" is no URL`);
  const url = new URL(given);
  if (url.pathname === "/") url.pathname = providerType === "gemini" ? "/v1beta" : "/v1";
  return url.href.replace(/\/+$/, "");
}

function keyOf({ providerType, baseUrl, apiKey }: ModelAccess): string {
  if (apiKey !== null && apiKey !== "") return apiKey;
  if (baseUrl === null) throw new AccessIncomplete(`The ${providerType} provider has no API key`);
  // Local servers ask for none, and the packages would look into the environment if nothing were given.
  return "none";
}

export async function openModel(access: ModelAccess): Promise<LanguageModelV4> {
  const { providerType, vendorModel } = access;
  const baseURL = baseUrlOf(access);
  switch (providerType) {
    case "anthropic": {
      const apiKey = keyOf(access);
      const { createAnthropic } = await import("@ai-sdk/anthropic");
      return createAnthropic({ baseURL, apiKey })(vendorModel);
    }
    case "openai":
    case "openai_completions": {
      const apiKey = keyOf(access);
      const { createOpenAI } = await import("@ai-sdk/openai");
      const provider = createOpenAI({ baseURL, apiKey });
      return providerType === "openai" ? provider.responses(vendorModel) : provider.chat(vendorModel);
    }
    case "gemini": {
      const apiKey = keyOf(access);
      const { createGoogle } = await import("@ai-sdk/google");
      return createGoogle({ baseURL, apiKey })(vendorModel);
    }
    case "openai_compatible": {
      const { createOpenAICompatible } = await import("@ai-sdk/openai-compatible");
      const apiKey = access.apiKey ?? undefined;
      const key = apiKey === undefined ? {} : { apiKey };
      return createOpenAICompatible({ name: "compatible", baseURL, includeUsage: true, ...key })(vendorModel);
    }
    case "scripted":
      return makeScriptedModel(vendorModel);
  }
}
