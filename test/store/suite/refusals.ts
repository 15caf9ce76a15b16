/** Refusals: each changes nothing at all (P2, A9), alone and beside writes that are taken. */
import { describe, expect, test } from "vitest";
import type { SessionId } from "../../../src/core/ids.ts";
import type { BlobHash } from "../../../src/core/ports/files.ts";
import type { SessionWrite, WriteResult } from "../../../src/core/ports/store.ts";
import { defaultLimits } from "../../../src/core/limits.ts";
import { initialState } from "../../../src/core/state.ts";
import { messageOf, openSetting, snapshot, turnState } from "./setting.ts";
import type { Setting, Suite } from "./setting.ts";

const hash = "ab".repeat(32) as BlobHash;

/** A session with something of everything, so that a change would show. */
async function fullSession(setting: Setting): Promise<SessionId> {
  const id = await setting.make({ conversationId: "conv-1" });
  const message = messageOf(setting.mint, "waits");
  const parts = {
    raises: true,
    owner: setting.node,
    events: [setting.line("message.queued", { message })],
    state: turnState(setting.mint, {}, { queuedCount: 1 }),
    queue: [{ kind: "add", message } as const],
    key: { clientMessageId: "used", bodyHash: "aa", messageId: message.id },
    files: [{ kind: "put", path: "/a.txt", hash, sizeBytes: 3, base: "absent" } as const],
    timers: [{ kind: "quota", dueInMs: 0 } as const],
    sum: { inputTokens: 5 },
  };
  await setting.commit(await setting.fenced(id, parts));
  return id;
}

/** A write that would change everything there is. */
async function everything(setting: Setting, id: SessionId): Promise<SessionWrite> {
  const message = messageOf(setting.mint, "new");
  return setting.fenced(id, {
    raises: true,
    owner: null,
    takes: "count",
    events: [setting.line("message.queued", { message }), setting.line("note.taken")],
    state: { ...initialState, queuedCount: 2, stopReason: "end_turn" },
    preview: "new preview",
    outputPreview: "new output",
    edit: { title: "new title", tags: ["new"] },
    sum: { inputTokens: 1, costMicroUsd: 9 },
    key: { clientMessageId: "fresh", bodyHash: "bb", messageId: message.id },
    queue: [{ kind: "add", message }],
    timers: [
      { kind: "quota", dueInMs: null },
      { kind: "cancel_deadline", dueInMs: 0 },
    ],
    files: [
      { kind: "put", path: "/b.txt", hash, sizeBytes: 1, base: "absent" },
      { kind: "delete", path: "/a.txt", base: { version: 1 } },
    ],
  });
}

interface Case {
  readonly name: string;
  readonly change: (write: SessionWrite) => SessionWrite;
  readonly result: Partial<WriteResult>;
}

const cases: readonly Case[] = [
  {
    name: "a stale one",
    change: (write) => ({ ...write, epoch: 1 }),
    result: { kind: "stale", head: expect.objectContaining({ epoch: 2 }) },
  },
  {
    name: "one whose message key was used before",
    change: (write) => ({ ...write, key: { clientMessageId: "used", bodyHash: "cc", messageId: "msg_x" } }),
    result: { kind: "duplicate", bodyHash: "aa" },
  },
  {
    name: "one whose file has changed since",
    change: (write) => ({
      ...write,
      files: [
        { kind: "put", path: "/b.txt", hash, sizeBytes: 1, base: "absent" },
        { kind: "put", path: "/a.txt", hash, sizeBytes: 1, base: { version: 2 } },
      ],
    }),
    result: { kind: "file_conflict", path: "/a.txt" },
  },
];

