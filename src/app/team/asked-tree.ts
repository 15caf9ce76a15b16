/**
 * Where the paths of a command are: in the tree that it tells of, in that which its session told of before, or, where
 * only a repository is named, anywhere in that; who names none means the workspace's one. What can be in no tree cannot
 * be reserved (R1).
 */
import type { TeamReads } from "../../core/ports/team.ts";
import { accept, refuse } from "../../core/refusal.ts";
import type { Outcome } from "../../core/refusal.ts";
import type { SessionId, WorkspaceId } from "../../core/ids.ts";
import type { TreeReport } from "../../core/team/hook-event.ts";
import { normaliseOrigin } from "../../core/team/repository-identity.ts";
import { resolvePath, treeOf } from "../../core/team/resolve-path.ts";
import type { Tree, TreePath } from "../../core/team/tree.ts";

export interface AskedPaths {
  /** What the client knows of the working tree. */
  readonly report?: TreeReport;
  /** A name or URL, of who knows no more. */
  readonly repository?: string;
  readonly cwd?: string;
  readonly branch?: string;
  readonly paths: readonly string[];
}

export interface Place {
  readonly tree: Tree;
  readonly branch: string | null;
}

export interface Asker {
  readonly workspaceId: WorkspaceId;
  /** Nothing: nobody that is known. */
  readonly sessionId: SessionId | null;
}

export async function findPlace(
  { store }: { readonly store: Pick<TeamReads, "readPresence"> },
  { workspaceId, sessionId }: Asker,
  { report, repository, branch }: Omit<AskedPaths, "paths">,
): Promise<Place> {
  const told = report === undefined ? undefined : treeOf(report);
  const named = repository === undefined || repository === "" ? undefined : treeOfName(repository);
  const [saidTree, saidBranch] = [told ?? named, branch ?? report?.branch];
  if (saidTree !== undefined && saidBranch !== undefined) return { tree: saidTree, branch: saidBranch };
  const presence = sessionId === null ? undefined : await store.readPresence(sessionId);
  const tree = saidTree ?? presence?.tree ?? treeOfWorkspace(workspaceId);
  const isOwnTree = presence?.tree?.tree === tree.tree;
  return { tree, branch: saidBranch ?? (isOwnTree ? presence.branch : null) };
}

/** The same as that of hook clients which name no repository. */
function treeOfWorkspace(workspaceId: WorkspaceId): Tree {
  return { repository: workspaceId, tree: workspaceId, host: "", root: "/", ignoresCase: false };
}

/** No directory on any machine: it meets what others hold in trees of their own. */
function treeOfName(name: string): Tree {
  const repository = normaliseOrigin(name) ?? name;
  return { repository, tree: `:${repository}`, host: "", root: "/", ignoresCase: false };
}

/** All of them, or the first that is none. */
export function resolveAsked(tree: Tree, { paths, cwd }: AskedPaths): Outcome<readonly TreePath[]> {
  const found = new Map<string, TreePath>();
  for (const [index, path] of paths.entries()) {
    const resolved = resolvePath(tree, path, cwd);
    if (resolved === undefined) {
      const reason = `"${path.slice(0, 200)}" is not below ${tree.root}, and what is outside of a repository cannot be reserved`;
      return refuse({ code: "invalid_input", path: `/paths/${index}`, reason });
    }
    found.set(resolved.key, resolved);
  }
  return accept([...found.values()]);
}
