/**
 * Lists by the ways that only many sessions take: filters that let through more than is collected at once are sifted in
 * slices. Here the bounds are small and the sessions few; what comes out is held against looking at each of them.
 */
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { SessionQuery } from "../../../src/core/ports/store.ts";
import type { SessionRecord } from "../../../src/core/session.ts";
import { initialState } from "../../../src/core/state.ts";
import { holds, nativeStatuses, wherePredicate } from "../../../src/core/status.ts";
import { DATABASE_FILE, openReader } from "../../../src/store/sqlite/open-database.ts";
import { openSessionLists } from "../../../src/store/sqlite/session-list.ts";
import { plainEdit } from "../plain-edit.ts";
import { seed, turnState } from "../suite/setting.ts";
import { openSqliteSetting } from "./sqlite-setting.ts";
import type { SqliteSetting } from "./sqlite-setting.ts";

const SESSIONS = 150;
const titles = ["Fix the login", "Login page", "Änderung", "release notes", null];

async function makeSessions(setting: SqliteSetting) {
  const agents = [setting.mint("agent"), setting.mint("agent")];
  const users = [setting.mint("user"), setting.mint("user")];
  for (let n = 0; n < SESSIONS; n++) {
    const tags = ["red", "blue", "odd"].filter((_, at) => (n + at) % (at + 2) === 0);
    const edit = { ...plainEdit, title: titles[n % 5] ?? null, tags, agentId: agents[n % 3] ?? null };
    const id = await setting.make({ edit, createdBy: users[n % 4] ?? null, harness: n % 7 === 0 ? "codex" : "hosted" });
    setting.clock.advance(n % 3);
    if (n % 11 === 0) {
      await setting.commit(await setting.fenced(id, { raises: true, state: turnState(setting.mint) }));
    }
    if (n % 13 === 0) {
      const state = { ...initialState, isDeleted: true };
      await setting.commit(await setting.fenced(id, { raises: true, state }));
    }
  }
  return { agents, users };
}

type Filter = Omit<SessionQuery, "workspaceId" | "order" | "limit" | "cursor" | "offset">;

function passes(session: SessionRecord, filter: Filter): boolean {
  return [
    (session.head.deletedAt !== null) === (filter.isDeleted ?? false),
    filter.where === undefined || holds(filter.where, session.facts),
    filter.agentId === undefined || session.edit.agentId === filter.agentId,
    filter.harness === undefined || session.harness === filter.harness,
    filter.createdBy === undefined || session.createdBy === filter.createdBy,
    filter.createdAfter === undefined || session.createdAt > filter.createdAfter,
    filter.createdBefore === undefined || session.createdAt < filter.createdBefore,
    (filter.tags ?? []).every((tag) => session.edit.tags.includes(tag)),
    filter.search === undefined || (session.edit.title ?? "").toLowerCase().includes(filter.search.toLowerCase()),
  ].every(Boolean);
}

function filtersOf({ agents, users }: Awaited<ReturnType<typeof makeSessions>>): fc.Arbitrary<Filter> {
  const active = wherePredicate(nativeStatuses, "active");
  const idle = wherePredicate(nativeStatuses, "idle");
  return fc.record(
    {
      where: fc.constantFrom(active, idle),
      agentId: fc.constantFrom(...agents),
      createdBy: fc.constantFrom(...users),
      harness: fc.constantFrom("codex" as const, "hosted" as const),
      tags: fc.subarray(["red", "blue", "odd"]),
      search: fc.constantFrom("login", "LO", "ä", "nowhere"),
      createdAfter: fc.constant("2026-01-01T12:00:00.040Z"),
      createdBefore: fc.constant("2026-01-01T12:00:00.110Z"),
      isDeleted: fc.boolean(),
    },
    { requiredKeys: [] },
  );
}

function placeOf({ id, createdAt, lastActiveAt }: SessionRecord, order: SessionQuery["order"]) {
  return { at: order === "created_at" ? createdAt : lastActiveAt, id };
}

function newestFirst(order: SessionQuery["order"]) {
  return (left: SessionRecord, right: SessionRecord) => {
    const [a, b] = [placeOf(left, order), placeOf(right, order)];
    return a.at === b.at ? (a.id < b.id ? 1 : -1) : a.at < b.at ? 1 : -1;
  };
}

describe("lists of more sessions than are looked at together", () => {
  test("P4: give by every filter and order, page by page, what looking at each session gives", async () => {
    await using setting = await openSqliteSetting();
    const made = await makeSessions(setting);
    const reader = openReader(join(setting.folder, DATABASE_FILE));
    const lists = openSessionLists(reader, { collected: 6, slice: 9, counted: 40 });
    const { workspaceId } = setting;
    const whole = { workspaceId, order: "created_at", limit: 1_000 } as const;
    const [kept, deleted] = [
      await setting.store.listSessions(whole),
      await setting.store.listSessions({ ...whole, isDeleted: true }),
    ];
    const all = [...kept.sessions, ...deleted.sessions];
    expect(all).toHaveLength(SESSIONS);
    const asked = fc.record({
      filter: filtersOf(made),
      order: fc.constantFrom("created_at" as const, "last_activity" as const),
      limit: fc.integer({ min: 1, max: 30 }),
      offset: fc.integer({ min: 0, max: 5 }),
    });
    const property = fc.asyncProperty(asked, async ({ filter, order, limit, offset }) => {
      const expected = all.filter((session) => passes(session, filter)).toSorted(newestFirst(order));
      expect(await lists.countSessions({ workspaceId, ...filter }, 1_000)).toBe(expected.length);
      expect(await lists.countSessions({ workspaceId, ...filter }, 4)).toBe(Math.min(4, expected.length));
      const found: SessionRecord[] = [];
      let page = await lists.listSessions({ workspaceId, ...filter, order, limit, offset });
      for (;;) {
        found.push(...page.sessions);
        const last = found.at(-1);
        if (!page.hasMore || last === undefined) break;
        const cursor = placeOf(last, order);
        page = await lists.listSessions({ workspaceId, ...filter, order, limit, cursor });
      }
      expect(found).toEqual(expected.slice(offset));
    });
    await fc.assert(property, { numRuns: 150, seed });
    reader.close();
  });
});