export function describeRefusals(suite: Suite): void {
  describe("a refused write", () => {
    test.for(cases)("P2: changes nothing at all: $name", async ({ change, result }) => {
      await using setting = await openSetting(suite);
      const id = await fullSession(setting);
      const before = await snapshot(setting.store, id);
      const write = change(await everything(setting, id));
      expect(await setting.store.write(write)).toMatchObject(result);
      expect(await snapshot(setting.store, id)).toEqual(before);
      expect(await setting.store.findMessageKey(id, "fresh")).toBeUndefined();
    });

    test.skipIf("files_limit" in suite.notSupported)(
      "P2: changes nothing at all: one whose files would not fit",
      async () => {
        await using setting = await openSetting(suite);
        const id = await fullSession(setting);
        const before = await snapshot(setting.store, id);
        const sizeBytes = defaultLimits.sessionFilesBytes;
        const huge = { kind: "put", path: "/huge", hash, sizeBytes, base: "absent" } as const;
        const write = { ...(await everything(setting, id)), files: [huge] };
        expect(await setting.store.write(write)).toEqual({ kind: "files_full", usedBytes: 3 });
        expect(await snapshot(setting.store, id)).toEqual(before);
      },
    );

    test("P2: changes nothing at all: one to a deleted session", async () => {
      await using setting = await openSetting(suite);
      const id = await fullSession(setting);
      await setting.commit(await setting.fenced(id, { raises: true, state: { ...initialState, isDeleted: true } }));
      const before = await snapshot(setting.store, id);
      const fact = setting.fact(id, {
        edit: { title: "new" },
        sum: { inputTokens: 1 },
        timers: [{ kind: "quota", dueInMs: null }],
        files: [{ kind: "put", path: "/b.txt", hash, sizeBytes: 1, base: "absent" }],
      });
      expect(await setting.store.write(fact)).toEqual({ kind: "absent" });
      expect(await snapshot(setting.store, id)).toEqual(before);
    });

    test("P2: changes nothing at all: one to a session that was never made", async () => {
      await using setting = await openSetting(suite);
      const id = setting.mint("session");
      const timers = [{ kind: "quota", dueInMs: 0 }] as const;
      expect(await setting.store.write(setting.fact(id, { timers }))).toEqual({ kind: "absent" });
      const fenced = setting.fact(id, { epoch: 1, timers });
      expect(await setting.store.write(fenced)).toEqual({ kind: "absent" });
      expect(await snapshot(setting.store, id)).toEqual({
        log: [],
        queue: [],
        files: [],
        versions: [],
        filesSize: 0,
        timers: [],
      });
    });

    test("P2: changes nothing at all: the making of a session whose key was used before", async () => {
      await using setting = await openSetting(suite);
      const idempotency = { principal: "usr_1", key: "k", bodyHash: "aa" };
      const made = await setting.make({ idempotency });
      const again = setting.creation(
        { idempotency: { ...idempotency, bodyHash: "bb" } },
        { timers: [{ kind: "purge", dueInMs: 0 }] },
      );
      expect(await setting.store.write(again)).toEqual({ kind: "duplicate", bodyHash: "aa", madeId: made });
      expect(await setting.store.readSession(again.sessionId)).toBeUndefined();
      expect((await snapshot(setting.store, again.sessionId)).log).toEqual([]);
      expect(await setting.store.dueTimers(10)).toEqual([]);
    });

    test("A1: is stale before its files are looked at, so a runner that was passed by learns that first", async () => {
      await using setting = await openSetting(suite);
      const id = await fullSession(setting);
      const files = [{ kind: "put", path: "/a.txt", hash, sizeBytes: 1, base: "absent" } as const];
      const write = { ...setting.fact(id, { files }), epoch: 1 };
      expect((await setting.store.write(write)).kind).toBe("stale");
      expect(await setting.store.write({ ...write, epoch: 2 })).toEqual({ kind: "file_conflict", path: "/a.txt" });
    });

    test("A9: does not disturb the writes beside it", async () => {
      await using setting = await openSetting(suite);
      const ids = await Promise.all(Array.from({ length: 8 }, () => setting.make()));
      const writes = ids.flatMap((id) => [
        setting.fact(id),
        { ...setting.fact(id), epoch: 99 },
        setting.fact(id, { key: { clientMessageId: "one", bodyHash: "aa", messageId: `first of ${id}` } }),
        setting.fact(id, { key: { clientMessageId: "one", bodyHash: "bb", messageId: `second of ${id}` } }),
        setting.fact(setting.mint("session")),
        setting.fact(id),
      ]);
      const results = await Promise.all(writes.map((write) => setting.store.write(write)));
      ids.forEach((_, index) => {
        const [plain, stale, one, two, absent, last] = results.slice(index * 6).map(({ kind }) => kind);
        expect([plain, stale, absent, last]).toEqual(["committed", "stale", "absent", "committed"]);
        expect(new Set([one, two])).toEqual(new Set(["committed", "duplicate"]));
      });
      for (const id of ids) {
        const { log } = await snapshot(setting.store, id);
        expect(log.map(({ seq }) => seq)).toEqual([1, 2, 3, 4]);
      }
    });
  });
}
