/**
 * Where the paths of a hook are (R1, D4). The hook client says which working tree it runs in; hooks that run nothing take
 * over what their session said when it began. The tree of its first file is the hook's; files of others are guarded there.
 * Only on the agent's own machine the file system is asked, for symbolic links; elsewhere paths are resolved by their
 * letters.
 */
import type { WorkspaceId } from "../../core/ids.ts";
import type { Presence } from "../../core/ports/team.ts";
import type { HookEvent, TreeReport } from "../../core/team/hook-event.ts";
import { treeOf } from "../../core/team/resolve-path.ts";
import type { Tree } from "../../core/team/tree.ts";
import { chooseTree, isAbsolute, isOf, readBranch } from "./choose-tree.ts";
import type { Locate } from "./handle-hook.ts";
import { makeInnerTrees } from "./inner-trees.ts";
import type { InnerTrees } from "./inner-trees.ts";
import { findElsewhere } from "./other-trees.ts";
import type { OtherTreesDeps } from "./other-trees.ts";
import { makeResolve } from "./resolve-in-tree.ts";

export function makeLocate(deps: OtherTreesDeps): Locate {
  const { ownHost, realPath } = deps;
  const innerTrees = makeInnerTrees();
  const treeSaid = makeTreeSaid(innerTrees);
  return async ({ workspaceId }, { event, report, known: presence }) => {
    const known = presence?.tree ?? null;
    const said = await reportOf(deps, { event, report, known });
    const reported = treeSaid(said);
    const host = said.host ?? known?.host ?? "";
    const choice = { workspaceId, host, reported, known, otherwise: reported ?? known ?? outside(host, workspaceId) };
    const tree = await chooseTree(deps, choice, fileNamed(event) ?? placeNamed(event));
    const { cwd } = event;
    const saying = { said, reported, presence, workspaceId };
    const branchOf = (of: Tree) => branchSaid(saying, of);
    if (tree === null) {
      const asked = { choice, cwd, own: null, branchOf };
      return { ...NOWHERE, elsewhere: (path) => findElsewhere(deps, asked, path) };
    }
    const real = isOf(tree.host, ownHost()) ? await realPath(tree.root) : null;
    const isSaid = isSaidOf(saying, tree);
    const branch = branchOf(tree);
    if (known !== null && known !== tree) innerTrees(known);
    const resolving = { cwd, realRoot: real, realPath };
    const inner = innerTrees(tree);
    const own = { tree, resolving, inner };
    return {
      tree,
      branch: branch === null && !isSaid && real !== null ? await readBranch(deps, tree) : branch,
      head: isSaid ? (said.head ?? null) : null,
      localRoot: real,
      resolve: makeResolve(tree, resolving, inner),
      elsewhere: (path) => findElsewhere(deps, { choice, cwd, own, branchOf }, path),
    };
  };
}

interface Saying {
  readonly said: TreeReport;
  readonly reported: Tree | null;
  readonly presence: Pick<Presence, "tree" | "branch"> | null;
  readonly workspaceId: WorkspaceId;
}

/** Said of the tree, or of the only one that there is to say it of. */
function isSaidOf({ said, reported, presence, workspaceId }: Saying, { tree }: Tree): boolean {
  return said.root === undefined ? tree === (presence?.tree?.tree ?? workspaceId) : tree === reported?.tree;
}

/** Requests tell no branch: they take over the one that their session told of its tree (ruling 26). */
function branchSaid(saying: Saying, tree: Tree): string | null {
  const { said, presence } = saying;
  const now = isSaidOf(saying, tree) ? said.branch : undefined;
  return now ?? (presence?.tree?.tree === tree.tree ? presence.branch : null);
}

/** An agent says the same of its tree with every hook, and its editor waits while the repository's name is read out of it. */
function makeTreeSaid(innerTrees: InnerTrees): (report: TreeReport) => Tree | null {
  const trees = new Map<string, Tree | null>();
  return (report) => {
    const { root, commonDir, origin, host, ignoresCase } = report;
    const said = JSON.stringify([root, commonDir, origin, host, ignoresCase]);
    const known = trees.get(said);
    if (known !== undefined) return known;
    const tree = treeOf(report) ?? null;
    if (trees.size >= MOST_TREES) trees.clear();
    trees.set(said, tree);
    if (tree !== null) innerTrees(tree);
    return tree;
  };
}

const MOST_TREES = 1_000;

/** A client that ran nothing is looked up here, where that is its machine and its session has not said already. */
async function reportOf(
  { ownHost, readTree }: OtherTreesDeps,
  { event, report, known }: { readonly event: HookEvent; readonly report: TreeReport; readonly known: Tree | null },
): Promise<TreeReport> {
  const at = placeNamed(event);
  if (report.root !== undefined || at === undefined || !isOf(report.host ?? known?.host ?? "", ownHost()))
    return report;
  const found = await readTree(at);
  return found === null ? report : { ...found, host: ownHost() };
}

function placeNamed(event: HookEvent): string | undefined {
  return [event.cwd, ...event.files.map(({ path }) => path)].find((path) => path !== undefined && isAbsolute(path));
}

/** Outside of any repository, where nothing is reserved (R1). */
const NOWHERE = { tree: null, branch: null, head: null, localRoot: null, resolve: async () => null } as const;

/** Of a machine that is known nothing is known there: that is outside of any repository. */
function outside(host: string, workspaceId: WorkspaceId): Tree | null {
  return host === "" ? treeOfWorkspace(workspaceId) : null;
}

/** What a tool writes, which matters more than where it works. */
function fileNamed({ files: [first], cwd }: HookEvent): string | undefined {
  if (first === undefined || isAbsolute(first.path)) return first?.path;
  return cwd !== undefined && isAbsolute(cwd) ? `${cwd}/${first.path}` : undefined;
}

/** Clients that name no repository share the workspace's one; a relative path begins at its top (ruling 26). */
function treeOfWorkspace(workspaceId: WorkspaceId): Tree {
  return { repository: workspaceId, tree: workspaceId, host: "", root: "/", ignoresCase: false };
}
