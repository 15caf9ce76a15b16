/** The working trees of sessions, put together over one engine's commits. */
import { join } from "node:path";
import { Beginnings } from "../app/beginnings.ts";
import type { CommitWrite } from "../app/commit.ts";
import type { ResolveTurnDeps } from "../app/resolve-turn.ts";
import type { RunDeps } from "../app/run-turn.ts";
import type { Project } from "../app/records/find-project.ts";
import { makeCheckBudget, openTurnBudget } from "../app/project-work/project-budget.ts";
import type { CheckBudget } from "../app/project-work/project-budget.ts";
import { makeWakeHeld, resumeBudget } from "../app/project-work/resume-budget.ts";
import type { ResumeDeps } from "../app/project-work/resume-budget.ts";
import { pause } from "./pause.ts";
import { Aftermath } from "../app/project-work/aftermath.ts";
import type { AftermathDeps } from "../app/project-work/aftermath.ts";
import { makeEnsureCheckout } from "../app/project-work/ensure-checkout.ts";
import type { EnsureCheckout } from "../app/project-work/ensure-checkout.ts";
import { makeNoteAgent } from "../app/project-work/note-agent.ts";
import { makePrepareWork } from "../app/project-work/prepare-work.ts";
import type { PrepareWork } from "../app/project-work/prepare-work.ts";
import { makeCollectCheckouts, makeReleaseCheckout } from "../app/project-work/release-checkout.ts";
import type { SettleDeps } from "../app/project-work/settle-item.ts";
import { makeSettleTurn } from "../app/project-work/settle-turn.ts";
import { TurnGate } from "../app/project-work/turn-gate.ts";
import { makeWorkUses } from "../app/project-work/work-uses.ts";
import type { WorkUses } from "../app/project-work/work-uses.ts";
import type { SessionId, WorkspaceId } from "../core/ids.ts";
import type { MintId } from "../core/ids.ts";
import type { Checkouts } from "../core/ports/checkouts.ts";
import type { Clock } from "../core/ports/clock.ts";
import type { Harness, SpawnedInput } from "../core/ports/harness.ts";
import type { Store } from "../core/ports/store.ts";
import type { HarnessName } from "../core/session-words.ts";
import type { TreeReport } from "../core/team/hook-event.ts";
import type { Records } from "../app/records/records.ts";
import { makeCheckBranch } from "../app/project-work/check-branch.ts";
import type { CheckBranch } from "../app/project-work/check-branch.ts";
import type { SessionKeys } from "../app/project-work/session-keys.ts";
import { makeKeyedQueue } from "../lib/keyed-queue.ts";
import type { KeyedQueue } from "../lib/keyed-queue.ts";

/** What this machine has for agents that are programs of their own. */
export interface Spawning {
  readonly harness: Harness & AsyncDisposable;
  /** Below it each session has a folder of its own. */
  readonly stateFolder: string;
  readonly programOf: (harness: HarnessName) => SpawnedInput["program"];
  readonly keys: SessionKeys;
  readonly isIsolated: boolean;
  /** What a hook client would report of a path on this machine. Contract: never throws. */
  readonly readTree: (path: string) => Promise<TreeReport | null>;
}

export interface WorkGround {
  readonly store: Store;
  readonly mint: MintId;
  readonly clock: Clock;
  readonly checkouts: Checkouts;
  readonly records: Pick<Records, "projects">;
  readonly spawning: Spawning;
  readonly onFault: (fault: unknown) => void;
  /** Named crash points for tests; absent in production. */
  readonly points?: RunDeps["points"];
}

export interface WorkMachinery {
  readonly prepareWork: PrepareWork;
  readonly settle: Required<SettleDeps>;
  readonly aftermath: Aftermath;
  readonly ensureCheckout: EnsureCheckout;
  readonly checkBranch: CheckBranch;
  readonly uses: WorkUses;
  readonly budgetOf: ResolveTurnDeps["budgetOf"];
  readonly checkBudget: CheckBudget;
  readonly beginnings: Beginnings;
  /** Of this process: what stands in line comes to it anew after a restart. */
  readonly gate: TurnGate;
  /** By session: whoever touches its tree, or what it is made of, comes alone. */
  readonly queue: KeyedQueue;
  /** Contract: cheap, never throws. */
  readonly projectChanged: (project: Project) => void;
  /** Of this workspace. Contract: as above. */
  readonly modelChanged: (workspaceId: WorkspaceId) => void;
}

export interface WorkMachineryDeps {
  readonly commit: CommitWrite;
  readonly onControl: (sessionId: SessionId) => void;
}

export function openWork(engine: WorkGround, { commit, onControl }: WorkMachineryDeps): WorkMachinery {
  const { store, mint, clock, checkouts, records, spawning, onFault } = engine;
  const queue = makeKeyedQueue();
  const deps = { store, mint, clock, checkouts, commit, onControl, onFault, queue };
  const { projects } = records;
  const ensureCheckout = makeEnsureCheckout({ ...deps, projects });
  const wakeHeld = makeWakeHeld({ ...deps, projects });
  const aftermath = openAftermath(engine, { ...deps, wakeHeld });
  const gate = new TurnGate();
  return {
    aftermath,
    gate,
    beginnings: new Beginnings(),
    ensureCheckout,
    checkBranch: makeCheckBranch({ projects, checkouts }),
    queue,
    settle: {
      settleTurn: makeSettleTurn(deps),
      noteAgent: makeNoteAgent({ store, readTree: spawning.readTree }),
    },
    prepareWork: makePrepareWork({
      store,
      projects,
      ensureCheckout,
      stateFolderOf: (sessionId) => join(spawning.stateFolder, sessionId),
      programOf: spawning.programOf,
      mcpServersOf: (record) => spawning.keys.serversOf(record),
      isIsolated: spawning.isIsolated,
    }),
    budgetOf: (record, of) =>
      openTurnBudget({ store, projects, pause, mintHolder: () => mint("exec"), onFault }, record, of),
    checkBudget: makeCheckBudget({ store, projects }),
    projectChanged(project) {
      gate.limitIs(project.id, project.body.max_sessions ?? null);
      aftermath.follow(() => wakeWaiting(engine, deps, project));
    },
    modelChanged: (workspaceId) => aftermath.follow(() => wakeHeld.priced(workspaceId)),
    uses: makeWorkUses({ ...deps, projects, ensureCheckout }),
  };
}

type AftermathParts = Omit<AftermathDeps, "release" | "endPrograms" | "collect"> & Pick<WorkGround, "store">;

function openAftermath({ spawning }: WorkGround, deps: AftermathParts): Aftermath {
  const release = makeReleaseCheckout(deps);
  const endPrograms = async (sessionId: SessionId) => {
    await spawning.harness.end?.(sessionId);
    await spawning.keys.revoke(sessionId);
  };
  const collect = makeCollectCheckouts({ ...deps, release });
  return new Aftermath({ ...deps, release, endPrograms, collect });
}

async function wakeWaiting({ points }: WorkGround, deps: ResumeDeps, project: Project): Promise<void> {
  await points?.("wake:budget");
  await resumeBudget(deps, project);
}
