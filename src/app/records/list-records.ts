/** A page of resources: those that people made, newest first, then the virtual ones. */
import type { RecordQuery } from "../../core/ports/records.ts";
import { readRow } from "./resource.ts";
import type { KindDeps, Reader, Resource } from "./resource.ts";

export interface RecordListQuery extends Pick<RecordQuery, "match" | "terms"> {
  readonly search?: string;
  readonly includeArchived?: boolean;
  readonly offset?: number;
  readonly limit: number;
}

export interface RecordPage<Body> {
  readonly items: readonly Resource<Body>[];
  readonly total: number;
}

export async function listRecords<Body>(
  deps: KindDeps<Body>,
  { workspaceId }: Reader,
  { offset = 0, limit, ...filter }: RecordListQuery,
): Promise<RecordPage<Body>> {
  const found = await deps.store.listRecords({ ...filter, kind: deps.kind.kind, workspaceId, offset, limit });
  const virtual = (deps.kind.virtual ?? []).filter(({ name }) => hasText(name, filter.search));
  const from = Math.max(0, offset - found.total);
  const rest = virtual.slice(from, from + limit - found.records.length);
  return {
    items: [...found.records.map((row) => readRow(deps, row)), ...rest.map((each) => ({ ...each, workspaceId }))],
    total: found.total + virtual.length,
  };
}

function hasText(name: string, search = ""): boolean {
  return name.toLowerCase().includes(search.toLowerCase());
}

const PAGE = 200;

/**
 * Every resource of a kind, page by page, for those rare questions that the store has no index for. Something made or
 * removed meanwhile may be missed or seen twice.
 */
export async function* eachRecord<Body>(
  deps: KindDeps<Body>,
  reader: Reader,
  filter: Pick<RecordListQuery, "includeArchived"> = {},
): AsyncGenerator<Resource<Body>, undefined> {
  for (let offset = 0; ; offset += PAGE) {
    const { items, total } = await listRecords(deps, reader, { ...filter, offset, limit: PAGE });
    yield* items;
    if (offset + PAGE >= total) return;
  }
}
