/**
 * What a session is made of where a door's page has no word for it (ruling 4): the workspace's project and agent, the
 * first that were made until others are set.
 */
import type { WorkspaceId } from "../core/ids.ts";
import { listRecords } from "./records/list-records.ts";
import type { Kinds } from "./records/kinds.ts";
import type { Workspaces } from "./records/workspaces.ts";

export interface SessionDefaults {
  readonly agentId: string | null;
  readonly projectId: string | null;
}

export interface SessionDefaultsDeps {
  readonly kinds: Pick<Kinds, "project">;
  readonly workspaces: Pick<Workspaces, "readDefaults">;
}

export type ReadSessionDefaults = (reader: { readonly workspaceId: WorkspaceId }) => Promise<SessionDefaults>;

export function makeReadSessionDefaults({ kinds, workspaces }: SessionDefaultsDeps): ReadSessionDefaults {
  return async (reader) => {
    const { agentId } = await workspaces.readDefaults(reader.workspaceId);
    return { agentId, projectId: await firstProject(kinds.project, reader) };
  };
}

async function firstProject(project: Kinds["project"], reader: { readonly workspaceId: WorkspaceId }) {
  const { total } = await listRecords(project, reader, { limit: 1 });
  if (total === 0) return null;
  const { items } = await listRecords(project, reader, { offset: total - 1, limit: 1 });
  return items[0]?.id ?? null;
}
