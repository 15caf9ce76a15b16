/**
 * Workspaces: the tenants. Their records are kept together under one place that is no workspace, so that a slug is
 * unique over the whole server (ruling 2); everything else of a workspace is kept under its own id.
 */
import type { WorkspaceId } from "../../core/ids.ts";
import type { WorkspaceBody } from "../../core/records/bodies.ts";
import type { BranchPolicy } from "../../core/team/reservation.ts";
import { accept, refuse } from "../../core/refusal.ts";
import type { Outcome } from "../../core/refusal.ts";
import { requireRole } from "../keys/require-role.ts";
import { getRecord } from "./get-record.ts";
import type { Kinds } from "./kinds.ts";
import { listRecords } from "./list-records.ts";
import { checkReference } from "./references.ts";
import type { KindDeps, Reader, Resource, Writer } from "./resource.ts";
import { updateRecord } from "./update-record.ts";
import { ROOT_WORKSPACE_ID } from "./virtual.ts";

export type Workspace = Resource<WorkspaceBody>;

export interface WorkspacePatch {
  readonly display_name?: string;
  readonly default_agent_id?: string | null;
  readonly default_model_id?: string | null;
  readonly default_project_id?: string | null;
  readonly branch_policy?: BranchPolicy | null;
  readonly strict_hooks?: boolean;
}

export interface WorkspaceDefaults {
  readonly agentId: string | null;
  readonly modelId: string | null;
}

export interface Workspaces {
  /** The one that the key belongs to. */
  mine(reader: Reader): Promise<Outcome<Workspace>>;
  /** Of one's own only; every other one is not found. */
  get(reader: Reader, id: string): Promise<Outcome<Workspace>>;
  update(
    writer: Writer,
    change: { readonly id: string; readonly patch: WorkspacePatch; readonly version?: number },
  ): Promise<Outcome<Workspace>>;
  /** What is used where nothing is named: the first agent that was made, until one is set (ruling 4). */
  readDefaults(workspaceId: WorkspaceId): Promise<WorkspaceDefaults>;
  /** Of these, the model alone: every turn asks for it, and which agent was the first to be made is a search. */
  readDefaultModel(workspaceId: WorkspaceId): Promise<string | null>;
  /** The first project that was made, until one is set; nothing while there is none. */
  readDefaultProject(workspaceId: WorkspaceId): Promise<string | null>;
  readBranchPolicy(workspaceId: WorkspaceId): Promise<BranchPolicy | null>;
}

type WorkspaceKinds = Pick<Kinds, "workspace" | "agent" | "model" | "project">;

export const rootScope = { workspaceId: ROOT_WORKSPACE_ID } as const;

export function makeWorkspaces(kinds: WorkspaceKinds): Workspaces {
  const get = (reader: Reader, id: string) => getWorkspace(kinds, reader, id);
  return {
    get,
    mine: (reader) => get(reader, reader.workspaceId),
    async update(writer, { id, patch, version }) {
      const role = requireRole(writer, "owner");
      if (!role.ok) return role;
      const found = await get(writer, id);
      if (!found.ok) return found;
      const checked = await checkDefaults(kinds, writer, { patch, before: found.value.body });
      if (!checked.ok) return checked;
      const change = { id: found.value.id, patch: checked.value, ...(version === undefined ? {} : { version }) };
      return updateRecord(kinds.workspace, { ...writer, ...rootScope }, change);
    },
    readDefaults: (workspaceId) => readDefaults(kinds, { workspaceId }),
    async readDefaultProject(workspaceId) {
      const id = (await findWorkspace(kinds, workspaceId))?.body.default_project_id;
      return firstOf(kinds.project, { workspaceId }, id);
    },
    readBranchPolicy: async (workspaceId) => (await findWorkspace(kinds, workspaceId))?.body.branch_policy ?? null,
    readDefaultModel: async (workspaceId) => (await findWorkspace(kinds, workspaceId))?.body.default_model_id ?? null,
  };
}

async function getWorkspace({ workspace }: WorkspaceKinds, reader: Reader, id: string): Promise<Outcome<Workspace>> {
  const found = await getRecord(workspace, rootScope, id);
  if (found.ok && found.value.id === reader.workspaceId) return found;
  return refuse({ code: "not_found", kind: "workspace", id });
}

export async function findWorkspace(
  { workspace }: Pick<Kinds, "workspace">,
  workspaceId: WorkspaceId,
): Promise<Workspace | undefined> {
  const found = await getRecord(workspace, rootScope, workspaceId);
  return found.ok ? found.value : undefined;
}

async function checkDefaults(
  { agent, model, project }: WorkspaceKinds,
  reader: Reader,
  { patch, before }: { readonly patch: WorkspacePatch; readonly before: WorkspaceBody },
): Promise<Outcome<WorkspacePatch>> {
  const agentId = await checkReference(agent, reader, { id: patch.default_agent_id, before: before.default_agent_id });
  if (!agentId.ok) return agentId;
  const modelId = await checkReference(model, reader, { id: patch.default_model_id, before: before.default_model_id });
  if (!modelId.ok) return modelId;
  const { default_project_id: id } = patch;
  const projectId = await checkReference(project, reader, { id, before: before.default_project_id });
  if (!projectId.ok) return projectId;
  return accept({
    ...patch,
    ...(id === undefined ? {} : { default_project_id: projectId.value }),
    ...(patch.default_agent_id === undefined ? {} : { default_agent_id: agentId.value }),
    ...(patch.default_model_id === undefined ? {} : { default_model_id: modelId.value }),
  });
}

async function readDefaults(kinds: WorkspaceKinds, reader: Reader): Promise<WorkspaceDefaults> {
  const workspace = await findWorkspace(kinds, reader.workspaceId);
  const modelId = workspace?.body.default_model_id ?? null;
  return { agentId: await firstOf(kinds.agent, reader, workspace?.body.default_agent_id), modelId };
}

/** The one that is set, if it is still there; else the first that was made of those that are. */
async function firstOf<Body>(
  kind: KindDeps<Body>,
  reader: Reader,
  id: string | null | undefined,
): Promise<string | null> {
  const set = await checkReference(kind, reader, { id });
  if (set.ok && set.value !== null) return set.value;
  const { total } = await listRecords(kind, reader, { limit: 1 });
  if (total === 0) return null;
  const { items } = await listRecords(kind, reader, { offset: total - 1, limit: 1 });
  return items[0]?.id ?? null;
}
