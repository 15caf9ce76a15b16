import { randomBytes } from "node:crypto";
import { describe, expect, it } from "vitest";
import { bootstrapWorkspace } from "../../../src/app/keys/bootstrap-workspace.ts";
import { makeKeys } from "../../../src/app/keys/keys.ts";
import { noVerbatimKeys } from "../../../src/app/keys/verbatim-keys.ts";
import type { KeyId } from "../../../src/core/ids.ts";
import { codeOf, openRecordsWorld, stranger, valueOf } from "../records/records-world.ts";

class Breakdown extends Error {}

async function openHouse() {
  const world = await openRecordsWorld();
  const { store, mint, records, clock } = world;
  const file: { text: string | null } = { text: null };
  const start = (machine?: string, keyFile = file) =>
    bootstrapWorkspace({
      kinds: records.kinds,
      store,
      mint,
      randomBytes: (count) => randomBytes(count),
      keyFile: {
        read: () => Promise.resolve(keyFile.text),
        write(text) {
          keyFile.text = text;
          return Promise.resolve();
        },
      },
      ...(machine === undefined ? {} : { machine }),
    });
  const openKeys = () =>
    makeKeys({
      store,
      mint,
      clock,
      randomBytes: (count) => randomBytes(count),
      verbatim: noVerbatimKeys,
      userNamed: () => fail(new Error("Nobody is named here")),
      onFault: fail,
    });
  return { ...world, file, start, openKeys };
}

function fail(error: Error): never {
  throw error;
}

describe("the first start", () => {
  it("makes a workspace, a user, an agent that can work, and an owner's key in the file", async () => {
    const { start, file, openKeys, records } = await openHouse();
    const { workspaceId, userId, hasNewKey } = await start();
    expect(hasNewKey).toBe(true);
    const principal = valueOf(await openKeys().authenticate(file.text ?? ""));
    expect(principal).toMatchObject({ workspaceId, userId, role: "owner" });
    expect(valueOf(await records.workspaces.mine(principal))).toMatchObject({ id: workspaceId, name: "default" });
    const { agentId } = await records.workspaces.readDefaults(workspaceId);
    const agent = valueOf(await records.agents.get(principal, agentId ?? ""));
    expect(agent).toMatchObject({ name: "assistant" });
    expect(agent.body.capabilities.map(({ ref }) => ref)).toEqual([
      "session_file_system",
      "current_time",
      "todo_list",
      "session",
    ]);
    expect(codeOf(await records.harnesses.effective(principal, agent.body.harness_id ?? ""))).toBe("accepted");
  });

  it("is followed by starts that change nothing", async () => {
    const { start, file, store } = await openHouse();
    const first = await start();
    const { text } = file;
    for (let again = 0; again < 3; again++) expect(await start()).toEqual({ ...first, hasNewKey: false });
    expect(file.text).toBe(text);
    expect(await store.listKeys(first.workspaceId)).toHaveLength(1);
  });

  it("leaves alone what people did with what it made", async () => {
    const { start, records } = await openHouse();
    const { workspaceId } = await start();
    const owner = { workspaceId, role: "owner" } as const;
    const { agentId } = await records.workspaces.readDefaults(workspaceId);
    valueOf(await records.agents.remove(owner, agentId ?? ""));
    await start();
    expect((await records.agents.list(owner, { limit: 10 })).total).toBe(0);
  });

  it("mints a new key and ends the old one when the file is lost", async () => {
    const { start, file, openKeys } = await openHouse();
    await start();
    const old = file.text ?? "";
    file.text = null;
    expect((await start()).hasNewKey).toBe(true);
    const keys = openKeys();
    expect(codeOf(await keys.authenticate(old))).toBe("unauthenticated");
    expect(codeOf(await keys.authenticate(file.text ?? ""))).toBe("accepted");
  });

  it("replaces a key that this store has never made", async () => {
    const [one, two] = [await openHouse(), await openHouse()];
    await one.start();
    two.file.text = one.file.text;
    expect((await two.start()).hasNewKey).toBe(true);
    expect(codeOf(await two.openKeys().authenticate(two.file.text ?? ""))).toBe("accepted");
  });

  it("does not undo an owner's revocation of the key", async () => {
    const { start, file, openKeys } = await openHouse();
    await start();
    const keys = openKeys();
    const owner = valueOf(await keys.authenticate(file.text ?? ""));
    if (owner.keyId === null) throw new Error("The key has an id");
    valueOf(await keys.revoke(owner, owner.keyId));
    expect((await start()).hasNewKey).toBe(false);
    expect(codeOf(await openKeys().authenticate(file.text ?? ""))).toBe("unauthenticated");
  });

  it("ends well from wherever it was broken off", async () => {
    for (let breakAt = 1; breakAt <= 8; breakAt++) {
      const { start, file, store, openKeys, records } = await openHouse();
      const { writeRecord, createKey, revokeKey } = store;
      let step = 0;
      const count = () => {
        if (++step === breakAt) throw new Breakdown();
      };
      // Broken off after the write as well as before it: what counts is what the next start finds.
      store.writeRecord = async (write) => {
        if (breakAt % 2 === 0) count();
        const result = await writeRecord(write);
        if (breakAt % 2 === 1) count();
        return result;
      };
      store.createKey = async (key) => {
        const row = await createKey(key);
        count();
        return row;
      };
      await start().catch((error: unknown) => expect(error).toBeInstanceOf(Breakdown));
      Object.assign(store, { writeRecord, createKey, revokeKey });
      const { workspaceId } = await start();
      const principal = valueOf(await openKeys().authenticate(file.text ?? ""));
      expect([breakAt, principal.workspaceId]).toEqual([breakAt, workspaceId]);
      expect((await records.agents.list(principal, { limit: 10 })).total).toBe(1);
      expect((await records.users.list(principal, { limit: 10 })).total).toBe(1);
      expect((await store.listKeys(workspaceId)).filter(({ revokedAt }) => revokedAt === null)).toHaveLength(1);
    }
  });

  it("on several machines at once makes one house, with a key file on each", async () => {
    const { start, openKeys, records } = await openHouse();
    const files = [{ text: null }, { text: null }, { text: null }] as { text: string | null }[];
    const starts = await Promise.all(files.map((file, index) => start(`m${index}`, file)));
    expect(new Set(starts.map(({ workspaceId, userId }) => workspaceId + userId)).size).toBe(1);
    const keys = openKeys();
    for (const { text } of files) expect(codeOf(await keys.authenticate(text ?? ""))).toBe("accepted");
    const owner = valueOf(await keys.authenticate(files[0]?.text ?? ""));
    expect((await records.agents.list(owner, { limit: 10 })).total).toBe(1);
  });
});

