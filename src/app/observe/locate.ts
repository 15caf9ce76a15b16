/**
 * Where the paths of a hook are (R1, D4). The hook client says which working tree it runs in; hooks that run nothing take
 * over what their session said when it began. Only on the agent's own machine the file system is asked, for symbolic
 * links; elsewhere paths are resolved by their letters.
 */
import type { WorkspaceId } from "../../core/ids.ts";
import type { TeamReads } from "../../core/ports/team.ts";
import type { HookEvent } from "../../core/team/hook-event.ts";
import { resolvePath, treeOf } from "../../core/team/resolve-path.ts";
import type { Tree } from "../../core/team/tree.ts";
import type { Locate } from "./handle-hook.ts";
import type { Place } from "./told.ts";

export interface LocateDeps {
  readonly store: Pick<TeamReads, "findTree">;
  /** As hook clients on this machine call it. */
  readonly ownHost: string;
  /** With links resolved as far as the path exists. Contract: never throws; nothing for what cannot be a path. */
  readonly realPath: (path: string) => Promise<string | null>;
}

export function makeLocate({ store, ownHost, realPath }: LocateDeps): Locate {
  return async ({ workspaceId }, { event, report, known }) => {
    const reported = treeOf(report) ?? null;
    const tree = await chooseTree(store, { workspaceId, event, reported, known });
    const isReported = reported !== null && tree.tree === reported.tree;
    const localRoot = tree.host === ownHost && ownHost !== "" ? tree.root : null;
    const real = localRoot === null ? null : await realPath(localRoot);
    return {
      tree,
      branch: isReported ? (report.branch ?? null) : null,
      head: isReported ? (report.head ?? null) : null,
      localRoot: real,
      resolve: makeResolve(tree, { cwd: event.cwd, realRoot: real, realPath }),
    };
  };
}

interface Choice {
  readonly workspaceId: WorkspaceId;
  readonly event: HookEvent;
  readonly reported: Tree | null;
  readonly known: Tree | null;
}

/** The tree that the work is in: an agent may have gone into another since it began. */
async function chooseTree(store: LocateDeps["store"], choice: Choice): Promise<Tree> {
  const { workspaceId, event, reported, known } = choice;
  const at = [event.cwd, ...event.files.map(({ path }) => path)].find((path) => path !== undefined && isAbsolute(path));
  if (reported !== null) return reported;
  if (known !== null && (at === undefined || resolvePath(known, at) !== undefined)) return known;
  const host = known?.host ?? "";
  const found = at === undefined || host === "" ? undefined : await store.findTree(workspaceId, host, at);
  return found ?? known ?? treeOfWorkspace(workspaceId);
}

/** Clients that name no repository share the workspace's one; a relative path begins at its top (ruling 26). */
function treeOfWorkspace(workspaceId: WorkspaceId): Tree {
  return { repository: workspaceId, tree: workspaceId, host: "", root: "/", ignoresCase: false };
}

function isAbsolute(path: string): boolean {
  return path.startsWith("/") || /^[a-z]:[\\/]/i.test(path);
}

interface Resolving {
  readonly cwd: string | undefined;
  /** Nothing: the tree is on another machine. */
  readonly realRoot: string | null;
  readonly realPath: LocateDeps["realPath"];
}

function makeResolve(tree: Tree, { cwd, realRoot, realPath }: Resolving): Place["resolve"] {
  return async (path) => {
    const plain = resolvePath(tree, path, cwd);
    if (realRoot === null) return plain ?? null;
    const whole = isAbsolute(path) ? path : `${cwd ?? tree.root}/${path}`;
    const real = path === "" || path.includes("\0") ? null : await realPath(whole);
    if (real === null) return plain ?? null;
    const isDirectory = plain?.isDirectory === true && plain.path !== "./";
    return resolvePath({ ...tree, root: realRoot }, isDirectory ? `${real}/` : real) ?? null;
  };
}
