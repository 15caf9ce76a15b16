/** One resource, by id or by name. Unknown and foreign look the same. */
import { accept } from "../../core/refusal.ts";
import type { Outcome } from "../../core/refusal.ts";
import { canonicalId, findVirtual, notFound, readRow } from "./resource.ts";
import type { KindDeps, Reader, Resource } from "./resource.ts";

export async function getRecord<Body>(
  deps: KindDeps<Body>,
  { workspaceId }: Reader,
  id: string,
): Promise<Outcome<Resource<Body>>> {
  const known = canonicalId(deps, id);
  if (known === undefined) return notFound(deps, id);
  const virtual = findVirtual(deps, known);
  if (virtual !== undefined) return accept({ ...virtual, workspaceId });
  const row = await deps.store.readRecord(deps.kind.kind, known, workspaceId);
  return row === undefined ? notFound(deps, id) : accept(readRow(deps, row));
}

/** Of those that are not archived. */
export async function findRecord<Body>(
  deps: KindDeps<Body>,
  { workspaceId }: Reader,
  name: string,
): Promise<Resource<Body> | undefined> {
  const virtual = deps.kind.virtual?.find((resource) => resource.name === name);
  if (virtual !== undefined) return { ...virtual, workspaceId };
  const row = await deps.store.findRecordByName(deps.kind.kind, name, workspaceId);
  return row === undefined ? undefined : readRow(deps, row);
}
