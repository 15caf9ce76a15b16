import { describe, expect, test } from "vitest";

import { copySessionFile } from "../../src/app/copy-session-file.ts";
import { createSessionFile } from "../../src/app/create-session-file.ts";
import { deleteSessionFile } from "../../src/app/delete-session-file.ts";
import { listSessionFiles } from "../../src/app/list-session-files.ts";
import { makeSessionDirectory } from "../../src/app/make-session-directory.ts";
import { moveSessionFile } from "../../src/app/move-session-file.ts";
import { readSessionFile } from "../../src/app/read-session-file.ts";
import { replaceSessionFile } from "../../src/app/replace-session-file.ts";
import { sessionFileVersions } from "../../src/app/session-file-versions.ts";
import { statSessionFile } from "../../src/app/stat-session-file.ts";
import { StorageFull } from "../../src/core/ports/store.ts";
import { bytesOf } from "../blobs/suite.ts";
import { accepted, content, openFileWorld, refusalOf } from "./file-world.ts";
import type { FileWorld } from "./file-world.ts";

/** The use cases with a world's session filled in. */
function calls({ deps, reader, sessionId }: FileWorld) {
  const at = (path: string) => ({ sessionId, path });
  return {
    list: (path: string, isRecursive = false) => listSessionFiles(deps, reader, { ...at(path), isRecursive }),
    stat: (path: string) => statSessionFile(deps, reader, at(path)),
    read: (path: string, more = {}) => readSessionFile(deps, reader, { ...at(path), ...more }),
    create: (path: string, text = "") => createSessionFile(deps, reader, { ...at(path), content: content(text) }),
    replace: (path: string, text?: string, more = {}) =>
      replaceSessionFile(deps, reader, {
        ...at(path),
        ...(text === undefined ? {} : { content: content(text) }),
        ...more,
      }),
    remove: (path: string, isRecursive = false) => deleteSessionFile(deps, reader, { ...at(path), isRecursive }),
    makeDirectory: (path: string) => makeSessionDirectory(deps, reader, at(path)),
    versions: (path: string) => sessionFileVersions(deps, reader, at(path)),
    move: (path: string, target: string) => moveSessionFile(deps, reader, { ...at(path), target }),
    copy: (path: string, target: string) => copySessionFile(deps, reader, { ...at(path), target }),
  };
}

describe("creating a file", () => {
  test("answers with its row, makes the directories above it, and says so in the log", async () => {
    await using world = await openFileWorld();
    const row = accepted(await calls(world).create("/src/app/main.ts", "hello"));
    expect(row).toMatchObject({
      path: "/src/app/main.ts",
      isDirectory: false,
      sizeBytes: 5,
      version: 1,
      isReadonly: false,
    });
    expect(await world.paths()).toEqual(["/src", "/src/app", "/src/app/main.ts"]);
    expect(await world.textOf("/src/app/main.ts")).toBe("hello");
    expect(await world.written()).toEqual([
      { path: "/src/app/main.ts", operation: "write", size_bytes: 5, created: true },
    ]);
  });

  test("is refused where something is, without reading what was sent", async () => {
    await using world = await openFileWorld();
    await world.create("/a", "one");
    let isRead = false;
    async function* upload() {
      isRead = true;
      yield Buffer.from("two");
    }
    const { deps, reader, sessionId } = world;
    for (const path of ["/a", "/"]) {
      const refused = refusalOf(await createSessionFile(deps, reader, { sessionId, path, content: upload() }));
      expect(refused).toEqual({ code: "already_exists", kind: "file", name: path });
    }
    expect(isRead).toBe(false);
    expect(await world.textOf("/a")).toBe("one");
  });

  test("is refused below a file", async () => {
    await using world = await openFileWorld();
    await world.create("/a", "one");
    expect(refusalOf(await calls(world).create("/a/b/c", "two"))).toMatchObject({
      code: "invalid_input",
      path: "/path",
    });
  });

  test("by two at once is made by one and refused to the other", async () => {
    await using world = await openFileWorld();
    world.meanwhile(() => world.create("/a", "first"));
    expect(refusalOf(await calls(world).create("/a", "second"))).toMatchObject({ code: "already_exists" });
    expect(await world.textOf("/a")).toBe("first");
  });

  test("goes through when somebody makes the directory above it in the meantime", async () => {
    await using world = await openFileWorld();
    world.meanwhile(() => world.create("/dir/other", "x"));
    accepted(await calls(world).create("/dir/mine", "y"));
    expect(await world.paths()).toEqual(["/dir", "/dir/mine", "/dir/other"]);
  });

  test.each([
    "",
    "a",
    "/a/../b",
    "/a//b",
    "/a\u0000b",
    "/%2e%2e/a",
    "/a\\b",
    "/_reserved",
    "/a.",
    `/${"x".repeat(300)}`,
  ])("at %j is refused with the field and the reason", async (path) => {
    await using world = await openFileWorld();
    const refused = refusalOf(await calls(world).create(path, "x"));
    expect(refused).toMatchObject({ code: "invalid_input", path: "/path", reason: expect.stringMatching(/[a-z]{3}/) });
    expect(await world.paths()).toEqual([]);
  });
});

