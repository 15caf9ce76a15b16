/**
 * Types of events as numbers, so that a row is shorter and a filter by type reads an index alone. The table only grows;
 * a type that this program does not know gets a number like any other (B13).
 */
import type { DatabaseSync } from "node:sqlite";
import { prepareRows } from "./statement.ts";

export const EVENT_TYPE_STATEMENTS = {
  insert: "INSERT INTO event_type (name) VALUES (?) RETURNING code",
  selectOne: "SELECT code FROM event_type WHERE name = ?",
  selectAll: "SELECT code, name FROM event_type",
} as const;

export interface TypeCodes {
  /** Contract: called inside a transaction, as it may insert. */
  codeOf(name: string): number;
  /** Contract: called after every rollback; a number may have been given away by it. */
  forget(): void;
}

export function openTypeCodes(db: DatabaseSync): TypeCodes {
  const select = prepareRows<{ code: number }>(db, EVENT_TYPE_STATEMENTS.selectOne);
  const insert = prepareRows<{ code: number }>(db, EVENT_TYPE_STATEMENTS.insert);
  const known = new Map<string, number>();
  return {
    codeOf(name) {
      const code = known.get(name);
      if (code !== undefined) return code;
      const row = select.first(name) ?? insert.first(name);
      if (row === undefined) throw new Error(`The event type "${name}" got no number`);
      known.set(name, row.code);
      return row.code;
    },
    forget: () => known.clear(),
  };
}

export interface TypeNames {
  nameOf(code: number): string;
  /** Names that no event has ever had are left out. */
  codesOf(names: readonly string[]): readonly number[];
  allCodes(): readonly number[];
}

export function openTypeNames(db: DatabaseSync): TypeNames {
  const select = prepareRows<{ code: number; name: string }>(db, EVENT_TYPE_STATEMENTS.selectAll);
  let names = new Map<number, string>();
  const load = () => {
    names = new Map(select.all().map(({ code, name }) => [code, name]));
  };
  return {
    nameOf(code) {
      if (!names.has(code)) load();
      const name = names.get(code);
      if (name === undefined) throw new Error(`No event type has the number ${code}`);
      return name;
    },
    codesOf(wanted) {
      const known = new Set(names.values());
      if (!wanted.every((name) => known.has(name))) load();
      return Array.from(names).flatMap(([code, name]) => (wanted.includes(name) ? [code] : []));
    },
    allCodes() {
      load();
      return [...names.keys()];
    },
  };
}
