/** What must be known in a second session (P10, C4), and the sessions that sessions have started. */
import { describe, expect, test } from "vitest";
import type { SessionId } from "../../../src/core/ids.ts";
import type { OutboxDraft, OutboxRow } from "../../../src/core/outbox.ts";
import { openSetting, snapshot, turnState } from "./setting.ts";
import type { Setting, Suite } from "./setting.ts";

type Draft = Partial<OutboxDraft>;

function row(setting: Setting, target: SessionId, draft: Draft = {}): OutboxDraft {
  return { eventId: setting.mint("event"), kind: "turn_ended", target, bodyJson: '{"a":1}', ...draft };
}

async function family(setting: Setting) {
  const root = await setting.make();
  const child = await setting.make({ parent: { id: root, rootId: root } });
  const grandchild = await setting.make({ parent: { id: child, rootId: root } });
  return { root, child, grandchild };
}

const bodies = (rows: readonly OutboxRow[]) => rows.map(({ bodyJson }) => bodyJson);

export function describeOutbox(suite: Suite): void {
  describe("what another session must know", () => {
    test("P10: is kept with its commit, and read in the order of commits", async () => {
      await using setting = await openSetting(suite);
      const [one, two] = [await setting.make(), await setting.make()];
      const draft = row(setting, two);
      await setting.commit(setting.fact(one, { outbox: [draft, row(setting, two, { bodyJson: "2" })] }));
      await setting.commit(setting.fact(two, { outbox: [row(setting, one, { bodyJson: "3" })] }));
      const rows = await setting.store.readOutbox(0, 10);
      expect(bodies(rows)).toEqual(['{"a":1}', "2", "3"]);
      expect(rows[0]).toEqual({ ...draft, place: rows[0]?.place, sourceId: one });
      expect(bodies(await setting.store.readOutbox(rows[0]?.place ?? 0, 1))).toEqual(["2"]);
    });

    test("P10: is not kept by a write that is refused", async () => {
      await using setting = await openSetting(suite);
      const id = await setting.make();
      const write = await setting.fenced(id, { outbox: [row(setting, id)] });
      expect((await setting.store.write({ ...write, epoch: 99 })).kind).toBe("stale");
      expect(await setting.store.readOutbox(0, 10)).toEqual([]);
    });

    test("A8: is kept once by a write that is given twice", async () => {
      await using setting = await openSetting(suite);
      const id = await setting.make();
      const write = setting.fact(id, { outbox: [row(setting, id)] });
      await setting.commit(write);
      await setting.commit(write);
      expect(await setting.store.readOutbox(0, 10)).toHaveLength(1);
    });

    test("P10: is gone once it is dropped, and its place is not used again", async () => {
      await using setting = await openSetting(suite);
      const id = await setting.make();
      const put = () => setting.commit(setting.fact(id, { outbox: [row(setting, id)] }));
      await put();
      const [first] = await setting.store.readOutbox(0, 10);
      const place = first?.place ?? 0;
      await setting.store.dropOutbox([place]);
      await put();
      await setting.store.dropOutbox([place]);
      const left = await setting.store.readOutbox(0, 10);
      expect(left).toHaveLength(1);
      expect(left[0]?.place).toBeGreaterThan(place);
    });

    test("P10: is kept for children only where there are any", async () => {
      await using setting = await openSetting(suite);
      const { root, child, grandchild } = await family(setting);
      for (const id of [root, child, grandchild]) {
        const outbox = [row(setting, id, { isForChildren: true })];
        await setting.commit(setting.fact(id, { outbox }));
      }
      const rows = await setting.store.readOutbox(0, 10);
      expect(rows.map(({ target }) => target)).toEqual([root, child]);
    });

    test("C4: is made known once, however often it is told", async () => {
      await using setting = await openSetting(suite);
      const id = await setting.make();
      const source = setting.mint("event");
      await setting.commit(setting.fact(id, { source, sum: { inputTokens: 5 } }));
      const before = await snapshot(setting.store, id);
      const again = await setting.store.write(setting.fact(id, { source, sum: { inputTokens: 5 } }));
      expect(again).toEqual({ kind: "duplicate", bodyHash: "", madeId: source });
      const fenced = await setting.fenced(id, { source, raises: true, events: [setting.line("note.taken")] });
      expect((await setting.store.write(fenced)).kind).toBe("duplicate");
      expect(await snapshot(setting.store, id)).toEqual(before);
    });

    test("C4: of the same event may be told to several sessions", async () => {
      await using setting = await openSetting(suite);
      const source = setting.mint("event");
      for (const id of [await setting.make(), await setting.make()]) {
        expect((await setting.store.write(setting.fact(id, { source }))).kind).toBe("committed");
      }
    });

    test("A8: a telling of unknown outcome finds itself and is no duplicate", async () => {
      await using setting = await openSetting(suite);
      const write = setting.fact(await setting.make(), { source: setting.mint("event") });
      const first = await setting.commit(write);
      expect(await setting.commit(write)).toEqual(first);
    });

    test("B12: outlives the session that had to tell it, for others may wait for it", async () => {
      await using setting = await openSetting(suite);
      const [id, other] = [await setting.make(), await setting.make()];
      await setting.commit(setting.fact(id, { outbox: [row(setting, other)] }));
      const state = { ...turnState(setting.mint), turn: null, isDeleted: true };
      await setting.commit(await setting.fenced(id, { raises: true, state }));
      while (!(await setting.store.purgeSlice(id, 10))) await Promise.resolve();
      expect(await setting.store.readOutbox(0, 10)).toMatchObject([{ sourceId: id, target: other }]);
    });
  });

  describe("a session that another one has started", () => {
    test("C4: knows its parent and the root of all", async () => {
      await using setting = await openSetting(suite);
      const { root, child, grandchild } = await family(setting);
      const placed = await Promise.all([root, child, grandchild].map((id) => setting.store.readSession(id)));
      expect(placed.map((record) => [record?.parentId, record?.rootId])).toEqual([
        [null, null],
        [root, root],
        [child, root],
      ]);
    });

    test("C4: is listed and counted by its parent and by its root", async () => {
      await using setting = await openSetting(suite);
      const { root, child, grandchild } = await family(setting);
      await family(setting);
      const { workspaceId, store } = setting;
      const list = async (filter: object) => {
        const { sessions } = await store.listSessions({ workspaceId, order: "created_at", limit: 10, ...filter });
        return new Set(sessions.map(({ id }) => id));
      };
      expect(await list({ parentId: root })).toEqual(new Set([child]));
      expect(await list({ rootId: root })).toEqual(new Set([child, grandchild]));
      expect(await list({ parentId: child, rootId: root })).toEqual(new Set([grandchild]));
      expect(await list({ parentId: child, harness: "codex" })).toEqual(new Set());
      expect(await store.countSessions({ workspaceId, rootId: root }, 10)).toBe(2);
      expect(await store.countSessions({ workspaceId, rootId: root, parentId: root }, 10)).toBe(1);
      expect(await store.countSessions({ workspaceId }, 10)).toBe(6);
    });

    test("C4: what sessions below a root need is asked of them", async () => {
      await using setting = await openSetting(suite);
      const { root, child, grandchild } = await family(setting);
      const other = await family(setting);
      const needing = (...needs: ("approval" | "sessions")[]) => turnState(setting.mint, { phase: "waiting", needs });
      const set = async (id: SessionId, state: ReturnType<typeof needing>) =>
        setting.commit(await setting.fenced(id, { raises: true, state }));
      await set(child, needing("sessions"));
      await set(grandchild, needing("approval"));
      await set(other.root, needing("approval"));
      const { store } = setting;
      expect(await store.needsBelow([root, other.root])).toEqual(new Map([[root, new Set(["sessions", "approval"])]]));
      await set(grandchild, { ...needing("approval"), isDeleted: true });
      expect(await store.needsBelow([root])).toEqual(new Map([[root, new Set(["sessions"])]]));
      expect(await store.needsBelow([])).toEqual(new Map());
    });
  });
}
