/**
 * What the pulse asks and does (A3, P6). On SQLite the folder lock proves every other node dead (A4), so nobody's life
 * is looked at: who is not this node owns nothing.
 */
import type { DatabaseSync } from "node:sqlite";
import { setImmediate as nextTick } from "node:timers/promises";
import type { NodeId, SessionId } from "../../core/ids.ts";
import type { TimerKind } from "../../core/decide/plan.ts";
import type { PulseStore } from "../../core/ports/store.ts";
import type { Head } from "../../core/session.ts";
import type { Handlers } from "./jobs.ts";
import { isoOf, isoOrNull, prepareRows } from "./statement.ts";

export const PULSE_STATEMENTS = {
  ownerless: `SELECT s.id FROM session s INDEXED BY session_by_owed JOIN head h ON h.number = s.number
    WHERE s.is_owed = 1 AND h.owner IS NOT ? ORDER BY s.last_active_at, s.id LIMIT ?`,
  moved: `SELECT n.id, h.seq, h.epoch, h.takes, h.owner, h.deleted_at
    FROM json_each(?) k CROSS JOIN session_number n ON n.id = k.value ->> 0 JOIN head h ON h.number = n.number
    WHERE h.seq > k.value ->> 1 OR h.epoch > k.value ->> 2`,
  due: `SELECT t.kind, s.id, t.due_at FROM timer t INDEXED BY timer_by_due JOIN session s ON s.number = t.number
    WHERE t.due_at <= ? ORDER BY t.due_at LIMIT ?`,
  renew: "INSERT INTO node (id, until) VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET until = excluded.until",
  take: "DELETE FROM timer WHERE number = (SELECT number FROM session_number WHERE id = ?) AND kind = ? AND due_at = ?",
} as const;

/** Heads looked up at once; a thousand take 2 ms. */
const MOVED_PER_SLICE = 1_000;

export interface HeadRow {
  readonly id: string;
  readonly seq: number;
  readonly epoch: number;
  readonly takes: number;
  readonly owner: string | null;
  readonly deleted_at: number | null;
}

export function headOf(row: HeadRow): Head {
  return {
    // Only what had a SessionId and a NodeId was ever inserted.
    sessionId: row.id as SessionId,
    seq: row.seq,
    epoch: row.epoch,
    owner: row.owner as NodeId | null,
    takes: row.takes,
    deletedAt: isoOrNull(row.deleted_at),
  };
}

type PulseReads = Pick<PulseStore, "findOwnerless" | "findMoved" | "dueTimers">;

export function openPulseReads(db: DatabaseSync, now: () => number): PulseReads {
  const ownerless = prepareRows<{ id: string }>(db, PULSE_STATEMENTS.ownerless);
  const moved = prepareRows<HeadRow>(db, PULSE_STATEMENTS.moved);
  const due = prepareRows<{ kind: string; id: string; due_at: number }>(db, PULSE_STATEMENTS.due);
  return {
    async findOwnerless(node, limit) {
      // Only what had a SessionId was ever inserted.
      return ownerless.all(node, limit).map(({ id }) => id as SessionId);
    },
    async findMoved(known) {
      const places = Array.from(known, ([id, { seq, epoch }]) => [id, seq, epoch] as const);
      const heads: Head[] = [];
      for (let from = 0; from < places.length; from += MOVED_PER_SLICE) {
        if (from > 0) await nextTick();
        const slice = JSON.stringify(places.slice(from, from + MOVED_PER_SLICE));
        heads.push(...moved.all(slice).map(headOf));
      }
      return heads;
    },
    async dueTimers(limit) {
      // Only what had a TimerKind and a SessionId was ever inserted.
      return due.all(now(), limit).map(({ kind, id, due_at }) => {
        return { kind: kind as TimerKind, sessionId: id as SessionId, dueAt: isoOf(due_at) };
      });
    },
  };
}

export function openPulseWrites(db: DatabaseSync): Pick<Handlers, "renew_node" | "take_timer"> {
  const renew = prepareRows<never>(db, PULSE_STATEMENTS.renew);
  const take = prepareRows<never>(db, PULSE_STATEMENTS.take);
  return {
    renew_node([, node, lifeMs], nowMs) {
      renew.run(node, nowMs + lifeMs);
      return null;
    },
    take_timer: ([, { kind, sessionId, dueAt }]) => take.run(sessionId, kind, Date.parse(dueAt)) > 0,
  };
}
