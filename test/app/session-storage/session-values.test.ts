import { describe, expect, it } from "vitest";
import { makeSessionValues } from "../../../src/app/session-storage/session-values.ts";
import { formatId } from "../../../src/core/ids.ts";
import { countingMint } from "../records/records-world.ts";
import { openMemoryStore } from "../../store/memory-store.ts";

const sessionId = formatId("session", 1, "a".repeat(20));
const mine = { workspaceId: formatId("workspace", 1, "a".repeat(20)), sessionId };
const theirs = { workspaceId: formatId("workspace", 2, "b".repeat(20)), sessionId };

async function openValues() {
  const clock = { now: () => Date.UTC(2026, 6, 1), monotonic: () => 0 };
  const values = makeSessionValues({ store: await openMemoryStore({ clock }), mint: countingMint(), now: clock.now });
  return { values, port: values.portOf(mine) };
}

describe("the values of a session", () => {
  it("are all kept when many are set at once", async () => {
    const { values, port } = await openValues();
    const keys = Array.from({ length: 40 }, (_, index) => `key-${index}`);
    await Promise.all(keys.map((key) => port.set(key, key)));
    const kept = (await values.list(mine)).map(({ key }) => key);
    expect(kept.toSorted()).toEqual(keys.toSorted());
    expect(await values.list(theirs)).toEqual([]);
  });

  it("together have a limit, and one that is too large changes nothing", async () => {
    const { port } = await openValues();
    expect(await port.set("a", "x".repeat(200_000))).toEqual({ ok: true });
    expect(await port.set("b", "x".repeat(100_000))).toMatchObject({
      ok: false,
      reason: expect.stringMatching(/^value is too large/),
    });
    expect((await port.list()).map(({ key }) => key)).toEqual(["a"]);
    expect(await port.set("a", "x")).toEqual({ ok: true });
    expect(await port.set("b", "x".repeat(100_000))).toEqual({ ok: true });
  });

  it.each(["", " ", "a b", "a\0", "ä", "x".repeat(201)])("refuses the key %j", async (key) => {
    const { port } = await openValues();
    expect(await port.set(key, "")).toMatchObject({ ok: false });
    expect(await port.remove(key)).toBe(false);
  });

  it("are gone once they are erased", async () => {
    const { values, port } = await openValues();
    await port.set("a", "b");
    await values.erase(sessionId);
    await values.erase(sessionId);
    expect(await port.list()).toEqual([]);
  });
});
