/**
 * The working tree of a session as its tools meet it: looked up anew for each call, since a command may have switched the
 * branch and a person may have taken the tree away.
 */
import { realpath } from "node:fs/promises";
import type { Checkout, Checkouts } from "../../core/ports/checkouts.ts";
import type { SessionReads } from "../../core/ports/store.ts";
import type { TeamReads } from "../../core/ports/team.ts";
import type { CheckoutAnswer } from "../../core/ports/checkout-tools.ts";
import type { Reserve } from "../../core/ports/tools.ts";
import type { SessionRecord } from "../../core/session.ts";
import type { TreeReport } from "../../core/team/hook-event.ts";
import { treeOf } from "../../core/team/resolve-path.ts";
import type { Tree } from "../../core/team/tree.ts";
import type { HeldNames } from "../../lib/held-names.ts";
import type { KeyedQueue } from "../../lib/keyed-queue.ts";
import { readRepository } from "../../lib/repository/repository-facts.ts";
import type { SandboxState } from "../../lib/sandbox.ts";
import type { ShellWrites } from "../../lib/shell-writes/shell-writes.ts";
import { makeReserve } from "../team/reserve-for-tools.ts";
import type { ReserveDeps } from "../team/reserve-for-tools.ts";

export interface CheckoutToolsDeps extends ReserveDeps {
  readonly store: ReserveDeps["store"] & Pick<SessionReads, "readSession"> & Pick<TeamReads, "readEdits">;
  readonly checkouts: Pick<Checkouts, "state" | "diff" | "commit">;
  /** What a hook client would report of a path on this machine; null outside of any tree. Contract: never rejects. */
  readonly readTree: (path: string) => Promise<TreeReport | null>;
  /** By path: those who change one file wait for each other. */
  readonly locks: KeyedQueue;
  readonly findSandbox: () => Promise<SandboxState>;
  readonly names: Pick<HeldNames, "hold">;
  readonly readShell: (command: string) => Promise<ShellWrites>;
  /** Where programs and the home folder of the server are. */
  readonly places: { readonly path: string; readonly home: string };
  /** The server's own, which no command sees. */
  readonly hidden: readonly string[];
}

export interface OfSession {
  readonly session: SessionRecord;
  readonly checkout: Checkout;
}

export interface WorkingTree extends OfSession {
  /** Absolute, without links. */
  readonly root: string;
  readonly gitDir: string;
  readonly commonDir: string;
  readonly tree: Tree;
  readonly branch: string | null;
  readonly reserve: Reserve;
}

export async function openTree(deps: CheckoutToolsDeps, of: OfSession): Promise<CheckoutAnswer<WorkingTree>> {
  const { path } = of.checkout;
  const root = await realpath(path).catch(() => null);
  const report = root === null ? null : await deps.readTree(root);
  const facts = root === null ? null : await readRepository(root);
  // What lies above it may be a repository of somebody else's.
  if (root === null || facts === null || report === null || facts.root !== root || report.root !== root) {
    return { ok: false, reason: `The session has lost its checkout: ${path} is gone, or no working tree any more` };
  }
  const named = withName(report);
  const tree = treeOf(named);
  if (tree === undefined) throw new Error(`The working tree "${root}" belongs to no repository that can be named`);
  const { id: sessionId, workspaceId } = of.session;
  const reserve = makeReserve(deps)({ workspaceId, sessionId, report: named });
  const { gitDir, commonDir, branch } = facts;
  return { ok: true, value: { ...of, root, gitDir, commonDir, tree, branch, reserve } };
}

/** Of a machine that no hook client has named yet, and a repository without an origin. */
const THIS_MACHINE = "server";

function withName(report: TreeReport): TreeReport {
  return treeOf(report) === undefined ? { ...report, host: THIS_MACHINE } : report;
}
