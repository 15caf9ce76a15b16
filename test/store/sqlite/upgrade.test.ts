/** P6: data of an older form is brought up to date at the start, with all that it holds. */
import { DatabaseSync } from "node:sqlite";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { SessionId } from "../../../src/core/ids.ts";
import type { BlobHash } from "../../../src/core/ports/files.ts";
import type { Store } from "../../../src/core/ports/store.ts";
import { initialState } from "../../../src/core/state.ts";
import { nativeStatuses, wherePredicate } from "../../../src/core/status.ts";
import { migrate, migrations } from "../../../src/store/sqlite/migrate.ts";
import { DATABASE_FILE } from "../../../src/store/sqlite/open-database.ts";
import { openSqliteStore } from "../../../src/store/sqlite/store.ts";
import { makeClock, openSetting } from "../suite/setting.ts";
import { makeFolder } from "./sqlite-setting.ts";

const hash = "11".repeat(32) as BlobHash;

interface Thing {
  readonly type: string;
  readonly name: string;
}

/** What the database is made of, but for what SQLite makes itself. */
function thingsOf(db: DatabaseSync): readonly Thing[] {
  const things = db
    .prepare("SELECT type, name FROM sqlite_master WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite_%'")
    .all();
  const shadows = new Set(db.prepare("SELECT name FROM pragma_table_list WHERE type = 'shadow'").all().map(nameOf));
  return things
    .map((row) => ({ type: String(row["type"]), name: nameOf(row) }))
    .filter(({ name }) => !shadows.has(name));
}

function nameOf({ name }: Readonly<Record<string, unknown>>): string {
  return String(name);
}

function columnsOf(db: DatabaseSync, table: string): readonly string[] {
  return db.prepare("SELECT name FROM pragma_table_info(?)").all(table).map(nameOf);
}

/** Takes away everything that a later migration has made. */
function goBackToTheFirstForm(db: DatabaseSync): void {
  using first = new DatabaseSync(":memory:");
  migrate(first, migrations.slice(0, 1), 0);
  const known = new Set(thingsOf(first).map(({ name }) => name));
  const later = thingsOf(db).filter(({ name }) => !known.has(name));
  for (const kind of ["trigger", "index", "table"]) {
    for (const { name } of later.filter(({ type }) => type === kind)) db.exec(`DROP ${kind} IF EXISTS "${name}"`);
  }
  for (const { name: table } of thingsOf(first).filter(({ type }) => type === "table")) {
    const before = new Set(columnsOf(first, table));
    const added = columnsOf(db, table).filter((column) => !before.has(column));
    for (const column of added) db.exec(`ALTER TABLE "${table}" DROP COLUMN "${column}"`);
  }
  db.exec("DELETE FROM migration WHERE number > 1");
}

test("P6: files of the first form are read, named and changed as before", async () => {
  using folder = makeFolder();
  const open = () => openSqliteStore({ folder: folder.path, clock: makeClock() });
  const id = await (async () => {
    await using setting = await openSetting({ open, notSupported: {} });
    const made = await setting.make();
    const files = [
      { kind: "make_directory", path: "/d", base: "absent" },
      { kind: "put", path: "/d/a", hash, sizeBytes: 5, base: "absent" },
    ] as const;
    await setting.commit(setting.fact(made, { files }));
    return made;
  })();
  const db = new DatabaseSync(join(folder.path, DATABASE_FILE));
  goBackToTheFirstForm(db);
  db.close();

  await using setting = await openSetting({ open, notSupported: {} });
  const { store } = setting;
  expect((await store.listFiles(id, "/", { isRecursive: true })).map(({ path }) => path)).toEqual(["/d", "/d/a"]);
  expect(await store.fileVersions(id, "/d/a")).toMatchObject([{ version: 1, hash, isDirectory: false }]);
  expect(await store.namedBlobs([hash])).toEqual(new Set([hash]));
  // The first form did not say of a version that it was a directory; what is in one still leads there.
  expect((await store.listFilesAt(id, 2)).map(({ path }) => path)).toEqual(["/d/a"]);
  const changed = setting.fact(id, {
    files: [{ kind: "put", path: "/d/a", hash, sizeBytes: 6, base: { version: 1 } }],
  });
  expect((await store.write(changed)).kind).toBe("committed");
});

test("P6: reservations of an older form are held as they were", () => {
  using db = new DatabaseSync(":memory:");
  migrate(db, migrations.slice(0, 11), 0);
  db.exec("INSERT INTO repository (number, workspace_id, name, last_token) VALUES (1, 'wsp', 'acme/app', 7)");
  const insert =
    db.prepare(`INSERT INTO reservation (id, repository, workspace_id, tree, node, is_directory, path, mode,
      session_id, holder_id, branch, token, provisional_for, taken_at, edited_at, ttl_ms, expires_at)
    VALUES (?, 1, 'wsp', ?, ?, ?, ?, 'exclusive', 'ses', 'ses_root', ?, ?, '["t1"]', 1, 2, 3, 4)`);
  const paths = ["src", "src/b.ts", "src/a.ts", "src/a.ts"];
  paths.forEach((path, at) =>
    insert.run(`rsv_${at}`, `tree ${at}`, path, at === 0 ? 1 : 0, path, at % 2 === 0 ? null : "main", at),
  );
  const rows = () => db.prepare("SELECT * FROM reservation ORDER BY id").all();
  const before = rows();
  migrate(db, migrations, 1);
  expect(rows()).toEqual(before);
  expect(rows()).toHaveLength(4);
  expect(() => insert.run("rsv_0", "tree", "other", 0, "other", null, 9)).toThrow(/UNIQUE/);
});

test("S7: messages for agents that are only watched are owed by nobody, also those of an older form", async () => {
  using folder = makeFolder();
  const open = () => openSqliteStore({ folder: folder.path, clock: makeClock() });
  const state = { ...initialState, queuedCount: 1 };
  const [watched, owed] = await (async () => {
    await using setting = await openSetting({ open, notSupported: {} });
    const observed = await setting.make({ harness: "observed" }, { state: { ...state, isObserved: true } });
    return [observed, await setting.make({}, { state })];
  })();
  const db = new DatabaseSync(join(folder.path, DATABASE_FILE));
  db.exec("UPDATE session SET fact_code = fact_code + 1 WHERE harness = 'observed'");
  db.exec("DELETE FROM migration WHERE number > 12");
  db.close();

  await using setting = await openSetting({ open, notSupported: {} });
  const { workspaceId } = await read(setting.store, watched);
  const find = async (word: "active" | "idle") => {
    const where = wherePredicate(nativeStatuses, word);
    const { sessions } = await setting.store.listSessions({ workspaceId, where, order: "created_at", limit: 10 });
    return sessions.map(({ id }) => id);
  };
  expect([await find("idle"), await find("active")]).toEqual([[watched], [owed]]);
});

async function read(store: Store, id: SessionId) {
  const record = await store.readSession(id);
  if (record === undefined) throw new Error(`There is no ${id}`);
  return record;
}
