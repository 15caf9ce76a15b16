/** The use cases of reservations, with their dependencies given. */
import type { CommitWrite } from "../app/commit.ts";
import type { Records } from "../app/records/records.ts";
import { makeReservations } from "../app/team/reservations.ts";
import { readUserNames } from "../app/team/user-names.ts";
import type { MintId } from "../core/ids.ts";
import type { Clock } from "../core/ports/clock.ts";
import type { Store } from "../core/ports/store.ts";
import type { ReservationUseCases } from "../doors/native/use-cases-reservations.ts";

export interface ReservationUsesDeps {
  readonly store: Store;
  readonly commit: CommitWrite;
  readonly clock: Clock;
  readonly mint: MintId;
  readonly records: Pick<Records, "kinds" | "workspaces">;
}

export function makeReservationUses({ records, ...deps }: ReservationUsesDeps): ReservationUseCases {
  return {
    reservations: makeReservations({
      ...deps,
      userNames: (workspaceId, ids) => readUserNames(records, { workspaceId }, ids),
      branchPolicy: (workspaceId) => records.workspaces.readBranchPolicy(workspaceId),
    }),
  };
}
