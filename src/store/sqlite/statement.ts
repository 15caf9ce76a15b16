/**
 * Prepared statements with the type of their rows. The one place where what SQLite gives back is said to have a type:
 * each statement stands beside the row it selects, and tables are STRICT.
 */
import type { DatabaseSync, StatementSync } from "node:sqlite";

export type Value = null | number | string;
export type Named = Readonly<Record<string, Value>>;
type Bindings = readonly Value[] | readonly [Named];

export interface Statement<Row> {
  all(...values: Bindings): Row[];
  first(...values: Bindings): Row | undefined;
  /** Row by row. Contract: read to its end or left within the tick, before the next use of the statement. */
  each(...values: Bindings): Iterable<Row>;
  /** How many rows were changed. */
  run(...values: Bindings): number;
}

/** Rows are objects. */
export function prepareRows<Row>(db: DatabaseSync, sql: string): Statement<Row> {
  return typed<Row>(db.prepare(sql));
}

/** Rows are tuples: a third cheaper to read than objects, for what is read by the thousand. */
export function prepareTuples<Row extends readonly Value[]>(db: DatabaseSync, sql: string): Statement<Row> {
  return typed<Row>(tuples(db, sql));
}

export function tuples(db: DatabaseSync, sql: string): StatementSync {
  const statement = db.prepare(sql);
  statement.setReturnArrays(true);
  return statement;
}

function typed<Row>(statement: StatementSync): Statement<Row> {
  // Values are given one by one or as one object of names; node:sqlite tells the two apart itself.
  return {
    all: (...values) => statement.all(...(values as Value[])) as Row[],
    first: (...values) => statement.get(...(values as Value[])) as Row | undefined,
    each: (...values) => statement.iterate(...(values as Value[])) as Iterable<Row>,
    run: (...values) => Number(statement.run(...(values as Value[])).changes),
  };
}

/** One moment of the database for several statements. Never awaits: a cursor must not outlive the tick. */
export function snapshot<T>(db: DatabaseSync, read: () => T): T {
  db.exec("BEGIN");
  try {
    return read();
  } finally {
    if (db.isTransaction) db.exec("COMMIT");
  }
}

export function isoOf(ms: number): string {
  return new Date(ms).toISOString();
}

export function isoOrNull(ms: number | null): string | null {
  return ms === null ? null : isoOf(ms);
}
