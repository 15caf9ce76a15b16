/**
 * Which trees lie within another, of those that hooks have named since the server began. A hint that costs a hook no read:
 * a file below one of them may not be the outer tree's, and whoever is told so looks for it. Kept for all workspaces alike,
 * so it says nothing of whose a tree is.
 */
import type { Tree } from "../../core/team/tree.ts";
import { isAround } from "./choose-tree.ts";

/** Trees are known from the first time that they are asked for. */
export type InnerTrees = (tree: Tree) => readonly Tree[];

interface Known {
  readonly tree: Tree;
  readonly inner: Tree[];
}

/** Beyond that they are learnt anew. */
const MOST_TREES = 10_000;

export function makeInnerTrees(): InnerTrees {
  const trees = new Map<string, Known>();
  const hosts = new Map<string, Known[]>();
  return (tree) => {
    const known = trees.get(tree.tree);
    if (known !== undefined) return known.inner;
    if (trees.size >= MOST_TREES) {
      trees.clear();
      hosts.clear();
    }
    const others = hosts.get(tree.host) ?? [];
    const added: Known = { tree, inner: others.flatMap((other) => (isWithin(other.tree, tree) ? [other.tree] : [])) };
    for (const other of others) if (isWithin(tree, other.tree)) other.inner.push(tree);
    trees.set(tree.tree, added);
    hosts.set(tree.host, [...others, added]);
    return added.inner;
  };
}

function isWithin(one: Tree, other: Tree): boolean {
  return one.root.length > other.root.length && isAround(other, one.root);
}
