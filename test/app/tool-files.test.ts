/** E1 of the engine page: a tool's changes lie on an overlay until they are committed with its result. */
import { readFileSync } from "node:fs";

import { describe, expect, test } from "vitest";

import { deleteSessionFile } from "../../src/app/delete-session-file.ts";
import { makeToolFiles } from "../../src/app/tool-files.ts";
import type { ToolFiles } from "../../src/app/tool-files.ts";
import { StorageFull } from "../../src/core/ports/store.ts";
import { FileMissing } from "../../src/core/ports/tools.ts";
import { bytesOf } from "../blobs/suite.ts";
import { accepted, openFileWorld } from "./file-world.ts";

async function write(files: ToolFiles, path: string, text: string, maxBytes?: number) {
  return files.write(path, Buffer.from(text), maxBytes === undefined ? {} : { maxBytes });
}

async function textOf(files: ToolFiles, path: string) {
  return (await bytesOf(files.read(path))).toString();
}

describe("the files of a tool call", () => {
  test("E1: show the call its own writes, and nobody else, until they are committed", async () => {
    await using world = await openFileWorld();
    await world.create("/a", "old");
    const files = world.toolFiles();
    expect(await write(files, "/a", "new")).toMatchObject({ ok: true, file: { path: "/a", sizeBytes: 3 } });
    expect(await write(files, "src/b.ts", "b")).toMatchObject({ ok: true, file: { path: "/src/b.ts" } });
    expect(await files.remove("/workspace/a", false)).toMatchObject({ ok: true });
    expect(await files.stat("/a")).toBeUndefined();
    expect((await files.list("/", true)).map(({ path }) => path)).toEqual(["/src", "/src/b.ts"]);
    expect(await textOf(files, "./src/b.ts")).toBe("b");
    expect(await world.paths()).toEqual(["/a"]);
    expect(await world.textOf("/a")).toBe("old");
    expect(await world.commitTool(files)).toMatchObject({ kind: "committed" });
    expect(await world.paths()).toEqual(["/src", "/src/b.ts"]);
  });

  test("E1: hold what a file has in it, and write it elsewhere without its bytes", async () => {
    await using world = await openFileWorld({ fileBytes: 100, sessionFilesBytes: 100 });
    await world.create("/a", "first");
    await world.create("/b", "second");
    const blobs = world.blobCount();
    const files = world.toolFiles();
    const [first, second] = [await files.hold("/a"), await files.hold("/b")];
    if (first === undefined || second === undefined) throw new Error("Nothing was held");
    expect(await files.write("/a", second)).toMatchObject({ ok: true, file: { path: "/a", sizeBytes: 6 } });
    expect(await files.write("/sub/b", first)).toMatchObject({ ok: true });
    expect(await files.write("/c", second, { maxBytes: 5 })).toMatchObject({ ok: false });
    expect(await files.hold("/sub")).toBeUndefined();
    expect(await files.hold("/nope")).toBeUndefined();
    expect(await world.commitTool(files)).toMatchObject({ kind: "committed" });
    expect([await world.textOf("/a"), await world.textOf("/sub/b"), await world.textOf("/b")]).toEqual([
      "second",
      "first",
      "second",
    ]);
    expect(world.blobCount()).toBe(blobs);
  });

  test("E1: make directories with those above them, also where a file was", async () => {
    await using world = await openFileWorld();
    await world.create("/a", "x");
    await world.create("/d/b", "x");
    const files = world.toolFiles();
    expect(await files.makeDirectory("/e/f")).toMatchObject({ ok: true, file: { path: "/e/f", isDirectory: true } });
    expect(await files.makeDirectory("/d")).toMatchObject({ ok: true });
    expect(await files.makeDirectory("/a")).toEqual({ ok: false, reason: "/a is a file" });
    expect(await files.makeDirectory("/a/b")).toMatchObject({ ok: false });
    expect(await files.makeDirectory("/../x")).toMatchObject({ ok: false });
    await files.remove("/a", false);
    await files.makeDirectory("/a");
    await files.remove("/d", true);
    await write(files, "/d", "now a file");
    expect(await world.commitTool(files)).toMatchObject({ kind: "committed" });
    expect(await world.paths()).toEqual(["/a", "/d", "/e", "/e/f"]);
    expect(await world.textOf("/d")).toBe("now a file");
    expect(await world.toolFiles().stat("/a")).toMatchObject({ isDirectory: true });
  });

  test("E1: are refused as a whole if what they stand on was changed in the meantime", async () => {
    await using world = await openFileWorld();
    await world.create("/a", "1");
    const first = world.toolFiles();
    const second = world.toolFiles();
    for (const files of [first, second]) {
      await write(files, "/a", `${await textOf(files, "/a")}+1`);
      await write(files, "/log", "done");
    }
    expect(await world.commitTool(first)).toMatchObject({ kind: "committed" });
    expect(await world.commitTool(second)).toEqual({ kind: "file_conflict", path: "/a" });
    expect(await world.textOf("/a")).toBe("1+1");
  });

  test("E1: stand on the version that the call saw first, also when it looked again later", async () => {
    await using world = await openFileWorld();
    await world.create("/a", "1");
    const files = world.toolFiles();
    await files.stat("/a");
    accepted(
      await deleteSessionFile(world.deps, world.reader, { sessionId: world.sessionId, path: "/a", isRecursive: false }),
    );
    await world.create("/a", "2");
    await files.list("/", true);
    await write(files, "/a", "3");
    expect(await world.commitTool(files)).toEqual({ kind: "file_conflict", path: "/a" });
  });

  test("make the directories above a file, and none twice", async () => {
    await using world = await openFileWorld();
    const files = world.toolFiles();
    await write(files, "/a/b/c", "x");
    await write(files, "/a/b/d", "y");
    expect(files.changes().map(({ kind, path }) => `${kind} ${path}`)).toEqual([
      "make_directory /a",
      "make_directory /a/b",
      "put /a/b/c",
      "put /a/b/d",
    ]);
    expect(files.netBytes()).toBe(2);
  });

  test("come to nothing when a call takes back what it made", async () => {
    await using world = await openFileWorld();
    const files = world.toolFiles();
    await write(files, "/a", "x");
    await files.remove("/a", false);
    expect(files.changes()).toEqual([]);
    expect(files.netBytes()).toBe(0);
  });

  test("turn a file into a directory and a directory into a file, each as one change", async () => {
    await using world = await openFileWorld();
    await world.create("/file", "x");
    await world.create("/dir/in", "y");
    const files = world.toolFiles();
    await files.remove("/file", false);
    await write(files, "/file/below", "z");
    await files.remove("/dir", true);
    await write(files, "/dir", "flat");
    const paths = files.changes().map(({ path }) => path);
    expect(new Set(paths).size).toBe(paths.length);
    expect(await world.commitTool(files)).toMatchObject({ kind: "committed" });
    expect(await world.paths()).toEqual(["/dir", "/file", "/file/below"]);
    expect(await world.textOf("/dir")).toBe("flat");
  });

  test("delete a directory with what is in it, what the call itself put there too", async () => {
    await using world = await openFileWorld();
    await world.create("/d/deep/a", "x");
    const files = world.toolFiles();
    await write(files, "/d/new", "y");
    expect(await files.remove("/d", false)).toMatchObject({
      ok: false,
      reason: expect.stringContaining("it has 3 in it"),
    });
    expect(await files.remove("/d", true)).toMatchObject({ ok: true });
    expect(files.changes().map(({ path }) => path)).toEqual(["/d/deep/a", "/d/deep", "/d"]);
    await world.commitTool(files);
    expect(await world.paths()).toEqual([]);
  });

  test("refuse in words what cannot be written or deleted", async () => {
    await using world = await openFileWorld({ fileBytes: 10, sessionFilesBytes: 20 });
    await world.create("/d/fixed", "x", { isReadonly: true });
    await world.create("/a", "x");
    const files = world.toolFiles();
    const cases = [
      [() => write(files, "/d/fixed", "y"), "/d/fixed is read-only"],
      [() => write(files, "/d", "y"), "/d is a directory"],
      [() => write(files, "/", "y"), "/ is a directory"],
      [() => write(files, "/a/b/c", "y"), "/a is a file"],
      [() => write(files, "/../a", "y"), '".."'],
      [() => write(files, "/b", "12345678901"), "more than the 10 bytes"],
      [() => write(files, "/b", "123456", 5), "more than the 5 bytes"],
      [() => files.remove("/d", true), "/d/fixed is read-only"],
      [() => files.remove("/nowhere", false), "/nowhere does not exist"],
      [() => files.remove("/", true), "root"],
      [() => files.remove("..", true), '".."'],
    ] as const;
    for (const [act, reason] of cases) {
      expect(await act()).toEqual({ ok: false, reason: expect.stringContaining(reason) });
    }
    expect(files.changes()).toEqual([]);
  });

  test("count what the call has written already towards the session's total", async () => {
    await using world = await openFileWorld({ fileBytes: 100, sessionFilesBytes: 10 });
    await world.create("/old", "123");
    const files = world.toolFiles();
    expect(await write(files, "/a", "12345")).toMatchObject({ ok: true });
    expect(await write(files, "/b", "123")).toEqual({ ok: false, reason: expect.stringContaining("2 are left") });
    expect(await write(files, "/a", "1234567")).toMatchObject({ ok: true });
    expect(await world.commitTool(files)).toMatchObject({ kind: "committed" });
  });

  test("say that the disk is full, so that the model can go on without", async () => {
    await using world = await openFileWorld();
    const { deps, sessionId } = world;
    const blobs = { ...deps.blobs, put: () => Promise.reject(new StorageFull("No space left")) };
    const files = makeToolFiles({ ...deps, blobs, sessionId, now: () => 0 });
    expect(await write(files, "/a", "x")).toMatchObject({ ok: false, reason: expect.stringContaining("disk is full") });
  });

  test("throw FileMissing for what has no content", async () => {
    await using world = await openFileWorld();
    await world.create("/d/a", "x");
    const files = world.toolFiles();
    for (const path of ["/nowhere", "/d", "/", "/../a"]) {
      await expect(textOf(files, path)).rejects.toBeInstanceOf(FileMissing);
    }
    await expect(files.list("/nowhere", false)).rejects.toBeInstanceOf(FileMissing);
    await expect(files.list("/d/a", false)).rejects.toBeInstanceOf(FileMissing);
    expect(await files.stat("/../a")).toBeUndefined();
  });

  test("know where the bytes are on this machine, those just written too", async () => {
    await using world = await openFileWorld();
    await world.create("/a", "old");
    const files = world.toolFiles();
    expect(readFileSync((await files.fileOf?.("/a")) ?? "", "utf8")).toBe("old");
    await write(files, "/a", "new");
    expect(readFileSync((await files.fileOf?.("/a")) ?? "", "utf8")).toBe("new");
    expect(await files.fileOf?.("/nowhere")).toBeUndefined();
    expect(await files.fileOf?.("/")).toBeUndefined();
  });
});
