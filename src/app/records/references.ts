/** Ids of other resources inside a body: unknown, foreign and archived ones are "not found", wherever they stand. */
import { accept } from "../../core/refusal.ts";
import type { Outcome } from "../../core/refusal.ts";
import { getRecord } from "./get-record.ts";
import { notFound } from "./resource.ts";
import type { KindDeps, Reader } from "./resource.ts";

export interface Reference {
  readonly id: string | null | undefined;
  /** What stood there before; it may stay although it has gone since, so that the rest can still be changed. */
  readonly before?: string | null | undefined;
}

/** The id in our spelling, or null where none is given. */
export async function checkReference<Body>(
  deps: KindDeps<Body>,
  reader: Reader,
  { id, before }: Reference,
): Promise<Outcome<string | null>> {
  if (id === undefined || id === null) return accept(null);
  if (id === before) return accept(id);
  const found = await getRecord(deps, reader, id);
  if (!found.ok) return found;
  return found.value.archivedAt === null ? accept(found.value.id) : notFound(deps, id);
}
