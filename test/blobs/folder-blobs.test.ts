/** The folder adapter: the suite of the port, and what only files on a disk can show. */
import { execFile, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, utimesSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

import { describe, expect, test } from "vitest";

import { openFolderBlobs } from "../../src/blobs/folder-blobs.ts";
import { bytesOf, chunksOf, describeBlobs, hashOf } from "./suite.ts";

function makeFolder() {
  const folder = mkdtempSync(join(tmpdir(), "serai-blobs-"));
  return { folder, [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }) };
}

/** Files in the folder, half-written ones too. */
function filesIn(folder: string): readonly string[] {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length));
}

describeBlobs("folder", async () => {
  const { folder, [Symbol.dispose]: remove } = makeFolder();
  return {
    blobs: await openFolderBlobs({ folder }),
    countKept: async () => filesIn(folder).length,
    [Symbol.asyncDispose]: async () => remove(),
  };
});

/** A disk of its own for a process, that ends with it; some machines allow nobody that. */
const PRIVATE_MOUNTS = ["--mount", "--map-root-user"];
const canMount = spawnSync("unshare", [...PRIVATE_MOUNTS, "mount", "-t", "tmpfs", "none", tmpdir()]).status === 0;

const child = (name: string) => join(import.meta.dirname, "children", name);

describe("a folder of blobs", () => {
  test("keeps each content under its hash, readable by its owner alone", async () => {
    using place = makeFolder();
    const blobs = await openFolderBlobs(place);
    const { hash } = await blobs.put(chunksOf("abc"), 3);
    expect(filesIn(place.folder)).toEqual([`/${hash.slice(0, 2)}/${hash.slice(2)}`]);
    expect(readFileSync(blobs.fileOf(hash), "utf8")).toBe("abc");
    expect(statSync(blobs.fileOf(hash)).mode & 0o777).toBe(0o600);
    expect(statSync(join(place.folder, hash.slice(0, 2))).mode & 0o777).toBe(0o700);
  });

  test("still has everything after it was closed and opened again", async () => {
    using place = makeFolder();
    const { hash } = await (await openFolderBlobs(place)).put(chunksOf("lasting"), 100);
    expect((await bytesOf((await openFolderBlobs(place)).read(hash))).toString()).toBe("lasting");
  });

  test("renews the age of a content that is stored again, so that a sweep spares it", async () => {
    using place = makeFolder();
    const blobs = await openFolderBlobs(place);
    const { hash } = await blobs.put(chunksOf("reused"), 100);
    utimesSync(blobs.fileOf(hash), 0, 0);
    await blobs.put(chunksOf("reused"), 100);
    expect(statSync(blobs.fileOf(hash)).mtimeMs).toBeGreaterThan(0);
  });

  test("has nothing half-written after the process was killed in the middle", async () => {
    using place = makeFolder();
    const writer = spawn(process.execPath, [child("write-for-ever.ts"), place.folder], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    await once(writer.stdout, "data");
    writer.kill("SIGKILL");
    await once(writer, "exit");
    const blobs = await openFolderBlobs(place);
    const whole = hashOf("whole");
    expect(filesIn(place.folder)).toEqual([`/${whole.slice(0, 2)}/${whole.slice(2)}`]);
    expect((await bytesOf(blobs.read(whole))).toString()).toBe("whole");
  });

  test.skipIf(process.getuid?.() === 0)(
    "passes on that it may not write, as a fault and not as a full disk",
    async () => {
      using place = makeFolder();
      const blobs = await openFolderBlobs(place);
      chmodSync(join(place.folder, "incoming"), 0o500);
      await expect(blobs.put(chunksOf("abc"), 3)).rejects.toMatchObject({ code: "EACCES" });
      chmodSync(join(place.folder, "incoming"), 0o700);
    },
  );

  test.skipIf(!canMount)(
    "says that the disk is full, leaves nothing behind, and goes on once there is room",
    async () => {
      using place = makeFolder();
      const script = 'mount -t tmpfs -o size=2m none "$1" && exec "$2" "$3" "$1"';
      const inside = ["sh", "-c", script, "sh", place.folder, process.execPath, child("fill-disk.ts")];
      const { stdout } = await promisify(execFile)("unshare", [...PRIVATE_MOUNTS, ...inside]);
      expect(JSON.parse(stdout)).toEqual({ fault: "StorageFull", cause: "ENOSPC", left: [], stored: 1_000_000 });
    },
  );

  test("streams 300 MB in and out while the process grows by less than 64 MB", { timeout: 60_000 }, async () => {
    using place = makeFolder();
    const { stdout } = await promisify(execFile)(process.execPath, [child("stream-large.ts"), place.folder]);
    const report = JSON.parse(stdout);
    expect(report).toMatchObject({ sizeBytes: 300 * 1024 * 1024, readBytes: 300 * 1024 * 1024 });
    expect(report.grownMb).toBeLessThan(64);
  });
});
