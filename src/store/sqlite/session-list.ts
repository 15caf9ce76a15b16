/**
 * Lists of sessions. What a list costs follows the page and not the number of sessions:
 *
 *   some, named by their ids                                                     read those, sift, sort
 *   one filter or none, in the order of making; none, in the order of activity    walk its index from the cursor on
 *   more than that, and some filter lets few through                             collect those, sift, sort
 *   more than that, and each lets many through                                   walk and sift, slice by slice
 *
 * Only the last may look at more than it gives. It walks the filter that lets the fewest through; where the order is
 * another than the filter's it walks the order, and when it has looked at as many as that filter holds, it collects
 * them after all: never more than twice the better way. Between slices other work goes on.
 */
import { setImmediate as nextTick } from "node:timers/promises";
import type { DatabaseSync } from "node:sqlite";
import type { SessionPage, SessionQuery, SessionReads } from "../../core/ports/store.ts";
import type { SessionRecord } from "../../core/session.ts";
import { NEWEST, isAfter, newestFirst, openFacets, searchOf } from "./session-facets.ts";
import type { Facet, Facets, Fitting, Hit, Place, Search } from "./session-facets.ts";
import { RECORD_COLUMNS, recordOf } from "./sessions.ts";
import type { RecordColumns } from "./sessions.ts";
import { prepareRows, snapshot } from "./statement.ts";

export const SESSION_LIST_STATEMENTS = {
  records: `SELECT ${RECORD_COLUMNS} FROM json_each(?) k CROSS JOIN session s ON s.number = k.value
    JOIN head h ON h.number = s.number ORDER BY k.key`,
} as const;

export interface ListBounds {
  /** What is collected at once, to be sifted and sorted: 2 ms of it. */
  readonly collected: number;
  /** What is sifted between two ticks: 1 ms of it. */
  readonly slice: number;
  /** How far a filter is counted to find the one that lets the fewest through: 1 ms of it. */
  readonly counted: number;
}

const BOUNDS: ListBounds = { collected: 1_000, slice: 500, counted: 20_000 };

type Lists = Pick<SessionReads, "listSessions" | "countSessions">;
type Walk = (from: Place, limit: number) => readonly Hit[];

/** The filter that lets the fewest through. */
interface Narrowest {
  readonly walk: Walk;
  /** Infinite when it is more than were counted. */
  readonly size: number;
}

export function openSessionLists(db: DatabaseSync, bounds: ListBounds = BOUNDS): Lists {
  const facets = openFacets(db);
  const records = prepareRows<RecordColumns>(db, SESSION_LIST_STATEMENTS.records);
  const inSnapshot = <T>(read: () => T): T => snapshot(db, read);
  const readRecords = (hits: readonly Hit[]): readonly SessionRecord[] =>
    records.all(JSON.stringify(hits.map(({ number }) => number))).map(recordOf);

  return {
    async listSessions(query): Promise<SessionPage> {
      const { offset = 0, limit } = query;
      const hits = await new SessionList({ facets, query, bounds, inSnapshot }).take(offset + limit + 1);
      return { sessions: readRecords(hits.slice(offset, offset + limit)), hasMore: hits.length > offset + limit };
    },
    async countSessions(filter, cap) {
      const query = { ...filter, order: "created_at", limit: 0 } as const;
      return new SessionList({ facets, query, bounds, inSnapshot }).count(cap);
    },
  };
}

interface ListDeps {
  readonly facets: Facets;
  readonly query: SessionQuery;
  readonly bounds: ListBounds;
  readonly inSnapshot: <T>(read: () => T) => T;
}

class SessionList {
  readonly #deps: ListDeps;
  readonly #search: Search;
  readonly #given: readonly Facet[];
  readonly #from: Place;
  readonly #isByActivity: boolean;

  constructor(deps: ListDeps) {
    const { facets, query, inSnapshot } = deps;
    const { cursor, order } = query;
    this.#deps = deps;
    this.#search = searchOf(query);
    this.#given = inSnapshot(() => facets.of(this.#search));
    this.#from = cursor === undefined ? NEWEST : { at: Date.parse(cursor.at), id: cursor.id };
    this.#isByActivity = order === "last_activity";
  }

