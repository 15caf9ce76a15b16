/** API keys as the store keeps them. */
import { describe, expect, test } from "vitest";
import type { KeyRow } from "../../../src/core/ports/keys.ts";
import { openSetting } from "./setting.ts";
import type { Setting, Suite } from "./setting.ts";

type NewKey = Omit<KeyRow, "createdAt" | "revokedAt" | "lastUsedAt">;

function keyOf(setting: Setting, secret: string, more: Partial<NewKey> = {}): NewKey {
  return {
    id: setting.mint("key"),
    workspaceId: setting.workspaceId,
    userId: setting.mint("user"),
    name: "laptop",
    role: "member",
    sessionId: null,
    shownPrefix: "srk_ab",
    secretSha256: secret.repeat(32),
    expiresAt: null,
    ...more,
  };
}

export function describeKeys(suite: Suite): void {
  describe("an API key", () => {
    test("is read as it was made, by its id and by the hash of its secret", async () => {
      await using setting = await openSetting(suite);
      const key = keyOf(setting, "aa", { expiresAt: "2027-01-01T00:00:00.000Z", role: "owner" });
      const row = { ...key, createdAt: "2026-01-01T12:00:00.000Z", revokedAt: null, lastUsedAt: null };
      expect(await setting.store.createKey(key)).toEqual(row);
      expect(await setting.store.readKey(key.id)).toEqual(row);
      expect(await setting.store.findKeyBySecret(key.secretSha256)).toEqual(row);
      expect(await setting.store.readKey(setting.mint("key"))).toBeUndefined();
      expect(await setting.store.findKeyBySecret("bb".repeat(32))).toBeUndefined();
    });

    test("is bound to a session, or to none", async () => {
      await using setting = await openSetting(suite);
      const bound = keyOf(setting, "aa", { sessionId: setting.mint("session") });
      const made = await setting.store.createKey(bound);
      expect(made).toMatchObject({ sessionId: bound.sessionId });
      expect(await setting.store.readKey(bound.id)).toEqual(made);
      expect(await setting.store.listKeys(setting.workspaceId)).toEqual([made]);
    });

    test("is listed in its own workspace", async () => {
      await using setting = await openSetting(suite);
      const mine = [keyOf(setting, "aa"), keyOf(setting, "bb")];
      const foreign = keyOf(setting, "cc", { workspaceId: setting.mint("workspace") });
      for (const key of [...mine, foreign]) await setting.store.createKey(key);
      const ids = (await setting.store.listKeys(setting.workspaceId)).map(({ id }) => id);
      expect(ids.toSorted()).toEqual(mine.map(({ id }) => id).toSorted());
      expect(await setting.store.listKeys(setting.mint("workspace"))).toEqual([]);
    });

    test("is revoked by its own workspace, and a second time is the same as once", async () => {
      await using setting = await openSetting(suite);
      const { store, workspaceId } = setting;
      const key = await store.createKey(keyOf(setting, "aa"));
      expect(await store.revokeKey(key.id, setting.mint("workspace"))).toBe(false);
      expect(await store.revokeKey(setting.mint("key"), workspaceId)).toBe(false);
      expect(await store.readKey(key.id)).toEqual(key);
      setting.clock.advance(1_000);
      expect(await store.revokeKey(key.id, workspaceId)).toBe(true);
      const revoked = { ...key, revokedAt: "2026-01-01T12:00:01.000Z" };
      setting.clock.advance(1_000);
      expect(await store.revokeKey(key.id, workspaceId)).toBe(true);
      expect(await store.readKey(key.id)).toEqual(revoked);
      expect(await store.findKeyBySecret(key.secretSha256)).toEqual(revoked);
      expect(await store.listKeys(workspaceId)).toEqual([revoked]);
    });

    test("remembers when it was used last", async () => {
      await using setting = await openSetting(suite);
      const [key, other] = [
        await setting.store.createKey(keyOf(setting, "aa")),
        await setting.store.createKey(keyOf(setting, "bb")),
      ];
      setting.clock.advance(60_000);
      await setting.store.touchKey(key.id);
      expect(await setting.store.readKey(key.id)).toEqual({ ...key, lastUsedAt: "2026-01-01T12:01:00.000Z" });
      expect(await setting.store.readKey(other.id)).toEqual(other);
    });
  });
}
