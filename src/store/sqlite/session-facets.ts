/**
 * The filters of a list, each with an index that holds what it lets through in the order of making. A facet's index can
 * be walked from a place on, counted up to a cap, and emptied up to a cap; whether a row passes all other filters too
 * is asked of the row (`fits`).
 */
import type { DatabaseSync } from "node:sqlite";
import type { SessionId } from "../../core/ids.ts";
import type { SessionQuery } from "../../core/ports/store.ts";
import { codeTest } from "./fact-code.ts";
import { titleKey } from "./session-columns.ts";
import { prepareRows } from "./statement.ts";
import type { Named, Statement, Value } from "./statement.ts";

export type Filter = Omit<SessionQuery, "order" | "cursor" | "offset" | "limit">;

/** Newest first: a smaller place comes later. */
export interface Place {
  readonly at: number;
  readonly id: string;
}

export interface Hit extends Place {
  readonly number: number;
}

const OF_SESSION = "workspace_id = :workspaceId AND is_deleted = :isDeleted";
const ORDER = "ORDER BY created_at DESC, id DESC LIMIT :limit";
const RANGE = "(created_at, id) < (:at, :id) AND created_at > :after";

function facetSql(from: string, match: string) {
  const where = `FROM ${from} WHERE ${OF_SESSION} ${match} AND ${RANGE}`;
  return {
    walk: `SELECT number, created_at AS at, id ${where} ${ORDER}`,
    count: `SELECT count(*) AS count FROM (SELECT 1 ${where} LIMIT :limit)`,
  };
}

const base = facetSql("session INDEXED BY session_by_created", "");
const facts = facetSql("session INDEXED BY session_by_facts", "AND fact_code = :value");
const agent = facetSql("session INDEXED BY session_by_agent", "AND agent_id = :value");
const project = facetSql("session INDEXED BY session_by_project", "AND project_id = :value");
const task = facetSql("session INDEXED BY session_by_task", "AND task_id = :value");
const maker = facetSql("session INDEXED BY session_by_maker", "AND created_by = :value");
const parent = facetSql("session INDEXED BY session_by_parent", "AND parent_id = :value");
const root = facetSql("session INDEXED BY session_by_root", "AND root_id = :value");
const harness = facetSql("session INDEXED BY session_by_harness", "AND harness = :value");
const tag = facetSql("session_tag", "AND tag = :value");

export const FACET_STATEMENTS = {
  walkAll: base.walk,
  countAll: base.count,
  walkFacts: facts.walk,
  countFacts: facts.count,
  walkAgent: agent.walk,
  countAgent: agent.count,
  walkProject: project.walk,
  countProject: project.count,
  walkTask: task.walk,
  countTask: task.count,
  walkMaker: maker.walk,
  countMaker: maker.count,
  walkParent: parent.walk,
  countParent: parent.count,
  walkRoot: root.walk,
  countRoot: root.count,
  walkHarness: harness.walk,
  countHarness: harness.count,
  walkTag: tag.walk,
  countTag: tag.count,
  /** The codes that are there at all: one seek each, where a predicate may hold for a hundred that are not. */
  presentCodes: `WITH RECURSIVE present (code) AS (
      SELECT min(fact_code) FROM session INDEXED BY session_by_facts WHERE ${OF_SESSION}
      UNION ALL
      SELECT (SELECT min(fact_code) FROM session INDEXED BY session_by_facts WHERE ${OF_SESSION} AND fact_code > code)
      FROM present WHERE code IS NOT NULL
    ) SELECT code FROM present WHERE code IS NOT NULL`,
  walkActivity: `SELECT number, last_active_at AS at, id FROM session INDEXED BY session_by_activity
    WHERE ${OF_SESSION} AND (last_active_at, id) < (:at, :id) ORDER BY last_active_at DESC, id DESC LIMIT :limit`,
  numbers: "SELECT n.number FROM json_each(?) k CROSS JOIN session_number n ON n.id = k.value",
  searchTitle: "SELECT rowid AS number FROM session_search WHERE session_search MATCH ? LIMIT ?",
  // CROSS: the numbers first. The planner would rather walk the workspace and look each session up among the numbers.
  fits: `SELECT s.number, s.created_at, s.last_active_at, s.id, s.fact_code FROM json_each(:numbers) k
    CROSS JOIN session s ON s.number = k.value
    WHERE s.workspace_id = :workspaceId AND s.is_deleted = :isDeleted
      AND s.created_at > :after AND s.created_at < :before
      AND (:agent IS NULL OR s.agent_id = :agent)
      AND (:project IS NULL OR s.project_id = :project)
      AND (:task IS NULL OR s.task_id = :task)
      AND (:maker IS NULL OR s.created_by = :maker)
      AND (:parent IS NULL OR s.parent_id = :parent)
      AND (:root IS NULL OR s.root_id = :root)
      AND (:harness IS NULL OR s.harness = :harness)
      AND (:title IS NULL OR instr(s.title_key, :title) > 0)
      AND (:tags IS NULL OR NOT EXISTS (
        SELECT 1 FROM json_each(:tags) t WHERE t.value NOT IN (SELECT value FROM json_each(s.tags))))`,
} as const;

