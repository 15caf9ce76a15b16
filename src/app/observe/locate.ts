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
  const treeSaid = makeTreeSaid();
  return async ({ workspaceId }, { event, report, known }) => {
    const said = await reportOf(deps, { event, report, known });
    const reported = treeSaid(said);
    const host = said.host ?? known?.host ?? "";
    const tree = await chooseTree(deps, { workspaceId, event, host, reported, known });
    if (tree === null) return NOWHERE;
    // Said of the tree, or of the only one that there is to say it of.
    const isSaid = said.root === undefined ? tree.tree === (known?.tree ?? workspaceId) : tree.tree === reported?.tree;
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

/** An agent says the same of its tree with every hook, and its editor waits while the repository's name is read out of it. */
function makeTreeSaid(): (report: TreeReport) => Tree | null {
  const trees = new Map<string, Tree | null>();
  return (report) => {
    const { root, commonDir, origin, host, ignoresCase } = report;
    const said = JSON.stringify([root, commonDir, origin, host, ignoresCase]);
    const known = trees.get(said);
    if (known !== undefined) return known;
    const tree = treeOf(report) ?? null;
    if (trees.size >= MOST_TREES) trees.clear();
    trees.set(said, tree);
    return tree;
  };
}

const MOST_TREES = 1_000;

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

/** Outside of any repository, where nothing is reserved (R1). */
const NOWHERE: Place = { tree: null, branch: null, head: null, localRoot: null, resolve: async () => null };

interface Choice {
  readonly workspaceId: WorkspaceId;
  /** The agent's machine, where it is known. */
  readonly host: string;
  readonly event: HookEvent;
  readonly reported: Tree | null;
  readonly known: Tree | null;
}

/**
 * The tree that the work is in: an agent may have gone into another since it began, or write into one beside its own. A
 * machine that is known and of which nothing is known at this place is outside of any repository.
 */
async function chooseTree(deps: LocateDeps, choice: Choice): Promise<Tree | null> {
  const { workspaceId, event, host, reported, known } = choice;
  const at = plainOf(fileNamed(event) ?? placeNamed(event));
  if (at === undefined) return reported ?? known ?? elsewhere(choice);
  const told = host === "" ? undefined : await deps.store.findTree(workspaceId, host, at);
  const own = known !== null && known.tree === reported?.tree ? [reported] : [reported, known];
  const around = [...own, told].filter((tree) => isAround(tree, at));
  // A working tree may lie within another: the innermost has the file.
  const [innermost] = around.toSorted((one, other) => other.root.length - one.root.length);
  if (innermost !== undefined) return innermost;
  const found = await lookFor(deps, host, at);
  // By another name of the same tree, as through a link: what was told of it holds.
  const same = [reported, known].find((tree) => tree !== null && tree.tree === found?.tree);
  return same ?? found ?? reported ?? known ?? elsewhere(choice);
}

/** Without `.` and `..`, so that what is around it can be read off its letters. */
function plainOf(at: string | undefined): string | undefined {
  const plain = at?.startsWith("/") === true ? resolvePath({ root: "/", ignoresCase: false }, at) : undefined;
  return plain === undefined ? at : `/${plain.path}`;
}

function isAround(tree: Tree | null | undefined, at: string): tree is Tree {
  return tree !== null && tree !== undefined && resolvePath(tree, at) !== undefined;
}

async function lookFor({ ownHost, readTree }: LocateDeps, host: string, at: string): Promise<Tree | undefined> {
  const here = isOf(host, ownHost()) ? await readTree(at) : null;
  return here === null ? undefined : treeOf({ ...here, host });
}

function elsewhere({ host, workspaceId }: Choice): Tree | null {
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
