/**
 * What a session is made of where a door's page has no word for it (ruling 4): the workspace's project and agent, the
 * first that were made until others are set.
 */
import type { WorkspaceId } from "../core/ids.ts";
import type { HarnessName } from "../core/session-words.ts";
import type { Records } from "./records/records.ts";

export interface SessionDefaults {
  readonly projectId: string | null;
  /** The workspace's, which a project's own goes before. */
  readonly agentId: string | null;
  /** What would carry out the turns of a session that names nothing. */
  readonly harness: HarnessName;
}

export interface SessionDefaultsDeps {
  readonly workspaces: Pick<Records["workspaces"], "readDefaultProject">;
  readonly sessionParts: Pick<Records["sessionParts"], "findProject" | "findDefaultAgent" | "harnessKind">;
}

export type ReadSessionDefaults = (reader: { readonly workspaceId: WorkspaceId }) => Promise<SessionDefaults>;

export function makeReadSessionDefaults({ workspaces, sessionParts: parts }: SessionDefaultsDeps): ReadSessionDefaults {
  return async ({ workspaceId }) => {
    const projectId = await workspaces.readDefaultProject(workspaceId);
    const project = projectId === null ? null : await parts.findProject(workspaceId, projectId);
    const named = project?.ok === true ? project.value : null;
    const agentId = await parts.findDefaultAgent(workspaceId);
    const worker = { agentId: named?.agentId ?? agentId, harnessId: null };
    return { projectId, agentId, harness: named?.harness ?? (await parts.harnessKind(workspaceId, worker)) };
  };
}
