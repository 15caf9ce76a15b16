/**
 * Takes a provider away with the models that its vendor's list brought along. Refused while it has a model that a person
 * added, or one that something goes by.
 */
import type { ModelBody, ProviderBody } from "../../core/records/bodies.ts";
import { accept, refuse } from "../../core/refusal.ts";
import type { Outcome } from "../../core/refusal.ts";
import { requireRole } from "../keys/require-role.ts";
import { getRecord } from "./get-record.ts";
import { refuseIfUsed } from "./in-use.ts";
import type { Kinds } from "./kinds.ts";
import { eachRecord } from "./list-records.ts";
import { removeRecord } from "./remove-record.ts";
import type { Reader, Resource, Writer } from "./resource.ts";
import { findWorkspace } from "./workspaces.ts";

export type ProviderKinds = Pick<Kinds, "provider" | "model" | "agent" | "harness" | "workspace">;

export async function removeProvider(
  kinds: ProviderKinds,
  writer: Writer,
  id: string,
): Promise<Outcome<Resource<ProviderBody>>> {
  const role = requireRole(writer, "member");
  if (!role.ok) return role;
  const found = await getRecord(kinds.provider, writer, id);
  // What the program brings along is refused by the removal itself.
  if (!found.ok || found.value.isVirtual) return removeRecord(kinds.provider, writer, id);
  const models = await discoveredAt(kinds, writer, found.value);
  if (!models.ok) return models;
  const unused = await refuseIfNamed(kinds, writer, { provider: found.value, models: models.value });
  if (!unused.ok) return unused;
  for (const model of models.value) await removeRecord(kinds.model, writer, model.id);
  return removeRecord(kinds.provider, writer, id);
}

/** Those that nobody added, or which one somebody did. */
async function discoveredAt(
  { provider, model }: ProviderKinds,
  reader: Reader,
  of: Resource<ProviderBody>,
): Promise<Outcome<readonly Resource<ModelBody>[]>> {
  const models: Resource<ModelBody>[] = [];
  for await (const each of eachRecord(model, reader)) {
    if (each.body.provider_id !== of.id) continue;
    const by = `model "${each.name}"`;
    if (each.body.source === "manual")
      return refuse({ code: "in_use", kind: provider.kind.refusalKind, name: of.name, by });
    models.push(each);
  }
  return accept(models);
}

async function refuseIfNamed(
  kinds: ProviderKinds,
  reader: Reader,
  { provider, models }: { readonly provider: Resource<ProviderBody>; readonly models: readonly Resource<ModelBody>[] },
): Promise<Outcome<null>> {
  if (models.length === 0) return accept(null);
  const ids = new Set(models.map(({ id }) => id));
  const isUser = ({ default_model_id: id }: { readonly default_model_id?: string | null | undefined }) =>
    typeof id === "string" && ids.has(id);
  const of = { of: kinds.provider, resource: provider, isUser };
  const byAgent = await refuseIfUsed(reader, { ...of, by: kinds.agent });
  if (!byAgent.ok) return byAgent;
  const byHarness = await refuseIfUsed(reader, { ...of, by: kinds.harness });
  if (!byHarness.ok) return byHarness;
  const workspace = await findWorkspace(kinds, reader.workspaceId);
  if (workspace === undefined || !isUser(workspace.body)) return accept(null);
  return refuse({ code: "in_use", kind: "provider", name: provider.name, by: `workspace "${workspace.name}"` });
}
