/** Idempotency keys and conversation ids (T2, C3, S3). */
import { describe, expect, test } from "vitest";
import { initialState } from "../../../src/core/state.ts";
import { openSetting, readAll } from "./setting.ts";
import type { Setting, Suite } from "./setting.ts";

function keyOf(setting: Setting, clientMessageId: string, bodyHash: string) {
  return { clientMessageId, bodyHash, messageId: setting.mint("message") as string };
}

export function describeIdempotency(suite: Suite): void {
  describeMessageKeys(suite);
  describeSessionKeys(suite);
}

function describeMessageKeys(suite: Suite): void {
  describe("the key of a message", () => {
    test("T2: is answered with what the first write made, for the same body and for another", async () => {
      await using setting = await openSetting(suite);
      const id = await setting.make();
      const key = keyOf(setting, "c1", "aa");
      await setting.commit(setting.fact(id, { key }));
      const first = { kind: "duplicate", bodyHash: "aa", madeId: key.messageId };
      for (const bodyHash of ["aa", "bb"]) {
        expect(await setting.store.write(setting.fact(id, { key: keyOf(setting, "c1", bodyHash) }))).toEqual(first);
      }
      expect(await readAll(setting.store, id)).toHaveLength(2);
    });

    test("T2: is found by a read, and only in its own session", async () => {
      await using setting = await openSetting(suite);
      const [id, other] = [await setting.make(), await setting.make()];
      const key = keyOf(setting, "c1", "aa");
      await setting.commit(setting.fact(id, { key }));
      expect(await setting.store.findMessageKey(id, "c1")).toEqual(key);
      expect(await setting.store.findMessageKey(id, "C1")).toBeUndefined();
      expect(await setting.store.findMessageKey(other, "c1")).toBeUndefined();
      expect((await setting.store.write(setting.fact(other, { key: keyOf(setting, "c1", "bb") }))).kind).toBe(
        "committed",
      );
    });

    test("C3: is looked up before any other rule, so a late repeat is not told that the epoch moved on", async () => {
      await using setting = await openSetting(suite);
      const id = await setting.make();
      const state = initialState;
      const key = keyOf(setting, "c1", "aa");
      await setting.commit(await setting.fenced(id, { raises: true, state, key }));
      const repeat = {
        ...setting.fact(id, { key: keyOf(setting, "c1", "aa") }),
        epoch: 1,
        fold: { state, through: 1 },
      };
      expect(await setting.store.write(repeat)).toMatchObject({ kind: "duplicate", madeId: key.messageId });
    });

    test("C3: is not consumed by a refusal", async () => {
      await using setting = await openSetting(suite);
      const id = await setting.make();
      const key = keyOf(setting, "c1", "aa");
      const stale = { ...setting.fact(id, { key }), epoch: 9 };
      expect((await setting.store.write(stale)).kind).toBe("stale");
      expect(await setting.store.findMessageKey(id, "c1")).toBeUndefined();
      expect((await setting.store.write(setting.fact(id, { key }))).kind).toBe("committed");
    });

    test("T2: makes one message of 20 that come at once", async () => {
      await using setting = await openSetting(suite);
      const id = await setting.make();
      const writes = Array.from({ length: 20 }, (_, n) => setting.fact(id, { key: keyOf(setting, "c1", `${n}`) }));
      const results = await Promise.all(writes.map((write) => setting.store.write(write)));
      const made = results.flatMap((result, index) => (result.kind === "committed" ? [index] : []));
      expect(made).toHaveLength(1);
      const winner = writes[made[0] ?? 0]?.key;
      expect(await setting.store.findMessageKey(id, "c1")).toEqual(winner);
      const losers = results.filter(({ kind }) => kind !== "committed");
      const told = { kind: "duplicate", bodyHash: winner?.bodyHash, madeId: winner?.messageId };
      expect(losers).toEqual(losers.map(() => told));
    });
  });
}

function describeSessionKeys(suite: Suite): void {
  describe("the key of a session", () => {
    test("C3: makes one session of 20 that come at once, and names it to the others", async () => {
      await using setting = await openSetting(suite);
      const writes = Array.from({ length: 20 }, (_, n) =>
        setting.creation({ idempotency: { principal: "usr_1", key: "k", bodyHash: `${n}` } }),
      );
      const results = await Promise.all(writes.map((write) => setting.store.write(write)));
      const made = results.flatMap((result, index) => (result.kind === "committed" ? [index] : []));
      expect(made).toHaveLength(1);
      const madeId = writes[made[0] ?? 0]?.sessionId;
      const losers = results.filter(({ kind }) => kind !== "committed");
      expect(losers).toEqual(losers.map(() => ({ kind: "duplicate", bodyHash: `${made[0]}`, madeId })));
      const query = { workspaceId: setting.workspaceId, order: "created_at", limit: 30 } as const;
      expect((await setting.store.listSessions(query)).sessions.map(({ id }) => id)).toEqual([madeId]);
    });

    test("C3: is of one principal in one workspace", async () => {
      await using setting = await openSetting(suite);
      const { store, workspaceId } = setting;
      const idempotency = { principal: "usr_1", key: "k", bodyHash: "aa" };
      const id = await setting.make({ idempotency });
      await setting.make({ idempotency: { ...idempotency, principal: "usr_2" } });
      await setting.make({ idempotency: { ...idempotency, key: "k2" } });
      await setting.make({ idempotency, workspaceId: setting.mint("workspace") });
      expect(await store.findSessionKey(workspaceId, "usr_1", "k")).toEqual({ bodyHash: "aa", sessionId: id });
      expect(await store.findSessionKey(workspaceId, "usr_3", "k")).toBeUndefined();
      expect(await store.findSessionKey(setting.mint("workspace"), "usr_1", "k")).toBeUndefined();
    });

    test("C3: lives as long as its session, through deletion", async () => {
      await using setting = await openSetting(suite);
      const idempotency = { principal: "usr_1", key: "k", bodyHash: "aa" };
      const madeId = await setting.make({ idempotency });
      await setting.commit(await setting.fenced(madeId, { raises: true, state: { ...initialState, isDeleted: true } }));
      const again = setting.creation({ idempotency });
      expect(await setting.store.write(again)).toEqual({ kind: "duplicate", bodyHash: "aa", madeId });
    });

    test("is needed by nobody: sessions without one are all made", async () => {
      await using setting = await openSetting(suite);
      const ids = await Promise.all([setting.make(), setting.make(), setting.make()]);
      expect(new Set(ids).size).toBe(3);
    });
  });

  describe("a conversation id that a client brought", () => {
    test("S3: is unique per workspace and harness, and the second making is told of the first", async () => {
      await using setting = await openSetting(suite);
      const create = { harness: "claude-code", conversationId: "conv-1" } as const;
      const madeId = await setting.make(create);
      const again = setting.creation(create);
      expect(await setting.store.write(again)).toMatchObject({ kind: "duplicate", madeId });
      expect(await setting.store.readSession(again.sessionId)).toBeUndefined();
      await setting.make({ ...create, harness: "codex" });
      await setting.make({ ...create, workspaceId: setting.mint("workspace") });
      await setting.make({ ...create, conversationId: "conv-2" });
    });
  });
}
