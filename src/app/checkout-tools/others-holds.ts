/** What somebody else has reserved in a working tree, whatever it is: a command may not write it, a commit not take it along. */
import type { Reservation } from "../../core/team/reservation.ts";
import { holderIdOf } from "../team/take-reservations.ts";
import { describeHolders } from "../team/describe-holders.ts";
import { longDeny } from "../../core/team/hold-text.ts";
import type { CheckoutToolsDeps, WorkingTree } from "./working-tree.ts";

const PAGE = 500;

export async function othersHolds(
  { store, clock }: Pick<CheckoutToolsDeps, "store" | "clock">,
  { session, tree }: Pick<WorkingTree, "session" | "tree">,
): Promise<readonly Reservation[]> {
  const { workspaceId } = session;
  const holderId = holderIdOf(session);
  const found: Reservation[] = [];
  let cursor: Reservation["id"] | undefined;
  for (;;) {
    const after = cursor === undefined ? {} : { cursor };
    const page = await store.listReservations({ workspaceId, repository: tree.repository, limit: PAGE, ...after });
    found.push(
      ...page.filter((row) => row.tree === tree.tree && row.holderId !== holderId && isAlive(row, clock.now())),
    );
    cursor = page.at(-1)?.id;
    if (page.length < PAGE || cursor === undefined) return found;
  }
}

function isAlive({ expiresAt, openUntil }: Reservation, nowMs: number): boolean {
  return Math.max(Date.parse(expiresAt), openUntil === null ? 0 : Date.parse(openUntil)) > nowMs;
}

/** For the model, of those that are in its way (R5). */
export async function sayHolds(
  deps: CheckoutToolsDeps,
  { session }: Pick<WorkingTree, "session">,
  rows: readonly Reservation[],
): Promise<string> {
  const ids = rows.map(({ sessionId }) => sessionId);
  const holders = await describeHolders(deps, session.workspaceId, ids);
  const told = rows.flatMap((reservation) => {
    const holder = holders.get(reservation.sessionId);
    const overlap = { reservation, wished: reservation.path, severity: "deny" as const };
    return holder === undefined ? [] : [{ overlap, holder }];
  });
  return longDeny(told, deps.clock.now());
}
