/** How the database file is opened: by the migrations and the writer for writing, by the main thread for reading. */
import { CHARGE_DEAD_HOLDS } from "./budgets.ts";
import { DatabaseSync } from "node:sqlite";
import { join } from "node:path";
import { migrate, migrations } from "./migrate.ts";

export const DATABASE_FILE = "serai.db";

/**
 * FULL: a commit is on the disk when it is answered. On macOS only `fullfsync` makes it so. Checkpoints are called by
 * name (see checkpoint.ts).
 */
export const WRITER_SETTINGS = `
  PRAGMA busy_timeout = 5000;
  PRAGMA journal_mode = WAL;
  PRAGMA synchronous = FULL;
  PRAGMA fullfsync = ON;
  PRAGMA checkpoint_fullfsync = ON;
  PRAGMA wal_autocheckpoint = 0;
  PRAGMA temp_store = MEMORY;
  PRAGMA cache_size = -8192;
`;

const READER_SETTINGS = `
  PRAGMA busy_timeout = 5000;
  PRAGMA temp_store = MEMORY;
  PRAGMA cache_size = -16384;
`;

/** Makes the file if need be and brings it to the form this program knows. Errors: see `migrate`. */
export function prepareDatabase(folder: string, nowMs: number): string {
  const file = join(folder, DATABASE_FILE);
  const db = new DatabaseSync(file);
  try {
    db.exec(WRITER_SETTINGS);
    migrate(db, migrations, nowMs);
    // The folder's lock is held, so nobody else has a call under way.
    db.exec(CHARGE_DEAD_HOLDS);
  } finally {
    db.close();
  }
  return file;
}

/** Contract: opened while the writer has the file open. */
export function openReader(file: string): DatabaseSync {
  const db = new DatabaseSync(file, { readOnly: true });
  db.exec(READER_SETTINGS);
  return db;
}
