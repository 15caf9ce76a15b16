/**
 * Which working tree a path lies in, of all that can be known: that which the hook tells of, that which its session told
 * of before, those that anybody told of on that machine, and on the server's own machine whatever is there (R1, D4).
 */
import type { WorkspaceId } from "../../core/ids.ts";
import type { TeamReads } from "../../core/ports/team.ts";
import type { TreeReport } from "../../core/team/hook-event.ts";
import { resolvePath, treeOf } from "../../core/team/resolve-path.ts";
import type { Tree } from "../../core/team/tree.ts";

export interface ChooseTreeDeps {
  readonly store: Pick<TeamReads, "findTree">;
  /** As hook clients on this machine call it; empty while none has been installed. */
  readonly ownHost: () => string;
  /** What a hook client would report of a path on this machine. Contract: never throws. */
  readonly readTree: (path: string) => Promise<TreeReport | null>;
}

export interface Choice {
  readonly workspaceId: WorkspaceId;
  /** The agent's machine; empty where it is not known. */
  readonly host: string;
  readonly reported: Tree | null;
  readonly known: Tree | null;
  /** Where nothing is known of the path. */
  readonly otherwise: Tree | null;
}

/** The innermost: a working tree may lie within another, and is the one that has the file. */
export async function chooseTree(
  deps: ChooseTreeDeps,
  { workspaceId, host, reported, known, otherwise }: Choice,
  path: string | undefined,
): Promise<Tree | null> {
  const at = plainOf(path);
  if (at === undefined) return otherwise;
  const told = host === "" ? undefined : await deps.store.findTree(workspaceId, host, at);
  const own = known !== null && known.tree === reported?.tree ? [reported] : [reported, known];
  const around = [...own, told].filter((tree) => isAround(tree, at));
  const [innermost] = around.toSorted((one, other) => other.root.length - one.root.length);
  if (innermost !== undefined) return innermost;
  const found = await lookFor(deps, host, at);
  // By another name of the same tree, as through a link: what was told of it holds.
  const same = [reported, known].find((tree) => tree !== null && tree.tree === found?.tree);
  return same ?? found ?? otherwise;
}

/** Without `.` and `..`, and with slashes, so that what is around it can be read off its letters. */
function plainOf(at: string | undefined): string | undefined {
  if (at === undefined || !isAbsolute(at)) return at;
  const drive = at.startsWith("/") ? "" : at.slice(0, 2);
  const plain = resolvePath({ root: `${drive}/`, ignoresCase: false }, at);
  return plain === undefined ? at : `${drive}/${plain.path}`;
}

export function isAround(tree: Tree | null | undefined, at: string): tree is Tree {
  return tree !== null && tree !== undefined && resolvePath(tree, at) !== undefined;
}

export function isOf(host: string, ownHost: string): boolean {
  return host !== "" && host === ownHost;
}

export function isAbsolute(path: string): boolean {
  return path.startsWith("/") || /^[a-z]:[\\/]/i.test(path);
}

/** Of a tree on this machine, as it is checked out now. */
export async function readBranch({ readTree }: Pick<ChooseTreeDeps, "readTree">, tree: Tree): Promise<string | null> {
  return (await readTree(tree.root))?.branch ?? null;
}

async function lookFor({ ownHost, readTree }: ChooseTreeDeps, host: string, at: string): Promise<Tree | undefined> {
  const here = isOf(host, ownHost()) ? await readTree(at) : null;
  return here === null ? undefined : treeOf({ ...here, host });
}
