/**
 * Which model answers, and how to reach it. The first one that is named counts, from the nearest place to the farthest;
 * if it cannot be used that is said, and never another one taken in its stead, which would surprise by its bill.
 */
import type { ModelAccess } from "../../core/ports/model.ts";
import { findModel } from "../../core/prices.ts";
import type { WorkspaceId } from "../../core/ids.ts";
import type { ModelBody } from "../../core/records/bodies.ts";
import { refuse } from "../../core/refusal.ts";
import type { Outcome } from "../../core/refusal.ts";
import { SCRIPTED_MODEL_ID } from "./environment-providers.ts";
import type { EnvironmentProviders } from "./environment-providers.ts";
import { getRecord } from "./get-record.ts";
import type { Kinds } from "./kinds.ts";
import { eachRecord } from "./list-records.ts";
import { accessOf } from "./model-access.ts";
import type { AccessDeps } from "./model-access.ts";
import type { Reader, Resource } from "./resource.ts";

export interface ModelChoice {
  readonly workspaceId: WorkspaceId;
  /** Controls of the message, session, agent, harness, workspace default. */
  readonly modelIds: readonly (string | null | undefined)[];
}

export type ResolveModel = (choice: ModelChoice) => Promise<Outcome<ModelAccess>>;

export interface ResolveModelDeps extends AccessDeps {
  readonly kinds: Pick<Kinds, "provider" | "model">;
  readonly environment: Pick<EnvironmentProviders, "keyOf" | "defaultModelId">;
}

export function makeResolveModel(deps: ResolveModelDeps): ResolveModel {
  return async ({ workspaceId, modelIds }) => {
    const reader = { workspaceId };
    const named = modelIds.find((id) => id !== null && id !== undefined);
    const id = named ?? deps.environment.defaultModelId ?? (await oldestModelId(deps, reader)) ?? SCRIPTED_MODEL_ID;
    const model = await getRecord(deps.kinds.model, reader, id);
    if (!model.ok) return model;
    return openModel(deps, reader, model.value);
  };
}

async function openModel(
  deps: ResolveModelDeps,
  reader: Reader,
  { id, body }: Resource<ModelBody>,
): Promise<Outcome<ModelAccess>> {
  if (!body.enabled) {
    return refuse({
      code: "invalid_input",
      path: "/model_id",
      reason: `names the model "${body.display_name}", which is disabled`,
    });
  }
  const provider = await getRecord(deps.kinds.provider, reader, body.provider_id);
  if (!provider.ok) return provider;
  return accessOf(deps, provider.value, { id, vendorModel: body.model_id, body });
}

/**
 * The first that was configured and can be used, as the default until one is named. One that a person chose goes before
 * one that a vendor's list brought along, and of those one that something is known of before any other.
 */
async function oldestModelId({ kinds }: ResolveModelDeps, reader: Reader): Promise<string | null> {
  let best: { readonly id: string; readonly rank: number } | null = null;
  for await (const { id, isVirtual, body } of eachRecord(kinds.model, reader)) {
    if (isVirtual || !body.enabled || body.is_stale) continue;
    const rank = body.source === "manual" ? 0 : findModel(body.model_id) === undefined ? 2 : 1;
    if (best === null || rank <= best.rank) best = { id, rank };
  }
  return best?.id ?? null;
}
