/**
 * Q1: a process that is killed in the middle of appends. Every append that was acknowledged is there after the restart,
 * at its place; no log has a gap. `SERAI_KILL_ROUNDS` makes more rounds of it.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { SessionId } from "../../../src/core/ids.ts";
import type { Store } from "../../../src/core/ports/store.ts";
import { readAll } from "../suite/setting.ts";
import { makeFolder, openSqliteSetting } from "./sqlite-setting.ts";

const ROUNDS = Number(process.env["SERAI_KILL_ROUNDS"] ?? 4);
const CHILD = join(import.meta.dirname, "children", "append.ts");

interface Acknowledged {
  readonly sessionId: SessionId;
  readonly seq: number;
  readonly eventId: string;
}

/** Lets a process append until it has acknowledged so many, and kills it in the middle of what it does then. */
async function appendAndDie(folder: string, { writers, count }: { writers: number; count: number }) {
  const child = spawn(process.execPath, [CHILD, folder, String(writers)], { stdio: ["ignore", "pipe", "inherit"] });
  const exited = once(child, "exit");
  const seen: Acknowledged[] = [];
  for await (const line of createInterface({ input: child.stdout })) {
    const [sessionId, seq, eventId] = line.split(" ");
    // What the pipe was cut off in the middle of was acknowledged too, but cannot be read.
    if (eventId?.length === 36) seen.push({ sessionId: sessionId as SessionId, seq: Number(seq), eventId });
    if (seen.length >= count) child.kill("SIGKILL");
  }
  expect((await exited)[1]).toBe("SIGKILL");
  return seen;
}

async function lostOf(store: Store, acknowledged: readonly Acknowledged[]): Promise<readonly Acknowledged[]> {
  const logs = new Map<SessionId, ReadonlyMap<string, number>>();
  for (const id of new Set(acknowledged.map(({ sessionId }) => sessionId))) {
    const log = await readAll(store, id, 1_000);
    expect(log.map(({ seq }) => seq)).toEqual(log.map((_, index) => index + 1));
    expect((await store.readHead(id))?.seq).toBe(log.length);
    logs.set(id, new Map(log.map((line) => [line.id, line.seq])));
  }
  return acknowledged.filter(({ sessionId, seq, eventId }) => logs.get(sessionId)?.get(eventId) !== seq);
}

describe("a store whose process is killed while it appends", () => {
  test.each([1, 16, 64])(
    "Q1: has every acknowledged append at its place and no gap, with %i writers, round after round",
    async (writers) => {
      using folder = makeFolder();
      const acknowledged: Acknowledged[] = [];
      for (let round = 0; round < ROUNDS; round++) {
        // Some die young, some around a checkpoint.
        const count = 200 + (round % 3) * 2_000 + writers * 3;
        acknowledged.push(...(await appendAndDie(folder.path, { writers, count })));
        await using setting = await openSqliteSetting({ folder: folder.path });
        expect(await lostOf(setting.store, acknowledged)).toEqual([]);
      }
      expect(acknowledged.length).toBeGreaterThan(ROUNDS * 200);
    },
    ROUNDS * 15_000,
  );
});
