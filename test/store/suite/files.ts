/** Session files: rows beside the log, each change against the version it stands on (E1 of the engine page). */
import { describe, expect, test } from "vitest";
import { defaultLimits } from "../../../src/core/limits.ts";
import type { SessionId } from "../../../src/core/ids.ts";
import type { BlobHash, FileBase, FileChange } from "../../../src/core/ports/files.ts";
import { openSetting, turnState } from "./setting.ts";
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

async function conflictOf(setting: Setting, id: SessionId, files: readonly FileChange[]) {
  const result = await setting.store.write(setting.fact(id, { files }));
  return result.kind === "file_conflict" ? result.path : result.kind;
}

export function describeFiles(suite: Suite): void {
  describeRows(suite);
  describeBases(suite);
  describeTree(suite);
}

function describeRows(suite: Suite): void {
  describe("a file of a session", () => {
    test("is read as it was put", async () => {
      await using setting = await openSetting(suite);
      const id = await setting.make();
      await change(setting, id, [put("/notes.md", "absent", { isReadonly: true })]);
      const at = "2026-01-01T12:00:00.000Z";
      expect(await setting.store.readFile(id, "/notes.md")).toEqual({
        path: "/notes.md",
        isDirectory: false,
        isReadonly: true,
        hash: one,
        sizeBytes: 5,
        version: 1,
        createdAt: at,
        updatedAt: at,
      });
      expect(await setting.store.readFile(id, "/Notes.md")).toBeUndefined();
      expect(await setting.store.readFile(await setting.make(), "/notes.md")).toBeUndefined();
    });

    test("counts its changes and keeps when it was made", async () => {
      await using setting = await openSetting(suite);
      const id = await setting.make();
      await change(setting, id, [put("/a", "absent")]);
      setting.clock.advance(1_000);
      await change(setting, id, [put("/a", { version: 1 }, { hash: two, sizeBytes: 9 })]);
      expect(await setting.store.readFile(id, "/a")).toMatchObject({
        hash: two,
        sizeBytes: 9,
        version: 2,
        createdAt: "2026-01-01T12:00:00.000Z",
        updatedAt: "2026-01-01T12:00:01.000Z",
      });
    });

    test("is gone when deleted, and what comes after it is not mistaken for it", async () => {
      await using setting = await openSetting(suite);
      const id = await setting.make();
      await change(setting, id, [put("/a", "absent")]);
      await change(setting, id, [{ kind: "delete", path: "/a", base: { version: 1 } }]);
      expect(await setting.store.readFile(id, "/a")).toBeUndefined();
      await change(setting, id, [put("/a", "absent", { hash: two })]);
      expect((await setting.store.readFile(id, "/a"))?.version).toBeGreaterThan(1);
      expect(await conflictOf(setting, id, [put("/a", { version: 1 })])).toBe("/a");
    });

    test("has a version for every change, its deletion too, with the commit and the turn that made it", async () => {
      await using setting = await openSetting(suite);
      const state = turnState(setting.mint);
      const id = await setting.make({}, { state, owner: setting.node });
      const turn_id = state.turn?.id as NonNullable<Parameters<Setting["line"]>[2]>["turn_id"] & string;
      const made = await change(setting, id, [put("/a", "absent")]);
      const events = [setting.line("tool.completed", {}, { turn_id })];
      const files = [put("/a", { version: 1 }, { hash: two, sizeBytes: 9 })];
      const inTurn = await setting.commit(await setting.fenced(id, { state, events, files }));
      const gone = await change(setting, id, [{ kind: "delete", path: "/a", base: { version: 2 } }]);
      const versions = await setting.store.fileVersions(id, "/a");
      const sorted = versions.toSorted((left, right) => left.version - right.version);
      expect(sorted.map(({ hash, sizeBytes, seq }) => ({ hash, sizeBytes, seq }))).toEqual([
        { hash: one, sizeBytes: 5, seq: made.head.seq },
        { hash: two, sizeBytes: 9, seq: inTurn.head.seq },
        { hash: null, sizeBytes: 0, seq: gone.head.seq },
      ]);
      expect(sorted[1]).toMatchObject({ version: 2, path: "/a", turnId: turn_id, createdAt: inTurn.lines[0]?.ts });
      expect(new Set(sorted.map(({ version }) => version)).size).toBe(3);
    });

    test("that was changed while no turn ran belongs to no turn", async () => {
      await using setting = await openSetting(suite);
      const id = await setting.make();
      await change(setting, id, [put("/a", "absent")]);
      expect(await setting.store.fileVersions(id, "/a")).toMatchObject([{ version: 1, turnId: null }]);
      expect(await setting.store.fileVersions(id, "/b")).toEqual([]);
    });

    test("counts towards the size of all files as it is now, and directories count nothing", async () => {
      await using setting = await openSetting(suite);
      const id = await setting.make();
      const sizes = [await setting.store.filesSize(id)];
      const steps: readonly FileChange[] = [
        put("/a", "absent", { sizeBytes: 100 }),
        makeDirectory("/d"),
        put("/d/b", "absent", { sizeBytes: 20 }),
        put("/a", { version: 1 }, { sizeBytes: 30 }),
        { kind: "delete", path: "/d/b", base: "any" },
      ];
      for (const step of steps) {
        await change(setting, id, [step]);
        sizes.push(await setting.store.filesSize(id));
      }
      expect(sizes).toEqual([0, 100, 100, 120, 50, 30]);
    });

    test.skipIf("files_limit" in suite.notSupported)(
      "may make room for another in the same write, when all are at their limit",
      async () => {
        await using setting = await openSetting(suite);
        const id = await setting.make();
        const sizeBytes = defaultLimits.sessionFilesBytes;
        await change(setting, id, [put("/a", "absent", { sizeBytes })]);
        const more = { files: [put("/b", "absent", { sizeBytes: 1 })] };
        expect(await setting.store.write(setting.fact(id, more))).toEqual({ kind: "files_full", usedBytes: sizeBytes });
        await change(setting, id, [
          put("/b", "absent", { sizeBytes: 1 }),
          { kind: "delete", path: "/a", base: { version: 1 } },
        ]);
        expect(await setting.store.filesSize(id)).toBe(1);
      },
    );
  });
}