describe("another workspace", () => {
  it("is made by an owner with a user, an agent and a key of its own", async () => {
    const { start, file, openKeys, records } = await openHouse();
    await start();
    const keys = openKeys();
    const admin = valueOf(await keys.authenticate(file.text ?? ""));
    const { workspace, key } = valueOf(
      await records.workspaces.create(admin, { name: "team-two", displayName: "Team Two" }),
    );
    const theirs = valueOf(await keys.authenticate(key.text));
    expect(theirs).toMatchObject({ workspaceId: workspace.id, role: "owner" });
    expect(valueOf(await records.workspaces.mine(theirs))).toMatchObject({
      name: "team-two",
      body: { display_name: "Team Two" },
    });
    expect((await records.agents.list(theirs, { limit: 10 })).total).toBe(1);
    const absent = { ok: false, refusal: { code: "not_found", kind: "workspace", id: workspace.id } };
    expect(await records.workspaces.get(admin, workspace.id)).toEqual(absent);
    expect(await records.workspaces.update(admin, { id: workspace.id, patch: { display_name: "x" } })).toEqual(absent);
  });

  it("has a slug that no other has, and nobody comes in by the key of one that was not made", async () => {
    const { start, file, openKeys, records, store } = await openHouse();
    const { workspaceId } = await start();
    const keys = openKeys();
    const admin = valueOf(await keys.authenticate(file.text ?? ""));
    expect(codeOf(await records.workspaces.create(admin, { name: "default" }))).toBe("already_exists");
    const made: KeyId[] = [];
    const { createKey } = store;
    store.createKey = (key) => (made.push(key.id), createKey(key));
    const race = await Promise.all([1, 2].map(() => records.workspaces.create(admin, { name: "contested" })));
    expect(race.map(codeOf).toSorted()).toEqual(["accepted", "already_exists"]);
    const kept = await Promise.all(made.map((id) => store.readKey(id)));
    expect(kept.filter((key) => key?.revokedAt === null)).toHaveLength(1);
    for (const name of ["", "Team", "a--b", "-a", "a".repeat(65), undefined]) {
      expect([name, codeOf(await records.workspaces.create(admin, { name }))]).toEqual([name, "invalid_input"]);
    }
    expect(codeOf(await records.workspaces.create({ workspaceId, role: "member" }, { name: "x" }))).toBe("forbidden");
  });

  it("uses the first agent until one is set, and the first again when that one is archived", async () => {
    const { start, records } = await openHouse();
    const { workspaceId } = await start();
    const owner = { workspaceId, role: "owner" } as const;
    const first = (await records.workspaces.readDefaults(workspaceId)).agentId;
    const mine = valueOf(await records.agents.create(owner, { name: "mine", body: { system_prompt: "" } }));
    expect((await records.workspaces.readDefaults(workspaceId)).agentId).toBe(first);
    const patch = { default_agent_id: mine.id };
    valueOf(await records.workspaces.update(owner, { id: workspaceId, patch }));
    expect((await records.workspaces.readDefaults(workspaceId)).agentId).toBe(mine.id);
    expect(
      codeOf(await records.workspaces.update(owner, { id: workspaceId, patch: { default_model_id: "mod_1" } })),
    ).toBe("not_found");
    valueOf(await records.agents.remove(owner, mine.id));
    expect((await records.workspaces.readDefaults(workspaceId)).agentId).toBe(first);
    expect(codeOf(await records.workspaces.update({ ...owner, role: "member" }, { id: workspaceId, patch }))).toBe(
      "forbidden",
    );
    expect(await records.workspaces.readDefaults(stranger.workspaceId)).toEqual({ agentId: null, modelId: null });
  });
});
