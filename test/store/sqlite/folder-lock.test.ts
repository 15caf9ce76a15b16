import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterEach, beforeEach, describe, expect, it } from "vitest";

import type { FolderLock } from "../../../src/store/sqlite/folder-lock.ts";
import { openFolderLock } from "../../../src/store/sqlite/folder-lock.ts";

const SINCE = new Date("2026-11-22T08:00:00.000Z");
const MODULE = new URL("../../../src/store/sqlite/folder-lock.ts", import.meta.url).href;

let folder: string;
const children: ChildProcess[] = [];

beforeEach(() => {
  folder = join(mkdtempSync(join(tmpdir(), "serai-lock-")), "data");
});
afterEach(() => {
  for (const child of children.splice(0)) child.kill("SIGKILL");
  rmSync(join(folder, ".."), { recursive: true, force: true });
});

function lock(): FolderLock {
  const outcome = openFolderLock(folder, SINCE);
  if (outcome.kind === "held") throw new Error("Test folder is already locked");
  return outcome.lock;
}

/** A process that takes the lock, says what came of it, and then stays. */
async function lockElsewhere(): Promise<{ readonly child: ChildProcess; readonly said: string }> {
  const code = `
    import { openFolderLock } from ${JSON.stringify(MODULE)};
    globalThis.outcome = openFolderLock(process.argv[1], new Date("${SINCE.toISOString()}"));
    console.log(globalThis.outcome.kind);
    setInterval(() => {}, 1000);`;
  const child = spawn(process.execPath, ["--input-type=module", "--eval", code, folder], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  children.push(child);
  const [said] = await once(child.stdout, "data");
  return { child, said: String(said).trim() };
}

describe("the lock of a data folder", () => {
  it("is given once, and the second asker is told who has it", () => {
    const first = lock();
    expect(openFolderLock(folder, new Date())).toEqual({
      kind: "held",
      holder: { pid: process.pid, since: SINCE.toISOString() },
    });
    first[Symbol.dispose]();
    lock()[Symbol.dispose]();
  });

  it("is free after disposal, twice is once, and names nobody any more", () => {
    const first = lock();
    first[Symbol.dispose]();
    first[Symbol.dispose]();
    expect(existsSync(join(folder, "lock.json"))).toBe(false);
    const second = lock();
    first[Symbol.dispose]();
    expect(openFolderLock(folder, SINCE).kind).toBe("held");
    second[Symbol.dispose]();
  });

  it("makes the folder for its owner only", () => {
    const held = lock();
    expect(statSync(folder).mode & 0o777).toBe(0o700);
    expect(statSync(join(folder, "lock.json")).mode & 0o777).toBe(0o600);
    held[Symbol.dispose]();
  });

  it("keeps another process out, and says that process's id", async () => {
    const { child, said } = await lockElsewhere();
    expect(said).toBe("locked");
    expect(openFolderLock(folder, new Date())).toEqual({
      kind: "held",
      holder: { pid: child.pid, since: SINCE.toISOString() },
    });
    expect((await lockElsewhere()).said).toBe("held");
  });

  it("is free as soon as its holder is killed, with nothing to clean up", async () => {
    const { child } = await lockElsewhere();
    child.kill("SIGKILL");
    await once(child, "exit");
    expect(JSON.parse(readFileSync(join(folder, "lock.json"), "utf8"))).toMatchObject({ pid: child.pid });
    const held = lock();
    expect(JSON.parse(readFileSync(join(folder, "lock.json"), "utf8"))).toMatchObject({ pid: process.pid });
    held[Symbol.dispose]();
  });

  it("is still held after many askers have come and gone in the holder's own process", async () => {
    const held = lock();
    for (let asker = 0; asker < 20; asker++) expect(openFolderLock(folder, SINCE).kind).toBe("held");
    expect((await lockElsewhere()).said).toBe("held");
    held[Symbol.dispose]();
  });

  it("names nobody when what stands there is not a holder", () => {
    const held = lock();
    for (const content of ["", "{}", "[1", '{"pid":"1","since":"x"}', "null"]) {
      writeFileSync(join(folder, "lock.json"), content);
      expect(openFolderLock(folder, SINCE)).toEqual({ kind: "held" });
    }
    rmSync(join(folder, "lock.json"));
    expect(openFolderLock(folder, SINCE)).toEqual({ kind: "held" });
    held[Symbol.dispose]();
  });

  it("throws, naming the folder, when the folder cannot be used", () => {
    writeFileSync(folder, "a file");
    expect(() => openFolderLock(folder, SINCE)).toThrow(`Cannot lock folder "${folder}"`);
  });
});
