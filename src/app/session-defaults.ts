/**
 * What a session is made of where a door's page has no word for it (ruling 4): the workspace's project and agent, the
 * first that were made until others are set.
 */
import type { WorkspaceId } from "../core/ids.ts";
import type { HarnessName } from "../core/session-words.ts";
import { listRecords } from "./records/list-records.ts";
import type { Kinds } from "./records/kinds.ts";
import type { Records } from "./records/records.ts";

export interface SessionDefaults {
  readonly projectId: string | null;
  /** The workspace's, which a project's own goes before. */
  readonly agentId: string | null;
  /** What would carry out the turns of a session that names nothing. */
  readonly harness: HarnessName;
}

export interface SessionDefaultsDeps {
  readonly kinds: Pick<Kinds, "project">;
  readonly sessionParts: Pick<Records["sessionParts"], "findProject" | "findDefaultAgent" | "harnessKind">;
}

export type ReadSessionDefaults = (reader: { readonly workspaceId: WorkspaceId }) => Promise<SessionDefaults>;

export function makeReadSessionDefaults({ kinds, sessionParts: parts }: SessionDefaultsDeps): ReadSessionDefaults {
  return async (reader) => {
    const { workspaceId } = reader;
    const projectId = await firstProject(kinds.project, reader);
    const project = projectId === null ? null : await parts.findProject(workspaceId, projectId);
    const named = project?.ok === true ? project.value : null;
    const agentId = await parts.findDefaultAgent(workspaceId);
    const worker = { agentId: named?.agentId ?? agentId, harnessId: null };
    return { projectId, agentId, harness: named?.harness ?? (await parts.harnessKind(workspaceId, worker)) };
  };
}

async function firstProject(project: Kinds["project"], reader: { readonly workspaceId: WorkspaceId }) {
  const { total } = await listRecords(project, reader, { limit: 1 });
  if (total === 0) return null;
  const { items } = await listRecords(project, reader, { offset: total - 1, limit: 1 });
  return items[0]?.id ?? null;
}
