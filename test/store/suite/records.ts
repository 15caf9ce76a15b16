/** Plain resources: names, versions, archive (P1). */
import { describe, expect, test } from "vitest";
import type { RecordResult, RecordWrite } from "../../../src/core/ports/records.ts";
import { openSetting } from "./setting.ts";
import type { Setting, Suite } from "./setting.ts";

type Update = Extract<RecordWrite, { kind: "update" }>;

function agentOf(setting: Setting, name: string | null, workspaceId = setting.workspaceId) {
  return { kind: "agent", id: setting.mint("agent") as string, workspaceId, name, body: `{"name":"${name}"}` } as const;
}

async function create(setting: Setting, name: string | null, workspaceId = setting.workspaceId) {
  const record = agentOf(setting, name, workspaceId);
  const result = await setting.store.writeRecord({ kind: "create", record });
  if (result.kind !== "written") throw new Error(`The scene could not be set: ${JSON.stringify(result)}`);
  return result.record;
}

function update(setting: Setting, of: Update["of"], change: Partial<Update>): Promise<RecordResult> {
  const { kind, id, workspaceId } = of;
  return setting.store.writeRecord({ kind: "update", of: { kind, id, workspaceId }, body: "{}", ...change });
}

export function describeRecords(suite: Suite): void {
  describeWriting(suite);
  describeNames(suite);
  describeListing(suite);
}

function describeWriting(suite: Suite): void {
  describe("a record", () => {
    test("is read as it was made", async () => {
      await using setting = await openSetting(suite);
      const record = agentOf(setting, "Reviewer");
      const at = "2026-01-01T12:00:00.000Z";
      const row = { ...record, version: 1, createdAt: at, updatedAt: at, archivedAt: null };
      expect(await setting.store.writeRecord({ kind: "create", record })).toEqual({ kind: "written", record: row });
      expect(await setting.store.readRecord("agent", record.id)).toEqual(row);
      expect(await setting.store.readRecord("agent", record.id, setting.workspaceId)).toEqual(row);
    });

    test("is absent under another kind, another workspace, another id", async () => {
      await using setting = await openSetting(suite);
      const { id } = await create(setting, "Reviewer");
      expect(await setting.store.readRecord("model", id)).toBeUndefined();
      expect(await setting.store.readRecord("agent", id, setting.mint("workspace"))).toBeUndefined();
      expect(await setting.store.readRecord("agent", setting.mint("agent"))).toBeUndefined();
    });

    test("counts its versions, and a change made from an older one is refused with what is there", async () => {
      await using setting = await openSetting(suite);
      const made = await create(setting, "Reviewer");
      setting.clock.advance(1_000);
      const second = await update(setting, made, { body: '{"v":2}', version: 1 });
      const record = { ...made, body: '{"v":2}', version: 2, updatedAt: "2026-01-01T12:00:01.000Z" };
      expect(second).toEqual({ kind: "written", record });
      expect(await update(setting, made, { version: 1 })).toEqual({ kind: "version_conflict", record });
      expect(await setting.store.readRecord("agent", made.id)).toEqual(record);
      expect(await update(setting, made, { body: '{"v":3}' })).toMatchObject({
        record: { version: 3, body: '{"v":3}' },
      });
    });

    test("of 20 changes that were made from one version takes one", async () => {
      await using setting = await openSetting(suite);
      const made = await create(setting, "Reviewer");
      const writes = Array.from({ length: 20 }, (_, n) => update(setting, made, { body: `{"n":${n}}`, version: 1 }));
      const kinds = (await Promise.all(writes)).map(({ kind }) => kind);
      expect(kinds.toSorted()).toEqual([...Array.from({ length: 19 }, () => "version_conflict"), "written"]);
    });

    test("keeps its name unless the change brings another, and null is one", async () => {
      await using setting = await openSetting(suite);
      const made = await create(setting, "Reviewer");
      expect(await update(setting, made, {})).toMatchObject({ record: { name: "Reviewer" } });
      expect(await update(setting, made, { name: "Critic" })).toMatchObject({ record: { name: "Critic" } });
      expect(await update(setting, made, { name: null })).toMatchObject({ record: { name: null } });
    });

    test("is not there to be changed or deleted by another workspace", async () => {
      await using setting = await openSetting(suite);
      const made = await create(setting, "Reviewer");
      const { kind, id } = made;
      const of = { kind, id, workspaceId: setting.mint("workspace") };
      expect(await update(setting, of, {})).toEqual({ kind: "absent" });
      expect(await setting.store.writeRecord({ kind: "delete", of })).toEqual({ kind: "absent" });
      expect(await setting.store.readRecord("agent", id)).toEqual(made);
    });

    test("is gone when deleted, and deleting it again finds nothing", async () => {
      await using setting = await openSetting(suite);
      const { kind, id, workspaceId } = await create(setting, "Reviewer");
      const of = { kind, id, workspaceId };
      expect(await setting.store.writeRecord({ kind: "delete", of })).toEqual({ kind: "deleted" });
      expect(await setting.store.writeRecord({ kind: "delete", of })).toEqual({ kind: "absent" });
      expect(await setting.store.readRecord(kind, id)).toBeUndefined();
      expect((await create(setting, "Reviewer")).version).toBe(1);
    });
  });
}

