/** Models: a vendor's model at one provider. The same vendor's model is there once per provider. */
import type { ModelBody } from "../../core/records/bodies.ts";
import { accept, refuse } from "../../core/refusal.ts";
import type { Outcome } from "../../core/refusal.ts";
import { requireRole } from "../keys/require-role.ts";
import { createRecord } from "./create-record.ts";
import { modelName } from "./environment-providers.ts";
import { getRecord } from "./get-record.ts";
import { refuseIfUsed } from "./in-use.ts";
import type { Kinds } from "./kinds.ts";
import { eachRecord } from "./list-records.ts";
import type { RecordListQuery, RecordPage } from "./list-records.ts";
import { mergePatch } from "./merge-patch.ts";
import { removeRecord } from "./remove-record.ts";
import type { KindDeps, Reader, Resource, Writer } from "./resource.ts";
import { updateRecord } from "./update-record.ts";
import { findWorkspace } from "./workspaces.ts";

export type Model = Resource<ModelBody>;

export interface CreateModel {
  readonly providerId: string;
  /** The vendor's name for it. */
  readonly vendorModel: string;
  readonly displayName?: string | null;
  /** Further members of the body. */
  readonly settings?: ModelSettings;
}

/** What may be said of a model; where it is reached and what its vendor calls it stay. */
export interface ModelSettings {
  readonly display_name?: unknown;
  readonly enabled?: unknown;
  readonly is_favorite?: unknown;
  readonly context_tokens?: unknown;
  readonly max_output_tokens?: unknown;
  readonly can_see_images?: unknown;
  readonly price?: unknown;
}

export interface ModelListQuery extends RecordListQuery {
  readonly providerId?: string;
  readonly source?: ModelSource;
  readonly isFavorite?: boolean;
  /** Those that their vendor does not list any more are left out unless they are asked for. */
  readonly includeStale?: boolean;
}

export type ModelSource = ModelBody["source"] | "predefined";

export function sourceOf({ isVirtual, body }: Model): ModelSource {
  return isVirtual ? "predefined" : body.source;
}

export interface Models {
  create(writer: Writer, command: CreateModel): Promise<Outcome<Model>>;
  get(reader: Reader, id: string): Promise<Outcome<Model>>;
  list(reader: Reader, query: ModelListQuery): Promise<Outcome<RecordPage<ModelBody>>>;
  update(
    writer: Writer,
    change: { readonly id: string; readonly patch: ModelSettings; readonly version?: number },
  ): Promise<Outcome<Model>>;
  remove(writer: Writer, id: string): Promise<Outcome<Model>>;
}

type ModelKinds = Pick<Kinds, "model" | "provider" | "agent" | "harness" | "workspace">;

export function makeModels(kinds: ModelKinds): Models {
  const { model } = kinds;
  const guarded: KindDeps<ModelBody> = {
    ...model,
    kind: { ...model.kind, checkRemoval: (resource, reader) => refuseUsedModel(kinds, reader, resource) },
  };
  return {
    create: (writer, command) => createModel(kinds, writer, command),
    get: (reader, id) => getRecord(model, reader, id),
    list: (reader, query) => listModels(kinds, reader, query),
    update: (writer, { id, patch, version }) =>
      updateRecord(model, writer, { id, patch, ...(version === undefined ? {} : { version }) }),
    remove: (writer, id) => removeRecord(guarded, writer, id),
  };
}

const VENDOR_MODEL = /^[\x21-\x7e]{1,150}$/;

async function createModel(
  { model, provider }: ModelKinds,
  writer: Writer,
  { providerId, vendorModel, displayName, settings }: CreateModel,
): Promise<Outcome<Model>> {
  const role = requireRole(writer, "member");
  if (!role.ok) return role;
  const found = await getRecord(provider, writer, providerId);
  if (!found.ok) return found;
  if (!VENDOR_MODEL.test(vendorModel)) {
    const reason = "must have 1 to 150 printable ASCII characters and no spaces";
    return refuse({ code: "invalid_input", path: "/model_id", reason });
  }
  const { id } = found.value;
  const told = { display_name: displayName ?? vendorModel, ...settings, provider_id: id, model_id: vendorModel };
  // As in a patch, null says nothing.
  const body = mergePatch({}, told);
  const created = await createRecord(model, writer, { name: modelName(id, vendorModel), body });
  if (created.ok || created.refusal.code !== "already_exists") return created;
  return refuse({ code: "already_exists", kind: "model", name: vendorModel });
}

async function listModels(
  { model, provider }: ModelKinds,
  reader: Reader,
  { providerId, ...query }: ModelListQuery,
): Promise<Outcome<RecordPage<ModelBody>>> {
  const found = providerId === undefined ? null : await getRecord(provider, reader, providerId);
  if (found !== null && !found.ok) return found;
  const { offset = 0, limit } = query;
  const wanted: Model[] = [];
  for await (const each of eachRecord(model, reader)) {
    const isThere = found === null || each.body.provider_id === found.value.id;
    if (isThere && isWanted(each, query)) wanted.push(each);
  }
  return accept({ items: wanted.slice(offset, offset + limit), total: wanted.length });
}

function isWanted(model: Model, { search = "", source, isFavorite, includeStale }: ModelListQuery): boolean {
  const { name, body } = model;
  if (!`${name} ${body.display_name}`.toLowerCase().includes(search.toLowerCase())) return false;
  if (body.is_stale && includeStale !== true) return false;
  if (isFavorite === true && !body.is_favorite) return false;
  return source === undefined || sourceOf(model) === source;
}

async function refuseUsedModel(kinds: ModelKinds, reader: Reader, resource: Model): Promise<Outcome<null>> {
  const { model: of, agent, harness } = kinds;
  const isUser = (body: { readonly default_model_id?: string | null | undefined }) =>
    body.default_model_id === resource.id;
  const byAgent = await refuseIfUsed(reader, { of, resource, by: agent, isUser });
  if (!byAgent.ok) return byAgent;
  const byHarness = await refuseIfUsed(reader, { of, resource, by: harness, isUser });
  if (!byHarness.ok) return byHarness;
  const workspace = await findWorkspace(kinds, reader.workspaceId);
  if (workspace === undefined || !isUser(workspace.body)) return accept(null);
  return refuse({ code: "in_use", kind: "model", name: resource.name, by: `workspace "${workspace.name}"` });
}
