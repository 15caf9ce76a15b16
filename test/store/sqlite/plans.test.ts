/**
 * How SQLite means to carry out each statement (P4, C1): every one of them by an index, none by looking at all rows of a
 * table that grows. A statement that is added is in here by itself, because the tables of statements are.
 */
import { DatabaseSync } from "node:sqlite";
import { afterAll, describe, expect, test } from "vitest";
import { BUDGET_STATEMENTS } from "../../../src/store/sqlite/budgets.ts";
import { EVENT_TYPE_STATEMENTS } from "../../../src/store/sqlite/event-types.ts";
import { FEED_STATEMENTS } from "../../../src/store/sqlite/feed.ts";
import { FILE_STATEMENTS } from "../../../src/store/sqlite/files.ts";
import { HEAD_STATEMENTS } from "../../../src/store/sqlite/heads.ts";
import { KEY_STATEMENTS } from "../../../src/store/sqlite/keys.ts";
import { LOG_STATEMENTS } from "../../../src/store/sqlite/log.ts";
import { MAKING_STATEMENTS } from "../../../src/store/sqlite/making.ts";
import { migrate, migrations } from "../../../src/store/sqlite/migrate.ts";
import { OUTBOX_STATEMENTS } from "../../../src/store/sqlite/outbox.ts";
import { PULSE_STATEMENTS } from "../../../src/store/sqlite/pulse.ts";
import { PURGE_STATEMENTS } from "../../../src/store/sqlite/purge.ts";
import { QUEUE_STATEMENTS } from "../../../src/store/sqlite/queue.ts";
import { RECORD_SEARCH_STATEMENTS } from "../../../src/store/sqlite/record-search.ts";
import { RECORD_STATEMENTS } from "../../../src/store/sqlite/records.ts";
import { FACET_STATEMENTS } from "../../../src/store/sqlite/session-facets.ts";
import { SESSION_FACT_STATEMENTS } from "../../../src/store/sqlite/session-facts.ts";
import { SESSION_LIST_STATEMENTS } from "../../../src/store/sqlite/session-list.ts";
import { SESSION_STATEMENTS } from "../../../src/store/sqlite/sessions.ts";
import { NOTICE_STATEMENTS } from "../../../src/store/sqlite/notices.ts";
import { PRESENCE_STATEMENTS } from "../../../src/store/sqlite/presence.ts";
import { PRESENT_STATEMENTS } from "../../../src/store/sqlite/present-list.ts";
import { TEAM_PART_STATEMENTS } from "../../../src/store/sqlite/team-part.ts";
import { TEAM_READ_STATEMENTS } from "../../../src/store/sqlite/team-reads.ts";
import { TEAM_ROW_STATEMENTS } from "../../../src/store/sqlite/team-rows.ts";
import { TEAM_WRITE_STATEMENTS } from "../../../src/store/sqlite/team-writes.ts";

const statements: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  budgets: BUDGET_STATEMENTS,
  types: EVENT_TYPE_STATEMENTS,
  feed: FEED_STATEMENTS,
  files: FILE_STATEMENTS,
  heads: HEAD_STATEMENTS,
  keys: KEY_STATEMENTS,
  log: LOG_STATEMENTS,
  making: MAKING_STATEMENTS,
  outbox: OUTBOX_STATEMENTS,
  pulse: PULSE_STATEMENTS,
  purge: PURGE_STATEMENTS,
  queue: QUEUE_STATEMENTS,
  recordSearch: RECORD_SEARCH_STATEMENTS,
  records: RECORD_STATEMENTS,
  facets: FACET_STATEMENTS,
  facts: SESSION_FACT_STATEMENTS,
  lists: SESSION_LIST_STATEMENTS,
  sessions: SESSION_STATEMENTS,
  notices: NOTICE_STATEMENTS,
  presence: PRESENCE_STATEMENTS,
  present: PRESENT_STATEMENTS,
  teamParts: TEAM_PART_STATEMENTS,
  teamReads: TEAM_READ_STATEMENTS,
  teamRows: TEAM_ROW_STATEMENTS,
  teamWrites: TEAM_WRITE_STATEMENTS,
};

