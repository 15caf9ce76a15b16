/**
 * Changes a resource, from the version the caller saw if it names one.
 *
 * Invariant: a change is made of what it was read from. Whoever is overtaken reads and merges again, so two people
 * who patch different members at once both keep their change; with `version` the second is told instead.
 */
import type { FullText, RecordRow } from "../../core/ports/records.ts";
import { accept, refuse } from "../../core/refusal.ts";
import type { Outcome } from "../../core/refusal.ts";
import { requireRole } from "../keys/require-role.ts";
import { checkName } from "./check-name.ts";
import { mergePatch } from "./merge-patch.ts";
import { canonicalId, findVirtual, fullTextOf, isReservedName, notFound, parseBody, readRow } from "./resource.ts";
import type { KindDeps, Resource, Writer } from "./resource.ts";

export interface UpdateRecord {
  readonly name?: unknown;
  /** Merged into the body (RFC 7396). */
  readonly patch?: unknown;
  /** In place of the body. */
  readonly body?: unknown;
  readonly version?: number;
  readonly isArchived?: boolean;
}

const ATTEMPTS = 100;

export async function updateRecord<Body>(
  deps: KindDeps<Body>,
  writer: Writer,
  { id, ...change }: UpdateRecord & { readonly id: string },
): Promise<Outcome<Resource<Body>>> {
  const role = requireRole(writer, "member");
  if (!role.ok) return role;
  const known = canonicalId(deps, id);
  if (known === undefined) return notFound(deps, id);
  const virtual = findVirtual(deps, known);
  if (virtual !== undefined) return refuse({ code: "read_only", kind: deps.kind.refusalKind, name: virtual.name });
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const row = await deps.store.readRecord(deps.kind.kind, known, writer.workspaceId);
    if (row === undefined) return notFound(deps, id);
    const outcome = await updateRow(deps, writer, { row, change });
    if (outcome !== "overtaken") return outcome;
  }
  throw new Error(`The ${deps.kind.kind} "${id}" changed ${ATTEMPTS} times while one change was being made`);
}

async function updateRow<Body>(
  deps: KindDeps<Body>,
  writer: Writer,
  { row, change }: { readonly row: RecordRow; readonly change: UpdateRecord },
): Promise<Outcome<Resource<Body>> | "overtaken"> {
  const { store, kind } = deps;
  const conflict = refuse({ code: "version_conflict", kind: kind.refusalKind, name: row.name ?? row.id });
  if (change.version !== undefined && change.version !== row.version) return conflict;
  const next = await nextOf(deps, writer, { row, change });
  if (!next.ok) return next;
  const { name, body, ...found } = next.value;
  const of = { kind: row.kind, id: row.id, workspaceId: row.workspaceId };
  const isArchived = change.isArchived === undefined ? {} : { isArchived: change.isArchived };
  const result = await store.writeRecord({
    kind: "update",
    of,
    name,
    body,
    version: row.version,
    ...found,
    ...isArchived,
  });
  if (result.kind === "written") return accept(readRow(deps, result.record));
  if (result.kind === "name_taken") return refuse({ code: "already_exists", kind: kind.refusalKind, name: name ?? "" });
  if (result.kind === "version_conflict" && change.version !== undefined) return conflict;
  return "overtaken";
}

/** Name and body as they are to be stored. Members that only a newer program knows go along with a patch. */
async function nextOf<Body>(
  deps: KindDeps<Body>,
  writer: Writer,
  { row, change }: { readonly row: RecordRow; readonly change: UpdateRecord },
): Promise<Outcome<{ readonly name: string | null; readonly body: string; readonly fullText?: FullText }>> {
  const name = change.name === undefined ? accept(row.name) : checkName(change.name);
  if (!name.ok) return name;
  if (name.value !== null && name.value !== row.name && isReservedName(deps, name.value)) {
    return refuse({ code: "already_exists", kind: deps.kind.refusalKind, name: name.value });
  }
  if (change.body === undefined && change.patch === undefined) return accept({ name: name.value, body: row.body });
  const merged = change.body ?? mergePatch(JSON.parse(row.body), change.patch);
  const body = parseBody(deps, merged);
  if (!body.ok) return body;
  const admitted = await deps.kind.admit?.(body.value, writer, readRow(deps, row));
  if (admitted !== undefined && !admitted.ok) return admitted;
  // Parsed as an object by the kind's schema.
  const kept = change.body === undefined ? (merged as object) : {};
  const whole = (admitted ?? body).value;
  return accept({ name: name.value, body: JSON.stringify({ ...kept, ...whole }), ...fullTextOf(deps, whole) });
}
