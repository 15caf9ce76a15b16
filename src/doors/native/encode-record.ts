/** From plain resources to their native shapes. */
import { digitsOf } from "../../core/ids.ts";
import type { AgentBody, HarnessBody, ModelBody, WorkspaceBody } from "../../core/records/bodies.ts";
import { sourceOf } from "../../app/records/models.ts";
import { factsOf } from "../../app/records/model-access.ts";
import type { Provider as ProviderResource } from "../../app/records/providers.ts";
import type { Resource } from "../../app/records/resource.ts";
import type { Agent, Harness } from "./schema/agent.ts";
import type { Workspace } from "./schema/key.ts";
import type { Model, Provider } from "./schema/model.ts";

export function recordOf({ id, workspaceId, name, version, createdAt, updatedAt }: Resource<unknown>) {
  const organization_id = `org_${digitsOf(workspaceId)}`;
  return { id, organization_id, name, version, created_at: createdAt, updated_at: updatedAt };
}

function archivableOf({ archivedAt }: Resource<unknown>) {
  return { status: archivedAt === null ? ("active" as const) : ("archived" as const), archived_at: archivedAt };
}

export function encodeAgent(agent: Resource<AgentBody>): Agent {
  const { body } = agent;
  return {
    ...recordOf(agent),
    ...archivableOf(agent),
    display_name: body.display_name ?? null,
    description: body.description ?? null,
    system_prompt: body.system_prompt,
    default_model_id: body.default_model_id ?? null,
    harness_id: body.harness_id ?? null,
    tags: body.tags,
    capabilities: body.capabilities,
    max_iterations: body.max_iterations ?? null,
    network_access: body.network_access ?? null,
    tools: body.tools,
    tool_policies: body.tool_policies,
  };
}

export function encodeHarness(harness: Resource<HarnessBody>): Harness {
  const { body } = harness;
  return {
    ...recordOf(harness),
    ...archivableOf(harness),
    kind: body.kind,
    description: body.description ?? null,
    system_prompt: body.system_prompt,
    capabilities: body.capabilities,
    default_model_id: body.default_model_id ?? null,
    parent_harness_id: body.parent ?? null,
    is_built_in: harness.isVirtual,
  };
}

export function encodeProvider(provider: ProviderResource): Provider {
  const { body, keyState } = provider;
  return {
    ...recordOf(provider),
    provider_type: body.provider_type,
    base_url: body.base_url ?? null,
    api_key_set: keyState !== "unset",
    key_source: body.key_source,
    status: keyState === "needs_key" ? "needs_key" : "active",
    last_synced_at: body.last_synced_at ?? null,
    is_built_in: provider.isVirtual,
  };
}

/** What is not said in the record is filled in from what is known of the model. */
export function encodeModel(model: Resource<ModelBody>): Model {
  const { body } = model;
  const facts = factsOf({ vendorModel: body.model_id, body });
  return {
    ...recordOf(model),
    name: body.display_name,
    provider_id: body.provider_id,
    model_id: body.model_id,
    display_name: body.display_name,
    enabled: body.enabled,
    is_favorite: body.is_favorite,
    status: !body.enabled ? "disabled" : body.is_stale ? "stale" : "active",
    source: sourceOf(model),
    context_tokens: facts.contextTokens,
    max_output_tokens: facts.maxOutputTokens,
    can_see_images: facts.canSeeImages,
    price: encodePrice(facts.price),
  };
}

function encodePrice(price: ReturnType<typeof factsOf>["price"]): Model["price"] {
  if (price === null) return null;
  const { input, output, cacheRead = null, cacheWrite = null } = price;
  return { input, output, cache_read: cacheRead, cache_write: cacheWrite };
}

export function encodeWorkspace(workspace: Resource<WorkspaceBody>, id: Resource<unknown>["workspaceId"]): Workspace {
  const { body } = workspace;
  return {
    ...recordOf({ ...workspace, workspaceId: id }),
    slug: workspace.name,
    display_name: body.display_name,
    branch_policy: body.branch_policy ?? null,
    strict_hooks: body.strict_hooks ?? false,
    default_agent_id: body.default_agent_id ?? null,
    default_model_id: body.default_model_id ?? null,
    default_project_id: body.default_project_id ?? null,
  };
}
