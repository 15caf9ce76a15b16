/**
 * Where the paths of a command are: in the tree that it tells of, in that which its session told of before, or, where
 * only a repository is named, anywhere in that. What can be in no tree cannot be reserved (R1).
 */
import type { TeamReads } from "../../core/ports/team.ts";
import { accept, refuse } from "../../core/refusal.ts";
import type { Outcome } from "../../core/refusal.ts";
import type { SessionId } from "../../core/ids.ts";
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

export async function findPlace(
  { store }: { readonly store: Pick<TeamReads, "readPresence"> },
  sessionId: SessionId | null,
  { report, repository, branch }: Omit<AskedPaths, "paths">,
): Promise<Outcome<Place>> {
  const told = report === undefined ? undefined : treeOf(report);
  const named = repository === undefined || repository === "" ? undefined : treeOfName(repository);
  const presence = sessionId === null ? undefined : await store.readPresence(sessionId);
  const tree = told ?? named ?? presence?.tree ?? undefined;
  if (tree === undefined) {
    const reason = "names no repository: give its origin with the root of the working tree, or its name";
    return refuse({ code: "invalid_input", path: "/repository", reason });
  }
  const isOwnTree = presence?.tree?.tree === tree.tree;
  return accept({ tree, branch: branch ?? report?.branch ?? (isOwnTree ? presence.branch : null) });
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
