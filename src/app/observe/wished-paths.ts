/** Which files a tool use is about to write, or has written, each in its working tree (R1, R6, R7). */
import type { HookEvent } from "../../core/team/hook-event.ts";
import { nodeOf } from "../../core/team/path-keys.ts";
import type { Tree, TreePath } from "../../core/team/tree.ts";
import type { Place } from "./told.ts";

export interface ShellWrites {
  readonly certain: readonly string[];
  /** It may write more than what is certain. */
  readonly isUncertain: boolean;
}

/** Contract: bounded in time; what it cannot read is uncertain. Paths are relative to where the command starts. */
export type ReadShellWrites = (command: string) => Promise<ShellWrites>;

/** Files of one tree, at least one. */
export interface TreeFiles {
  readonly tree: Tree;
  readonly branch: string | null;
  /** Each once. */
  readonly paths: readonly TreePath[];
}

export interface WishedPaths {
  /** Those in no tree that can be known are left out. */
  readonly files: readonly TreeFiles[];
  readonly isUncertain: boolean;
}

/** What one tool use may name: each is looked up before it runs. */
const MOST_PATHS = 2_000;
/** With the hook's own; what lies in more of them is left out. */
export const MOST_TREES = 5;

export async function wishedPaths(
  event: Pick<HookEvent, "tool" | "files" | "command" | "cwd">,
  place: Place,
  readShell: ReadShellWrites,
): Promise<WishedPaths> {
  const shell =
    event.tool?.kind === "shell" && event.command !== undefined
      ? await readShell(event.command)
      : { certain: [], isUncertain: false };
  const named = event.files.flatMap(({ path, from }) => (from === undefined ? [path] : [path, from]));
  const files = await resolveAll([...named, ...shell.certain], place);
  return { files, isUncertain: shell.isUncertain };
}

/** The hook's own tree first. */
export async function resolveAll(names: readonly string[], place: Place): Promise<readonly TreeFiles[]> {
  const { tree, branch } = place;
  const paths = new Map<string, TreePath>();
  const outside: string[] = [];
  for (const name of names.slice(0, MOST_PATHS)) {
    const path = await place.resolve(name);
    if (path === null) outside.push(name);
    else add(paths, path);
  }
  if (outside.length > 0) return resolveOutside(outside, place, paths);
  return tree === null || paths.size === 0 ? [] : [{ tree, branch, paths: [...paths.values()] }];
}

interface Finding extends Pick<TreeFiles, "tree" | "branch"> {
  readonly paths: Map<string, TreePath>;
}

async function resolveOutside(
  names: readonly string[],
  place: Place,
  own: Map<string, TreePath>,
): Promise<readonly TreeFiles[]> {
  const { tree, branch } = place;
  const trees = new Map<string, Finding>(tree === null ? [] : [[tree.tree, { tree, branch, paths: own }]]);
  for (const name of names) {
    const found = await place.elsewhere(name);
    if (found === null) continue;
    const known = trees.get(found.tree.tree) ?? { ...found, paths: new Map<string, TreePath>() };
    if (trees.size < MOST_TREES || trees.has(found.tree.tree)) trees.set(found.tree.tree, known);
    add(known.paths, found.path);
  }
  const all = [...trees.values()].map((each) => ({ ...each, paths: [...each.paths.values()] }));
  return all.filter(({ paths }) => paths.length > 0);
}

/** `a` and `a/` are one place, and the directory says more. */
function add(paths: Map<string, TreePath>, path: TreePath): void {
  const node = nodeOf(path.key);
  if (paths.get(node)?.isDirectory !== true) paths.set(node, path);
}
