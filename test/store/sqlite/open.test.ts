/** Opening a data folder: the lock, the form of the data, what is there after a restart (P1, A4, B13). */
import { DatabaseSync } from "node:sqlite";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { migrate, migrations } from "../../../src/store/sqlite/migrate.ts";
import type { Migration } from "../../../src/store/sqlite/migrate.ts";
import { makeClock } from "../suite/setting.ts";
import { openSqliteStore } from "../../../src/store/sqlite/store.ts";
import { makeFolder, openSqliteSetting } from "./sqlite-setting.ts";

const one: Migration = { number: 1, name: "one", minProgram: 1, sql: "CREATE TABLE a (x INTEGER) STRICT" };
const two: Migration = { number: 2, name: "two", minProgram: 1, sql: "ALTER TABLE a ADD COLUMN y INTEGER" };
const three: Migration = { number: 3, name: "three", minProgram: 3, sql: "ALTER TABLE a DROP COLUMN x" };
const broken: Migration = { number: 2, name: "broken", minProgram: 2, sql: "CREATE TABLE b (x); CREATE TABLE a (x)" };

function columnsOf(db: DatabaseSync): readonly unknown[] {
  return db
    .prepare("SELECT name FROM pragma_table_info('a')")
    .all()
    .map(({ name }) => name);
}

describe("a data folder on SQLite", () => {
  test("A4: is refused to a second server with a sentence that says who has it", async () => {
    await using setting = await openSqliteSetting();
    const again = openSqliteStore({ folder: setting.folder, clock: makeClock() });
    await expect(again).rejects.toThrow(`Process ${process.pid} (since 2026-01-01T12:00:00.000Z) has the data folder`);
    await expect(again).rejects.toMatchObject({ name: "FolderInUse" });
    expect(await setting.store.readHead(await setting.make())).toMatchObject({ seq: 1 });
  });

  test("is free again when its store has closed, and holds what was committed", async () => {
    using folder = makeFolder();
    const first = await openSqliteSetting({ folder: folder.path });
    const id = await first.make({ conversationId: "c-1" });
    const { lines } = await first.commit(first.fact(id, { events: [first.line("note.taken", { n: 1 })] }));
    const before = await first.store.readSession(id);
    await first[Symbol.asyncDispose]();
    await using second = await openSqliteSetting({ folder: folder.path });
    expect(await second.store.readSession(id)).toEqual(before);
    expect((await second.store.readLog({ sessionId: id, after: 1, limit: 10 })).lines).toEqual(lines);
  });

  test("takes what was given before it was closed, and nothing after", async () => {
    using folder = makeFolder();
    const first = await openSqliteSetting({ folder: folder.path });
    const id = await first.make();
    const given = Array.from({ length: 20 }, () => first.store.write(first.fact(id)));
    const closed = first[Symbol.asyncDispose]();
    await expect(first.store.write(first.fact(id))).rejects.toThrow("The store is closed");
    await closed;
    expect((await Promise.all(given)).every(({ kind }) => kind === "committed")).toBe(true);
    await using second = await openSqliteSetting({ folder: folder.path });
    expect(await second.store.readHead(id)).toMatchObject({ seq: 21 });
  });

  test("A4: shows a turn of the process before as ownerless at once", async () => {
    using folder = makeFolder();
    const first = await openSqliteSetting({ folder: folder.path });
    const id = await first.make();
    const state = { ...(await first.store.readSession(id))!.state, queuedCount: 1 };
    await first.commit(await first.fenced(id, { raises: true, state, owner: first.node }));
    expect(await first.store.findOwnerless(first.node, 10)).toEqual([]);
    await first[Symbol.asyncDispose]();
    await using second = await openSqliteSetting({ folder: folder.path });
    expect(await second.store.findOwnerless(second.mint("node"), 10)).toEqual([id]);
  });

  test("B13: that a newer program needs for itself is refused with a sentence, and freed", async () => {
    using folder = makeFolder();
    await (await openSqliteSetting({ folder: folder.path }))[Symbol.asyncDispose]();
    const db = new DatabaseSync(join(folder.path, "serai.db"));
    db.exec("INSERT INTO migration VALUES (99, 'from the future', 98, 0)");
    for (const _ of [1, 2]) {
      const opened = openSqliteStore({ folder: folder.path, clock: makeClock() });
      await expect(opened).rejects.toThrow(
        `The data was written by a newer Serai (it needs data version 98, this program knows ${migrations.length})`,
      );
    }
    db.exec("DELETE FROM migration WHERE number = 99");
    db.close();
    await (await openSqliteSetting({ folder: folder.path }))[Symbol.asyncDispose]();
  });
});

describe("migrations", () => {
  test("B13: are applied in order, once each", () => {
    using db = new DatabaseSync(":memory:");
    migrate(db, [one], 5);
    migrate(db, [one, two], 6);
    migrate(db, [one, two], 7);
    expect(columnsOf(db)).toEqual(["x", "y"]);
    expect(db.prepare("SELECT number, name, min_program, applied_at FROM migration").all().map(Object.values)).toEqual([
      [1, "one", 1, 5],
      [2, "two", 1, 6],
    ]);
  });

  test("B13: let an older program run as long as all of them say that it may", () => {
    using db = new DatabaseSync(":memory:");
    migrate(db, [one, two], 0);
    expect(() => migrate(db, [one], 0)).not.toThrow();
    migrate(db, [one, two, three], 0);
    expect(() => migrate(db, [one, two], 0)).toThrow("it needs data version 3, this program knows 2");
  });

  test("are each applied whole or not at all", () => {
    using db = new DatabaseSync(":memory:");
    migrate(db, [one], 0);
    expect(() => migrate(db, [one, broken], 0)).toThrow('Cannot bring the data to version 2 ("broken")');
    expect(db.prepare("SELECT name FROM sqlite_schema WHERE name = 'b'").all()).toEqual([]);
    migrate(db, [one, two], 0);
    expect(columnsOf(db)).toEqual(["x", "y"]);
  });

  test("are numbered 1, 2, 3 and never need a program that does not have them", () => {
    expect(migrations.map(({ number }) => number)).toEqual(migrations.map((_, index) => index + 1));
    for (const { number, minProgram } of migrations) expect(minProgram).toBeLessThanOrEqual(number);
  });
});
