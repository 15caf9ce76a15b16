/**
 * Takes a reservation away from a holder who does not give it back (R11): an owner may at any time, anybody once the
 * holder is silent. It is written into the holder's log, with who did it, and the holder's agent is told.
 */
import type { Clock } from "../../core/ports/clock.ts";
import type { SessionReads } from "../../core/ports/store.ts";
import type { TeamReads } from "../../core/ports/team.ts";
import { accept, refuse } from "../../core/refusal.ts";
import type { Outcome } from "../../core/refusal.ts";
import { takenAway } from "../../core/team/hold-text.ts";
import { releasedFacts } from "../../core/team/reservation-facts.ts";
import type { Reservation, ReservationId } from "../../core/team/reservation.ts";
import type { Principal } from "../principal.ts";
import type { DescribeHoldersDeps } from "./describe-holders.ts";
import { reservationNotFound, writeReservations } from "./write-reservations.ts";
import type { WriteReservationsDeps } from "./write-reservations.ts";

/** As long as an agent may be silent before it is not shown any more. */
export const STALE_AFTER_MS = 5 * 60_000;

export type ForceRelease = (principal: Principal, id: ReservationId) => Promise<Outcome<Reservation>>;

export interface ForceReleaseDeps extends WriteReservationsDeps, Pick<DescribeHoldersDeps, "userNames"> {
  readonly store: Pick<SessionReads, "readSession"> & Pick<TeamReads, "readPresence" | "readReservation">;
  readonly clock: Pick<Clock, "now">;
}

export function makeForceRelease(deps: ForceReleaseDeps): ForceRelease {
  return async (principal, id) => {
    const { workspaceId, userId } = principal;
    const found = await readRow(deps, principal, id);
    if (!found.ok) return found;
    const names = await deps.userNames(workspaceId, [userId]);
    const written = await writeReservations(deps, found.value.sessionId, async () => {
      const row = await readRow(deps, principal, id);
      if (!row.ok) return row;
      const allowed = await mayForce(deps, principal, row.value);
      if (!allowed.ok) return allowed;
      const text = takenAway([row.value.path.path], names.get(userId) ?? "a person");
      return accept({
        facts: releasedFacts([row.value], "forced", { userId }),
        team: {
          reservations: [{ kind: "release", ids: [id] }],
          notices: [{ to: row.value.sessionId, text }],
        },
      });
    });
    if (!written.ok) return written;
    const [row] = written.value.freed;
    return row === undefined ? reservationNotFound(id) : accept(row);
  };
}

async function readRow(
  { store }: ForceReleaseDeps,
  { workspaceId }: Principal,
  id: ReservationId,
): Promise<Outcome<Reservation>> {
  const row = await store.readReservation(id);
  return row === undefined || row.workspaceId !== workspaceId ? reservationNotFound(id) : accept(row);
}

async function mayForce(
  { store, clock }: ForceReleaseDeps,
  { role }: Principal,
  { sessionId, openUntil }: Reservation,
): Promise<Outcome<null>> {
  if (role === "owner") return accept(null);
  const session = await store.readSession(sessionId);
  const presence = await store.readPresence(sessionId);
  const heardAt = [session?.updatedAt ?? "", presence?.heardAt ?? ""].toSorted().at(-1) ?? "";
  const silentMs = clock.now() - Date.parse(heardAt);
  const isOpen = openUntil !== null && Date.parse(openUntil) > clock.now();
  if (silentMs >= STALE_AFTER_MS && !isOpen) return accept(null);
  const since = isOpen ? "has a tool call open" : `was heard of ${Math.round(silentMs / 1_000)} s ago`;
  const minutes = STALE_AFTER_MS / 60_000;
  const reason = `its holder ${since}: an owner may release it, or anybody after ${minutes} minutes of silence`;
  return refuse({ code: "forbidden", reason });
}
