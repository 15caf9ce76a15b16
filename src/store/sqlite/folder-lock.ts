/**
 * The right to be the only process on a data folder.
 *
 * Invariant: while the lock is held no other process gets it, and the kernel frees it when the holder dies, however it
 * dies, because it is the file lock under an open `BEGIN EXCLUSIVE` on `lock.db`. There is nothing to clean up after a
 * crash. `lock.json` beside it says who holds it, for people; it decides nothing.
 *
 * Never open `lock.db` with anything but SQLite while it is held: POSIX drops all locks of a process on a file as soon as
 * the process closes any descriptor of it. Copies of a data folder leave it out. Not for network file systems.
 */

import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";

/** Contract: disposing gives the folder free; twice is once. */
export type FolderLock = Disposable & { readonly folder: string };

export type FolderLockHolder = {
  readonly pid: number;
  /** ISO 8601, by the holder's clock. */
  readonly since: string;
};

export type FolderLockOutcome =
  | { readonly kind: "locked"; readonly lock: FolderLock }
  /** Without a holder when it has not (yet) said who it is. */
  | { readonly kind: "held"; readonly holder?: FolderLockHolder };

export const LOCK_FILES = ["lock.db", "lock.json"] as const;

const SQLITE_BUSY = 5;

/** Makes the folder if need be. Never waits: a held lock is an answer. Errors: throws when the folder cannot be used. */
export function openFolderLock(folder: string, since: Date): FolderLockOutcome {
  const [databaseName, holderName] = LOCK_FILES;
  const holderFile = join(folder, holderName);
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const database = lockDatabase(join(folder, databaseName));
    if (database === undefined) return { kind: "held", ...readHolder(holderFile) };
    const lock = makeLock(folder, () => {
      rmSync(holderFile, { force: true });
      database.close();
    });
    writeHolder(holderFile, { pid: process.pid, since: since.toISOString() }, lock);
    return { kind: "locked", lock };
  } catch (error) {
    throw new Error(`Cannot lock folder "${folder}"`, { cause: error });
  }
}

/** Nothing when another process has it. */
function lockDatabase(file: string): DatabaseSync | undefined {
  const database = new DatabaseSync(file);
  try {
    // In rollback mode, the default, exclusive shuts out readers too; WAL would let them in.
    database.exec("PRAGMA busy_timeout = 0; BEGIN EXCLUSIVE");
    return database;
  } catch (error) {
    database.close();
    if (isBusy(error)) return undefined;
    throw error;
  }
}

/** `errcode` is an extended code; its lowest byte is the primary one. */
function isBusy(error: unknown): boolean {
  return error instanceof Error && "errcode" in error && (Number(error.errcode) & 0xff) === SQLITE_BUSY;
}

function makeLock(folder: string, free: () => void): FolderLock {
  let isFree = false;
  return {
    folder,
    [Symbol.dispose]() {
      if (isFree) return;
      isFree = true;
      free();
    },
  };
}

function writeHolder(file: string, holder: FolderLockHolder, lock: FolderLock): void {
  try {
    writeFileSync(file, JSON.stringify(holder), { mode: 0o600 });
  } catch (error) {
    lock[Symbol.dispose]();
    throw error;
  }
}

/** Whatever is wrong with a file that only people read: then nobody is named. */
function readHolder(file: string): { readonly holder?: FolderLockHolder } {
  try {
    const holder: unknown = JSON.parse(readFileSync(file, "utf8"));
    return isHolder(holder) ? { holder } : {};
  } catch (error) {
    if (error instanceof SyntaxError || (error instanceof Error && "code" in error)) return {};
    throw error;
  }
}

function isHolder(value: unknown): value is FolderLockHolder {
  return (
    typeof value === "object" &&
    value !== null &&
    "pid" in value &&
    typeof value.pid === "number" &&
    "since" in value &&
    typeof value.since === "string"
  );
}
