/** Timers: one table for everything that becomes due (A3). */
import { describe, expect, test } from "vitest";
import type { TimerChange } from "../../../src/core/decide/plan.ts";
import type { SessionId } from "../../../src/core/ids.ts";
import type { DueTimer } from "../../../src/core/ports/store.ts";
import { openSetting } from "./setting.ts";
import type { Setting, Suite } from "./setting.ts";

function set(setting: Setting, sessionId: SessionId, timers: readonly TimerChange[]) {
  return setting.commit(setting.fact(sessionId, { timers }));
}

async function firstDue(setting: Setting): Promise<DueTimer> {
  const [timer] = await setting.store.dueTimers(1);
  if (timer === undefined) throw new Error("Nothing is due");
  return timer;
}

export function describeTimers(suite: Suite): void {
  describe("a timer", () => {
    test("A3: is due from its moment on, and not before", async () => {
      await using setting = await openSetting(suite);
      const sessionId = await setting.make();
      await set(setting, sessionId, [{ kind: "cancel_deadline", dueInMs: 5_000 }]);
      setting.clock.advance(4_999);
      expect(await setting.store.dueTimers(10)).toEqual([]);
      setting.clock.advance(1);
      const due = { kind: "cancel_deadline", sessionId, dueAt: "2026-01-01T12:00:05.000Z" };
      expect(await setting.store.dueTimers(10)).toEqual([due]);
    });

    test("A3: comes in the order of due times, and no more than are asked for", async () => {
      await using setting = await openSetting(suite);
      const ids = await Promise.all([3, 1, 2].map(async (n) => [n, await setting.make()] as const));
      for (const [n, id] of ids) await set(setting, id, [{ kind: "quota", dueInMs: n * 10 }]);
      setting.clock.advance(100);
      const inOrder = ids.toSorted(([left], [right]) => left - right).map(([, id]) => id);
      const idsOf = (timers: readonly DueTimer[]) => timers.map(({ sessionId }) => sessionId);
      expect(idsOf(await setting.store.dueTimers(10))).toEqual(inOrder);
      expect(idsOf(await setting.store.dueTimers(2))).toEqual(inOrder.slice(0, 2));
    });

    test("A3: is taken once, however many reach for it", async () => {
      await using setting = await openSetting(suite);
      const id = await setting.make();
      await set(setting, id, [{ kind: "quota", dueInMs: 0 }]);
      const timer = await firstDue(setting);
      const took = await Promise.all(Array.from({ length: 10 }, () => setting.store.takeTimer(timer)));
      expect(took.filter(Boolean)).toHaveLength(1);
      expect(await setting.store.dueTimers(10)).toEqual([]);
      expect(await setting.store.takeTimer(timer)).toBe(false);
    });

    test("A3: that was set anew is not taken by whoever saw the old one", async () => {
      await using setting = await openSetting(suite);
      const id = await setting.make();
      await set(setting, id, [{ kind: "quota", dueInMs: 0 }]);
      const old = await firstDue(setting);
      setting.clock.advance(10);
      await set(setting, id, [{ kind: "quota", dueInMs: 0 }]);
      expect(await setting.store.takeTimer(old)).toBe(false);
      const anew = await firstDue(setting);
      expect(anew.dueAt > old.dueAt).toBe(true);
      expect(await setting.store.takeTimer(anew)).toBe(true);
    });

    test("A3: is one per kind and session: setting it again moves it, null removes it", async () => {
      await using setting = await openSetting(suite);
      const [one, two] = [await setting.make(), await setting.make()];
      await set(setting, one, [
        { kind: "quota", dueInMs: 10 },
        { kind: "purge", dueInMs: 20 },
      ]);
      await set(setting, two, [{ kind: "quota", dueInMs: 15 }]);
      await set(setting, one, [{ kind: "quota", dueInMs: 30 }]);
      setting.clock.advance(50);
      const due = async () => (await setting.store.dueTimers(10)).map(({ kind, sessionId }) => [kind, sessionId]);
      expect(await due()).toEqual([
        ["quota", two],
        ["purge", one],
        ["quota", one],
      ]);
      await set(setting, one, [
        { kind: "quota", dueInMs: null },
        { kind: "cancel_deadline", dueInMs: null },
      ]);
      expect(await due()).toEqual([
        ["quota", two],
        ["purge", one],
      ]);
    });

    test.each([-3_600_000, 3_600_000])(
      "D5: keeps its distance when the machine's clock is set by %i ms",
      async (ms) => {
        await using setting = await openSetting(suite);
        const id = await setting.make();
        await set(setting, id, [{ kind: "quota", dueInMs: 1_000 }]);
        setting.clock.step(ms);
        setting.clock.advance(900);
        expect(await setting.store.dueTimers(10)).toEqual([]);
        setting.clock.advance(200);
        expect(await setting.store.dueTimers(10)).toHaveLength(1);
      },
    );
  });
}
