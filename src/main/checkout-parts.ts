/** What tools over checkouts are made of on this machine. */
import { makeCheckoutOf } from "../app/checkout-tools/checkout-tools.ts";
import type { CheckoutOf } from "../app/checkout-tools/checkout-tools.ts";
import type { AnswerApproval } from "../app/answer-approval.ts";
import type { CommitWrite } from "../app/commit.ts";
import { makeReserveCalls } from "../app/project-work/reserve-calls.ts";
import type { ReserveCalls } from "../app/project-work/reserve-calls.ts";
import type { Records } from "../app/records/records.ts";
import { readUserNames } from "../app/team/user-names.ts";
import type { MintId } from "../core/ids.ts";
import type { Checkouts } from "../core/ports/checkouts.ts";
import type { Clock } from "../core/ports/clock.ts";
import type { Store } from "../core/ports/store.ts";
import type { HeldNames } from "../lib/held-names.ts";
import { makeKeyedQueue } from "../lib/keyed-queue.ts";
import { findSandbox } from "../lib/sandbox.ts";
import type { SandboxState } from "../lib/sandbox.ts";
import { readShellWrites } from "../lib/shell-writes/shell-writes.ts";
import type { Spawning } from "./work-parts.ts";

/** Of this machine, for the commands of hosted agents. */
export interface CommandGround {
  /** Where programs are found. */
  readonly path: string;
  readonly home: string;
  /** The server's own folders. */
  readonly hidden: readonly string[];
  readonly names: HeldNames;
}

export interface CheckoutParts {
  readonly store: Store;
  readonly clock: Clock;
  readonly mint: MintId;
  readonly records: Pick<Records, "kinds" | "workspaces">;
  readonly checkouts: Checkouts;
  readonly spawning: Pick<Spawning, "readTree">;
  readonly commands: CommandGround;
}

/** What spawned agents write, by what they tell of it. */
export function openReserveCalls(
  { store, clock, mint, records, spawning }: Omit<CheckoutParts, "commands" | "checkouts">,
  { commit, answerApproval }: { readonly commit: CommitWrite; readonly answerApproval: AnswerApproval },
): ReserveCalls {
  return makeReserveCalls({
    ...{ store, clock, mint, commit },
    // In the name of whoever made the session; of one that nobody has made, people are asked.
    deny: async ({ id, workspaceId, createdBy: userId }, approvalId, reason) => {
      if (userId === null) return;
      const principal = { workspaceId, userId, keyId: null, role: "member" } as const;
      await answerApproval(principal, id, { approvalId, answer: "deny", scope: "once", reason });
    },
    userNames: (workspaceId, ids) => readUserNames(records, { workspaceId }, ids),
    branchPolicy: (workspaceId) => records.workspaces.readBranchPolicy(workspaceId),
    readTree: spawning.readTree,
  });
}

export function openCheckoutTools(parts: CheckoutParts, commit: CommitWrite): CheckoutOf {
  const { store, clock, mint, records, checkouts, spawning, commands } = parts;
  let sandbox: Promise<SandboxState> | undefined;
  return makeCheckoutOf({
    ...{ store, clock, mint, checkouts, commit },
    userNames: (workspaceId, ids) => readUserNames(records, { workspaceId }, ids),
    branchPolicy: (workspaceId) => records.workspaces.readBranchPolicy(workspaceId),
    readTree: spawning.readTree,
    locks: makeKeyedQueue(),
    // Tried by the first command; what a machine can do does not change while it runs.
    findSandbox: () => (sandbox ??= findSandbox()),
    readShell: readShellWrites,
    places: commands,
    hidden: commands.hidden,
    names: commands.names,
  });
}
