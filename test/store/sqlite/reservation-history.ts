/**
 * Looks through what happened to reservations for a moment at which two held what only one may hold (R10). The order of
 * grants and ends is that of the commits, as the workspace's feed keeps it; an expiry is the latest deadline that anybody
 * was ever told of a reservation, so one that was moved too late shows as well.
 */
import type { FeedLine } from "../../../src/core/ports/team.ts";
import { meet, nodeOf } from "../../../src/core/team/path-keys.ts";
import type { Reservation } from "../../../src/core/team/reservation.ts";

interface Held {
  readonly id: string;
  readonly node: string;
  readonly session: string;
  readonly isShared: boolean;
}

interface EventOfRows {
  readonly reservation_ids: readonly string[];
  readonly paths: readonly string[];
  readonly mode?: string;
}

export class History {
  readonly #deadlines = new Map<string, string>();
  readonly #tokens = new Map<string, number>();

  saw(rows: readonly Reservation[]): void {
    for (const { id, expiresAt, token } of rows) {
      const before = this.#deadlines.get(id) ?? "";
      this.#deadlines.set(id, before > expiresAt ? before : expiresAt);
      this.#tokens.set(id, token);
    }
  }

  /** Everything that is wrong with it, in words. */
  faultsOf(lines: readonly FeedLine[]): readonly string[] {
    const held = new Map<string, Held>();
    const faults: string[] = [];
    let lastToken = 0;
    for (const line of lines) {
      const { reservation_ids: ids, paths, mode } = JSON.parse(line.dataJson) as EventOfRows;
      for (const [index, id] of ids.entries()) {
        if (line.type !== "reservation.acquired") {
          if (!held.delete(id)) faults.push(`${id} ended and was not held`);
          if (line.type === "reservation.expired" && line.ts < this.deadlineOf(id))
            faults.push(`${id} expired too early`);
          continue;
        }
        const token = this.#tokens.get(id) ?? 0;
        if (token <= lastToken) faults.push(`${id} has token ${token} after ${lastToken}`);
        lastToken = token;
        const node = nodeOf(paths[index] ?? "");
        const row = { id, node, session: line.sessionId, isShared: mode === "shared" };
        for (const other of held.values())
          if (this.#excludes(other, row, line.ts)) faults.push(`${id} beside ${other.id}`);
        held.set(id, row);
      }
    }
    return faults;
  }

  #excludes(other: Held, row: Held, ts: string): boolean {
    if (other.session === row.session || (other.isShared && row.isShared)) return false;
    return meet(other.node, row.node) && this.deadlineOf(other.id) > ts;
  }

  deadlineOf(id: string): string {
    return this.#deadlines.get(id) ?? "";
  }
}
