import { inspect } from "node:util";
import { describe, expect, it } from "vitest";
import { makeSecrets } from "../../src/app/secrets.ts";
import { makeSecretBox } from "../../src/lib/secret-box.ts";
import { openMemoryStore } from "../store/memory-store.ts";
import { makeTestClock, owner, stranger } from "./records/records-world.ts";

const CANARY = "sk-canary-0123456789";
const place = { workspaceId: owner.workspaceId, kind: "provider_key", id: "prv_1" } as const;

async function openSecrets() {
  const store = await openMemoryStore({ clock: makeTestClock() });
  const open = (fill: number) => makeSecrets({ store, box: makeSecretBox(new Uint8Array(32).fill(fill)) });
  return { store, open, secrets: open(1) };
}

describe("secrets at rest", () => {
  it("are put, read, put anew and removed", async () => {
    const { secrets } = await openSecrets();
    expect([await secrets.read(place), await secrets.state(place)]).toEqual([{ kind: "unset" }, "unset"]);
    await secrets.put(place, "one");
    await secrets.put(place, "two");
    expect([await secrets.read(place), await secrets.state(place)]).toEqual([{ kind: "set", text: "two" }, "set"]);
    await secrets.remove(place);
    await secrets.remove(place);
    expect(await secrets.state(place)).toBe("unset");
  });

  it("under another key are a state and no fault (E3)", async () => {
    const { secrets, open } = await openSecrets();
    await secrets.put(place, CANARY);
    const other = open(2);
    expect(await other.state(place)).toBe("needs_key");
    expect(await other.read(place)).toMatchObject({ kind: "needs_key" });
    await other.put(place, "new");
    expect(await other.read(place)).toEqual({ kind: "set", text: "new" });
    expect(await secrets.state(place)).toBe("needs_key");
  });

  it("are not in their record, and open in no other place (canary)", async () => {
    const { secrets, store } = await openSecrets();
    await secrets.put(place, CANARY);
    const row = await store.readRecord("secret", "provider_key/prv_1", owner.workspaceId);
    expect(inspect(row)).not.toContain("canary");
    const body = row?.body ?? "";
    const moved = [
      { ...place, workspaceId: stranger.workspaceId, id: "prv_2" },
      { ...place, id: "prv_3" },
    ];
    for (const elsewhere of moved) {
      const record = {
        kind: "secret",
        id: `provider_key/${elsewhere.id}`,
        workspaceId: elsewhere.workspaceId,
        name: null,
        body,
      } as const;
      await store.writeRecord({ kind: "create", record });
      const fault = await secrets.read(elsewhere).catch((error: unknown) => error);
      expect(fault).toBeInstanceOf(Error);
      expect(inspect(fault, { depth: Infinity })).not.toContain("canary");
    }
  });

  it("of another workspace are not there", async () => {
    const { secrets } = await openSecrets();
    await secrets.put(place, CANARY);
    expect(await secrets.read({ ...place, workspaceId: stranger.workspaceId })).toEqual({ kind: "unset" });
  });

  it("of a newer program are not guessed at", async () => {
    const { secrets, store } = await openSecrets();
    const record = {
      kind: "secret",
      id: "provider_key/prv_1",
      workspaceId: owner.workspaceId,
      name: null,
      body: '{"version":2}',
    } as const;
    await store.writeRecord({ kind: "create", record });
    await expect(secrets.read(place)).rejects.toThrow(/layout 2/);
  });
});
