/**
 * From a path as a tool writes it to a path of a tree (R1, D4), by its letters alone: `./a`, `b/../a` and the absolute
 * path of `a` are one key. What lies outside of the tree cannot be reserved. Whoever shares a machine with the agent may
 * resolve symbolic links before.
 */
import { TREE_KEY } from "./path-keys.ts";
import type { TreeReport } from "./hook-event.ts";
import { repositoryOf } from "./repository-identity.ts";
import type { Tree, TreePath } from "./tree.ts";

const LONGEST_PATH = 4_096;
const DRIVE = /^[a-z]:/i;
/** Absolute, in ASCII without backslashes, each segment a name: it is written as it is resolved. */
const PLAIN = /^(?:\/(?!\.{1,2}(?:\/|$))[ -.0-[\]-~]+)+$/;

/** Nothing: it is in no repository that can be named. */
export function treeOf(report: TreeReport): Tree | undefined {
  const { root: told, origin, commonDir, host = "" } = report;
  const repository = repositoryOf({ origin, commonDir: commonDir ?? told, host });
  if (told === undefined || repository === undefined || !isAbsolute(told, isWindows(told))) return undefined;
  const root = isWindows(told) ? slashes(told) : told;
  const top = root.length > 1 ? root.replace(/\/+$/, "") : root;
  return { repository, tree: `${host}:${top}`, host, root: top, ignoresCase: report.ignoresCase ?? false };
}

/** `cwd`: what a relative path begins at; without one, the tree's top. Nothing: outside of the tree, or no path at all. */
export function resolvePath(
  tree: Pick<Tree, "root" | "ignoresCase">,
  path: string,
  cwd?: string,
): TreePath | undefined {
  if (path === "" || path.length > LONGEST_PATH || path.includes("\0")) return undefined;
  if (PLAIN.test(path) && (tree.root === "/" || PLAIN.test(tree.root))) return resolvePlain(tree, path);
  const onWindows = isWindows(tree.root);
  const write = (text: string) => (onWindows ? slashes(text) : text);
  const written = write(path.toWellFormed().normalize("NFC"));
  const start = cwd === undefined || !isAbsolute(cwd, onWindows) ? tree.root : cwd.toWellFormed().normalize("NFC");
  const segments = segmentsOf(isAbsolute(written, onWindows) ? written : `${write(start)}/${written}`);
  const root = segmentsOf(write(tree.root.normalize("NFC")));
  const fold = foldOf(tree, onWindows);
  if (segments === undefined || root === undefined) return undefined;
  if (!root.every((segment, index) => fold(segments[index] ?? "") === fold(segment))) return undefined;
  const below = segments.slice(root.length);
  if (below.length === 0) return { key: TREE_KEY, path: "./", isDirectory: true };
  const isDirectory = /\/(?:\.{1,2})?$/.test(written) || /^\.{1,2}$/.test(written);
  const end = isDirectory ? "/" : "";
  return { key: below.map(fold).join("/") + end, path: below.join("/") + end, isDirectory };
}

/** As nearly every tool writes it: an editor waits for this, and the other way takes ten times as long. */
function resolvePlain({ root, ignoresCase }: Pick<Tree, "root" | "ignoresCase">, path: string): TreePath | undefined {
  const fold = (text: string) => (ignoresCase ? text.toLowerCase() : text);
  const top = root === "/" ? "" : root;
  if (fold(path) === fold(top)) return { key: TREE_KEY, path: "./", isDirectory: true };
  if (!fold(path).startsWith(`${fold(top)}/`)) return undefined;
  const below = path.slice(top.length + 1);
  return { key: fold(below), path: below, isDirectory: false };
}

/** Without `.` and `..`; nothing when it climbs above the top. */
function segmentsOf(path: string): readonly string[] | undefined {
  const segments: string[] = [];
  for (const segment of path.split("/")) {
    if (segment === "" || segment === ".") continue;
    if (segment !== "..") segments.push(segment);
    else if (segments.pop() === undefined) return undefined;
  }
  return segments;
}

function foldOf({ ignoresCase }: Pick<Tree, "ignoresCase">, onWindows: boolean): (segment: string) => string {
  const folded = (segment: string) => (ignoresCase ? segment.toLowerCase().normalize("NFC") : segment);
  if (!onWindows) return folded;
  // There `a.`, `a ` and `a` are one file, and a drive has no case.
  return (segment) => {
    const name = DRIVE.test(segment) && segment.length === 2 ? segment.toLowerCase() : segment;
    return folded(name.replace(/[. ]+$/, "") || name);
  };
}

function isWindows(root: string): boolean {
  return DRIVE.test(root) || root.startsWith("\\\\") || root.startsWith("//");
}

function isAbsolute(path: string, onWindows: boolean): boolean {
  return path.startsWith("/") || (onWindows && (path.startsWith("\\") || /^[a-z]:[\\/]/i.test(path)));
}

/** `C:\a` and, as shells there write it, `/c/a`. */
function slashes(path: string): string {
  return path.replaceAll("\\", "/").replace(/^\/([a-z])(?=\/|$)/i, "$1:");
}
