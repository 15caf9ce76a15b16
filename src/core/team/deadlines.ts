/** Until when a reservation counts (R3, D5, D6). All times are the store's; ISO text of one form compares as time does. */
import { RESERVATION_MAX_AFTER_EDIT_MS, SLIDE_BELOW } from "./reservation.ts";
import type { Reservation } from "./reservation.ts";

type Deadlines = Pick<Reservation, "expiresAt" | "openUntil">;

export function liveUntil({ expiresAt, openUntil }: Deadlines): string {
  return openUntil !== null && openUntil > expiresAt ? openUntil : expiresAt;
}

export function isLive(row: Deadlines, nowMs: number): boolean {
  return liveUntil(row) > isoOf(nowMs);
}

/** Nothing: enough is left, or it may not slide any further. */
export function slid(row: Reservation, nowMs: number): Reservation | undefined {
  const longest = Date.parse(row.editedAt) + RESERVATION_MAX_AFTER_EDIT_MS;
  const until = Math.min(nowMs + row.ttlMs, longest);
  const left = Date.parse(row.expiresAt) - nowMs;
  if (left >= row.ttlMs * SLIDE_BELOW || isoOf(until) <= row.expiresAt) return undefined;
  return { ...row, expiresAt: isoOf(until) };
}

/** Asked for by name, so it counts as a sign of work like an edit. */
export function renewed(row: Reservation, ttlMs: number, nowMs: number): Reservation {
  return { ...row, ttlMs, editedAt: isoOf(nowMs), expiresAt: isoOf(nowMs + ttlMs) };
}

export function edited(row: Reservation, nowMs: number): Reservation {
  return renewed({ ...row, provisionalFor: [] }, row.ttlMs, nowMs);
}

export function isoOf(ms: number): string {
  return new Date(ms).toISOString();
}
