/** All that a door may do with reservations, as one value, with who each of them is. */
import type { SessionId } from "../../core/ids.ts";
import { accept } from "../../core/refusal.ts";
import type { Outcome } from "../../core/refusal.ts";
import { warning } from "../../core/team/hold-text.ts";
import type { Reservation, ReservationId } from "../../core/team/reservation.ts";
import type { Principal } from "../principal.ts";
import { makeCheckReservations } from "./check-reservations.ts";
import type { CheckDeps, CheckReservations } from "./check-reservations.ts";
import { tellHolders } from "./describe-holders.ts";
import { makeForceRelease } from "./force-release.ts";
import type { ForceReleaseDeps } from "./force-release.ts";
import { makeListReservations, withHolders } from "./list-reservations.ts";
import type { ListedReservation, ListReservations, ListReservationsDeps } from "./list-reservations.ts";
import { makeReleaseReservations } from "./release-reservations.ts";
import type { ReleaseDeps, ReleaseWhat } from "./release-reservations.ts";
import { makeTakeReservations } from "./take-reservations.ts";
import type { TakeCommand, TakeDeps } from "./take-reservations.ts";
import { makeWaitForReservations } from "./wait-for-reservations.ts";
import type { WaitDeps, WaitForReservations } from "./wait-for-reservations.ts";

export interface TakenAndListed {
  readonly listed: readonly ListedReservation[];
  /** In words. */
  readonly warnings: readonly string[];
}

export interface Reservations {
  readonly list: ListReservations;
  readonly check: CheckReservations;
  readonly wait: WaitForReservations;
  take(principal: Principal, id: SessionId, command: TakeCommand): Promise<Outcome<TakenAndListed>>;
  renew(principal: Principal, id: ReservationId, ttlMs: number): Promise<Outcome<ListedReservation>>;
  one(principal: Principal, id: ReservationId): Promise<Outcome<null>>;
  release(principal: Principal, id: SessionId, what: ReleaseWhat): Promise<Outcome<readonly ListedReservation[]>>;
  force(principal: Principal, id: ReservationId): Promise<Outcome<ListedReservation>>;
}

export type ReservationsDeps = TakeDeps & CheckDeps & ReleaseDeps & ForceReleaseDeps & ListReservationsDeps & WaitDeps;

export function makeReservations(deps: ReservationsDeps): Reservations {
  const take = makeTakeReservations(deps);
  const release = makeReleaseReservations(deps);
  const force = makeForceRelease(deps);
  const listed = (principal: Principal, rows: readonly Reservation[]) => withHolders(deps, principal.workspaceId, rows);
  const one = async (principal: Principal, outcome: Outcome<Reservation>): Promise<Outcome<ListedReservation>> => {
    if (!outcome.ok) return outcome;
    const [shown] = await listed(principal, [outcome.value]);
    return accept(shown ?? { reservation: outcome.value, holder: null });
  };
  return {
    list: makeListReservations(deps),
    check: makeCheckReservations(deps),
    wait: makeWaitForReservations(deps),
    one: release.one,
    async take(principal, id, command) {
      const taken = await take(principal, id, command);
      if (!taken.ok) return taken;
      const told = await tellHolders(deps, principal.workspaceId, taken.value.warnings);
      const warnings = told.map((overlap) => warning([overlap], deps.clock.now()));
      return accept({ listed: await listed(principal, taken.value.reservations), warnings });
    },
    renew: async (principal, id, ttlMs) => one(principal, await release.renew(principal, id, ttlMs)),
    force: async (principal, id) => one(principal, await force(principal, id)),
    async release(principal, id, what) {
      const freed = await release.of(principal, id, what);
      return freed.ok ? accept(await listed(principal, freed.value)) : freed;
    },
  };
}
