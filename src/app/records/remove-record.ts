/** Takes a resource away: archives it where others may still refer to it, deletes it where the kind says so. */
import { accept, refuse } from "../../core/refusal.ts";
import type { Outcome } from "../../core/refusal.ts";
import { requireRole } from "../keys/require-role.ts";
import { getRecord } from "./get-record.ts";
import { notFound } from "./resource.ts";
import type { KindDeps, Resource, Writer } from "./resource.ts";
import { updateRecord } from "./update-record.ts";

export async function removeRecord<Body>(
  deps: KindDeps<Body>,
  writer: Writer,
  id: string,
): Promise<Outcome<Resource<Body>>> {
  const role = requireRole(writer, "member");
  if (!role.ok) return role;
  const found = await getRecord(deps, writer, id);
  if (!found.ok) return found;
  const { kind, store } = deps;
  if (found.value.isVirtual) return refuse({ code: "read_only", kind: kind.refusalKind, name: found.value.name });
  const checked = await kind.checkRemoval?.(found.value, writer);
  if (checked !== undefined && !checked.ok) return checked;
  if (kind.removal === "archive") return updateRecord(deps, writer, { id, isArchived: true });
  const of = { kind: kind.kind, id: found.value.id, workspaceId: writer.workspaceId };
  const result = await store.writeRecord({ kind: "delete", of });
  return result.kind === "deleted" ? accept(found.value) : notFound(deps, id);
}
