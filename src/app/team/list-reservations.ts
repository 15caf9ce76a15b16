/** Who holds what in a workspace, newest first, with who that is. */
import type { SessionId } from "../../core/ids.ts";
import type { ReservationQuery, TeamReads } from "../../core/ports/team.ts";
import type { Holder } from "../../core/team/hold-text.ts";
import type { Reservation, ReservationId } from "../../core/team/reservation.ts";
import { normaliseOrigin } from "../../core/team/repository-identity.ts";
import type { Principal } from "../principal.ts";
import { describeHolders } from "./describe-holders.ts";
import type { DescribeHoldersDeps } from "./describe-holders.ts";

export interface ReservationsQuery {
  readonly repository?: string;
  readonly sessionId?: SessionId;
  readonly cursor?: ReservationId;
  readonly limit: number;
}

export interface ListedReservation {
  readonly reservation: Reservation;
  readonly holder: Holder | null;
}

export interface ReservationsPage {
  readonly reservations: readonly ListedReservation[];
  /** Nothing: this was the last page. */
  readonly next: ReservationId | null;
}

export type ListReservations = (principal: Principal, query: ReservationsQuery) => Promise<ReservationsPage>;

export interface ListReservationsDeps extends DescribeHoldersDeps {
  readonly store: DescribeHoldersDeps["store"] & Pick<TeamReads, "listReservations">;
}

export function makeListReservations(deps: ListReservationsDeps): ListReservations {
  return async ({ workspaceId }, { repository, limit, ...rest }) => {
    const named = repository === undefined ? {} : { repository: normaliseOrigin(repository) ?? repository };
    const query: ReservationQuery = { workspaceId, ...rest, ...named, limit: limit + 1 };
    const rows = await deps.store.listReservations(query);
    const page = rows.slice(0, limit);
    const listed = await withHolders(deps, workspaceId, page);
    return { reservations: listed, next: rows.length > limit ? (page.at(-1)?.id ?? null) : null };
  };
}

export async function withHolders(
  deps: DescribeHoldersDeps,
  workspaceId: Principal["workspaceId"],
  rows: readonly Reservation[],
): Promise<readonly ListedReservation[]> {
  const holders = await describeHolders(
    deps,
    workspaceId,
    rows.map(({ sessionId }) => sessionId),
  );
  return rows.map((reservation) => ({ reservation, holder: holders.get(reservation.sessionId) ?? null }));
}
