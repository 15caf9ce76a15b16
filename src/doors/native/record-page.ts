/** Pages of plain resources: the query they share, and the envelope. */
import { z } from "zod";
import type { RecordListQuery } from "../../app/records/list-records.ts";
import { boolParam, textParam } from "../../http/input.ts";
import { offsetPage } from "../../http/paging.ts";

export const recordQuery = z.object({ ...offsetPage, search: textParam().optional() });
export const archivedQuery = recordQuery.extend({ include_archived: boolParam().optional() });

type Query = z.output<typeof archivedQuery>;

export function listQueryOf({ offset, limit, search, include_archived }: Query): RecordListQuery {
  return {
    offset,
    limit,
    ...(search === undefined ? {} : { search }),
    ...(include_archived === undefined ? {} : { includeArchived: include_archived }),
  };
}

export interface Page<Item> {
  readonly items: readonly Item[];
  readonly total: number;
}

export function envelopeOf<Item, Wire>(
  { items, total }: Page<Item>,
  { offset, limit }: Pick<Query, "offset" | "limit">,
  encode: (item: Item) => Wire,
) {
  return { data: items.map((item) => encode(item)), total, offset, limit, has_more: offset + items.length < total };
}

/** For lists that are at hand as a whole. */
export function cutPage<Item>(items: readonly Item[], { offset, limit }: Pick<Query, "offset" | "limit">): Page<Item> {
  return { items: items.slice(offset, offset + limit), total: items.length };
}
