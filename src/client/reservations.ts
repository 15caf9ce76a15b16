/** Reservations: who holds which path; taking, giving back, and being told when one is free. */
import type {
  CheckedReservations,
  NativeReservation,
  ReleasedReservations,
  ReservationList as WireReservationList,
  TakenReservations,
  WaitingForReservations,
} from "../doors/native/schema/reservation.ts";
import type { Reservation, WorkingTree } from "./team-shapes.ts";
import type { Transport } from "./transport.ts";
import type { Camel } from "./wire-case.ts";

export type ReservationList = Camel<WireReservationList>;
export type Taken = Camel<TakenReservations>;
export type Checked = Camel<CheckedReservations>;
export type Waiting = Camel<WaitingForReservations>;

export interface ListReservations {
  readonly limit?: number;
  /** `nextCursor` of the page before. */
  readonly cursor?: string;
  readonly repository?: string;
  readonly sessionId?: string;
}

/** Where paths are; absent: in the tree that the session's agent has told of. */
export interface PathsPlace {
  readonly repository?: WorkingTree | string;
  readonly cwd?: string;
  readonly branch?: string;
  readonly policy?: "deny" | "warn" | "ignore";
}

export interface TakePaths extends PathsPlace {
  readonly mode?: "exclusive" | "shared";
  readonly ttlMs?: number;
}

export interface Reservations {
  /** Newest first. */
  list(query?: ListReservations): Promise<ReservationList>;
  all(query?: Omit<ListReservations, "cursor">): AsyncGenerator<Reservation, void, undefined>;
  /** All of the paths or none; a `SeraiError` with code `reserved` says who has one of them. */
  take(sessionId: string, paths: readonly string[], how?: TakePaths): Promise<Taken>;
  /** Whether they may be written; nothing is reserved. */
  check(paths: readonly string[], how?: PathsPlace & { readonly sessionId?: string }): Promise<Checked>;
  /** Without paths: all that the session holds. */
  release(sessionId: string, paths?: readonly string[], place?: PathsPlace): Promise<readonly Reservation[]>;
  /** The session's agent is told when they are free. */
  wait(sessionId: string, paths: readonly string[], place?: PathsPlace): Promise<Waiting>;
  renew(reservationId: string, ttlMs?: number): Promise<Reservation>;
  /** Takes it away from its holder: an owner may, and anybody once the holder is silent. */
  force(reservationId: string): Promise<Reservation>;
}

export function makeReservations({ json }: Transport): Reservations {
  const post = <Wire>(path: string, body: unknown) =>
    json<Wire>({ method: "POST", path: `/reservations${path}`, json: body });
  const list: Reservations["list"] = (query = {}) =>
    json<WireReservationList>({ method: "GET", path: "/reservations", query: { ...query } });
  return {
    list,
    all: (query) => allPages(list, query ?? {}),
    take: (sessionId, paths, how) => post<TakenReservations>("", { sessionId, paths, ...how }),
    check: (paths, how) => post<CheckedReservations>("/check", { paths, ...how }),
    async release(sessionId, paths, place) {
      const body = { sessionId, ...(paths === undefined ? {} : { paths, ...place }) };
      return (await post<ReleasedReservations>("/release", body)).data;
    },
    wait: (sessionId, paths, place) => post<WaitingForReservations>("/wait", { sessionId, paths, ...place }),
    renew: (id, ttlMs) =>
      post<NativeReservation>(`/${encodeURIComponent(id)}/renew`, ttlMs === undefined ? {} : { ttlMs }),
    force: (id) => post<NativeReservation>(`/${encodeURIComponent(id)}/force-release`, {}),
  };
}

async function* allPages(
  list: Reservations["list"],
  query: ListReservations,
): AsyncGenerator<Reservation, void, undefined> {
  let page = await list({ limit: 100, ...query });
  for (;;) {
    yield* page.data;
    if (page.nextCursor === null) return;
    page = await list({ limit: 100, ...query, cursor: page.nextCursor });
  }
}
