/**
 * What files are called to those who are told of a tool use: in the hook's own tree by their path in it, in others by
 * their whole path, since two trees may have a file of one name.
 */
import type { Overlap } from "../../core/team/reservation.ts";
import type { Tree, TreePath } from "../../core/team/tree.ts";
import type { Place } from "./told.ts";
import type { TreeFiles } from "./wished-paths.ts";

export function namesOf(files: readonly TreeFiles[], { tree: own }: Place): readonly string[] {
  return files.flatMap(({ tree, paths }) =>
    paths.map((path) => (tree.tree === own?.tree ? path.path : wholePath(tree, path))),
  );
}

/** The one that its session is said to be at. */
export function currentFileOf(files: readonly TreeFiles[], place: Place): string | undefined {
  return namesOf(files.slice(0, 1), place).at(-1);
}

/** Contract: `files` are what was wished for. */
export function nameOverlaps(
  overlaps: readonly Overlap[],
  files: readonly TreeFiles[],
  { tree: own }: Place,
): readonly Overlap[] {
  if (files.every(({ tree }) => tree.tree === own?.tree)) return overlaps;
  return overlaps.map((overlap) => {
    const tree = treeOf(overlap, files);
    if (tree === undefined || tree.tree === own?.tree) return overlap;
    return { ...overlap, wished: { ...overlap.wished, path: wholePath(tree, overlap.wished) } };
  });
}

/** Where the file of that name was wished for; in the holder's own tree, if it was in several of the repository. */
function treeOf({ reservation, wished }: Overlap, files: readonly TreeFiles[]): Tree | undefined {
  const trees = files.flatMap(({ tree, paths }) =>
    tree.repository === reservation.repository && paths.some(({ key }) => key === wished.key) ? [tree] : [],
  );
  return trees.find(({ tree }) => tree === reservation.tree) ?? trees[0];
}

function wholePath({ root }: Tree, { path }: TreePath): string {
  return `${root === "/" ? "" : root}/${path === "./" ? "" : path}`;
}