function describeNames(suite: Suite): void {
  describe("the name of a record", () => {
    test("is unique per kind and workspace, for making and for renaming", async () => {
      await using setting = await openSetting(suite);
      await create(setting, "Reviewer");
      const other = await create(setting, "Critic");
      const record = agentOf(setting, "Reviewer");
      expect(await setting.store.writeRecord({ kind: "create", record })).toEqual({ kind: "name_taken" });
      expect(await setting.store.readRecord("agent", record.id)).toBeUndefined();
      expect(await update(setting, other, { name: "Reviewer" })).toEqual({ kind: "name_taken" });
      expect(await setting.store.readRecord("agent", other.id)).toEqual(other);
      expect((await create(setting, "Reviewer", setting.mint("workspace"))).name).toBe("Reviewer");
      const model = { ...agentOf(setting, "Reviewer"), kind: "model", id: setting.mint("model") } as const;
      expect((await setting.store.writeRecord({ kind: "create", record: model })).kind).toBe("written");
    });

    test("may repeat where it is null", async () => {
      await using setting = await openSetting(suite);
      await create(setting, null);
      expect((await create(setting, null)).name).toBeNull();
    });

    test("goes to one of 10 who want it at once", async () => {
      await using setting = await openSetting(suite);
      const writes = Array.from({ length: 10 }, () =>
        setting.store.writeRecord({ kind: "create", record: agentOf(setting, "Reviewer") }),
      );
      const kinds = (await Promise.all(writes)).map(({ kind }) => kind);
      expect(kinds.toSorted()).toEqual([...Array.from({ length: 9 }, () => "name_taken"), "written"]);
    });

    test("is free again once its record is archived, which then cannot come back under it", async () => {
      await using setting = await openSetting(suite);
      const old = await create(setting, "Reviewer");
      setting.clock.advance(1_000);
      const archived = await update(setting, old, { isArchived: true });
      expect(archived).toMatchObject({ record: { archivedAt: "2026-01-01T12:00:01.000Z", version: 2 } });
      expect(await setting.store.findRecordByName("agent", "Reviewer", setting.workspaceId)).toBeUndefined();
      const fresh = await create(setting, "Reviewer");
      expect(await update(setting, old, { isArchived: false })).toEqual({ kind: "name_taken" });
      const back = await update(setting, old, { isArchived: false, name: "Reviewer 1" });
      expect(back).toMatchObject({ record: { archivedAt: null, name: "Reviewer 1" } });
      expect(await setting.store.findRecordByName("agent", "Reviewer", setting.workspaceId)).toEqual(fresh);
    });

    test("is found in its own kind and workspace", async () => {
      await using setting = await openSetting(suite);
      const { store, workspaceId } = setting;
      const made = await create(setting, "Reviewer");
      expect(await store.findRecordByName("agent", "Reviewer", workspaceId)).toEqual(made);
      expect(await store.findRecordByName("model", "Reviewer", workspaceId)).toBeUndefined();
      expect(await store.findRecordByName("agent", "Reviewer", setting.mint("workspace"))).toBeUndefined();
      expect(await store.findRecordByName("agent", "Nobody", workspaceId)).toBeUndefined();
    });
  });
}

function describeListing(suite: Suite): void {
  describe("a list of records", () => {
    test("is newest first, in pages, with the total", async () => {
      await using setting = await openSetting(suite);
      const names = ["a", "b", "c", "d", "e"];
      for (const name of names) {
        await create(setting, name);
        setting.clock.advance(1_000);
      }
      const query = { kind: "agent", workspaceId: setting.workspaceId } as const;
      const page = async (offset: number) => {
        const { records, total } = await setting.store.listRecords({ ...query, offset, limit: 2 });
        return [records.map(({ name }) => name).join(""), total];
      };
      expect([await page(0), await page(2), await page(4), await page(9)]).toEqual([
        ["ed", 5],
        ["cb", 5],
        ["a", 5],
        ["", 5],
      ]);
    });

    test("holds one kind, one workspace or all of them, and archived ones only when asked", async () => {
      await using setting = await openSetting(suite);
      const mine = await create(setting, "Mine");
      const foreign = await create(setting, "Foreign", setting.mint("workspace"));
      const old = await create(setting, "Old");
      await update(setting, old, { isArchived: true });
      const { workspaceId } = setting;
      const ids = async (query: { workspaceId?: typeof workspaceId; includeArchived?: boolean }) => {
        const { records, total } = await setting.store.listRecords({ kind: "agent", limit: 10, ...query });
        expect(total).toBe(records.length);
        return records.map(({ id }) => id).toSorted();
      };
      expect(await ids({ workspaceId })).toEqual([mine.id]);
      expect(await ids({ workspaceId, includeArchived: true })).toEqual([mine.id, old.id].toSorted());
      expect(await ids({})).toEqual([mine.id, foreign.id].toSorted());
      expect(await setting.store.listRecords({ kind: "model", limit: 10 })).toEqual({ records: [], total: 0 });
    });

    test("is searched by a part of the name, ignoring case, without wildcards", async () => {
      await using setting = await openSetting(suite);
      for (const name of ["Code Reviewer", "100%", "1000", null]) await create(setting, name);
      const find = async (search: string) => {
        const { records } = await setting.store.listRecords({ kind: "agent", search, limit: 10 });
        return records.map(({ name }) => name);
      };
      expect(await find("review")).toEqual(["Code Reviewer"]);
      expect(await find("0%")).toEqual(["100%"]);
      expect(await find("nobody")).toEqual([]);
    });
  });
}
