/** Session files as they were at a place of the log, and what names their contents (P9). */
import { describe, expect, test } from "vitest";
import type { SessionId } from "../../../src/core/ids.ts";
import type { BlobHash, FileBase, FileChange } from "../../../src/core/ports/files.ts";
import { initialState } from "../../../src/core/state.ts";
import { openSetting } from "./setting.ts";
import type { Setting, Suite } from "./setting.ts";

const one = "11".repeat(32) as BlobHash;
const two = "22".repeat(32) as BlobHash;

type Put = Extract<FileChange, { kind: "put" }>;

function put(path: string, base: FileBase, more: Partial<Put> = {}): FileChange {
  return { kind: "put", path, hash: one, sizeBytes: 5, base, ...more };
}

function makeDirectory(path: string): FileChange {
  return { kind: "make_directory", path, base: "absent" };
}

function change(setting: Setting, id: SessionId, files: readonly FileChange[]) {
  return setting.commit(setting.fact(id, { files, events: [setting.line("file.written")] }));
}

export function describePastFiles(suite: Suite): void {
  describePlaces(suite);
  describeNaming(suite);
}

function describePlaces(suite: Suite): void {
  describe("the files of a session as they were", () => {
    test("are those of the last change of each path up to a place of the log", async () => {
      await using setting = await openSetting(suite);
      const id = await setting.make();
      const { head: first } = await change(setting, id, [
        makeDirectory("/d"),
        put("/d/a", "absent"),
        put("/b", "absent"),
      ]);
      const { head: second } = await change(setting, id, [
        put("/d/a", { version: 1 }, { hash: two, sizeBytes: 9, isReadonly: true }),
        { kind: "delete", path: "/b", base: { version: 1 } },
      ]);
      await change(setting, id, [{ kind: "delete", path: "/d/a", base: "any" }, put("/b", "absent")]);
      const at = async (seq: number) =>
        (await setting.store.listFilesAt(id, seq)).map((row) => [
          row.path,
          row.isDirectory ? "directory" : row.hash,
          row.isReadonly,
        ]);
      expect(await at(first.seq - 1)).toEqual([]);
      expect(await at(first.seq)).toEqual([
        ["/b", one, false],
        ["/d", "directory", false],
        ["/d/a", one, false],
      ]);
      expect(await at(second.seq)).toEqual([
        ["/d", "directory", false],
        ["/d/a", two, true],
      ]);
      expect((await setting.store.listFilesAt(id, 1_000)).map(({ path }) => path)).toEqual(["/b", "/d"]);
      expect(await setting.store.listFilesAt(await setting.make(), 1_000)).toEqual([]);
    });

    test("can be made with the session itself", async () => {
      await using setting = await openSetting(suite);
      const files = [makeDirectory("/d"), put("/d/a", "absent", { isReadonly: true })];
      const id = await setting.make({}, { files });
      const rows = await setting.store.listFiles(id, "/", { isRecursive: true });
      expect(rows.map(({ path, isReadonly, version }) => [path, isReadonly, version])).toEqual([
        ["/d", false, 1],
        ["/d/a", true, 1],
      ]);
      expect(await setting.store.filesSize(id)).toBe(5);
    });
  });
}

function describeNaming(suite: Suite): void {
  describe("what names a content", () => {
    const three = "33".repeat(32) as BlobHash;
    const four = "44".repeat(32) as BlobHash;
    const all = [one, two, three, four];

    test("P9: is every version of a file, also of a deleted one, until its session is purged", async () => {
      await using setting = await openSetting(suite);
      const id = await setting.make();
      await change(setting, id, [put("/a", "absent")]);
      await change(setting, id, [put("/a", { version: 1 }, { hash: two })]);
      await change(setting, id, [{ kind: "delete", path: "/a", base: "any" }]);
      expect(await setting.store.namedBlobs(all)).toEqual(new Set([one, two]));
      expect(await setting.store.namedBlobs([])).toEqual(new Set());
      const gone = { ...initialState, isDeleted: true };
      await setting.commit(await setting.fenced(id, { raises: true, state: gone }));
      expect(await setting.store.namedBlobs(all)).toEqual(new Set([one, two]));
      while (!(await setting.store.purgeSlice(id, 1_000)));
      expect(await setting.store.namedBlobs(all)).toEqual(new Set());
    });

    test("P9: is an image and its thumbnail, and no other record", async () => {
      await using setting = await openSetting(suite);
      const { workspaceId } = setting;
      const of = { id: setting.mint("image"), kind: "image", workspaceId, name: null } as const;
      const body = JSON.stringify({ hash: one, thumbnail: { hash: two } });
      const other = { id: setting.mint("agent"), kind: "agent", workspaceId, name: "a" } as const;
      await setting.store.writeRecord({ kind: "create", record: { ...of, body } });
      await setting.store.writeRecord({ kind: "create", record: { ...other, body: JSON.stringify({ hash: three }) } });
      expect(await setting.store.namedBlobs(all)).toEqual(new Set([one, two]));
      await setting.store.writeRecord({ kind: "update", of, body: JSON.stringify({ hash: one, thumbnail: null }) });
      expect(await setting.store.namedBlobs(all)).toEqual(new Set([one]));
      await setting.store.writeRecord({ kind: "delete", of });
      expect(await setting.store.namedBlobs(all)).toEqual(new Set());
    });

    test("P9: is a skill, every file of it, as it is now", async () => {
      await using setting = await openSetting(suite);
      const { workspaceId } = setting;
      const make = (name: string) => ({ id: setting.mint("skill"), kind: "skill", workspaceId, name }) as const;
      const [of, other] = [make("one"), make("other")];
      const bodyOf = (...hashes: readonly string[]) => JSON.stringify({ files: hashes.map((hash) => ({ hash })) });
      await setting.store.writeRecord({ kind: "create", record: { ...of, body: bodyOf(one, two, two) } });
      await setting.store.writeRecord({ kind: "create", record: { ...other, body: bodyOf(two) } });
      expect(await setting.store.namedBlobs(all)).toEqual(new Set([one, two]));
      await setting.store.writeRecord({ kind: "update", of, body: bodyOf(three) });
      expect(await setting.store.namedBlobs(all)).toEqual(new Set([two, three]));
      await setting.store.writeRecord({ kind: "delete", of });
      await setting.store.writeRecord({ kind: "delete", of: other });
      expect(await setting.store.namedBlobs(all)).toEqual(new Set());
    });
  });
}
