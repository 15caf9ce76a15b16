/**
 * Providers and models that the server's environment names, and the scripted provider that is always there.
 *
 * Virtual and read-only: whoever starts the server decides about them, and every workspace may use them. Keys stay in
 * here and are handed out only by `keyOf`. A model of them keeps its id over restarts, because sessions remember it.
 */
import type { ModelBody, ProviderBody } from "../../core/records/bodies.ts";
import type { ProviderType } from "../../core/ports/model.ts";
import type { Refusal } from "../../core/refusal.ts";
import { tidyBaseUrl } from "./base-url.ts";
import type { Resource } from "./resource.ts";
import { fixedId, namedId, virtualResource } from "./virtual.ts";

export const SCRIPTED_PROVIDER_ID = fixedId("provider", "01933b5a000070008000000000000301");
export const SCRIPTED_MODEL_ID = fixedId("model", "01933b5a000070008000000000000401");

/** The first model is the vendor's default: the one a person would pick for work with tools. */
interface Vendor {
  readonly type: ProviderType;
  readonly name: string;
  readonly variables: string;
  readonly models: readonly (readonly [vendorModel: string, displayName: string])[];
}

const VENDORS: readonly Vendor[] = [
  {
    type: "anthropic",
    name: "Anthropic (environment)",
    variables: "ANTHROPIC",
    models: [
      ["claude-sonnet-5-5", "Claude Sonnet 5.5"],
      ["claude-opus-5-5", "Claude Opus 5.5"],
      ["claude-haiku-5-5", "Claude Haiku 5.5"],
    ],
  },
  {
    type: "openai",
    name: "OpenAI (environment)",
    variables: "OPENAI",
    models: [
      ["gpt-6.1-sol", "GPT-6.1 Sol"],
      ["gpt-6-astra", "GPT-6 Astra"],
      ["gpt-6-luna", "GPT-6 Luna"],
    ],
  },
  {
    type: "gemini",
    name: "Gemini (environment)",
    variables: "GEMINI",
    models: [
      ["gemini-3.8-flash", "Gemini 3.8 Flash"],
      ["gemini-4-argon", "Gemini 4 Argon"],
      ["gemini-3.5-flash-lite", "Gemini 3.5 Flash Lite"],
    ],
  },
];

export interface EnvironmentProviders {
  readonly providers: readonly Resource<ProviderBody>[];
  readonly models: readonly Resource<ModelBody>[];
  keyOf(providerId: string): string | null;
  /** What answers when nothing is named: the first vendor's first model, or nothing if only the scripted one is there. */
  readonly defaultModelId: string | null;
  /** Variables that could not be used; their provider is left out. */
  readonly refusals: readonly { readonly variable: string; readonly refusal: Refusal }[];
}

export type Environment = Readonly<Record<string, string | undefined>>;

interface Found {
  readonly provider: Resource<ProviderBody>;
  readonly models: readonly Resource<ModelBody>[];
  readonly key: string;
}

export function makeEnvironmentProviders(environment: Environment): EnvironmentProviders {
  const found: Found[] = [];
  const refusals: { variable: string; refusal: Refusal }[] = [];
  for (const vendor of VENDORS) {
    const variable = `${vendor.variables}_BASE_URL`;
    const key = environment[`${vendor.variables}_API_KEY`]?.trim() ?? "";
    const text = environment[variable]?.trim() ?? "";
    const baseUrl = text === "" ? null : tidyBaseUrl(text, vendor.type);
    if (key === "") continue;
    if (baseUrl?.ok === false) refusals.push({ variable, refusal: baseUrl.refusal });
    else found.push(providerOf(vendor, key, baseUrl?.value ?? null));
  }
  const keys = new Map(found.map(({ provider, key }) => [provider.id, key]));
  return {
    providers: [...found.map(({ provider }) => provider), scriptedProvider],
    models: [...found.flatMap(({ models }) => models), scriptedModel],
    keyOf: (providerId) => keys.get(providerId) ?? null,
    defaultModelId: found[0]?.models[0]?.id ?? null,
    refusals,
  };
}

const plainModel = { enabled: true, is_favorite: false, source: "manual", is_stale: false } as const;

function providerOf({ type, name, models }: Vendor, key: string, baseUrl: string | null): Found {
  const id = namedId("provider", ["environment", type]);
  return {
    key,
    provider: virtualResource({
      id,
      name,
      body: { provider_type: type, base_url: baseUrl, key_source: "environment" },
    }),
    models: models.map(([vendorModel, displayName]) =>
      virtualResource({
        id: namedId("model", ["environment", type, vendorModel]),
        name: modelName(id, vendorModel),
        body: { ...plainModel, provider_id: id, model_id: vendorModel, display_name: displayName },
      }),
    ),
  };
}

/** Two models of one provider are never the same; the store sees to it by this name. */
export function modelName(providerId: string, vendorModel: string): string {
  return `${providerId}/${vendorModel}`;
}

const scriptedProvider: Resource<ProviderBody> = virtualResource({
  id: SCRIPTED_PROVIDER_ID,
  name: "Scripted (built in)",
  body: { provider_type: "scripted", key_source: "none" },
});

const scriptedModel: Resource<ModelBody> = virtualResource({
  id: SCRIPTED_MODEL_ID,
  name: modelName(SCRIPTED_PROVIDER_ID, "scripted"),
  body: {
    ...plainModel,
    provider_id: SCRIPTED_PROVIDER_ID,
    model_id: "scripted",
    display_name: "Scripted",
    // It has no eyes, but the guide can be followed with it to the end.
    can_see_images: true,
  },
});

/** The model that a provider is tried with before it has one of its own. */
export function usualModelOf(type: ProviderType): string | null {
  if (type === "scripted") return "scripted";
  return VENDORS.find((vendor) => vendor.type === type)?.models[0]?.[0] ?? null;
}
