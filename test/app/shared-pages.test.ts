/** Pages that readers share: the same lines for all, and never fewer than a read of their own would give (B5). */
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { makeSharedPages } from "../../src/app/shared-pages.ts";
import type { ReadLog } from "../../src/app/shared-pages.ts";
import type { SessionId } from "../../src/core/ids.ts";
import type { LogRead, Store } from "../../src/core/ports/store.ts";
import { initialState } from "../../src/core/state.ts";
import { growSession, mint } from "../../bench/data-folder.ts";
import { openMemoryStore } from "../store/memory-store.ts";
import { workspaceId } from "./engine-world.ts";

let store: Store;
let id: SessionId;
let now = 0;
let reads: LogRead[];
let readLog: ReadLog;

beforeEach(async () => {
  now = 0;
  reads = [];
  store = await openMemoryStore({ clock: { now: () => Date.now(), monotonic: () => now } });
  id = mint("session");
  await growSession(store, { id, workspaceId, events: 300 });
  const counted: ReadLog = (read) => {
    reads.push(read);
    return store.readLog(read);
  };
  readLog = makeSharedPages({
    store: { readLog: counted, readHead: (session) => store.readHead(session) },
    monotonic: () => now,
  });
});
afterEach(() => store[Symbol.asyncDispose]());

async function append(count = 1): Promise<number> {
  const line = () => ({ id: mint("event"), type: "session.updated", contextJson: "{}", dataJson: "{}" });
  const written = await store.write({ sessionId: id, epoch: 1, events: Array.from({ length: count }, line) });
  if (written.kind !== "committed") throw new Error(`The store answered ${written.kind}`);
  return written.head.seq;
}

const last = (after = 200): LogRead => ({ sessionId: id, after, limit: 200 });

describe("shared pages", () => {
  test("are read once for a thousand readers who come at once, and are the very same lines", async () => {
    const pages = await Promise.all(Array.from({ length: 1_000 }, () => readLog(last())));
    expect(reads).toHaveLength(1);
    expect(new Set(pages.map(({ lines }) => lines)).size).toBe(1);
    expect(pages[999]).toMatchObject({ through: 300, headSeq: 300 });
    expect(pages[999]?.lines.map(({ seq }) => seq)).toEqual(Array.from({ length: 100 }, (_, at) => 201 + at));
  });

  test("show every reader what was committed before it asked, also when it joins a read that had begun", async () => {
    for (let round = 0; round < 50; round++) {
      const early = readLog(last());
      const head = await append();
      const late = await readLog(last());
      expect(late).toMatchObject({ through: head, headSeq: head });
      expect(late.lines.at(-1)?.seq).toBe(head);
      expect((await early).lines.length).toBeGreaterThanOrEqual(100);
    }
  });

  test("that end before the log does stay good as it grows, and tell where it ends now", async () => {
    const first = await readLog({ sessionId: id, after: 0, limit: 200 });
    const head = await append(3);
    const again = await readLog({ sessionId: id, after: 0, limit: 200 });
    expect(reads).toHaveLength(1);
    expect(again.lines).toBe(first.lines);
    expect(again).toMatchObject({ through: 200, headSeq: head });
  });

  test("are told apart by where they begin, how long they may be and what passes", async () => {
    const variants: readonly LogRead[] = [
      last(),
      last(201),
      { ...last(), limit: 50 },
      { ...last(), maxBytes: 20_000 },
      { ...last(), types: ["tool.completed"] },
      { ...last(), exclude: ["tool.completed"] },
    ];
    for (const variant of variants) expect(await readLog(variant)).toEqual(await store.readLog(variant));
    for (const variant of variants) expect(await readLog(variant)).toEqual(await store.readLog(variant));
    // The last has no line, and is not worth keeping.
    expect(reads).toHaveLength(variants.length + 1);
  });

  test("are kept for a few seconds, and no more than a few of them", async () => {
    await readLog(last());
    now += 5_000;
    await readLog(last());
    expect(reads).toHaveLength(2);
    for (let after = 100; after < 120; after++) await readLog(last(after));
    reads = [];
    await readLog(last());
    expect(reads).toHaveLength(1);
  });

  test("are no more once their session is in the trash", async () => {
    await readLog(last());
    const deleted = { id: mint("event"), type: "session.deleted", contextJson: "{}", dataJson: "{}" };
    const fold = { state: { ...initialState, isDeleted: true }, through: 301 };
    await store.write({ sessionId: id, epoch: 1, raises: true, events: [deleted], fold });
    reads = [];
    expect((await readLog(last())).lines.at(-1)?.type).toBe("session.deleted");
    await readLog(last());
    expect(reads).toHaveLength(2);
  });

  test("of a read that failed are not kept", async () => {
    let isBroken = true;
    const broken = makeSharedPages({
      store: {
        readLog: (read) => (isBroken ? Promise.reject(new Error("The disk is gone")) : store.readLog(read)),
        readHead: (session) => store.readHead(session),
      },
      monotonic: () => now,
    });
    const both = await Promise.allSettled([broken(last()), broken(last())]);
    expect(both.map(({ status }) => status)).toEqual(["rejected", "rejected"]);
    isBroken = false;
    expect((await broken(last())).lines).toHaveLength(100);
  });
});
