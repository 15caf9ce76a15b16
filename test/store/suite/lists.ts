/** Lists of sessions: filters, pages, counts (S7, B7, C1). */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { SessionId, WorkspaceId } from "../../../src/core/ids.ts";
import type { SessionQuery, Store } from "../../../src/core/ports/store.ts";
import type { SessionRecord } from "../../../src/core/session.ts";
import { initialState } from "../../../src/core/state.ts";
import { plainEdit } from "../plain-edit.ts";
import { openSetting, seed, turnState } from "./setting.ts";
import type { Setting, Suite } from "./setting.ts";

type Filter = Omit<SessionQuery, "workspaceId" | "order" | "limit" | "cursor" | "offset">;

async function list(setting: Setting, filter: Filter = {}): Promise<readonly SessionId[]> {
  const query = { workspaceId: setting.workspaceId, ...filter };
  const { sessions } = await setting.store.listSessions({ ...query, order: "created_at", limit: 1_000 });
  expect(await setting.store.countSessions(query, 10_000)).toBe(sessions.length);
  return sessions.map(({ id }) => id);
}

/** Follows the keyset to its end; `between` is called after every page. */
async function pageThrough(
  store: Store,
  query: SessionQuery,
  between: () => Promise<unknown> = async () => undefined,
): Promise<readonly SessionRecord[]> {
  const sessions: SessionRecord[] = [];
  let cursor: SessionQuery["cursor"];
  for (;;) {
    const page = await store.listSessions(cursor === undefined ? query : { ...query, cursor });
    sessions.push(...page.sessions);
    const last = page.sessions.at(-1);
    if (!page.hasMore || last === undefined) return sessions;
    expect(page.sessions.length).toBe(query.limit);
    cursor = { at: query.order === "created_at" ? last.createdAt : last.lastActiveAt, id: last.id };
    await between();
  }
}

export function describeLists(suite: Suite): void {
  describeFilters(suite);
  describeSearch(suite);
  describePaging(suite);
}

