/**
 * Brings the models of a provider to what its vendor lists: new ones are made, those it no longer lists are marked and
 * never deleted, for sessions and agents name them. What a person set of a model stays; models that people made are left
 * alone.
 */
import type { Clock } from "../../core/ports/clock.ts";
import type { ListedModel, ModelLister } from "../../core/ports/model.ts";
import type { ModelBody, ProviderBody } from "../../core/records/bodies.ts";
import { accept, refuse } from "../../core/refusal.ts";
import type { Outcome } from "../../core/refusal.ts";
import { requireRole } from "../keys/require-role.ts";
import { createRecord } from "./create-record.ts";
import { modelName } from "./environment-providers.ts";
import { getRecord } from "./get-record.ts";
import type { Kinds } from "./kinds.ts";
import { eachRecord } from "./list-records.ts";
import { accessOf } from "./model-access.ts";
import type { AccessDeps } from "./model-access.ts";
import type { Reader, Resource, Writer } from "./resource.ts";
import { updateRecord } from "./update-record.ts";

export interface SyncModelsDeps extends AccessDeps {
  readonly kinds: Pick<Kinds, "provider" | "model">;
  readonly lister: ModelLister;
  readonly now: Clock["now"];
}

export type SyncedModels =
  | { readonly status: "success"; readonly created: number; readonly updated: number; readonly stale: number }
  | { readonly status: "not_supported" };

type Model = Resource<ModelBody>;

export async function syncModels(
  deps: SyncModelsDeps,
  writer: Writer,
  { id, signal }: { readonly id: string; readonly signal: AbortSignal },
): Promise<Outcome<SyncedModels>> {
  const role = requireRole(writer, "member");
  if (!role.ok) return role;
  const provider = await getRecord(deps.kinds.provider, writer, id);
  if (!provider.ok) return provider;
  const access = await accessOf(deps, provider.value, { id: null, vendorModel: "", body: {} });
  if (!access.ok) return access;
  const listed = await deps.lister.list(access.value, signal);
  if (listed.kind === "not_supported") return accept({ status: "not_supported" });
  if (listed.kind === "failed") {
    return refuse({ code: "provider_failed", name: provider.value.name, reason: listed.error });
  }
  const sums = await settle(deps, writer, { provider: provider.value, listed: listed.models });
  if (!provider.value.isVirtual) {
    const patch = { last_synced_at: new Date(deps.now()).toISOString() };
    await updateRecord(deps.kinds.provider, writer, { id: provider.value.id, patch });
  }
  return accept({ status: "success", ...sums });
}

interface Settling {
  readonly provider: Resource<ProviderBody>;
  readonly listed: readonly ListedModel[];
}

async function settle(deps: SyncModelsDeps, writer: Writer, { provider, listed }: Settling) {
  const { model: kind } = deps.kinds;
  const known = await modelsOf(deps, writer, provider.id);
  const sums = { created: 0, updated: 0, stale: 0 };
  for (const one of listed) {
    const model = known.get(one.vendorModel);
    if (model === undefined) {
      const body = { ...discoveredBody(one), provider_id: provider.id, model_id: one.vendorModel };
      const made = await createRecord(kind, writer, { name: modelName(provider.id, one.vendorModel), body });
      // Somebody else may have made it meanwhile.
      if (made.ok) sums.created++;
    } else if (model.body.source === "discovered" && (await update(deps, writer, { model, one }))) sums.updated++;
  }
  const names = new Set(listed.map(({ vendorModel }) => vendorModel));
  for (const { id, body } of known.values()) {
    if (body.source !== "discovered" || body.is_stale || names.has(body.model_id)) continue;
    const marked = await updateRecord(kind, writer, { id, patch: { is_stale: true } });
    if (marked.ok) sums.stale++;
  }
  return sums;
}

async function modelsOf({ kinds }: SyncModelsDeps, reader: Reader, providerId: string) {
  const found = new Map<string, Model>();
  for await (const model of eachRecord(kinds.model, reader)) {
    if (model.body.provider_id === providerId) found.set(model.body.model_id, model);
  }
  return found;
}

function saidOf({ vendorModel, displayName, contextTokens, maxOutputTokens }: ListedModel) {
  return {
    display_name: displayName ?? vendorModel,
    context_tokens: contextTokens,
    max_output_tokens: maxOutputTokens,
  };
}

const FIELDS = ["display_name", "context_tokens", "max_output_tokens"] as const;

function discoveredBody(one: ListedModel) {
  const said = saidOf(one);
  return { ...said, source: "discovered", discovered: said };
}

/** Whether there was anything to change. What is no longer as the vendor once said it is somebody's own choice. */
async function update(
  { kinds }: SyncModelsDeps,
  writer: Writer,
  { model: { id, body }, one }: { readonly model: Model; readonly one: ListedModel },
): Promise<boolean> {
  const said = saidOf(one);
  const before = body.discovered;
  const changed = FIELDS.filter((field) => (before?.[field] ?? null) !== said[field]);
  if (changed.length === 0 && !body.is_stale) return false;
  const untouched = changed.filter((field) => (body[field] ?? null) === (before?.[field] ?? null));
  const patch = {
    ...Object.fromEntries(untouched.map((field) => [field, said[field]])),
    discovered: said,
    is_stale: false,
  };
  return (await updateRecord(kinds.model, writer, { id, patch })).ok;
}
