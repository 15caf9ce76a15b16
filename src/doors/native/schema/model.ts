/** Providers and models on the native wire. A key goes in as `api_key` and never comes out. */
import { z } from "zod";
import { providerTypes } from "../../../core/ports/model.ts";
import { listEnvelope } from "../../../http/paging.ts";
import { nameField, recordFields } from "./agent.ts";

export const provider = z
  .object({
    ...recordFields,
    provider_type: z.enum(providerTypes),
    base_url: z.string().nullable(),
    api_key_set: z.boolean(),
    key_source: z.enum(["stored", "environment", "none"]),
    status: z.enum(["active", "needs_key"]).meta({
      description: "needs_key: the API key was sealed under another secret key; set it anew or start with that one",
    }),
    last_synced_at: z.iso.datetime().nullable().meta({ description: "When its models were last looked up" }),
    is_built_in: z.boolean().meta({ description: "Named by the server's environment, or always there; read-only" }),
  })
  .meta({ id: "Provider" });

export const providerList = listEnvelope(provider).meta({ id: "ProviderList" });

const baseUrlField = z.string().max(2_000).nullish().meta({
  description: "As the AI SDK takes it; one without a path gets /v1. Only owners may name a private address",
});
const apiKeyField = z.string().max(4_096).nullish();

export const createProviderBody = z
  .object({
    name: nameField,
    provider_type: z.enum(providerTypes),
    base_url: baseUrlField,
    api_key: apiKeyField,
  })
  .meta({ id: "CreateProvider" });

export const editProviderBody = z
  .object({ name: nameField.optional(), base_url: baseUrlField, api_key: apiKeyField })
  .meta({ id: "EditProvider", description: "What is left out stays as it is; null clears" });

export const providerTest = z.object({ ok: z.boolean(), error: z.string().nullable() }).meta({ id: "ProviderTest" });

export const modelSync = z
  .union([
    z.object({ status: z.literal("success"), created: z.int(), updated: z.int(), stale: z.int() }),
    z.object({ status: z.literal("not_supported") }),
  ])
  .meta({ id: "ModelSync", description: "stale: how many its vendor has stopped listing since the last time" });

export const modelSource = z.enum(["manual", "discovered", "predefined"]).meta({ id: "ModelSource" });

const price = z
  .object({
    input: z.number().nonnegative(),
    output: z.number().nonnegative(),
    cache_read: z.number().nonnegative().nullish(),
    cache_write: z.number().nonnegative().nullish(),
  })
  .meta({ id: "ModelPrice", description: "US dollars per million tokens" });

export const model = z
  .object({
    ...recordFields,
    provider_id: z.string(),
    model_id: z.string().meta({ description: "The vendor's name for it" }),
    display_name: z.string(),
    enabled: z.boolean(),
    is_favorite: z.boolean(),
    status: z
      .enum(["active", "disabled", "stale"])
      .meta({ description: "stale: its vendor does not list it any more" }),
    source: modelSource,
    context_tokens: z.int(),
    max_output_tokens: z.int(),
    can_see_images: z.boolean(),
    price: price.nullable(),
  })
  .meta({ id: "Model" });

export const modelList = listEnvelope(model).meta({ id: "ModelList" });

const modelFields = {
  enabled: z.boolean().optional(),
  is_favorite: z.boolean().optional(),
  context_tokens: z.int().positive().nullish(),
  max_output_tokens: z.int().positive().nullish(),
  can_see_images: z.boolean().nullish(),
  price: price.nullish(),
} as const;

export const createModelBody = z
  .object({ model_id: z.string().max(200), display_name: z.string().min(1).max(200).nullish(), ...modelFields })
  .meta({ id: "CreateModel" });

export const editModelBody = z.object({ display_name: z.string().min(1).max(200).optional(), ...modelFields }).meta({
  id: "EditModel",
  description: "What is left out stays as it is; null goes back to what is known of the model",
});

export type Provider = z.infer<typeof provider>;
export type ProviderList = z.infer<typeof providerList>;
export type CreateProvider = z.input<typeof createProviderBody>;
export type EditProvider = z.input<typeof editProviderBody>;
export type ProviderTest = z.infer<typeof providerTest>;
export type ModelSync = z.infer<typeof modelSync>;
export type Model = z.infer<typeof model>;
export type ModelList = z.infer<typeof modelList>;
export type CreateModel = z.input<typeof createModelBody>;
export type EditModel = z.input<typeof editModelBody>;