  async take(wanted: number): Promise<readonly Hit[]> {
    const { inSnapshot, bounds } = this.#deps;
    const walk = this.#directWalk();
    if (walk !== undefined) return inSnapshot(() => walk(this.#from, wanted));
    const few = inSnapshot(() => this.#few());
    if (few !== undefined) return this.#inOrder(few, wanted);
    const narrowest = inSnapshot(() => this.#narrowest());
    if (!this.#isByActivity) return this.#sift(narrowest.walk, { wanted, most: Number.POSITIVE_INFINITY });
    if (narrowest.size > bounds.collected) {
      const hits = await this.#sift(this.#walkActivity, { wanted, most: narrowest.size });
      if (hits.length >= wanted || narrowest.size === Number.POSITIVE_INFINITY) return hits;
    }
    return this.#inOrder(await this.#all(narrowest.walk), wanted);
  }

  async count(cap: number): Promise<number> {
    const { inSnapshot } = this.#deps;
    const facet = this.#onlyFacet();
    if (facet !== undefined) return inSnapshot(() => facet.count(cap));
    const few = inSnapshot(() => this.#few());
    if (few !== undefined) return Math.min(cap, few.length);
    let count = 0;
    for await (const { fitting } of this.#slices(inSnapshot(() => this.#narrowest()).walk, NEWEST)) {
      count += fitting.length;
      if (count >= cap) return cap;
    }
    return count;
  }

  /** The one filter there is, if its index knows all that is asked; without a filter, everything. */
  #onlyFacet(): Facet | undefined {
    const { ids } = this.#deps.query;
    if (ids !== undefined || this.#search.title !== undefined || this.#given.length > 1) return undefined;
    return this.#given[0] ?? this.#deps.facets.all(this.#search);
  }

  #directWalk(): Walk | undefined {
    const facet = this.#onlyFacet();
    if (facet === undefined) return undefined;
    if (!this.#isByActivity) return (from, limit) => facet.walk(from, limit);
    const { after, before } = this.#search;
    const isUnfiltered = this.#given.length === 0 && after < 0 && before >= NEWEST.at;
    return isUnfiltered ? this.#walkActivity : undefined;
  }

  readonly #walkActivity: Walk = (from, limit) => this.#deps.facets.walkActivity(this.#search, from, limit);

  /** Of those that are given by id, or of all that the title lets through, unless it is too many to ask each. */
  #few(): readonly Fitting[] | undefined {
    const { facets, bounds, query } = this.#deps;
    const { ids } = query;
    const found = ids === undefined ? facets.searchTitle(this.#search, bounds.collected) : facets.numbersOf(ids);
    return found === undefined ? undefined : facets.fits(this.#search, found);
  }

  #narrowest(): Narrowest {
    const { facets, bounds } = this.#deps;
    let best: Facet = facets.all(this.#search);
    let size = bounds.counted;
    for (const facet of this.#given) {
      const count = facet.count(size);
      if (count < size || size === bounds.counted) [best, size] = [facet, count];
    }
    const walk: Walk = (from, limit) => best.walk(from, limit);
    return { walk, size: size < bounds.counted ? size : Number.POSITIVE_INFINITY };
  }

  /** In the order of the walk, until there are enough or as many as `most` were looked at. */
  async #sift(walk: Walk, { wanted, most }: { readonly wanted: number; readonly most: number }) {
    const hits: Hit[] = [];
    let looked = 0;
    for await (const { seen, fitting } of this.#slices(walk, this.#from)) {
      hits.push(...fitting.map((one) => this.#hitOf(one)));
      looked += seen;
      if (hits.length >= wanted || looked >= most) break;
    }
    return hits.slice(0, wanted);
  }

  async #all(walk: Walk): Promise<readonly Fitting[]> {
    const all: Fitting[] = [];
    for await (const { fitting } of this.#slices(walk, NEWEST)) all.push(...fitting);
    return all;
  }

  async *#slices(walk: Walk, from: Place): AsyncGenerator<{ seen: number; fitting: readonly Fitting[] }, undefined> {
    const { facets, bounds, inSnapshot } = this.#deps;
    for (let next = from; ;) {
      const { seen, found } = inSnapshot(() => {
        const hits = walk(next, bounds.slice);
        const numbers = hits.map(({ number }) => number);
        return { seen: hits, found: facets.fits(this.#search, numbers) };
      });
      const byNumber = new Map(found.map((one) => [one.number, one]));
      yield { seen: seen.length, fitting: seen.flatMap(({ number }) => byNumber.get(number) ?? []) };
      const last = seen.at(-1);
      if (last === undefined || seen.length < bounds.slice) return undefined;
      next = last;
      await nextTick();
    }
  }

  #inOrder(fitting: readonly Fitting[], wanted: number): readonly Hit[] {
    const hits = fitting.map((one) => this.#hitOf(one)).filter((hit) => isAfter(hit, this.#from));
    return hits.toSorted(newestFirst).slice(0, wanted);
  }

  #hitOf({ number, id, created_at, last_active_at }: Fitting): Hit {
    return { number, id, at: this.#isByActivity ? last_active_at : created_at };
  }
}