describe("the limits of files", () => {
  test("refuse a file that is too large, naming the setting, and leave nothing", async () => {
    await using world = await openFileWorld({ fileBytes: 10, sessionFilesBytes: 100 });
    accepted(await calls(world).create("/ten", "0123456789"));
    const refused = refusalOf(await calls(world).create("/eleven", "0123456789x"));
    expect(refused).toEqual({ code: "too_large", what: 'File "/eleven"', limit: 10, setting: "fileBytes" });
    expect(world.blobCount()).toBe(1);
  });

  test("refuse what would pass the session's total, and count what is replaced as free", async () => {
    await using world = await openFileWorld({ fileBytes: 10, sessionFilesBytes: 15 });
    await world.create("/a", "0123456789");
    const refused = refusalOf(await calls(world).create("/b", "012345"));
    expect(refused).toMatchObject({ code: "quota_exceeded", limit: 15, setting: "sessionFilesBytes" });
    accepted(await calls(world).replace("/a", "9876543210"));
    accepted(await calls(world).create("/b", "01234"));
  });

  test("hold when two uploads pass the first look together", async () => {
    await using world = await openFileWorld({ fileBytes: 400_000_000, sessionFilesBytes: 500_000_000 });
    const { deps } = world;
    const big = (path: string) => ({
      sessionId: world.sessionId,
      events: [world.setting.line("file.written")],
      files: [{ kind: "put", path, hash: "11".repeat(32) as never, sizeBytes: 499_999_999, base: "absent" } as const],
    });
    world.meanwhile(() =>
      deps.store.readFile(world.sessionId, "/x").then(() => world.setting.store.write(big("/big"))),
    );
    expect(refusalOf(await calls(world).create("/small", "xx"))).toMatchObject({ code: "quota_exceeded" });
  });

  test("of the disk are a refusal of their own", async () => {
    await using world = await openFileWorld();
    const { deps, reader, sessionId } = world;
    const full = new StorageFull("No space left");
    const commit = () => Promise.reject(full);
    const blobs = { ...deps.blobs, put: () => Promise.reject(full) };
    for (const broken of [
      { ...deps, commit },
      { ...deps, blobs },
    ]) {
      const outcome = await createSessionFile(broken, reader, { sessionId, path: "/a", content: content("x") });
      expect(refusalOf(outcome)).toEqual({ code: "storage_full" });
    }
  });
});

