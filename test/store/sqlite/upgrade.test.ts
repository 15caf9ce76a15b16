/** P6: data of an older form is brought up to date at the start, with all that it holds. */
import { DatabaseSync } from "node:sqlite";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { BlobHash } from "../../../src/core/ports/files.ts";
import { DATABASE_FILE } from "../../../src/store/sqlite/open-database.ts";
import { openSqliteStore } from "../../../src/store/sqlite/store.ts";
import { makeClock, openSetting } from "../suite/setting.ts";
import { makeFolder } from "./sqlite-setting.ts";

const hash = "11".repeat(32) as BlobHash;

/** What `002-keep-what-is-named` does, undone. */
const BACK_TO_1 = `
  DROP TABLE skill_content;
  DROP TRIGGER skill_written;
  DROP TRIGGER skill_removed;
  DROP INDEX session_by_parent;
  DROP INDEX session_by_root;
  DROP INDEX session_by_needs_below;
  ALTER TABLE session DROP COLUMN parent_id;
  ALTER TABLE session DROP COLUMN root_id;
  DROP TABLE outbox;
  DROP TABLE told;
  DROP INDEX file_version_by_hash;
  DROP INDEX image_by_hash;
  DROP INDEX image_by_thumbnail;
  ALTER TABLE file_version DROP COLUMN is_directory;
  ALTER TABLE file_version DROP COLUMN is_readonly;
  DELETE FROM migration WHERE number > 1;
`;

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
  db.exec(BACK_TO_1);
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
