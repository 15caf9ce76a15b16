/**
 * How to reach a model, from its provider, its key and what is known of it. The model's own record says more than the
 * price table; of a model that nobody knows little is assumed.
 */
import type { ModelAccess } from "../../core/ports/model.ts";
import { findModel, unknownModel } from "../../core/prices.ts";
import type { ModelFacts } from "../../core/prices.ts";
import type { ModelBody, ProviderBody } from "../../core/records/bodies.ts";
import { accept, refuse } from "../../core/refusal.ts";
import type { Outcome } from "../../core/refusal.ts";
import type { WorkspaceId } from "../../core/ids.ts";
import type { Secrets } from "../secrets.ts";
import type { EnvironmentProviders } from "./environment-providers.ts";
import type { Resource } from "./resource.ts";

export interface AccessDeps {
  readonly secrets: Pick<Secrets, "read">;
  readonly environment: Pick<EnvironmentProviders, "keyOf">;
}

export interface NamedModel {
  /** Null for one that no record names. */
  readonly id: string | null;
  readonly vendorModel: string;
  readonly body: Partial<ModelBody>;
}

export async function accessOf(
  deps: AccessDeps,
  provider: Resource<ProviderBody>,
  model: NamedModel,
): Promise<Outcome<ModelAccess>> {
  const key = await keyOf(deps, provider);
  if (!key.ok) return key;
  return accept({
    providerType: provider.body.provider_type,
    providerId: provider.id,
    baseUrl: provider.body.base_url ?? null,
    apiKey: key.value,
    modelId: model.id,
    vendorModel: model.vendorModel,
    ...factsOf(model),
  });
}

export function factsOf({ vendorModel, body }: Pick<NamedModel, "vendorModel" | "body">): ModelFacts {
  const known = findModel(vendorModel) ?? unknownModel;
  return {
    contextTokens: body.context_tokens ?? known.contextTokens,
    maxOutputTokens: body.max_output_tokens ?? known.maxOutputTokens,
    price: priceOf(body) ?? known.price,
    canSeeImages: body.can_see_images ?? known.canSeeImages,
  };
}

function priceOf({ price }: Partial<ModelBody>): ModelFacts["price"] {
  if (price === undefined || price === null) return null;
  const { input, output, cacheRead, cacheWrite } = price;
  return {
    input,
    output,
    ...(cacheRead === undefined ? {} : { cacheRead }),
    ...(cacheWrite === undefined ? {} : { cacheWrite }),
  };
}

/** Null where the provider needs none, or has none and will say so itself. */
async function keyOf(
  { secrets, environment }: AccessDeps,
  provider: Resource<ProviderBody>,
): Promise<Outcome<string | null>> {
  if (provider.body.key_source === "environment") return accept(environment.keyOf(provider.id));
  if (provider.body.key_source === "none") return accept(null);
  const secret = await secrets.read(keyPlace(provider));
  if (secret.kind === "set") return accept(secret.text);
  if (secret.kind === "unset") return accept(null);
  const reason = `the key of provider "${provider.name}" is sealed under another secret key; start the server with that one (SERAI_SECRET_KEY) or set the API key anew`;
  return refuse({ code: "invalid_input", path: "/model_id", reason });
}

export function keyPlace({ workspaceId, id }: { readonly workspaceId: WorkspaceId; readonly id: string }) {
  return { workspaceId, kind: "provider_key", id } as const;
}
