/** The purge of a deleted session, in slices (B12, ruling 10). */
import { describe, expect, test } from "vitest";
import type { SessionId } from "../../../src/core/ids.ts";
import type { BlobHash } from "../../../src/core/ports/files.ts";
import { initialState } from "../../../src/core/state.ts";
import { messageOf, openSetting, snapshot } from "./setting.ts";
import type { Setting, Suite } from "./setting.ts";

const hash = "cd".repeat(32) as BlobHash;
const EVENTS = 34;

/** 34 events, three files with four versions, two queued messages. */
async function fullSession(setting: Setting): Promise<SessionId> {
  const id = await setting.make();
  for (let n = 0; n < 30; n++) await setting.commit(setting.fact(id));
  const put = { kind: "put", hash, sizeBytes: 5 } as const;
  const files = ["/a", "/b", "/c"].map((path) => ({ ...put, path, base: "absent" as const }));
  await setting.commit(setting.fact(id, { files }));
  const again = { ...put, path: "/a", base: { version: 1 } };
  const messages = [messageOf(setting.mint, "one"), messageOf(setting.mint, "two")];
  const write = {
    raises: true,
    state: { ...initialState, queuedCount: 2 },
    events: messages.map((message) => setting.line("message.queued", { message })),
    queue: messages.map((message) => ({ kind: "add", message }) as const),
    timers: [{ kind: "quota", dueInMs: 1_000 } as const],
    files: [again],
  };
  await setting.commit(await setting.fenced(id, write));
  return id;
}

async function deleted(setting: Setting): Promise<SessionId> {
  const id = await fullSession(setting);
  const state = { ...initialState, queuedCount: 2, isDeleted: true };
  await setting.commit(await setting.fenced(id, { raises: true, state }));
  return id;
}

async function purgeAll({ store }: Setting, id: SessionId, rows: number): Promise<void> {
  for (let slices = 0; slices < 100; slices++) if (await store.purgeSlice(id, rows)) return;
  throw new Error("The purge does not come to its end");
}

export function describePurge(suite: Suite): void {
  describe("a purge", () => {
    test("B12: erases a deleted session's events, files and queue, and leaves its head for ever", async () => {
      await using setting = await openSetting(suite);
      const id = await deleted(setting);
      const head = await setting.store.readHead(id);
      await purgeAll(setting, id, 10);
      const { head: left, log, queue, files, filesSize } = await snapshot(setting.store, id);
      expect({ log, queue, files, filesSize }).toEqual({ log: [], queue: [], files: [], filesSize: 0 });
      expect(left).toEqual(head);
      expect(left).toMatchObject({ seq: EVENTS, epoch: 3, deletedAt: expect.any(String) });
      expect(await setting.store.fileVersions(id, "/a")).toEqual([]);
      expect(await setting.store.purgeSlice(id, 10)).toBe(true);
    });

    test("B12: takes no more rows at once than it may", async () => {
      await using setting = await openSetting(suite);
      const id = await deleted(setting);
      const rows = async () => {
        const { log, queue, files } = await snapshot(setting.store, id);
        return log.length + queue.length + files.length;
      };
      let left = await rows();
      expect(left).toBe(EVENTS + 2 + 3);
      let slices = 0;
      for (let isDone = false; !isDone; slices++) {
        isDone = await setting.store.purgeSlice(id, 10);
        const now = await rows();
        expect(left - now).toBeLessThanOrEqual(10);
        left = now;
      }
      expect(left).toBe(0);
      expect(slices).toBeGreaterThanOrEqual(4);
    });

    test("B12: lets nobody write to what it leaves, nor make the session again", async () => {
      await using setting = await openSetting(suite);
      const id = await deleted(setting);
      await purgeAll(setting, id, 1_000);
      expect(await setting.store.write(setting.fact(id))).toEqual({ kind: "absent" });
      const late = { ...setting.fact(id), epoch: 2 };
      expect((await setting.store.write(late)).kind).toBe("stale");
      const query = { workspaceId: setting.workspaceId, order: "created_at", limit: 10 } as const;
      expect((await setting.store.listSessions(query)).sessions).toEqual([]);
      expect(await setting.store.findOwnerless(setting.node, 10)).toEqual([]);
    });

    test("B12: cannot be undone once it has begun", async () => {
      await using setting = await openSetting(suite);
      const id = await deleted(setting);
      const restore = { raises: true, state: initialState };
      expect(await setting.store.purgeSlice(id, 1)).toBe(false);
      expect(await setting.store.write(await setting.fenced(id, restore))).toEqual({ kind: "absent" });
      await purgeAll(setting, id, 1_000);
      expect(await setting.store.write(await setting.fenced(id, restore))).toEqual({ kind: "absent" });
      expect((await setting.store.readHead(id))?.deletedAt).not.toBeNull();
    });

    test("B12: leaves nothing of the session's facts to be read or listed, not even in the trash", async () => {
      await using setting = await openSetting(suite);
      const { store, workspaceId } = setting;
      const id = await deleted(setting);
      const trash = { workspaceId, isDeleted: true, order: "created_at", limit: 10 } as const;
      expect((await store.listSessions(trash)).sessions.map((session) => session.id)).toEqual([id]);
      await purgeAll(setting, id, 1_000);
      expect((await store.listSessions(trash)).sessions).toEqual([]);
      expect(await store.readSession(id)).toBeUndefined();
      setting.clock.advance(365 * 24 * 3_600_000);
      expect(await store.dueTimers(10)).toEqual([]);
    });

    test("B12: touches nothing of a session that is not deleted, nor of another", async () => {
      await using setting = await openSetting(suite);
      const [alive, gone] = [await fullSession(setting), await deleted(setting)];
      const before = await snapshot(setting.store, alive);
      await setting.store.purgeSlice(alive, 1_000);
      await purgeAll(setting, gone, 1_000);
      expect(await snapshot(setting.store, alive)).toEqual(before);
    });
  });
}
