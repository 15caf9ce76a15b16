/** A project by its id or its slug; unknown, foreign and removed ones look the same. */
import { parseId } from "../../core/ids.ts";
import type { ProjectId } from "../../core/ids.ts";
import type { ProjectBody } from "../../core/records/project.ts";
import { accept } from "../../core/refusal.ts";
import type { Outcome } from "../../core/refusal.ts";
import { findRecord, getRecord } from "./get-record.ts";
import { notFound } from "./resource.ts";
import type { KindDeps, Reader, Resource } from "./resource.ts";

export type Project = Resource<ProjectBody>;

export async function findProject(
  deps: KindDeps<ProjectBody>,
  reader: Reader,
  idOrSlug: string,
): Promise<Outcome<Project>> {
  const byId = await getRecord(deps, reader, idOrSlug);
  if (byId.ok) return byId.value.archivedAt === null ? byId : notFound(deps, idOrSlug);
  const named = await findRecord(deps, reader, idOrSlug);
  return named === undefined ? notFound(deps, idOrSlug) : accept(named);
}

/** The brand is checked where a record's id comes out of the store. */
export function projectIdOf({ id }: Project): ProjectId {
  const known = parseId("project", id);
  if (known === undefined) throw new Error(`The record "${id}" is no project`);
  return known;
}
