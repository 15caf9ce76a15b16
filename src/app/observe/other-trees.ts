/**
 * Files of a tool use that lie in another working tree than the one its hook is of (R1): each is guarded in its own. Asked
 * only for what the hook's own tree does not have, since an editor waits.
 */
import type { Tree } from "../../core/team/tree.ts";
import { chooseTree, isAbsolute, isOf, readBranch } from "./choose-tree.ts";
import type { Choice, ChooseTreeDeps } from "./choose-tree.ts";
import { makeResolve } from "./resolve-in-tree.ts";
import type { RealPath, Resolving } from "./resolve-in-tree.ts";
import type { InTree } from "./told.ts";

export interface OtherTreesDeps extends ChooseTreeDeps {
  readonly realPath: RealPath;
}

export interface Elsewhere {
  readonly choice: Omit<Choice, "otherwise">;
  readonly cwd: string | undefined;
  /** The hook's own tree, which has no such path but below what may be a tree within it. */
  readonly own: { readonly tree: Tree; readonly resolving: Resolving; readonly inner: readonly Tree[] } | null;
  /** As the hook or its session has said of a tree. */
  readonly branchOf: (tree: Tree) => string | null;
}

export async function findElsewhere(deps: OtherTreesDeps, asked: Elsewhere, path: string): Promise<InTree | null> {
  const whole = wholeOf(path, asked.cwd);
  const found = whole === null ? null : await findOutside(deps, asked, whole);
  if (found !== null || asked.own === null || asked.own.inner.length === 0) return found;
  // The tree within is none that this workspace has heard of.
  const { tree, resolving } = asked.own;
  const own = await makeResolve(tree, resolving, [])(path);
  return own === null ? null : { tree, branch: asked.branchOf(tree), path: own };
}

async function findOutside(deps: OtherTreesDeps, asked: Elsewhere, whole: string): Promise<InTree | null> {
  const lettered = await findIn(deps, asked, whole);
  if (lettered !== null || !isHere(deps, asked.choice.host)) return lettered;
  // A link in one tree may lead into another.
  const real = await deps.realPath(whole);
  const end = whole.endsWith("/") ? "/" : "";
  return real === null ? null : findIn(deps, asked, `${real}${end}`);
}

/** A relative path belongs to where the tool works; of nowhere that is known it is the tree's own, or nobody's. */
function wholeOf(path: string, cwd: string | undefined): string | null {
  if (path === "" || path.includes("\0")) return null;
  if (isAbsolute(path)) return path;
  return cwd !== undefined && isAbsolute(cwd) ? `${cwd}/${path}` : null;
}

function isHere({ ownHost }: Pick<OtherTreesDeps, "ownHost">, host: string): boolean {
  return isOf(host, ownHost());
}

async function findIn(deps: OtherTreesDeps, asked: Elsewhere, whole: string): Promise<InTree | null> {
  const { workspaceId, known } = asked.choice;
  // That of clients which name none is around every path, and has none of a machine's.
  const own = known?.tree === workspaceId ? null : known;
  const tree = await chooseTree(deps, { ...asked.choice, known: own, otherwise: null }, whole);
  if (tree === null || tree.tree === asked.own?.tree.tree) return null;
  const hasFiles = isHere(deps, tree.host);
  const realRoot = hasFiles ? await deps.realPath(tree.root) : null;
  const { realPath } = deps;
  const path = await makeResolve(tree, { cwd: undefined, realRoot, realPath }, [])(whole);
  if (path === null) return null;
  const branch = asked.branchOf(tree) ?? (hasFiles ? await readBranch(deps, tree) : null);
  return { tree, branch, path };
}
