/** Reading who works on what (R12): one connection, no lock, by index. */
import type { DatabaseSync } from "node:sqlite";
import type { TeamReads } from "../../core/ports/team.ts";

export function openTeamReads(_db: DatabaseSync, _now: () => number): TeamReads {
  const later = async (): Promise<never> => {
    throw new Error("Who works on what is not kept on SQLite yet");
  };
  return {
    readPresence: later,
    findPresence: later,
    listPresent: later,
    findOverlaps: later,
    listReservations: later,
    readReservation: later,
    findExpired: later,
    readNotices: later,
    findTree: later,
    readEdits: later,
    hasHook: later,
  };
}
