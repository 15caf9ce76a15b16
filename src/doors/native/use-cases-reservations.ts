/** What the native door may call of reservations. */
import type { Reservations } from "../../app/team/reservations.ts";

export interface ReservationUseCases {
  readonly reservations: Reservations;
}