function describeFilters(suite: Suite): void {
  describe("a list of sessions", () => {
    test("gives the whole record of each, as reading it alone does", async () => {
      await using setting = await openSetting(suite);
      const id = await setting.make({ edit: { ...plainEdit, title: "T", tags: ["a"] } }, { preview: "p" });
      const { sessions, hasMore } = await setting.store.listSessions({
        workspaceId: setting.workspaceId,
        order: "created_at",
        limit: 10,
      });
      expect(sessions).toEqual([await setting.store.readSession(id)]);
      expect(hasMore).toBe(false);
    });

    test("holds the sessions of one workspace, newest first, without the deleted ones", async () => {
      await using setting = await openSetting(suite);
      const [first, second, deleted] = await inTurn(setting, 3);
      await setting.make({ workspaceId: setting.mint("workspace") });
      await setting.commit(
        await setting.fenced(deleted as SessionId, { raises: true, state: { ...initialState, isDeleted: true } }),
      );
      expect(await list(setting)).toEqual([second, first]);
      expect(await list(setting, { isDeleted: false })).toEqual([second, first]);
      expect(await list(setting, { isDeleted: true })).toEqual([deleted]);
    });

    test("may hold only some that are named by their ids, whatever else is asked", async () => {
      await using setting = await openSetting(suite);
      const agentId = setting.mint("agent");
      const edit = { ...plainEdit, title: "Green", tags: ["a"], agentId };
      const [first, second] = [await setting.make({ edit }), await setting.make()];
      const [third, deleted] = [await setting.make({ edit }), await setting.make({ edit })];
      const foreign = await setting.make({ edit, workspaceId: setting.mint("workspace") });
      await setting.commit(
        await setting.fenced(deleted, { raises: true, state: { ...initialState, isDeleted: true } }),
      );
      const ids = [first, second, deleted, foreign, setting.mint("session")];
      expect(await list(setting, { ids })).toEqual([second, first]);
      expect(await list(setting, { ids: [] })).toEqual([]);
      expect(await list(setting, { ids, agentId, tags: ["a"], search: "green" })).toEqual([first]);
      expect(await list(setting, { ids, isDeleted: true })).toEqual([deleted]);
      const page = { workspaceId: setting.workspaceId, ids: [first, second, third], limit: 2 } as const;
      for (const order of ["created_at", "last_activity"] as const) {
        expect((await pageThrough(setting.store, { ...page, order })).map(({ id }) => id)).toHaveLength(3);
      }
      const from = await setting.store.listSessions({ ...page, order: "created_at", offset: 2 });
      expect(from.sessions.map(({ id }) => id)).toEqual([first]);
    });

    test("filters by agent, harness, maker and tags, and by all of them together", async () => {
      await using setting = await openSetting(suite);
      const [agentId, createdBy] = [setting.mint("agent"), setting.mint("user")];
      const edit = { ...plainEdit, agentId, tags: ["red", "blue"] };
      const whole = await setting.make({ createdBy, harness: "codex", edit });
      const otherAgent = await setting.make({ createdBy, harness: "codex", edit: { ...edit, agentId: null } });
      const otherMaker = await setting.make({ harness: "codex", edit });
      const otherHarness = await setting.make({ createdBy, edit });
      const oneTag = await setting.make({ createdBy, harness: "codex", edit: { ...edit, tags: ["redder", "blue"] } });
      const sets = async (filter: Filter) => new Set(await list(setting, filter));
      expect(await sets({ agentId })).toEqual(new Set([whole, otherMaker, otherHarness, oneTag]));
      expect(await sets({ createdBy })).toEqual(new Set([whole, otherAgent, otherHarness, oneTag]));
      expect(await sets({ harness: "codex" })).toEqual(new Set([whole, otherAgent, otherMaker, oneTag]));
      expect(await sets({ tags: ["blue"] })).toEqual(new Set([whole, otherAgent, otherMaker, otherHarness, oneTag]));
      expect(await sets({ tags: ["blue", "red"] })).toEqual(new Set([whole, otherAgent, otherMaker, otherHarness]));
      expect(await list(setting, { agentId, createdBy, harness: "codex", tags: ["red"] })).toEqual([whole]);
      expect(await list(setting, { agentId: setting.mint("agent") })).toEqual([]);
    });

    test("follows an edit: the new tags and title are found, the old ones are not", async () => {
      await using setting = await openSetting(suite);
      const id = await setting.make({ edit: { ...plainEdit, title: "Old", tags: ["old"] } });
      await setting.commit(setting.fact(id, { edit: { title: "New", tags: ["new"] } }));
      expect(await list(setting, { tags: ["old"] })).toEqual([]);
      expect(await list(setting, { tags: ["new"], search: "new" })).toEqual([id]);
    });

    test("filters by the time of making", async () => {
      await using setting = await openSetting(suite);
      const [, second, third] = await inTurn(setting, 4);
      const [createdAfter, createdBefore] = ["2026-01-01T12:00:00.500Z", "2026-01-01T12:00:02.500Z"];
      expect(await list(setting, { createdAfter, createdBefore })).toEqual([third, second]);
      expect(await list(setting, { createdAfter: createdBefore, createdBefore: createdAfter })).toEqual([]);
    });

    test("C1: counts exactly up to the cap, and then says the cap", async () => {
      await using setting = await openSetting(suite);
      await inTurn(setting, 7);
      const { workspaceId } = setting;
      const counts = [];
      for (const cap of [3, 6, 7, 8, 10_000]) counts.push(await setting.store.countSessions({ workspaceId }, cap));
      expect(counts).toEqual([3, 6, 7, 7, 7]);
    });
  });
}

/** Sessions made one second after the other. */
async function inTurn(setting: Setting, count: number): Promise<SessionId[]> {
  const ids: SessionId[] = [];
  for (let n = 0; n < count; n++) {
    ids.push(await setting.make());
    setting.clock.advance(1_000);
  }
  return ids;
}

