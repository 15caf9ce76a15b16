/** Ends what a process has started, however it hides from a group's signal. Real processes throughout. */
import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { describe, expect, it } from "vitest";
import { sleep } from "../../src/lib/deadline.ts";
import { openLastWill } from "../../src/lib/last-will.ts";
import { parsePs, parseStat, readProcessTable, readStat } from "../../src/lib/process-table.ts";
import { endMarked, ProcessTree } from "../../src/lib/process-tree.ts";

const newMark = () => `SERAI_TEST_MARK=${randomBytes(6).toString("hex")}`;

/** Prints a line once everything is started. */
async function start(script: string, mark: string) {
  const [name = "", value = ""] = mark.split("=");
  const env = { PATH: process.env["PATH"], [name]: value };
  const child = spawn("/bin/sh", ["-c", script], { detached: true, env, stdio: ["ignore", "pipe", "ignore"] });
  await once(child.stdout, "data");
  if (child.pid === undefined) throw new Error("The shell has no process id");
  return { child, tree: new ProcessTree({ pid: child.pid, mark }) };
}

async function marked(mark: string): Promise<readonly number[]> {
  return (await new ProcessTree({ pid: null, mark }).members()).map(({ pid }) => pid);
}

describe.skipIf(process.platform === "win32")("a tree of processes", () => {
  it("ends children in groups of their own and orphans whose parent is gone", async () => {
    const mark = newMark();
    const { tree } = await start(`setsid sleep 300 & (setsid sleep 301 &) ; sleep 302 & echo up; wait`, mark);
    expect((await tree.members()).length).toBeGreaterThanOrEqual(4);
    expect(await tree.end()).toEqual([]);
    expect(await marked(mark)).toEqual([]);
  });

  it("ends a child that has cleaned its environment, by its parent or its session", async () => {
    const mark = newMark();
    const { tree } = await start(`env -i /bin/sleep 303 & env -i /bin/sh -c '/bin/sleep 304 &'; echo up; wait`, mark);
    const members = await tree.members();
    expect(members.length).toBeGreaterThanOrEqual(3);
    expect(await tree.end()).toEqual([]);
    expect(await Promise.all(members.map(({ pid }) => readStat(pid)))).toEqual(members.map(() => undefined));
  });

  it("ends what goes on starting others meanwhile", async () => {
    const mark = newMark();
    const { tree } = await start(`echo up; while :; do setsid sleep 305 & sleep 0.01; done`, mark);
    await sleep(100);
    expect(await tree.end()).toEqual([]);
    expect(await marked(mark)).toEqual([]);
  });

  it("ends only what began later where it is told so, and spares the root", async () => {
    const mark = newMark();
    const { child, tree } = await start(`sleep 306 & echo up; wait`, mark);
    const before = await tree.members();
    // Starts are counted in hundredths of a second.
    await sleep(30);
    const [name = "", value = ""] = mark.split("=");
    const later = spawn("sleep", ["307"], { env: { PATH: process.env["PATH"], [name]: value }, detached: true });
    const row = await readStat(later.pid ?? 0);
    expect(await tree.end({ sinceStart: row?.startedAt ?? 0 })).toEqual([]);
    expect(new Set((await tree.members()).map(({ pid }) => pid))).toEqual(new Set(before.map(({ pid }) => pid)));
    expect(child.exitCode).toBeNull();
    await tree.end();
  });

  it("leaves a process alone that was given the number of one that it knew", async () => {
    const mark = newMark();
    const { tree, child } = await start(`echo up; exec sleep 308`, mark);
    await tree.end();
    const other = new ProcessTree({ pid: child.pid ?? 0, mark });
    expect(await other.members()).toEqual([]);
    expect((await readProcessTable()).rows.some(({ pid }) => pid === process.pid)).toBe(true);
  });

  it("ends everything with a mark, whoever started it", async () => {
    const mark = newMark();
    await start(`setsid sleep 309 & echo up; exec sleep 310`, mark);
    expect(await marked(mark)).toHaveLength(2);
    expect(await endMarked(mark)).toEqual([]);
    expect(await marked(mark)).toEqual([]);
  });

  it("is carried out by the last will when the process that wrote it is gone", async () => {
    const mark = newMark();
    const will = openLastWill(mark);
    await start(`(setsid sleep 311 &); echo up; exec sleep 312`, mark);
    will[Symbol.dispose]();
    const until = performance.now() + 5_000;
    while ((await marked(mark)).length > 0 && performance.now() < until) await sleep(20);
    expect(await marked(mark)).toEqual([]);
  });
});

describe("a row of the process table", () => {
  it("is read past a name with brackets and spaces", () => {
    const text = "7 (a) b (c)) S 1 7 6 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 1 0 4711 999 1";
    expect(parseStat(7, text)).toEqual({ pid: 7, parent: 1, group: 7, session: 6, startedAt: 4711 });
    expect(parseStat(7, "7 (gone) Z 1 7 6 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0")).toBeUndefined();
  });

  it("is read from what ps prints, without zombies", () => {
    const text = [
      "  501     1   501      0 Ss   Sun Nov 22 11:28:27 2026     /usr/sbin/thing SERAI_SESSION=ses_1 PATH=/bin",
      "  502   501   502      0 Z    Sun Nov 22 11:28:28 2026     (gone)",
    ].join("\n");
    const rows = parsePs(text);
    expect(rows).toHaveLength(1);
    expect(rows[0]?.row).toMatchObject({ pid: 501, parent: 1, group: 501 });
    expect(rows[0]?.rest).toContain("SERAI_SESSION=ses_1");
  });
});
