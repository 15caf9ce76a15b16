/** A log at a glance: how many events of each type, from when to when, how many turns, how many failures. */
import type { SessionId } from "../core/ids.ts";
import type { SessionReads } from "../core/ports/store.ts";
import { accept } from "../core/refusal.ts";
import type { Outcome } from "../core/refusal.ts";
import type { Principal } from "./principal.ts";
import { readOwnSession } from "./read-session.ts";

export interface EventsSummary {
  readonly total: number;
  /** By type, in the order of their names. */
  readonly byType: readonly { readonly type: string; readonly count: number }[];
  readonly firstTs: string | null;
  readonly lastTs: string | null;
  readonly turnCount: number;
  /** Turns and sessions that failed; a tool that did is the model's business. */
  readonly errorCount: number;
}

export type SummariseEvents = (principal: Principal, id: SessionId) => Promise<Outcome<EventsSummary>>;

const FAILURES = ["turn.failed", "session.failed"] as const;

export function makeSummariseEvents({
  store,
}: {
  readonly store: Pick<SessionReads, "readSession" | "readLog" | "readLogBack" | "countEventTypes">;
}): SummariseEvents {
  return async (principal, id) => {
    const found = await readOwnSession(store, principal, id);
    if (!found.ok) return found;
    const counts = await store.countEventTypes(id);
    const [first] = (await store.readLog({ sessionId: id, after: 0, limit: 1 })).lines;
    const [last] = await store.readLogBack({ sessionId: id, limit: 1 });
    const byType = [...counts].map(([type, count]) => ({ type, count }));
    return accept({
      total: byType.reduce((sum, { count }) => sum + count, 0),
      byType: byType.toSorted((a, b) => (a.type < b.type ? -1 : 1)),
      firstTs: first?.ts ?? null,
      lastTs: last?.ts ?? null,
      turnCount: counts.get("turn.started") ?? 0,
      errorCount: FAILURES.reduce((sum, type) => sum + (counts.get(type) ?? 0), 0),
    });
  };
}