/** A filter as the statements take it. */
export interface Search {
  readonly scope: { readonly workspaceId: string; readonly isDeleted: number };
  readonly after: number;
  readonly before: number;
  /** Of the facts that statuses are made of. */
  readonly hasFacts: ((factCode: number) => boolean) | undefined;
  readonly title: string | undefined;
  readonly tags: readonly string[];
  readonly named: Named;
}

export function searchOf(filter: Filter): Search {
  const { workspaceId, isDeleted = false, where, createdAfter, createdBefore, tags = [] } = filter;
  const scope = { workspaceId, isDeleted: isDeleted ? 1 : 0 };
  const title = titleKey(filter.search ?? "") ?? "";
  const after = createdAfter === undefined ? -1 : Date.parse(createdAfter);
  const before = createdBefore === undefined ? Number.MAX_SAFE_INTEGER : Date.parse(createdBefore);
  const named = {
    ...scope,
    after,
    before,
    agent: filter.agentId ?? null,
    project: filter.projectId ?? null,
    task: filter.taskId ?? null,
    maker: filter.createdBy ?? null,
    parent: filter.parentId ?? null,
    root: filter.rootId ?? null,
    harness: filter.harness ?? null,
    title: title === "" ? null : title,
    tags: tags.length === 0 ? null : JSON.stringify(tags),
  };
  const hasFacts = where === undefined ? undefined : codeTest(where);
  return { scope, after, before, hasFacts, tags, named, title: title === "" ? undefined : title };
}

export interface Facet {
  /** Strictly after a place. */
  walk(from: Place, limit: number): readonly Hit[];
  /** As many as there are, or `cap`. */
  count(cap: number): number;
}

interface FacetStatements {
  readonly walk: Statement<Hit>;
  readonly count: Statement<{ count: number }>;
}

export const NEWEST: Place = { at: Number.MAX_SAFE_INTEGER, id: "" };

export function isAfter(place: Place, from: Place): boolean {
  return place.at < from.at || (place.at === from.at && place.id < from.id);
}

export function newestFirst(left: Place, right: Place): number {
  return isAfter(left, right) ? 1 : isAfter(right, left) ? -1 : 0;
}

/** One facet over one or several values of one column, which share no session. */
function facetOf({ walk, count }: FacetStatements, search: Search, values: readonly (Value | undefined)[]): Facet {
  const { scope, after, before } = search;
  const bind = (value: Value | undefined, from: Place, limit: number): Named => {
    const first = isAfter({ at: before, id: "" }, from) ? { at: before, id: "" } : from;
    const bound = { ...scope, after, at: first.at, id: first.id, limit };
    return value === undefined ? bound : { ...bound, value };
  };
  return {
    walk(from, limit) {
      const hits = values.flatMap((value) => walk.all(bind(value, from, limit)));
      return values.length === 1 ? hits : hits.toSorted(newestFirst).slice(0, limit);
    },
    count(cap) {
      let total = 0;
      for (const value of values) {
        if (total < cap) total += count.first(bind(value, NEWEST, cap - total))?.count ?? 0;
      }
      return total;
    },
  };
}

