/** How many sessions of a workspace are in which state; each number is that of the list with the same filter. */
import type { SessionReads } from "../core/ports/store.ts";
import { accept } from "../core/refusal.ts";
import type { Outcome } from "../core/refusal.ts";
import { nativeStatuses, wherePredicate } from "../core/status.ts";
import type { FactPredicate, FactTests, NativeStatus } from "../core/status.ts";
import { TOTAL_CAP } from "./list-sessions.ts";
import type { Principal } from "./principal.ts";

const status = (word: NativeStatus) => wherePredicate(nativeStatuses, word);
const facts = (tests: FactTests): FactPredicate => ({ kind: "facts", tests });
const both = (left: FactPredicate, right: FactPredicate): FactPredicate => ({ kind: "all", of: [left, right] });

const COUNTED = {
  total: null,
  active: status("active"),
  idle: status("idle"),
  completed: status("completed"),
  failed: status("failed"),
  killed: status("killed"),
  /** Of the idle ones: no turn yet. */
  started: both(status("idle"), facts({ hasTurns: false })),
  paused: both(facts({ lifecycle: ["open"] }), facts({ hold: ["person", "budget"] })),
  waitingForToolResults: facts({ needs: ["tool_results"] }),
  waitingForApproval: facts({ needs: ["approval"] }),
} as const satisfies Record<string, FactPredicate | null>;

export type SessionStats = { readonly [Name in keyof typeof COUNTED]: number } & { readonly isTotalCapped: boolean };
export type ReadSessionStats = (principal: Pick<Principal, "workspaceId">) => Promise<Outcome<SessionStats>>;

export function makeSessionStats({ store }: { readonly store: Pick<SessionReads, "countSessions"> }): ReadSessionStats {
  return async ({ workspaceId }) => {
    const counts: [string, number][] = [];
    for (const [name, where] of Object.entries(COUNTED)) {
      const query = where === null ? { workspaceId } : { workspaceId, where };
      counts.push([name, await store.countSessions(query, TOTAL_CAP)]);
    }
    // One entry for each of `COUNTED`.
    const stats = Object.fromEntries(counts) as { readonly [Name in keyof typeof COUNTED]: number };
    return accept({ ...stats, isTotalCapped: stats.total >= TOTAL_CAP });
  };
}