/** Of every published filter: the index that it walks, in the order in which the page is given. */
const filters = [
  ["all, newest first", FACET_STATEMENTS.walkAll, "session_by_created"],
  ["all, last active first", FACET_STATEMENTS.walkActivity, "session_by_activity"],
  ["status, by its facts", FACET_STATEMENTS.walkFacts, "session_by_facts"],
  ["agent", FACET_STATEMENTS.walkAgent, "session_by_agent"],
  ["harness", FACET_STATEMENTS.walkHarness, "session_by_harness"],
  ["maker", FACET_STATEMENTS.walkMaker, "session_by_maker"],
  ["parent", FACET_STATEMENTS.walkParent, "session_by_parent"],
  ["root", FACET_STATEMENTS.walkRoot, "session_by_root"],
  ["tag", FACET_STATEMENTS.walkTag, "PRIMARY KEY"],
  ["total of all", FACET_STATEMENTS.countAll, "session_by_created"],
  ["total of a status", FACET_STATEMENTS.countFacts, "session_by_facts"],
  ["total of an agent", FACET_STATEMENTS.countAgent, "session_by_agent"],
  ["total of a harness", FACET_STATEMENTS.countHarness, "session_by_harness"],
  ["total of a maker", FACET_STATEMENTS.countMaker, "session_by_maker"],
  ["total of a tag", FACET_STATEMENTS.countTag, "PRIMARY KEY"],
  ["the feed, oldest first", FEED_STATEMENTS.page, "feed_by_workspace"],
  ["the feed, newest first", FEED_STATEMENTS.back, "feed_by_workspace"],
  ["one session's part of the feed", FEED_STATEMENTS.pageOfSession, "feed_by_session"],
  ["ownerless turns and queues", PULSE_STATEMENTS.ownerless, "session_by_owed"],
  ["what sessions below a root need", SESSION_STATEMENTS.needsBelow, "session_by_needs_below"],
  ["due timers", PULSE_STATEMENTS.due, "timer_by_due"],
  ["reservations of a workspace", TEAM_READ_STATEMENTS.ofWorkspace, "reservation_by_workspace"],
  ["reservations of a repository", TEAM_READ_STATEMENTS.ofRepository, "reservation_by_repository"],
  ["reservations of a session", TEAM_READ_STATEMENTS.ofSession, "reservation_by_session"],
  ["reservations of a holder", TEAM_READ_STATEMENTS.ofHolder, "reservation_by_holder"],
  ["what is past its deadline", TEAM_READ_STATEMENTS.expired, "reservation_by_expiry"],
] as const;

const db = new DatabaseSync(":memory:");
migrate(db, migrations, 0);
afterAll(() => db.close());

function planOf(sql: string): readonly string[] {
  return db
    .prepare(`EXPLAIN QUERY PLAN ${sql}`)
    .all()
    .map(({ detail }) => String(detail));
}

/** A list given as a value, a row of constants, what a step before it has made, a search of the text index, and 60 types. */
const HARMLESS = [
  /^SCAN \w+ VIRTUAL TABLE INDEX \d+:/,
  /^SCAN (?:\d+ )?CONSTANT ROW/,
  /^SCAN (?:present|\(subquery-\d+\))$/,
  /^SCAN event_type$/,
];

/** An index that holds only what is owed is there to be walked from end to end. */
const WALKED_WHOLE = /^SCAN s USING COVERING INDEX session_by_owed$/;

describe("the statements of the store on SQLite", () => {
  const all = Object.entries(statements).flatMap(([group, list]) =>
    Object.entries(list).map(([name, sql]) => [`${group}.${name}`, sql] as const),
  );

  test.each(all)("%s looks at no table as a whole", (name, sql) => {
    const scans = planOf(sql).filter((step) => step.startsWith("SCAN"));
    const harmful = scans.filter(
      (step) => !HARMLESS.some((harmless) => harmless.test(step)) && !WALKED_WHOLE.test(step),
    );
    expect(harmful).toEqual([]);
  });

  test.each(filters)("P4: a page of %s is walked by its index and not sorted", (_, sql, index) => {
    const plan = planOf(sql);
    expect(plan.some((step) => step.includes(index))).toBe(true);
    expect(plan.filter((step) => step.includes("TEMP B-TREE"))).toEqual([]);
  });

  test.each([
    ["sifting", FACET_STATEMENTS.fits, "SEARCH s USING INTEGER PRIMARY KEY"],
    ["reading the sessions of a page", SESSION_LIST_STATEMENTS.records, "USING INTEGER PRIMARY KEY"],
    ["asking which sessions moved", PULSE_STATEMENTS.moved, "SEARCH n USING PRIMARY KEY"],
  ])("P4: %s looks up each that is given, and never walks all to find the given", (_, sql, search) => {
    const [first, second] = planOf(sql);
    expect(first).toMatch(/^SCAN k VIRTUAL TABLE/);
    expect(second).toContain(search);
  });

  test("P4: a filter by type looks at the index of a log alone when it counts", () => {
    for (const sql of [LOG_STATEMENTS.countOfTypes, LOG_STATEMENTS.countByType]) {
      expect(planOf(sql).some((step) => step.includes("USING COVERING INDEX event_by_place"))).toBe(true);
    }
  });

  test("R12: a check looks up each node on the way and one range below, and nothing else", () => {
    // However many calls of a session are open: the first or the last of them says it.
    const call = "SEARCH c USING COVERING INDEX open_call_by_until";
    const openCall = (first: number) => [
      ...[`CORRELATED SCALAR SUBQUERY ${first + 1}`, `${call} (session_id=? AND until>?)`],
      ...[`CORRELATED SCALAR SUBQUERY ${first}`, `${call} (session_id=?)`],
    ];
    const by = "SEARCH r USING PRIMARY KEY";
    const [, left, given, ...rest] = planOf(TEAM_ROW_STATEMENTS.meeting);
    expect([left, given]).toEqual(["LEFT-MOST SUBQUERY", expect.stringMatching(/^SCAN k VIRTUAL TABLE/)]);
    expect(rest).toEqual([
      ...[`${by} (repository=? AND node=?)`, ...openCall(1), "UNION ALL"],
      ...[`${by} (repository=? AND node>? AND node<?)`, ...openCall(4)],
    ]);
  });

  test("C2: what a step inside a turn writes touches no row that lists show", () => {
    const touched = [HEAD_STATEMENTS.advance, LOG_STATEMENTS.insert];
    for (const sql of touched) expect(sql).not.toMatch(/\bsession\b/);
  });
});