/** By the codes that pass; none where all that are there do. */
function factsFacets(
  search: Search,
  byFacts: FacetStatements,
  presentCodes: Statement<{ code: number }>,
): readonly Facet[] {
  const { hasFacts, scope } = search;
  if (hasFacts === undefined) return [];
  const present = presentCodes.all(scope).map(({ code }) => code);
  const held = present.filter(hasFacts);
  return held.length === present.length ? [] : [facetOf(byFacts, search, held)];
}

export interface Facets {
  all(search: Search): Facet;
  /** One for each filter that has an index; a title has none, it is searched by `searchTitle`. */
  of(search: Search): readonly Facet[];
  walkActivity(search: Search, from: Place, limit: number): readonly Hit[];
  numbersOf(ids: readonly SessionId[]): readonly number[];
  /** Numbers of sessions whose title may match, of any workspace; nothing when there are more than `cap`. */
  searchTitle(search: Search, cap: number): readonly number[] | undefined;
  /** Those that pass every filter, with both of their places. */
  fits(search: Search, numbers: readonly number[]): readonly Fitting[];
}

export interface Fitting {
  readonly number: number;
  readonly id: SessionId;
  readonly created_at: number;
  readonly last_active_at: number;
  readonly fact_code: number;
}

const TRIGRAM = 3;

export function openFacets(db: DatabaseSync): Facets {
  const sql = FACET_STATEMENTS;
  const open = (walk: string, count: string): FacetStatements => ({
    walk: prepareRows<Hit>(db, walk),
    count: prepareRows<{ count: number }>(db, count),
  });
  const all = open(sql.walkAll, sql.countAll);
  const byFacts = open(sql.walkFacts, sql.countFacts);
  const columns = openColumns(open);
  const byTag = open(sql.walkTag, sql.countTag);
  const presentCodes = prepareRows<{ code: number }>(db, sql.presentCodes);
  const walkActivity = prepareRows<Hit>(db, sql.walkActivity);
  const numbers = prepareRows<{ number: number }>(db, sql.numbers);
  const searchTitle = prepareRows<{ number: number }>(db, sql.searchTitle);
  const fits = prepareRows<Fitting>(db, sql.fits);

  return {
    all: (search) => facetOf(all, search, [undefined]),
    of(search) {
      const named = Object.entries(columns).flatMap(([name, statements]) => {
        const value = search.named[name] ?? null;
        return value === null ? [] : [facetOf(statements, search, [value])];
      });
      const tags = search.tags.map((value) => facetOf(byTag, search, [value]));
      return [...tags, ...named, ...factsFacets(search, byFacts, presentCodes)];
    },
    walkActivity: ({ scope }, { at, id }, limit) => walkActivity.all({ ...scope, at, id, limit }),
    numbersOf: (ids) => numbers.all(JSON.stringify(ids)).map(({ number }) => number),
    searchTitle({ title }, cap) {
      if (title === undefined || Array.from(title).length < TRIGRAM) return undefined;
      const found = searchTitle.all(`"${title.replaceAll('"', '""')}"`, cap + 1);
      return found.length > cap ? undefined : found.map(({ number }) => number);
    },
    fits: ({ named, hasFacts }, numbers) => {
      const found = fits.all({ ...named, numbers: JSON.stringify(numbers) });
      return hasFacts === undefined ? found : found.filter(({ fact_code }) => hasFacts(fact_code));
    },
  };
}

function openColumns(
  open: (walk: string, count: string) => FacetStatements,
): Readonly<Record<string, FacetStatements>> {
  const sql = FACET_STATEMENTS;
  return {
    agent: open(sql.walkAgent, sql.countAgent),
    project: open(sql.walkProject, sql.countProject),
    task: open(sql.walkTask, sql.countTask),
    maker: open(sql.walkMaker, sql.countMaker),
    parent: open(sql.walkParent, sql.countParent),
    root: open(sql.walkRoot, sql.countRoot),
    harness: open(sql.walkHarness, sql.countHarness),
  };
}