describe("replacing a file", () => {
  test("gives it a new version and keeps the old one readable", async () => {
    await using world = await openFileWorld();
    await world.create("/a", "one");
    const { replace, versions, read } = calls(world);
    expect(accepted(await replace("/a", "three"))).toMatchObject({ version: 2, sizeBytes: 5 });
    expect(accepted(await versions("/a")).map(({ version }) => version)).toEqual([1, 2]);
    const old = accepted(await read("/a", { version: 1 }));
    expect((await bytesOf(old.content)).toString()).toBe("one");
    expect(refusalOf(await read("/a", { version: 9 }))).toMatchObject({ code: "not_found" });
    expect((await world.written()).at(-1)).toEqual({
      path: "/a",
      operation: "write",
      size_bytes: 5,
      created: false,
      version: 2,
    });
  });

  test("is refused where no file is", async () => {
    await using world = await openFileWorld();
    await world.create("/d/a", "x");
    const { replace } = calls(world);
    expect(refusalOf(await replace("/b", "x"))).toEqual({ code: "not_found", kind: "file", id: "/b" });
    expect(refusalOf(await replace("/d", "x"))).toMatchObject({ code: "invalid_input" });
    expect(refusalOf(await replace("/", "x"))).toMatchObject({ code: "invalid_input" });
  });

  test("without a version goes through over what somebody did in the meantime", async () => {
    await using world = await openFileWorld();
    await world.create("/a", "one");
    const { replace } = calls(world);
    world.meanwhile(() => replace("/a", "two"));
    expect(accepted(await replace("/a", "three"))).toMatchObject({ version: 3 });
    expect(await world.textOf("/a")).toBe("three");
  });

  test("on a version is refused once there is another, before and after the upload", async () => {
    await using world = await openFileWorld();
    await world.create("/a", "one");
    const { replace } = calls(world);
    const base = { version: 1 };
    world.meanwhile(() => replace("/a", "two"));
    const conflict = { code: "version_conflict", kind: "file", name: "/a" };
    expect(refusalOf(await replace("/a", "three", { base }))).toEqual(conflict);
    expect(refusalOf(await replace("/a", "three", { base }))).toEqual(conflict);
    expect(await world.textOf("/a")).toBe("two");
  });

  test("of a read-only file is refused until the mark is taken away", async () => {
    await using world = await openFileWorld();
    await world.create("/a", "one", { isReadonly: true });
    const { replace } = calls(world);
    expect(refusalOf(await replace("/a", "two"))).toEqual({ code: "read_only", kind: "file", name: "/a" });
    expect(accepted(await replace("/a", undefined, { isReadonly: false }))).toMatchObject({
      isReadonly: false,
      sizeBytes: 3,
    });
    expect(accepted(await replace("/a", "two"))).toMatchObject({ version: 3 });
  });
});

describe("deleting", () => {
  test("takes a file away, keeps its versions, and what comes after is a new version", async () => {
    await using world = await openFileWorld();
    await world.create("/a", "one");
    const { remove, stat, versions, create } = calls(world);
    expect(accepted(await remove("/a"))).toBeNull();
    expect(refusalOf(await stat("/a"))).toMatchObject({ code: "not_found" });
    expect(accepted(await versions("/a")).map(({ hash }) => hash === null)).toEqual([false, true]);
    expect(accepted(await create("/a", "again")).version).toBeGreaterThan(1);
    expect((await world.written())[1]).toEqual({ path: "/a", operation: "delete" });
  });

  test("refuses a directory with something in it unless told to go down, and then takes all", async () => {
    await using world = await openFileWorld();
    for (const path of ["/d/a", "/d/deep/b", "/db"]) await world.create(path, "x");
    const { remove } = calls(world);
    expect(refusalOf(await remove("/d"))).toMatchObject({ code: "invalid_input", path: "/recursive" });
    accepted(await remove("/d", true));
    expect(await world.paths()).toEqual(["/db"]);
    expect(await world.written()).toHaveLength(4);
  });

  test("decides again when something in the directory was changed in the meantime", async () => {
    await using world = await openFileWorld();
    await world.create("/d/a", "x");
    const { remove, replace } = calls(world);
    world.meanwhile(() => replace("/d/a", "changed"));
    accepted(await remove("/d", true));
    expect(await world.paths()).toEqual([]);
  });

  test("refuses a read-only file, and every directory above one", async () => {
    await using world = await openFileWorld();
    await world.create("/d/deep/fixed", "x", { isReadonly: true });
    const { remove } = calls(world);
    const refusal = { code: "read_only", kind: "file", name: "/d/deep/fixed" };
    expect(refusalOf(await remove("/d/deep/fixed"))).toEqual(refusal);
    expect(refusalOf(await remove("/d", true))).toEqual(refusal);
  });

  test("refuses what is not there, and the root", async () => {
    await using world = await openFileWorld();
    const { remove } = calls(world);
    expect(refusalOf(await remove("/a"))).toEqual({ code: "not_found", kind: "file", id: "/a" });
    expect(refusalOf(await remove("/", true))).toMatchObject({ code: "invalid_input" });
  });
});

describe("directories", () => {
  test("are made with those above them, once", async () => {
    await using world = await openFileWorld();
    const { makeDirectory } = calls(world);
    expect(accepted(await makeDirectory("/a/b/"))).toMatchObject({ path: "/a/b", isDirectory: true, hash: null });
    expect(refusalOf(await makeDirectory("/a/b"))).toEqual({ code: "already_exists", kind: "file", name: "/a/b" });
    expect(await world.written()).toEqual([{ path: "/a/b", operation: "mkdir", created: true }]);
  });

  test("are listed one level or all the way down; the root is always there", async () => {
    await using world = await openFileWorld();
    const { list, stat, read } = calls(world);
    expect(accepted(await list("/"))).toEqual([]);
    expect(accepted(await stat("/"))).toMatchObject({ path: "/", isDirectory: true });
    await world.create("/d/deep/a", "x");
    expect(accepted(await list("/d")).map(({ path }) => path)).toEqual(["/d/deep"]);
    expect(accepted(await list("/d", true)).map(({ path }) => path)).toEqual(["/d/deep", "/d/deep/a"]);
    expect(refusalOf(await list("/nowhere"))).toMatchObject({ code: "not_found" });
    expect(refusalOf(await list("/d/deep/a"))).toMatchObject({ code: "invalid_input" });
    expect(refusalOf(await read("/d"))).toMatchObject({ code: "invalid_input" });
    expect(refusalOf(await read("/"))).toMatchObject({ code: "invalid_input" });
  });
});

