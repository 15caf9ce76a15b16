/** Renewing and giving back what a session holds: by id, by path, or all of it (R3, R11). */
import type { SessionId } from "../../core/ids.ts";
import type { SessionReads } from "../../core/ports/store.ts";
import type { TeamReads } from "../../core/ports/team.ts";
import { accept } from "../../core/refusal.ts";
import type { Outcome } from "../../core/refusal.ts";
import { isBelow, nodeOf } from "../../core/team/path-keys.ts";
import { releasedFacts } from "../../core/team/reservation-facts.ts";
import type { Reservation, ReservationId } from "../../core/team/reservation.ts";
import type { TreePath } from "../../core/team/tree.ts";
import type { Principal } from "../principal.ts";
import { readOwnSession } from "../read-session.ts";
import { findPlace, resolveAsked } from "./asked-tree.ts";
import type { AskedPaths, Asker } from "./asked-tree.ts";
import { mayGiveBack } from "./reserved.ts";
import { reservationNotFound, writeReservations } from "./write-reservations.ts";
import type { WriteReservationsDeps } from "./write-reservations.ts";

export interface ReleaseDeps extends WriteReservationsDeps {
  readonly store: Pick<SessionReads, "readSession"> &
    Pick<TeamReads, "readPresence" | "readReservation" | "listReservations">;
}

/** Nothing said: all of it. */
export type ReleaseWhat = { readonly paths?: AskedPaths };

export interface ReleaseReservations {
  renew(principal: Principal, id: ReservationId, ttlMs: number): Promise<Outcome<Reservation>>;
  one(principal: Principal, id: ReservationId): Promise<Outcome<null>>;
  of(principal: Principal, sessionId: SessionId, what: ReleaseWhat): Promise<Outcome<readonly Reservation[]>>;
}

export function makeReleaseReservations(deps: ReleaseDeps): ReleaseReservations {
  return {
    async renew(principal, id, ttlMs) {
      const found = await readOwn(deps, principal, id);
      if (!found.ok) return found;
      const { sessionId } = found.value;
      const written = await writeReservations(deps, sessionId, async () => {
        const row = await readOwn(deps, principal, id);
        return row.ok ? accept({ facts: [], team: { reservations: [{ kind: "renew", ids: [id], ttlMs }] } }) : row;
      });
      if (!written.ok) return written;
      const [row] = written.value.granted;
      return row === undefined ? reservationNotFound(id) : accept(row);
    },
    async one(principal, id) {
      const found = await readOwn(deps, principal, id);
      if (!found.ok) return found;
      const written = await writeReservations(deps, found.value.sessionId, async () => {
        const row = await readOwn(deps, principal, id);
        return row.ok ? accept(release([row.value])) : row;
      });
      return written.ok ? accept(null) : written;
    },
    async of(principal, sessionId, { paths }) {
      const session = await readOwnSession(deps.store, principal, sessionId);
      if (!session.ok) return session;
      const allowed = mayGiveBack(principal, session.value);
      if (!allowed.ok) return allowed;
      const isWanted = await wanted(deps, { workspaceId: principal.workspaceId, sessionId }, paths);
      if (!isWanted.ok) return isWanted;
      const written = await writeReservations(deps, sessionId, async () => {
        const rows = (await readHeld(deps, session.value)).filter(isWanted.value);
        return accept(rows.length === 0 ? null : release(rows));
      });
      return written.ok ? accept(written.value.freed) : written;
    },
  };
}

function release(rows: readonly Reservation[]) {
  const ids = rows.map(({ id }) => id);
  return { facts: releasedFacts(rows, "released"), team: { reservations: [{ kind: "release", ids } as const] } };
}

async function readOwn({ store }: ReleaseDeps, principal: Principal, id: ReservationId): Promise<Outcome<Reservation>> {
  const row = await store.readReservation(id);
  if (row === undefined || row.workspaceId !== principal.workspaceId) return reservationNotFound(id);
  const session = await readOwnSession(store, principal, row.sessionId);
  if (!session.ok) return reservationNotFound(id);
  const allowed = mayGiveBack(principal, session.value);
  return allowed.ok ? accept(row) : allowed;
}

/** A directory stands for all that is held below it. */
async function wanted(
  deps: ReleaseDeps,
  asker: Asker,
  asked: AskedPaths | undefined,
): Promise<Outcome<(row: Reservation) => boolean>> {
  if (asked === undefined) return accept(() => true);
  const { tree } = await findPlace(deps, asker, asked);
  const paths = resolveAsked(tree, asked);
  if (!paths.ok) return paths;
  return accept((row) => row.tree === tree.tree && row.repository === tree.repository && isAmong(row, paths.value));
}

function isAmong({ path: held }: Reservation, paths: readonly TreePath[]): boolean {
  return paths.some((path) => {
    const [one, other] = [nodeOf(held.key), nodeOf(path.key)];
    return one === other || (path.isDirectory && isBelow(one, other));
  });
}

const PAGE = 500;

/** All that a session holds, page by page. */
export async function readHeld(
  { store }: { readonly store: Pick<TeamReads, "listReservations"> },
  { id: sessionId, workspaceId }: { readonly id: SessionId; readonly workspaceId: Principal["workspaceId"] },
  by: "sessionId" | "holderId" = "sessionId",
): Promise<readonly Reservation[]> {
  const rows: Reservation[] = [];
  for (;;) {
    const cursor = rows.at(-1)?.id;
    const place = cursor === undefined ? {} : { cursor };
    const page = await store.listReservations({ workspaceId, [by]: sessionId, limit: PAGE, ...place });
    rows.push(...page);
    if (page.length < PAGE) return rows;
  }
}
