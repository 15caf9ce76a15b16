/**
 * Brings the data to the form this program knows (B13). Migrations are numbered, only go forward, and each is one
 * transaction with its own row in `migration`, so a crash leaves the form before it or the form after it.
 *
 * A program is known by the last migration it has. Data that a newer one has changed may still be used while every
 * migration on it says so (`minProgram`); otherwise it is refused with a sentence and left as it is.
 */
import type { DatabaseSync } from "node:sqlite";
import { begin } from "./migrations/001-begin.ts";
import { keepWhatIsNamed } from "./migrations/002-keep-what-is-named.ts";
import { tellAnother } from "./migrations/003-tell-another.ts";
import { whoWorksOnWhat } from "./migrations/004-who-works-on-what.ts";
import { keepSkills } from "./migrations/005-keep-skills.ts";
import { whatATeamHears } from "./migrations/006-what-a-team-hears.ts";
import { workOfAProject } from "./migrations/007-work-of-a-project.ts";
import { findOpenCalls } from "./migrations/008-find-open-calls.ts";
import { nameWhoHolds } from "./migrations/009-name-who-holds.ts";
import { sayHowAgentsAreHeld } from "./migrations/010-say-how-agents-are-held.ts";
import { bindKeys } from "./migrations/011-bind-keys.ts";
import { layByNode } from "./migrations/012-lay-by-node.ts";
import { oweNobodyWatched } from "./migrations/013-owe-nobody-watched.ts";

export interface Migration {
  /** 1, 2, 3 … */
  readonly number: number;
  readonly name: string;
  /** The last migration that the oldest program has which may still run on the result. */
  readonly minProgram: number;
  readonly sql: string;
}

export const migrations: readonly Migration[] = [
  { number: 1, name: "begin", minProgram: 1, sql: begin },
  { number: 2, name: "keep what is named", minProgram: 1, sql: keepWhatIsNamed },
  { number: 3, name: "tell another", minProgram: 1, sql: tellAnother },
  { number: 4, name: "who works on what", minProgram: 1, sql: whoWorksOnWhat },
  // An older program would sweep the contents of skills away.
  { number: 5, name: "keep skills", minProgram: 5, sql: keepSkills },
  { number: 6, name: "what a team hears", minProgram: 1, sql: whatATeamHears },
  { number: 7, name: "work of a project", minProgram: 1, sql: workOfAProject },
  { number: 8, name: "find open calls", minProgram: 1, sql: findOpenCalls },
  // An older program would look for the column by its old name.
  { number: 9, name: "name who holds", minProgram: 9, sql: nameWhoHolds },
  { number: 10, name: "say how agents are held", minProgram: 1, sql: sayHowAgentsAreHeld },
  // An older program takes a session's key for its user's, like those that it mints for sessions itself.
  { number: 11, name: "bind keys", minProgram: 1, sql: bindKeys },
  // An older program would look for the index that the table itself is now.
  { number: 12, name: "lay by node", minProgram: 12, sql: layByNode },
  { number: 13, name: "owe nobody watched", minProgram: 1, sql: oweNobodyWatched },
];

export class DataTooNew extends Error {
  override readonly name = "DataTooNew";
}

const MAKE_TABLE = `CREATE TABLE IF NOT EXISTS migration (
  number INTEGER PRIMARY KEY,
  name TEXT NOT NULL,
  min_program INTEGER NOT NULL,
  applied_at INTEGER NOT NULL
) STRICT`;
const SELECT_STATE = "SELECT coalesce(max(number), 0) AS number, coalesce(max(min_program), 0) AS needs FROM migration";
const INSERT = "INSERT INTO migration (number, name, min_program, applied_at) VALUES (?, ?, ?, ?)";

/** Errors: throws `DataTooNew`; throws with the database's error as cause when a migration fails. */
export function migrate(db: DatabaseSync, known: readonly Migration[], nowMs: number): void {
  db.exec(MAKE_TABLE);
  // Both columns are aggregates over integers.
  const data = db.prepare(SELECT_STATE).get() as { number: number; needs: number };
  const program = known.at(-1)?.number ?? 0;
  if (data.needs > program) {
    throw new DataTooNew(
      `The data was written by a newer Serai (it needs data version ${data.needs}, this program knows ${program}): ` +
        "start the newer program, or restore a backup that was made before the update",
    );
  }
  for (const migration of known) if (migration.number > data.number) apply(db, migration, nowMs);
}

function apply(db: DatabaseSync, { number, name, minProgram, sql }: Migration, nowMs: number): void {
  db.exec("BEGIN IMMEDIATE");
  try {
    db.exec(sql);
    db.prepare(INSERT).run(number, name, minProgram, nowMs);
    db.exec("COMMIT");
  } catch (cause) {
    if (db.isTransaction) db.exec("ROLLBACK");
    throw new Error(`Cannot bring the data to version ${number} ("${name}")`, { cause });
  }
}
