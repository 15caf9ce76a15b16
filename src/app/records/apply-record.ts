/** Makes a resource of this name, or puts this body in place of the one that is there. For files kept elsewhere. */
import { accept, refuse } from "../../core/refusal.ts";
import type { Outcome } from "../../core/refusal.ts";
import { createRecord } from "./create-record.ts";
import type { CreateRecord } from "./create-record.ts";
import { checkName } from "./check-name.ts";
import { findRecord } from "./get-record.ts";
import type { KindDeps, Resource, Writer } from "./resource.ts";
import { updateRecord } from "./update-record.ts";

export interface Applied<Body> {
  readonly resource: Resource<Body>;
  readonly isNew: boolean;
}

const ATTEMPTS = 100;

export async function applyRecord<Body>(
  deps: KindDeps<Body>,
  writer: Writer,
  command: CreateRecord,
): Promise<Outcome<Applied<Body>>> {
  const name = checkName(command.name);
  if (!name.ok) return name;
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const found = await findRecord(deps, writer, name.value);
    if (found === undefined) {
      const created = await createRecord(deps, writer, command);
      if (created.ok) return accept({ resource: created.value, isNew: true });
      if (created.refusal.code !== "already_exists") return created;
      continue;
    }
    const updated = await updateRecord(deps, writer, { id: found.id, body: command.body });
    if (updated.ok) return accept({ resource: updated.value, isNew: false });
    if (updated.refusal.code !== "not_found") return updated;
  }
  return refuse({ code: "version_conflict", kind: deps.kind.refusalKind, name: name.value });
}
