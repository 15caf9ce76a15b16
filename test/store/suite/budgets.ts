/** What projects have used of their budgets, and what calls under way hold of them (E2). */
import { describe, expect, test } from "vitest";
import type { HoldWish } from "../../../src/core/ports/budgets.ts";
import { openSetting } from "./setting.ts";
import type { Setting, Suite } from "./setting.ts";

const wishOf = (setting: Setting, tokens: number, more: Partial<HoldWish> = {}): HoldWish => ({
  subject: "prj_a",
  holder: setting.mint("exec"),
  most: { microUsd: tokens * 2, tokens },
  atLeast: { microUsd: 1, tokens: 1 },
  limits: { microUsd: null, tokens: 100 },
  ...more,
});

export function describeBudgets(suite: Suite): void {
  describe("budgets", () => {
    test("E2: grant holds up to the limit, however many ask at once", async () => {
      await using setting = await openSetting(suite);
      const { store } = setting;
      const granted = await Promise.all(Array.from({ length: 20 }, () => store.holdBudget(wishOf(setting, 30))));
      expect(granted.filter(Boolean)).toHaveLength(3);
      expect(await store.readBudget("prj_a")).toEqual({
        spent: { microUsd: 0, tokens: 0 },
        held: { microUsd: 180, tokens: 90 },
      });
      expect(await store.holdBudget(wishOf(setting, 30, { subject: "prj_b" }))).toBe(true);
    });

    test("E2: hold either unit to its limit", async () => {
      await using setting = await openSetting(suite);
      const limits = { microUsd: 100, tokens: null };
      expect(await setting.store.holdBudget(wishOf(setting, 40, { limits }))).toBe(true);
      expect(await setting.store.holdBudget(wishOf(setting, 40, { limits }))).toBe(false);
    });

    test("E2: end a hold with the commit that says what was used, or without one", async () => {
      await using setting = await openSetting(suite);
      const { store } = setting;
      const sessionId = await setting.make();
      const wish = wishOf(setting, 100);
      const place = { subject: "prj_a", holder: wish.holder };
      expect(await store.holdBudget(wish)).toBe(true);
      expect(await store.readBudget("prj_a", wish.holder)).toMatchObject({ held: { tokens: 0 } });
      const spend = { ...place, amounts: { microUsd: 7, tokens: 60 } };
      await setting.commit(setting.fact(sessionId, { spend }));
      expect(await store.readBudget("prj_a")).toEqual({
        spent: { microUsd: 7, tokens: 60 },
        held: { microUsd: 0, tokens: 0 },
      });
      expect(await store.holdBudget(wish)).toBe(false);
      expect(await store.holdBudget({ ...wish, most: { microUsd: 80, tokens: 40 } })).toBe(true);
      await store.endHold({ ...place, amounts: { microUsd: 1, tokens: 2 } });
      expect(await store.readBudget("prj_a")).toEqual({
        spent: { microUsd: 8, tokens: 62 },
        held: { microUsd: 0, tokens: 0 },
      });
      await store.endHold({ ...place, amounts: { microUsd: 0, tokens: 0 } });
      expect(await store.readBudget("prj_a")).toMatchObject({ spent: { microUsd: 8, tokens: 62 } });
    });

    test("E2: give a run one hold at a time, and leave it to that run alone to end it", async () => {
      await using setting = await openSetting(suite);
      const { store } = setting;
      const wish = wishOf(setting, 80);
      expect(await store.holdBudget(wish)).toBe(true);
      expect(await store.holdBudget({ ...wish, most: { microUsd: 2, tokens: 90 } })).toBe(true);
      expect(await store.readBudget("prj_a")).toMatchObject({ held: { tokens: 90 } });
      await store.endHold({ subject: "prj_a", holder: setting.mint("exec"), amounts: { microUsd: 0, tokens: 0 } });
      expect(await store.readBudget("prj_a")).toMatchObject({ held: { tokens: 90 } });
    });
  });
}
