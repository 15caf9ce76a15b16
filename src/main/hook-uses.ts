/** What the hook doors call, over one engine: here hooks meet the machine that the server runs on. */
import { readFileSync } from "node:fs";
import { listPresentAgents, endWatched, hearHeartbeat } from "../app/observe/hook-uses.ts";
import type { HookUsesDeps } from "../app/observe/hook-uses.ts";
import type { Behind } from "../app/observe/behind.ts";
import { makeCommittedFiles } from "../app/observe/committed-files.ts";
import { makeHandleHook } from "../app/observe/handle-hook.ts";
import { hearOnce } from "../app/observe/hear-once.ts";
import { makeHoldWords } from "../app/observe/hold-words.ts";
import { makeLocate } from "../app/observe/locate.ts";
import type { Briefs } from "../app/observe/news.ts";
import { makeTreeWatch } from "../app/observe/tree-watch.ts";
import { hearWhereBegun } from "../app/observe/where-begun.ts";
import type { CommitWrite } from "../app/commit.ts";
import type { ControlSession } from "../app/control-session.ts";
import type { Principal } from "../app/principal.ts";
import type { Records } from "../app/records/records.ts";
import { readUserNames } from "../app/team/user-names.ts";
import { RecentMap } from "../app/recent-map.ts";
import type { MintId, SessionId } from "../core/ids.ts";
import type { Clock } from "../core/ports/clock.ts";
import type { Store } from "../core/ports/store.ts";
import { accept, refuse } from "../core/refusal.ts";
import type { Outcome } from "../core/refusal.ts";
import type { Holder } from "../core/team/hold-text.ts";
import type { TreeReport } from "../core/team/hook-event.ts";
import type { HookUseCases } from "../doors/hooks/use-cases.ts";
import { runGit } from "../lib/git.ts";
import { realPathOf } from "../lib/repository/real-path.ts";
import { makeRepositoryReader } from "../lib/repository/repository-facts.ts";
import { readShellWrites } from "../lib/shell-writes/shell-writes.ts";
import { changedBetween, snapshotTree } from "../lib/tree-changes.ts";

export interface HookUsesParts {
  readonly store: Store;
  readonly commit: CommitWrite;
  readonly clock: Clock;
  readonly mint: MintId;
  readonly records: Pick<Records, "kinds" | "workspaces">;
  readonly controlSession: ControlSession;
  readonly briefs: Briefs;
  /** The file in which hook clients of this machine keep what they call it. */
  readonly hostFile: string;
  /** Waited for before the store closes. */
  readonly behind: Behind;
  readonly onUnreadHook: (fault: Readonly<Record<string, unknown>>) => void;
}

export function makeHookUses(parts: HookUsesParts): HookUseCases {
  const { behind } = parts;
  const deps = depsOf(parts);
  const handle = hearOnce(hearWhereBegun(makeHandleHook(deps), parts.clock), parts.clock);
  return {
    // An editor is let go after a while, its hook is not.
    handleHook: (principal, call) => behind.keep(handle(principal, call)),
    listPresent: (principal) => listPresentAgents(deps, principal),
    heartbeat: (principal, id) => hearHeartbeat(deps, principal, id),
    endSession: (principal, id) => endWatched(deps, principal, id),
    reportHookFault: async ({ workspaceId }, fault) => parts.onUnreadHook({ workspaceId, ...fault }),
    findWorkspace: (principal, name) => findWorkspace(parts, principal, name),
  };
}

function depsOf(parts: HookUsesParts): HookUsesDeps {
  const { store, commit, clock, mint, records, controlSession, briefs, behind } = parts;
  const userNames: HookUsesDeps["userNames"] = (workspaceId, ids) => readUserNames(records, { workspaceId }, ids);
  const repositories = makeRepositoryReader({ now: () => clock.monotonic() });
  const ownHost = makeOwnHost(parts.hostFile, () => clock.monotonic());
  const recentHolders = new RecentMap<SessionId, Holder>({ capacity: 500, lifeMs: 1_000, clock });
  return {
    ...{ store, commit, clock, mint, userNames, controlSession, briefs },
    words: makeHoldWords({ store, clock, userNames, recentHolders }),
    readShell: readShellWrites,
    treeWatch: makeTreeWatch({ snapshot: snapshotTree, changed: changedBetween, now: () => clock.now() }),
    committedFiles: makeCommittedFiles(filesOfHead),
    branchPolicy: (workspaceId) => records.workspaces.readBranchPolicy(workspaceId),
    locate: makeLocate({
      store,
      ownHost,
      realPath: (path) => realPathOf(path).catch(() => null),
      readTree: async (path) => reportOf(await repositories.find(path).catch(() => null)),
    }),
    afterwards: behind.run,
    // Nobody here runs an observed turn.
    onControl: () => undefined,
  };
}

/** What a hook client on this machine would say of a place. Contract: never throws. */
export function makeOwnTree(hostFile: string, now: () => number): (path: string) => Promise<TreeReport | null> {
  const repositories = makeRepositoryReader({ now });
  const host = makeOwnHost(hostFile, now);
  return async (path) => {
    const report = reportOf(await repositories.find(path).catch(() => null));
    return report === null ? null : { ...report, host: host() };
  };
}

function reportOf(facts: Awaited<ReturnType<ReturnType<typeof makeRepositoryReader>["find"]>>): TreeReport | null {
  if (facts === null) return null;
  const { root, commonDir, origin, branch, head, ignoresCase } = facts;
  return {
    ...{ root, commonDir, ignoresCase },
    ...(origin === null ? {} : { origin }),
    ...(branch === null ? {} : { branch }),
    ...(head === null ? {} : { head }),
  };
}

const LOOK_AGAIN_MS = 5_000;

/** The installer may come after the server. */
function makeOwnHost(file: string, now: () => number): () => string {
  let host = "";
  let lookedAt = -Infinity;
  return () => {
    if (host !== "" || now() - lookedAt < LOOK_AGAIN_MS) return host;
    lookedAt = now();
    host = readText(file);
    return host;
  };
}

function readText(file: string): string {
  try {
    return readFileSync(file, "utf8").trim();
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "ENOENT") return "";
    throw cause;
  }
}

async function filesOfHead(root: string): Promise<readonly string[]> {
  const args = ["diff-tree", "--no-commit-id", "--name-only", "--root", "-r", "-z", "HEAD"];
  const told = await runGit({ folder: root, args, timeoutMs: 1_000 }).catch(() => null);
  return told === null || told.code !== 0 ? [] : told.stdout.split("\0").filter((path) => path !== "");
}

/** A key belongs to one workspace; every other one is not there for it. */
async function findWorkspace(
  { records }: HookUsesParts,
  principal: Principal,
  name: string,
): Promise<Outcome<Principal>> {
  const mine = await records.workspaces.mine(principal);
  const isMine = name === principal.workspaceId || (mine.ok && mine.value.name === name);
  return isMine ? accept(principal) : refuse({ code: "not_found", kind: "workspace", id: name });
}
