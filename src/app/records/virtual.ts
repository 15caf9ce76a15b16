/** Makes resources that no table holds. They are the same in every workspace; a reader sees them as its own. */
import { createHash } from "node:crypto";
import { parseId } from "../../core/ids.ts";
import type { IdKind, WorkspaceId } from "../../core/ids.ts";
import type { Resource } from "./resource.ts";

/** All zeros: no workspace that a person has. Also where the records of the workspaces themselves are kept. */
export const ROOT_WORKSPACE_ID = fixedId("workspace", "0".repeat(32)) satisfies WorkspaceId;

/** The time that virtual resources show; earlier than any that a person made. */
const MADE_AT = "2026-11-01T00:00:00.000Z";

export function virtualResource<Body>({
  id,
  name,
  body,
}: Pick<Resource<Body>, "id" | "name" | "body">): Resource<Body> {
  const times = { createdAt: MADE_AT, updatedAt: MADE_AT, archivedAt: null };
  return { id, workspaceId: ROOT_WORKSPACE_ID, name, version: 1, ...times, isVirtual: true, body };
}

export function fixedId<K extends IdKind>(kind: K, digits: string) {
  const id = parseId(kind, `${kind}_${digits}`);
  if (id === undefined) throw new Error(`"${digits}" are not the digits of an id`);
  return id;
}

/** The same id for the same words, on every machine and after every start. */
export function namedId<K extends IdKind>(kind: K, words: readonly string[]) {
  return fixedId(kind, createHash("sha256").update(JSON.stringify(words)).digest("hex").slice(0, 32));
}
