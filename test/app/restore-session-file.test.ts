/** An older version of a file made the newest again. */
import { describe, expect, test } from "vitest";
import { deleteSessionFile } from "../../src/app/delete-session-file.ts";
import { makeSessionDirectory } from "../../src/app/make-session-directory.ts";
import { replaceSessionFile } from "../../src/app/replace-session-file.ts";
import { restoreSessionFile } from "../../src/app/restore-session-file.ts";
import { sessionFileVersions } from "../../src/app/session-file-versions.ts";
import { formatId } from "../../src/core/ids.ts";
import { accepted, content, openFileWorld, refusalOf } from "./file-world.ts";
import type { FileWorld } from "./file-world.ts";

function calls({ deps, reader, sessionId }: FileWorld) {
  return {
    restore: (path: string, version: number) => restoreSessionFile(deps, reader, { sessionId, path, version }),
    replace: async (path: string, text: string) =>
      accepted(await replaceSessionFile(deps, reader, { sessionId, path, content: content(text) })),
    remove: async (path: string) =>
      accepted(await deleteSessionFile(deps, reader, { sessionId, path, isRecursive: true })),
    versions: async (path: string) => accepted(await sessionFileVersions(deps, reader, { sessionId, path })),
  };
}

describe("H8: restoring a version of a file", () => {
  test("gives its content a new version, says so in the log, and keeps what it went over", async () => {
    await using world = await openFileWorld();
    const { restore, replace, versions } = calls(world);
    await world.create("/a.txt", "one");
    await replace("/a.txt", "two!");
    const row = accepted(await restore("/a.txt", 1));
    expect(row).toMatchObject({ path: "/a.txt", version: 3, sizeBytes: 3 });
    expect(await world.textOf("/a.txt")).toBe("one");
    expect((await world.written()).at(-1)).toEqual({ path: "/a.txt", operation: "restore", size_bytes: 3 });
    accepted(await restore("/a.txt", 2));
    expect(await world.textOf("/a.txt")).toBe("two!");
    expect((await versions("/a.txt")).map(({ version, sizeBytes }) => [version, sizeBytes])).toEqual([
      [1, 3],
      [2, 4],
      [3, 3],
      [4, 4],
    ]);
    // The bytes were there already.
    expect(world.blobCount()).toBe(2);
  });

  test("brings a deleted file back, with the directories above it", async () => {
    await using world = await openFileWorld();
    const { restore, remove } = calls(world);
    await world.create("/deep/down/a.txt", "one");
    await remove("/deep");
    expect(await world.paths()).toEqual([]);
    expect(accepted(await restore("/deep/down/a.txt", 1))).toMatchObject({ version: 3 });
    expect(await world.paths()).toEqual(["/deep", "/deep/down", "/deep/down/a.txt"]);
    expect(await world.textOf("/deep/down/a.txt")).toBe("one");
  });

  test("is decided again when somebody was faster", async () => {
    await using world = await openFileWorld();
    const { restore, replace, remove } = calls(world);
    await world.create("/a.txt", "one");
    await replace("/a.txt", "two");
    world.meanwhile(() => replace("/a.txt", "three"));
    expect(accepted(await restore("/a.txt", 1))).toMatchObject({ version: 4 });
    world.meanwhile(() => remove("/a.txt"));
    expect(accepted(await restore("/a.txt", 2))).toMatchObject({ version: 6 });
    expect(await world.textOf("/a.txt")).toBe("two");
  });

  test("is refused for what has no such version, or a version without content", async () => {
    await using world = await openFileWorld();
    const { restore, remove } = calls(world);
    await world.create("/a.txt", "one");
    expect(refusalOf(await restore("/a.txt", 2))).toMatchObject({ code: "not_found", id: "/a.txt version 2" });
    expect(refusalOf(await restore("/never.txt", 1))).toMatchObject({ code: "not_found", id: "/never.txt" });
    expect(refusalOf(await restore("/", 1))).toMatchObject({ code: "not_found" });
    expect(refusalOf(await restore("a.txt", 1))).toMatchObject({ code: "invalid_input", path: "/path" });
    await remove("/a.txt");
    expect(refusalOf(await restore("/a.txt", 2))).toMatchObject({ code: "invalid_input", path: "/version" });
  });

  test("is refused over a read-only file and over a directory", async () => {
    await using world = await openFileWorld();
    const { restore, remove } = calls(world);
    const { deps, reader, sessionId } = world;
    await world.create("/fixed.txt", "one", { isReadonly: true });
    expect(refusalOf(await restore("/fixed.txt", 1))).toMatchObject({ code: "read_only" });
    await world.create("/place", "one");
    await remove("/place");
    accepted(await makeSessionDirectory(deps, reader, { sessionId, path: "/place" }));
    expect(refusalOf(await restore("/place", 1))).toMatchObject({ code: "invalid_input", path: "/path" });
    await world.create("/file", "x");
    await remove("/file");
    await world.create("/file", "x");
    await remove("/file");
    await world.create("/dir/inner", "x");
    await remove("/dir");
    await world.create("/dir", "now a file");
    expect(refusalOf(await restore("/dir/inner", 1))).toMatchObject({ code: "invalid_input", path: "/path" });
  });

  test("is nobody else's to do", async () => {
    await using world = await openFileWorld();
    await world.create("/a.txt", "one");
    const stranger = { workspaceId: formatId("workspace", 9, "9".repeat(20)) };
    const place = { sessionId: world.sessionId, path: "/a.txt", version: 1 };
    expect(refusalOf(await restoreSessionFile(world.deps, stranger, place))).toMatchObject({ kind: "session" });
  });
});
