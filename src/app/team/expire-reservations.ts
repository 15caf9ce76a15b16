/**
 * Sweeps what is past its deadline, with an event in its holder's log and a notice to who waits for it. Nothing depends
 * on it: a row counts for nothing from its deadline on, swept or not (D5).
 */
import { draft } from "../../core/decide/plan.ts";
import { encodeDraft } from "../../core/events/envelope.ts";
import type { MintId, SessionId } from "../../core/ids.ts";
import type { SessionReads } from "../../core/ports/store.ts";
import type { TeamReads } from "../../core/ports/team.ts";
import { expiredFacts } from "../../core/team/reservation-facts.ts";
import type { Reservation } from "../../core/team/reservation.ts";
import type { CommitWrite } from "../commit.ts";

export interface ExpireDeps {
  readonly store: Pick<TeamReads, "findExpired"> & Pick<SessionReads, "readHead">;
  readonly commit: CommitWrite;
  readonly mint: MintId;
}

const AT_ONCE = 200;

export function makeExpireReservations(deps: ExpireDeps): () => Promise<void> {
  return async () => {
    for (;;) {
      const rows = await deps.store.findExpired(AT_ONCE);
      let freed = 0;
      for (const [sessionId, some] of Map.groupBy(rows, (row) => row.sessionId)) {
        freed += await expire(deps, sessionId, some);
      }
      // Who was slid or freed meanwhile is somebody else's matter, and the next beat's.
      if (rows.length < AT_ONCE || freed === 0) return;
    }
  };
}

async function expire(
  { store, commit, mint }: ExpireDeps,
  sessionId: SessionId,
  rows: readonly Reservation[],
): Promise<number> {
  const events = expiredFacts(rows).map((fact) => encodeDraft(draft(mint, {}, fact)));
  const write = {
    sessionId,
    events,
    team: { reservations: [{ kind: "expire", ids: rows.map(({ id }) => id) } as const] },
  };
  const result = await commit(write);
  if (result.kind === "committed") return rows.length;
  if (result.kind !== "absent") return 0;
  // A deleted session's log takes facts only from who knows its epoch.
  const head = await store.readHead(sessionId);
  if (head === undefined) return 0;
  return (await commit({ ...write, epoch: head.epoch })).kind === "committed" ? rows.length : 0;
}
