/**
 * Lists of sessions. What a list costs follows the page and not the number of sessions:
 *
 *   one filter or none, in the order of making; none, in the order of activity    walk its index from the cursor on
 *   more than that, and some filter lets at most COLLECTED through                 collect those, sift, sort
 *   more than that, and every filter lets more through                            walk, sift, slice by slice
 *
 * Only the last may look at more than it gives, and the more the filters let through the sooner a page is full; between
 * slices other work goes on. Each slice is one moment of the database.
 */
import { setImmediate as nextTick } from "node:timers/promises";
import type { DatabaseSync } from "node:sqlite";
import type { SessionPage, SessionQuery, SessionReads } from "../../core/ports/store.ts";
import type { SessionRecord } from "../../core/session.ts";
import { NEWEST, isAfter, newestFirst, openFacets, searchOf } from "./session-facets.ts";
import type { Facet, Facets, Filter, Fitting, Hit, Place, Search } from "./session-facets.ts";
import { RECORD_COLUMNS, recordOf } from "./sessions.ts";
import type { RecordColumns } from "./sessions.ts";
import { prepareRows, snapshot } from "./statement.ts";

export const SESSION_LIST_STATEMENTS = {
  records: `SELECT ${RECORD_COLUMNS} FROM json_each(?) k JOIN session s ON s.number = k.value
    JOIN head h ON h.number = s.number ORDER BY k.key`,
} as const;

/** Sifting and sorting this many takes 3 ms. */
const COLLECTED = 1_000;
const SLICE = 500;

type Order = SessionQuery["order"];
type Lists = Pick<SessionReads, "listSessions" | "countSessions">;

export function openSessionLists(db: DatabaseSync): Lists {
  const facets = openFacets(db);
  const records = prepareRows<RecordColumns>(db, SESSION_LIST_STATEMENTS.records);
  const readRecords = (hits: readonly Hit[]): readonly SessionRecord[] =>
    records.all(JSON.stringify(hits.map(({ number }) => number))).map(recordOf);

  return {
    async listSessions(query): Promise<SessionPage> {
      const { offset = 0, limit } = query;
      const list = new SessionList({ facets, query, inSnapshot: (read) => snapshot(db, read) });
      const hits = await list.take(offset + limit + 1);
      return { sessions: readRecords(hits.slice(offset, offset + limit)), hasMore: hits.length > offset + limit };
    },
    async countSessions(filter, cap) {
      const query = { ...filter, order: "created_at", limit: 0 } as const;
      return new SessionList({ facets, query, inSnapshot: (read) => snapshot(db, read) }).count(cap);
    },
  };
}

interface ListDeps {
  readonly facets: Facets;
  readonly query: SessionQuery;
  readonly inSnapshot: <T>(read: () => T) => T;
}

type Walk = (from: Place, limit: number) => readonly Hit[];

/** One list: which way it goes is decided once, on the first look at the filters. */
class SessionList {
  readonly #facets: Facets;
  readonly #search: Search;
  readonly #order: Order;
  readonly #from: Place;
  readonly #inSnapshot: ListDeps["inSnapshot"];

  constructor({ facets, query, inSnapshot }: ListDeps) {
    const { cursor, order } = query;
    this.#facets = facets;
    this.#search = searchOf(query satisfies Filter);
    this.#order = order;
    this.#from = cursor === undefined ? NEWEST : { at: Date.parse(cursor.at), id: cursor.id };
    this.#inSnapshot = inSnapshot;
  }

  async take(wanted: number): Promise<readonly Hit[]> {
    const way = this.#inSnapshot(() => this.#way());
    if (way.kind === "walk") return this.#inSnapshot(() => way.walk(this.#from, wanted));
    if (way.kind === "collected") return this.#sorted(way.fitting).slice(0, wanted);
    return this.#sift(way.walk, wanted);
  }

  async count(cap: number): Promise<number> {
    const way = this.#inSnapshot(() => this.#way());
    if (way.kind === "walk") return this.#inSnapshot(() => way.facet?.count(cap) ?? 0);
    if (way.kind === "collected") return Math.min(cap, way.fitting.length);
    return (await this.#sift(way.walk, cap)).length;
  }

  #way(): Way {
    const search = this.#search;
    const all = this.#facets.all(search);
    const facets = this.#facets.of(search);
    const isPlain = search.title === undefined && facets.length <= 1;
    if (isPlain && this.#order === "created_at") return walkOf(facets[0] ?? all);
    const hasNoFilter = isPlain && facets.length === 0 && search.after < 0 && search.before >= NEWEST.at;
    const walkActivity: Walk = (from, limit) => this.#facets.walkActivity(search, from, limit);
    if (hasNoFilter) return { kind: "walk", walk: walkActivity };
    const numbers = this.#collect(facets);
    if (numbers !== undefined) return { kind: "collected", fitting: this.#facets.fits(search, numbers) };
    return { kind: "sift", walk: this.#order === "created_at" ? walkOf(facets[0] ?? all).walk : walkActivity };
  }

  /** The sessions of the first filter that lets few enough through. */
  #collect(facets: readonly Facet[]): readonly number[] | undefined {
    for (const facet of facets) {
      if (facet.count(COLLECTED + 1) <= COLLECTED) return facet.walk(NEWEST, COLLECTED).map(({ number }) => number);
    }
    return this.#facets.searchTitle(this.#search, COLLECTED);
  }

  #sorted(fitting: readonly Fitting[]): readonly Hit[] {
    return fitting
      .map((one) => this.#hitOf(one))
      .filter((hit) => isAfter(hit, this.#from))
      .toSorted(newestFirst);
  }

  #hitOf({ number, id, created_at, last_active_at }: Fitting): Hit {
    return { number, id, at: this.#order === "created_at" ? created_at : last_active_at };
  }

  async #sift(walk: Walk, wanted: number): Promise<readonly Hit[]> {
    const hits: Hit[] = [];
    let from = this.#from;
    for (;;) {
      const slice = this.#inSnapshot(() => {
        const seen = walk(from, SLICE);
        const numbers = seen.map(({ number }) => number);
        const fitting = new Set(this.#facets.fits(this.#search, numbers).map(({ number }) => number));
        return { seen, fitting };
      });
      hits.push(...slice.seen.filter(({ number }) => slice.fitting.has(number)));
      const last = slice.seen.at(-1);
      if (last === undefined || slice.seen.length < SLICE || hits.length >= wanted) return hits.slice(0, wanted);
      from = last;
      await nextTick();
    }
  }
}

/**
 * walk       what is walked passes every filter
 * collected  all that pass, in no order
 * sift       what is walked still has to be asked
 */
type Way =
  | { readonly kind: "walk"; readonly walk: Walk; readonly facet?: Facet }
  | { readonly kind: "collected"; readonly fitting: readonly Fitting[] }
  | { readonly kind: "sift"; readonly walk: Walk };

function walkOf(facet: Facet): Extract<Way, { kind: "walk" }> {
  return { kind: "walk", walk: (from, limit) => facet.walk(from, limit), facet };
}