describe("reading", () => {
  test("gives a range, and leaves out what lies past the end", async () => {
    await using world = await openFileWorld();
    await world.create("/a", "0123456789");
    const ranges = [
      [{ start: 2, end: 5 }, "234"],
      [{ start: 8, end: 99 }, "89"],
      [{ start: 10, end: 12 }, ""],
    ] as const;
    for (const [range, expected] of ranges) {
      const { content: part } = accepted(await calls(world).read("/a", { range }));
      expect((await bytesOf(part)).toString()).toBe(expected);
    }
  });
});

describe("moving and copying", () => {
  test("moves a directory with all that is in it, and keeps the versions of the old paths", async () => {
    await using world = await openFileWorld();
    await world.create("/d/a", "one");
    await world.create("/d/deep/b", "two");
    const { move, versions } = calls(world);
    expect(accepted(await move("/d", "/new/place"))).toMatchObject({ path: "/new/place", isDirectory: true });
    expect(await world.paths()).toEqual(["/new", "/new/place", "/new/place/a", "/new/place/deep", "/new/place/deep/b"]);
    expect(await world.textOf("/new/place/deep/b")).toBe("two");
    expect(accepted(await versions("/d/a"))).toHaveLength(2);
  });

  test("copies a file, not a directory", async () => {
    await using world = await openFileWorld();
    await world.create("/d/a", "one");
    const { copy } = calls(world);
    expect(accepted(await copy("/d/a", "/e/b"))).toMatchObject({ path: "/e/b", sizeBytes: 3 });
    expect(await world.textOf("/e/b")).toBe("one");
    expect(refusalOf(await copy("/d", "/f"))).toMatchObject({ code: "invalid_input" });
    expect(world.blobCount()).toBe(1);
  });

  test("refuses what is not there, a place that is taken, and a place inside itself", async () => {
    await using world = await openFileWorld();
    await world.create("/d/a", "one");
    await world.create("/fixed", "x", { isReadonly: true });
    const { move, copy } = calls(world);
    for (const call of [move, copy]) {
      expect(refusalOf(await call("/nowhere", "/x"))).toMatchObject({ code: "not_found" });
      expect(refusalOf(await call("/d/a", "/fixed"))).toMatchObject({ code: "already_exists" });
      expect(refusalOf(await call("/d/a", "/fixed/x"))).toMatchObject({ code: "invalid_input" });
    }
    expect(refusalOf(await move("/d", "/d/e"))).toMatchObject({ code: "invalid_input" });
    expect(refusalOf(await move("/fixed", "/free"))).toMatchObject({ code: "read_only" });
    expect(await world.paths()).toEqual(["/d", "/d/a", "/fixed"]);
  });
});

describe("files of a session that is not the caller's", () => {
  test("are not found, as those of one that was never made", async () => {
    await using world = await openFileWorld();
    await world.create("/a", "x");
    const { deps, sessionId, setting } = world;
    const foreign = { ...world, reader: { workspaceId: setting.mint("workspace") } };
    const absent = { ...world, sessionId: setting.mint("session") };
    for (const other of [foreign, absent]) {
      const use = calls(other);
      const outcomes = await Promise.all([
        use.list("/"),
        use.stat("/a"),
        use.read("/a"),
        use.create("/b"),
        use.replace("/a", "y"),
        use.remove("/a"),
        use.makeDirectory("/d"),
        use.versions("/a"),
        use.move("/a", "/b"),
        use.copy("/a", "/b"),
      ]);
      for (const outcome of outcomes)
        expect(refusalOf<unknown>(outcome)).toMatchObject({ code: "not_found", kind: "session" });
    }
    expect(await deps.store.readFile(sessionId, "/a")).toMatchObject({ version: 1 });
  });
});
