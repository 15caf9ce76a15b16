/** Records kept for the next who asks: all that a store must do, and that nobody is ever shown what was overwritten. */
import { describe, expect, test } from "vitest";
import { makeRecentRecords, withRecentRecords } from "../../../src/app/records/recent-records.ts";
import type { RecordRow, RecordStore } from "../../../src/core/ports/records.ts";
import { openMemoryStore } from "../../store/memory-store.ts";
import { describeRecords } from "../../store/suite/records.ts";
import type { OpenStore } from "../../store/suite/setting.ts";
import { workspaceId } from "../engine-world.ts";

const open: OpenStore = async (options) => {
  const store = await openMemoryStore({ ...options, isAlone: true });
  return withRecentRecords(store);
};

describe("recent records over a store", () => {
  describeRecords({ open, notSupported: {} });
});

/** One row, whose reads and writes end when the test says so. */
function slowStore() {
  let body = "1";
  let readCount = 0;
  const [reads, writes]: (() => void)[][] = [[], []];
  const waitIn = (gates: (() => void)[] = []) => new Promise<void>((resolve) => gates.push(resolve));
  const at = "2026-01-01T12:00:00.000Z";
  const times = { createdAt: at, updatedAt: at, archivedAt: null };
  const row = (): RecordRow => ({ kind: "agent", id: "a", workspaceId, name: "a", body, version: 1, ...times });
  const store: RecordStore = {
    async readRecord() {
      readCount++;
      const found = row();
      await waitIn(reads);
      return found;
    },
    findRecordByName: () => Promise.resolve(undefined),
    listRecords: () => Promise.resolve({ records: [], total: 0 }),
    async writeRecord(write) {
      body = "body" in write ? write.body : body;
      await waitIn(writes);
      return { kind: "written", record: row() };
    },
  };
  const records = makeRecentRecords(store);
  return {
    records,
    read: () => records.readRecord("agent", "a", workspaceId),
    endRead: () => reads?.shift()?.(),
    endWrite: () => writes?.shift()?.(),
    readCount: () => readCount,
  };
}

const update = { kind: "update", of: { kind: "agent", id: "a", workspaceId }, body: "2" } as const;

describe("a record that was just read", () => {
  test("is not asked for again, nor is one that is not there", async () => {
    const { records, read, endRead, readCount } = slowStore();
    const first = read();
    endRead();
    expect((await first)?.body).toBe("1");
    expect((await read())?.body).toBe("1");
    expect(readCount()).toBe(1);
    expect(await records.findRecordByName("agent", "b", workspaceId)).toBeUndefined();
  });

  test("is read again once a write has resolved", async () => {
    const { records, read, endRead, endWrite } = slowStore();
    const first = read();
    endRead();
    await first;
    const written = records.writeRecord(update);
    endWrite();
    await written;
    const late = read();
    endRead();
    expect((await late)?.body).toBe("2");
  });

  test("is read again although a read from before the write ended after it", async () => {
    const { records, read, endRead, endWrite } = slowStore();
    const early = read();
    const written = records.writeRecord(update);
    endWrite();
    await written;
    endRead();
    expect((await early)?.body).toBe("1");
    const late = read();
    endRead();
    expect((await late)?.body).toBe("2");
  });

  test("is kept only while it is short, and never when it is a secret", async () => {
    const { records, endRead, endWrite, readCount } = slowStore();
    const written = records.writeRecord({ ...update, body: "x".repeat(20_000) });
    endWrite();
    await written;
    for (const kind of ["agent", "agent", "secret", "secret"] as const) {
      const read = records.readRecord(kind, "a", workspaceId);
      endRead();
      await read;
    }
    expect(readCount()).toBe(4);
  });
});
