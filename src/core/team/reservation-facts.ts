/** Reservations as events tell of them: one event for each repository, and for no more rows than fit into one. */
import type { EventData, Fact } from "../events/envelope.ts";
import { OVERLAPS_TOLD } from "./decide-take.ts";
import type { Overlap, Reservation, ReservationId, ReservationMode } from "./reservation.ts";
import type { TreePath } from "./tree.ts";

/** Ids and paths of this many stay below what an event may have (E4). */
const ROWS_PER_EVENT = 100;

type ReleaseReason = EventData<"reservation.released">["reason"];

export interface Acquired {
  readonly repository: string;
  readonly rows: readonly { readonly id: ReservationId; readonly path: TreePath }[];
  readonly mode: ReservationMode;
  readonly ttlMs: number;
  readonly branch: string | null;
  readonly toolUseId: string | null;
}

export function acquiredFacts({ repository, rows, mode, ttlMs, branch, toolUseId }: Acquired): readonly Fact[] {
  return chunks(rows).map((some) => ({
    type: "reservation.acquired",
    data: {
      ...named(some),
      repository,
      mode,
      ttl_ms: ttlMs,
      ...(branch === null ? {} : { branch }),
      ...(toolUseId === null ? {} : { tool_use_id: toolUseId }),
    },
  }));
}

export function releasedFacts(
  rows: readonly Reservation[],
  reason: ReleaseReason,
  by?: { readonly userId: string },
): readonly Fact[] {
  return byRepository(rows).map((some) => ({
    type: "reservation.released",
    data: {
      ...named(some),
      repository: some[0].repository,
      reason,
      ...(by === undefined ? {} : { by_user_id: by.userId }),
    },
  }));
}

export function expiredFacts(rows: readonly Reservation[]): readonly Fact[] {
  return byRepository(rows).map((some) => ({
    type: "reservation.expired",
    data: { ...named(some), repository: some[0].repository },
  }));
}

/** Of a wish in several repositories: one for each. */
export function deniedFacts(
  overlaps: readonly Overlap[],
  why: { readonly reason: string; readonly toolUseId: string | null },
): readonly Fact[] {
  return overlapsByRepository(overlaps).map((some) => deniedFact(some, why));
}

/** In one repository. */
export function deniedFact(
  overlaps: readonly Overlap[],
  { reason, toolUseId }: { readonly reason: string; readonly toolUseId: string | null },
): Fact {
  return {
    type: "reservation.denied",
    data: {
      paths: [...new Set(overlaps.map(({ wished }) => wished.path))],
      repository: overlaps[0]?.reservation.repository ?? "",
      holders: overlaps.map(({ reservation, wished }) => ({
        path: wished.path,
        held_by_session_id: reservation.sessionId,
        reservation_id: reservation.id,
        expires_at: reservation.expiresAt,
      })),
      ...(toolUseId === null ? {} : { tool_use_id: toolUseId }),
      reason,
    },
  };
}

function named(rows: readonly { readonly id: ReservationId; readonly path: TreePath }[]) {
  return { reservation_ids: rows.map(({ id }) => id), paths: rows.map(({ path }) => path.path) };
}

type Some<T> = readonly [T, ...T[]];

function byRepository(rows: readonly Reservation[]): readonly Some<Reservation>[] {
  return [...Map.groupBy(rows, ({ repository }) => repository).values()].flatMap((some) => chunks(some));
}

export function overlapsByRepository(overlaps: readonly Overlap[]): readonly (readonly Overlap[])[] {
  return [...Map.groupBy(overlaps, ({ reservation }) => reservation.repository).values()].map((some) =>
    some.slice(0, OVERLAPS_TOLD),
  );
}

function chunks<T>(rows: readonly T[]): readonly Some<T>[] {
  const found: Some<T>[] = [];
  for (let from = 0; from < rows.length; from += ROWS_PER_EVENT) {
    const [first, ...rest] = rows.slice(from, from + ROWS_PER_EVENT);
    if (first !== undefined) found.push([first, ...rest]);
  }
  return found;
}
