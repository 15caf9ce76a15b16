/** Groups of writes: one transaction, one fsync, all answers after it (P2, A9, A10). */
import { readFileSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { GroupCommit } from "../../../src/store/sqlite/group-commit.ts";
import type { Answer, Job } from "../../../src/store/sqlite/jobs.ts";
import { openSqliteSetting } from "./sqlite-setting.ts";
import { makeFolder } from "./sqlite-setting.ts";

const WAL_HEADER = 32;
const FRAME_HEADER = 24;

/** A frame whose header names the size of the database ends a commit; the salt tells this round of the log from older ones. */
function commitsIn(walFile: string): number {
  const wal = readFileSync(walFile);
  const pageSize = wal.readUInt32BE(8);
  let commits = 0;
  for (let at = WAL_HEADER; at + FRAME_HEADER <= wal.length; at += FRAME_HEADER + pageSize) {
    if (wal.subarray(at + 8, at + 16).compare(wal.subarray(16, 24)) !== 0) break;
    if (wal.readUInt32BE(at + 4) > 0) commits++;
  }
  return commits;
}

/** A group commit over one table; a job is the text to insert. */
function openTable(file: string) {
  const db = new DatabaseSync(file);
  db.exec("PRAGMA journal_mode = WAL; CREATE TABLE line (text TEXT NOT NULL UNIQUE) STRICT");
  const insert = db.prepare("INSERT INTO line (text) VALUES (?)");
  const select = db.prepare("SELECT text FROM line ORDER BY rowid");
  const forgotten: number[] = [];
  const groups = new GroupCommit({
    db,
    file,
    carryOut(job) {
      const [, text] = job as unknown as readonly [string, string];
      if (text.startsWith("io error")) throw Object.assign(new Error("disk I/O error"), { errcode: 10 | (4 << 8) });
      if (text.startsWith("bug")) throw new Error("a bug");
      insert.run(text);
      return text as unknown as Answer;
    },
    findOwn: (job) => (job[1] === "own" ? ("found" as unknown as Answer) : undefined),
    forget: () => forgotten.push(1),
  });
  const run = (...texts: readonly string[]) =>
    groups.run({ nowMs: 0, jobs: texts.map((text) => ["touch_key", text] as unknown as Job) });
  const lines = () => select.all().map(({ text }) => text);
  return { db, run, lines, forgotten, [Symbol.dispose]: () => db.close() };
}

describe("writes that arrive together", () => {
  test("P2: share commits: 500 writes of 50 sessions need a small part of that", async () => {
    await using setting = await openSqliteSetting();
    const ids = await Promise.all(Array.from({ length: 50 }, () => setting.make()));
    const wal = join(setting.folder, "serai.db-wal");
    const before = commitsIn(wal);
    const writes = Array.from({ length: 500 }, (_, n) => setting.fact(ids[n % 50] ?? ids[0]!));
    await Promise.all(writes.map((write) => setting.commit(write)));
    const commits = commitsIn(wal) - before;
    expect(commits).toBeGreaterThan(0);
    expect(commits).toBeLessThan(20);
  });

  test("P2: are committed one by one when each comes after the one before", async () => {
    await using setting = await openSqliteSetting();
    const id = await setting.make();
    const wal = join(setting.folder, "serai.db-wal");
    const before = commitsIn(wal);
    for (let n = 0; n < 10; n++) await setting.commit(setting.fact(id));
    expect(commitsIn(wal) - before).toBe(10);
  });

  test("P2: keep the order in which they were given", async () => {
    await using setting = await openSqliteSetting();
    const id = await setting.make();
    const results = await Promise.all(Array.from({ length: 300 }, () => setting.commit(setting.fact(id))));
    expect(results.map(({ head }) => head.seq)).toEqual(Array.from({ length: 300 }, (_, n) => n + 2));
  });
});

describe("a group of writes", () => {
  test("A9: that one of them breaks is run again one by one, and only that one fails", () => {
    using folder = makeFolder();
    using table = openTable(join(folder.path, "a.db"));
    const { answers, failures, fault } = table.run("a", "b", "bug", "c");
    expect(answers).toEqual(["a", "b", null, "c"]);
    expect(failures).toEqual([{ index: 2, kind: "error", message: "a bug" }]);
    expect(fault).toBeUndefined();
    expect(table.lines()).toEqual(["a", "b", "c"]);
    expect(table.forgotten.length).toBeGreaterThan(0);
  });

  test("A8: finds the earlier attempt of one that breaks a constraint, and fails any other that does", () => {
    using folder = makeFolder();
    using table = openTable(join(folder.path, "a.db"));
    table.run("own", "other");
    const { answers, failures } = table.run("a", "own", "other");
    expect(answers).toEqual(["a", "found", null]);
    expect(failures).toMatchObject([{ index: 2, kind: "error" }]);
    expect(table.lines()).toEqual(["own", "other", "a"]);
  });

  test("P3: on a disk that is full keeps what fits, alone, and refuses the rest; room makes it go on", () => {
    using folder = makeFolder();
    using table = openTable(join(folder.path, "a.db"));
    table.db.exec("PRAGMA max_page_count = 20");
    const { answers, failures, fault } = table.run("a", "x".repeat(200_000), "b");
    expect(answers).toEqual(["a", null, "b"]);
    expect(failures).toMatchObject([{ index: 1, kind: "full" }]);
    expect(fault).toBeUndefined();
    expect(table.db.isTransaction).toBe(false);
    table.db.exec("PRAGMA max_page_count = 200");
    expect(table.run("x".repeat(200_000)).failures).toEqual([]);
    expect(table.lines()).toHaveLength(3);
  });

  test("A10: on a disk that fails is told unknown, and nothing is written any more", () => {
    using folder = makeFolder();
    using table = openTable(join(folder.path, "a.db"));
    table.run("before");
    const broken = table.run("a", "io error", "b");
    expect(broken.answers).toEqual([null, null, null]);
    expect(broken.failures.map(({ kind }) => kind)).toEqual(["unknown", "unknown", "unknown"]);
    expect(broken.fault).toBe("disk I/O error");
    expect(table.run("later").failures).toMatchObject([{ kind: "unknown" }]);
    expect(table.lines()).toEqual(["before"]);
  });
});