function describeBases(suite: Suite): void {
  describe("a change of a file", () => {
    test("E1: stands on a version, on absence, or on whatever is there", async () => {
      await using setting = await openSetting(suite);
      const id = await setting.make();
      await change(setting, id, [put("/a", "absent"), put("/b", "any")]);
      expect(await conflictOf(setting, id, [put("/a", "absent")])).toBe("/a");
      expect(await conflictOf(setting, id, [put("/a", { version: 2 })])).toBe("/a");
      expect(await conflictOf(setting, id, [put("/c", { version: 1 })])).toBe("/c");
      expect(await conflictOf(setting, id, [makeDirectory("/a")])).toBe("/a");
      expect(await conflictOf(setting, id, [{ kind: "delete", path: "/a", base: { version: 2 } }])).toBe("/a");
      expect(await conflictOf(setting, id, [{ kind: "delete", path: "/c", base: { version: 1 } }])).toBe("/c");
      await change(setting, id, [put("/a", { version: 1 }), put("/b", "any")]);
      expect(await setting.store.readFile(id, "/a")).toMatchObject({ version: 2 });
      expect(await setting.store.readFile(id, "/b")).toMatchObject({ version: 2 });
    });

    test("E1: is made with all others of its write or not at all, wherever the conflict stands", async () => {
      await using setting = await openSetting(suite);
      const id = await setting.make();
      await change(setting, id, [put("/a", "absent"), put("/b", "absent")]);
      const good = [
        put("/a", { version: 1 }),
        { kind: "delete", path: "/b", base: "any" } as const,
        makeDirectory("/d"),
      ];
      for (const place of [0, 1, 2, 3]) {
        const files = good.toSpliced(place, 0, put("/x", { version: 7 }));
        expect(await conflictOf(setting, id, files)).toBe("/x");
      }
      const rows = await setting.store.listFiles(id, "/", { isRecursive: true });
      expect(rows.map(({ path, version }) => [path, version])).toEqual([
        ["/a", 1],
        ["/b", 1],
      ]);
      expect((await setting.store.readHead(id))?.seq).toBe(2);
    });

    test("E1: of 20 that stand on one version is made once", async () => {
      await using setting = await openSetting(suite);
      const id = await setting.make();
      await change(setting, id, [put("/a", "absent")]);
      const writes = Array.from({ length: 20 }, () => setting.fact(id, { files: [put("/a", { version: 1 })] }));
      const kinds = (await Promise.all(writes.map((write) => setting.store.write(write)))).map(({ kind }) => kind);
      expect(kinds.toSorted()).toEqual(["committed", ...Array.from({ length: 19 }, () => "file_conflict")]);
      expect(await setting.store.readFile(id, "/a")).toMatchObject({ version: 2 });
    });
  });
}

function describeTree(suite: Suite): void {
  describe("a listing of files", () => {
    test("gives one level by path, or all that is below, and nothing of a neighbour with a like name", async () => {
      await using setting = await openSetting(suite);
      const id = await setting.make();
      await change(setting, id, [
        makeDirectory("/a"),
        put("/a/x", "absent"),
        makeDirectory("/a/deep"),
        put("/a/deep/y", "absent"),
        put("/ab", "absent"),
        makeDirectory("/a%"),
        put("/a%/z", "absent"),
        makeDirectory("/a_"),
        put("/a_/z", "absent"),
        put("/A", "absent"),
      ]);
      const paths = async (directory: string, isRecursive: boolean) =>
        (await setting.store.listFiles(id, directory, { isRecursive })).map(({ path }) => path);
      expect(await paths("/", false)).toEqual(["/A", "/a", "/a%", "/a_", "/ab"]);
      expect(await paths("/", true)).toHaveLength(10);
      expect(await paths("/a", false)).toEqual(["/a/deep", "/a/x"]);
      expect(await paths("/a", true)).toEqual(["/a/deep", "/a/deep/y", "/a/x"]);
      expect(await paths("/a_", true)).toEqual(["/a_/z"]);
      expect(await paths("/a%", true)).toEqual(["/a%/z"]);
      expect(await paths("/nowhere", true)).toEqual([]);
    });

    test("shows directories as such", async () => {
      await using setting = await openSetting(suite);
      const id = await setting.make();
      await change(setting, id, [makeDirectory("/d")]);
      expect(await setting.store.listFiles(id, "/", { isRecursive: false })).toEqual([
        {
          path: "/d",
          isDirectory: true,
          isReadonly: false,
          hash: null,
          sizeBytes: 0,
          version: 1,
          createdAt: expect.any(String),
          updatedAt: expect.any(String),
        },
      ]);
    });
  });
}
