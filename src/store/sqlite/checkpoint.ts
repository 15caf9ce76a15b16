/**
 * Moves what is in the write-ahead log into the database, between two groups and after their answers are out, so that
 * nobody waits for it in front of an answer. SQLite's own checkpoint would run inside COMMIT and keep its errors to
 * itself.
 *
 * How long the log is can only be asked by moving it, so the rows written since are counted and the count is corrected
 * by what each checkpoint finds.
 */
import type { DatabaseSync } from "node:sqlite";
import { prepareRows } from "./statement.ts";

/** Pages of the log: 32 MB, read through in 60 ms after a crash. Longer ones save less than 2 % of a write. */
const TARGET_PAGES = 8_000;
const FIRST_ROWS = 2_000;
const LEAST_ROWS = 500;
const MOST_ROWS = 40_000;

export const CHECKPOINT_STATEMENTS = {
  passive: "PRAGMA wal_checkpoint(PASSIVE)",
  last: "PRAGMA wal_checkpoint(TRUNCATE)",
} as const;

export interface Checkpoints {
  /** Contract: called outside a transaction. Throws for a fault of the disk. */
  afterRows(rows: number): void;
  last(): void;
}

export function makeCheckpoints(db: DatabaseSync): Checkpoints {
  const passive = prepareRows<{ log: number }>(db, CHECKPOINT_STATEMENTS.passive);
  let allowance = FIRST_ROWS;
  let written = 0;
  return {
    afterRows(rows) {
      written += rows;
      if (written < allowance) return;
      const pages = passive.first()?.log ?? 0;
      if (pages > 0)
        allowance = Math.min(MOST_ROWS, Math.max(LEAST_ROWS, Math.round((written * TARGET_PAGES) / pages)));
      written = 0;
    },
    last: () => db.exec(CHECKPOINT_STATEMENTS.last),
  };
}
