/**
 * Where the paths of a hook are (R1, D4). The hook client says which working tree it runs in; hooks that run nothing take
 * over what their session said when it began. Only on the agent's own machine the file system is asked, for symbolic
 * links; elsewhere paths are resolved by their letters.
 */
import type { WorkspaceId } from "../../core/ids.ts";
import type { TeamReads } from "../../core/ports/team.ts";
import type { HookEvent, TreeReport } from "../../core/team/hook-event.ts";
import { resolvePath, treeOf } from "../../core/team/resolve-path.ts";
import type { Tree } from "../../core/team/tree.ts";
import type { Locate } from "./handle-hook.ts";
import type { Place } from "./told.ts";

export interface LocateDeps {
  readonly store: Pick<TeamReads, "findTree">;
  /** As hook clients on this machine call it; empty while none has been installed. */
  readonly ownHost: () => string;
  /** What a hook client would report of a path on this machine. Contract: never throws. */
  readonly readTree: (path: string) => Promise<TreeReport | null>;
  /** With links resolved as far as the path exists. Contract: never throws; nothing for what cannot be a path. */
  readonly realPath: (path: string) => Promise<string | null>;
}

export function makeLocate(deps: LocateDeps): Locate {
  const { ownHost, realPath } = deps;
  return async ({ workspaceId }, { event, report, known }) => {
    const said = await reportOf(deps, { event, report, known });
    const tree = await chooseTree(deps.store, { workspaceId, event, reported: treeOf(said) ?? null, known });
    const isSaid = tree.tree === treeOf(said)?.tree;
    const real = isOf(tree.host, ownHost()) ? await realPath(tree.root) : null;
    return {
      tree,
      branch: isSaid ? (said.branch ?? null) : null,
      head: isSaid ? (said.head ?? null) : null,
      localRoot: real,
      resolve: makeResolve(tree, { cwd: event.cwd, realRoot: real, realPath }),
    };
  };
}

function isOf(host: string, ownHost: string): boolean {
  return host !== "" && host === ownHost;
}

/** A client that ran nothing is looked up here, where that is its machine and its session has not said already. */
async function reportOf(
  { ownHost, readTree }: LocateDeps,
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

interface Choice {
  readonly workspaceId: WorkspaceId;
  readonly event: HookEvent;
  readonly reported: Tree | null;
  readonly known: Tree | null;
}

/** The tree that the work is in: an agent may have gone into another since it began. */
async function chooseTree(store: LocateDeps["store"], choice: Choice): Promise<Tree> {
  const { workspaceId, event, reported, known } = choice;
  const at = placeNamed(event);
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
