/** What the disk does to the store: full (P3), failing (A10), and asked to hold on to every acknowledged write (Q1). */
import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { SessionId } from "../../../src/core/ids.ts";
import { StorageFull } from "../../../src/core/ports/store.ts";
import type { SessionWrite } from "../../../src/core/ports/store.ts";
import { readAll } from "../suite/setting.ts";
import { makeFolder, openSqliteSetting } from "./sqlite-setting.ts";
import type { Folder, SqliteSetting } from "./sqlite-setting.ts";

const CHILDREN = join(import.meta.dirname, "children");

/** A disk of two megabytes, or nothing where this user may not mount one. */
function mountSmallDisk(): Folder | undefined {
  const folder = makeFolder();
  const disk = join(folder.path, "disk");
  mkdirSync(disk);
  const mounted = spawnSync("mount", ["-t", "tmpfs", "-o", "size=2m", "tmpfs", disk]);
  if (mounted.status !== 0) {
    folder[Symbol.dispose]();
    return undefined;
  }
  return {
    path: disk,
    [Symbol.dispose]() {
      spawnSync("umount", [disk]);
      folder[Symbol.dispose]();
    },
  };
}

function canMount(): boolean {
  const disk = mountSmallDisk();
  disk?.[Symbol.dispose]();
  return disk !== undefined;
}

const hasTracer = spawnSync("strace", ["-V"]).status === 0;

function noteOf(setting: SqliteSetting, id: SessionId): SessionWrite {
  return setting.fact(id, { events: [setting.line("note.taken", { text: "x".repeat(20_000) })] });
}

/** Writes until the disk is full; gives the seq of the last that was taken. */
async function fill(setting: SqliteSetting, id: SessionId): Promise<number> {
  let last = 0;
  for (let n = 0; n < 1_000; n++) {
    const result = await setting.store.write(noteOf(setting, id)).catch((error: unknown) => error);
    if (result instanceof StorageFull) return last;
    if (result instanceof Error) throw result;
    last = (result as { head: { seq: number } }).head.seq;
  }
  throw new Error("The disk did not fill up");
}

describe("a store on a disk that is full", () => {
  test.skipIf(!canMount())(
    "P3: refuses writes, reads on, and writes again when there is room (needs to mount)",
    async () => {
      using disk = mountSmallDisk()!;
      const ballast = join(disk.path, "ballast");
      writeFileSync(ballast, Buffer.alloc(600 * 1024));
      const faults: Error[] = [];
      const setting = await openSqliteSetting({
        folder: join(disk.path, "data"),
        onFault: (error) => faults.push(error),
      });
      const id = await setting.make();
      const last = await fill(setting, id);
      expect(last).toBeGreaterThan(5);

      const group = Array.from({ length: 10 }, () => setting.store.write(noteOf(setting, id)));
      const refused = await Promise.allSettled(group);
      expect(refused.every((one) => one.status === "rejected" && one.reason instanceof StorageFull)).toBe(true);
      expect(await setting.store.readHead(id)).toMatchObject({ seq: last });
      expect(await readAll(setting.store, id)).toHaveLength(last);

      rmSync(ballast);
      const { head } = await setting.commit(noteOf(setting, id));
      expect(head.seq).toBe(last + 1);
      expect((await readAll(setting.store, id)).map(({ seq }) => seq)).toEqual(
        Array.from({ length: last + 1 }, (_, n) => n + 1),
      );
      expect(faults).toEqual([]);
      await setting[Symbol.asyncDispose]();
    },
  );
});

interface Seen {
  readonly sessionId: SessionId;
  readonly acknowledged: number;
  readonly faults: readonly string[];
  readonly rejections: readonly { readonly name: string; readonly message: string }[];
  readonly late: string;
  readonly readSeq: number;
}

describe("a store on a disk that fails to write", () => {
  test("A10: stops writing at once, says unknown and never not written, reads on, and has kept what it acknowledged", async () => {
    using folder = makeFolder();
    const script = 'ulimit -f 4000; exec "$0" "$1" "$2"';
    const child = spawnSync("sh", ["-c", script, process.execPath, join(CHILDREN, "write-limited.ts"), folder.path], {
      encoding: "utf8",
    });
    expect({ status: child.status, stderr: child.stderr }).toEqual({ status: 7, stderr: "" });
    const seen = JSON.parse(child.stdout) as Seen;
    expect(seen.faults).toEqual([expect.stringContaining("disk I/O error")]);
    expect(seen.rejections.length).toBeGreaterThan(0);
    const unknown = "The store has stopped writing; whether this write was kept is unknown";
    for (const { name, message } of seen.rejections) expect([name, message]).toEqual(["Error", unknown]);
    expect(seen.late).toBe(unknown);
    expect(seen.readSeq).toBe(seen.acknowledged);

    await using setting = await openSqliteSetting({ folder: folder.path });
    const log = await readAll(setting.store, seen.sessionId);
    expect(log.map(({ seq }) => seq)).toEqual(log.map((_, index) => index + 1));
    expect(log.length).toBeGreaterThanOrEqual(seen.acknowledged);
    expect((await setting.store.write(noteOf(setting, seen.sessionId))).kind).toBe("committed");
  });
});

describe("a store that acknowledges a write", () => {
  test.skipIf(!hasTracer)("Q1: has synced the write-ahead log between the write and its answer (needs strace)", () => {
    using folder = makeFolder();
    const trace = join(folder.path, "trace");
    const traced = ["-f", "-y", "-o", trace, "-e", "trace=fsync,fdatasync,write"];
    const args = [...traced, process.execPath, join(CHILDREN, "append-once.ts"), join(folder.path, "data")];
    expect(spawnSync("strace", args, { stdio: "ignore" }).status).toBe(0);
    const lines = readFileSync(trace, "utf8").split("\n");
    const find = (text: string) => lines.findIndex((line) => line.includes("write(1") && line.includes(text));
    for (let n = 0; n < 10; n++) {
      const between = lines.slice(find(`given ${n}\\n`), find(`acknowledged ${n}\\n`));
      const begins = between.filter((line) => /f(?:data)?sync\(\d+<[^>]*serai\.db-wal>/.test(line));
      // The tracer cuts a call in two where another thread's comes between.
      const ends = between.filter((line) => /(?:serai\.db-wal>|sync resumed>)\)\s+= 0/.test(line));
      expect(begins).not.toEqual([]);
      expect(ends).not.toEqual([]);
    }
  });
});
