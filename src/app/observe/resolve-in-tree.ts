/** A path as a tool writes it, as a path of one working tree: by its letters, and on the server's own machine by its links. */
import { resolvePath } from "../../core/team/resolve-path.ts";
import type { Tree } from "../../core/team/tree.ts";
import { isAbsolute, isAround } from "./choose-tree.ts";
import type { Place } from "./told.ts";

/** With links resolved as far as the path exists. Contract: never throws; nothing for what cannot be a path. */
export type RealPath = (path: string) => Promise<string | null>;

export interface Resolving {
  readonly cwd: string | undefined;
  /** Nothing: the tree is on another machine. */
  readonly realRoot: string | null;
  readonly realPath: RealPath;
}

/** `inner`: trees within it; what lies in those is not its own. */
export function makeResolve(
  tree: Tree,
  { cwd, realRoot, realPath }: Resolving,
  inner: readonly Tree[],
): Place["resolve"] {
  const start = cwd !== undefined && isAbsolute(cwd) ? cwd : tree.root;
  return async (path) => {
    const plain = resolvePath(tree, path, cwd);
    const whole = isAbsolute(path) ? path : `${start}/${path}`;
    if (realRoot === null) return plain === undefined || isInner(inner, whole) ? null : plain;
    const real = path === "" || path.includes("\0") ? null : await realPath(whole);
    if (isInner(inner, real ?? whole)) return null;
    if (real === null) return plain ?? null;
    const isDirectory = plain?.isDirectory === true && plain.path !== "./";
    return resolvePath({ ...tree, root: realRoot }, isDirectory ? `${real}/` : real) ?? null;
  };
}

function isInner(inner: readonly Tree[], whole: string): boolean {
  return inner.some((tree) => isAround(tree, whole));
}