function describeSearch(suite: Suite): void {
  describe("a search of sessions", () => {
    test("finds a part of the title, ignoring case, and takes no character for a wildcard", async () => {
      await using setting = await openSetting(suite);
      const titles = ["Fix the LOGIN page", "100% done", "100 done", "a_b", "axb", "back\\slash", "it's", null];
      const made = new Map<SessionId, string | null>();
      for (const title of titles) made.set(await setting.make({ edit: { ...plainEdit, title } }), title);
      const find = async (search: string) => (await list(setting, { search })).map((id) => made.get(id));
      expect(await find("login")).toEqual(["Fix the LOGIN page"]);
      expect(await find("0%")).toEqual(["100% done"]);
      expect(await find("A_B")).toEqual(["a_b"]);
      expect(await find("\\")).toEqual(["back\\slash"]);
      expect(await find("'")).toEqual(["it's"]);
      expect(await find("nowhere")).toEqual([]);
    });

    test.skipIf("unicode_search" in suite.notSupported)("ignores the case of letters beyond ASCII", async () => {
      await using setting = await openSetting(suite);
      const id = await setting.make({ edit: { ...plainEdit, title: "Änderung ÉTÉ" } });
      expect(await list(setting, { search: "änderung été" })).toEqual([id]);
    });
  });
}

function describePaging(suite: Suite): void {
  describe("paging through sessions", () => {
    test.each([1, 3, 7])("B7: by keyset skips and repeats nothing while others are made, %i a page", async (limit) => {
      await using setting = await openSetting(suite);
      // Several in one millisecond, so that the time alone does not order them.
      const there: SessionId[] = [];
      for (let n = 0; n < 20; n++) {
        there.push(await setting.make());
        if (n % 4 === 3) setting.clock.advance(1);
      }
      const query = { workspaceId: setting.workspaceId, order: "created_at", limit } as const;
      const seen = await pageThrough(setting.store, query, () => setting.make());
      const ids = seen.map(({ id }) => id);
      expect(new Set(ids).size).toBe(ids.length);
      expect(ids.filter((id) => there.includes(id)).toSorted()).toEqual(there.toSorted());
      const times = seen.map(({ createdAt }) => createdAt);
      expect(times).toEqual(times.toSorted().toReversed());
    });

    test("B7: by keyset stays whole under a filter", async () => {
      await using setting = await openSetting(suite);
      const tagged: SessionId[] = [];
      for (let n = 0; n < 15; n++) {
        const id = await setting.make({ edit: { ...plainEdit, tags: n % 3 === 0 ? ["x"] : ["y"] } });
        if (n % 3 === 0) tagged.push(id);
        setting.clock.advance(1);
      }
      const query = { workspaceId: setting.workspaceId, order: "created_at", limit: 2, tags: ["x"] } as const;
      const ids = (await pageThrough(setting.store, query)).map(({ id }) => id);
      expect(ids).toEqual(tagged.toReversed());
    });

    test("by offset gives the same sessions as one long page", async () => {
      await using setting = await openSetting(suite);
      await inTurn(setting, 10);
      const query = { workspaceId: setting.workspaceId, order: "created_at" } as const;
      const whole = await setting.store.listSessions({ ...query, limit: 10 });
      expect(whole.hasMore).toBe(false);
      for (const offset of [0, 4, 8, 10, 50]) {
        const page = await setting.store.listSessions({ ...query, offset, limit: 4 });
        expect(page).toEqual({ sessions: whole.sessions.slice(offset, offset + 4), hasMore: offset + 4 < 10 });
      }
    });

    test("by last activity brings up what was worked on last", async () => {
      await using setting = await openSetting(suite);
      const ids = await inTurn(setting, 6);
      for (const index of [2, 0]) {
        setting.clock.advance(1_000);
        const write = { raises: true, state: turnState(setting.mint) };
        await setting.commit(await setting.fenced(ids[index] as SessionId, write));
      }
      const query = { workspaceId: setting.workspaceId, order: "last_activity", limit: 2 } as const;
      const seen = (await pageThrough(setting.store, query)).map(({ id }) => id);
      expect(seen).toEqual([0, 2, 5, 4, 3, 1].map((index) => ids[index]));
    });

    test("of two workspaces at once keeps them apart", async () => {
      await using setting = await openSetting(suite);
      const workspaces: WorkspaceId[] = [setting.mint("workspace"), setting.mint("workspace")];
      const property = fc.asyncProperty(fc.constantFrom(...workspaces), async (workspaceId) => {
        const made = await setting.make({ workspaceId });
        const query = { workspaceId, order: "created_at", limit: 3 } as const;
        const ids = (await pageThrough(setting.store, query)).map(({ id }) => id);
        expect(ids).toContain(made);
        expect(await setting.store.countSessions({ workspaceId }, 1_000)).toBe(ids.length);
      });
      await fc.assert(property, { numRuns: 10, seed });
    });
  });
}
