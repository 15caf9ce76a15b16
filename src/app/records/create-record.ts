/** Makes a resource; its name is unique among those of its kind that are not archived. */
import { accept, refuse } from "../../core/refusal.ts";
import type { Outcome } from "../../core/refusal.ts";
import { requireRole } from "../keys/require-role.ts";
import { checkName } from "./check-name.ts";
import { fullTextOf, isReservedName, parseBody, readRow } from "./resource.ts";
import type { KindDeps, Resource, Writer } from "./resource.ts";

export interface CreateRecord {
  /** Of kinds that have names. */
  readonly name?: unknown;
  readonly body: unknown;
}

export async function createRecord<Body>(
  deps: KindDeps<Body>,
  writer: Writer,
  command: CreateRecord,
): Promise<Outcome<Resource<Body>>> {
  const role = requireRole(writer, "member");
  if (!role.ok) return role;
  const name = deps.kind.hasNames === false ? accept(null) : checkName(command.name);
  if (!name.ok) return name;
  const body = parseBody(deps, command.body);
  if (!body.ok) return body;
  const admitted = deps.kind.admit === undefined ? body : await deps.kind.admit(body.value, writer);
  if (!admitted.ok) return admitted;
  return writeNew(deps, writer, { name: name.value, body: admitted.value });
}

async function writeNew<Body>(
  deps: KindDeps<Body>,
  { workspaceId }: Writer,
  { name, body }: { readonly name: string | null; readonly body: Body },
): Promise<Outcome<Resource<Body>>> {
  const { store, mint, kind } = deps;
  const taken = refuse({ code: "already_exists", kind: kind.refusalKind, name: name ?? "" });
  if (name !== null && isReservedName(deps, name)) return taken;
  const id = mint(kind.idKind);
  const record = { kind: kind.kind, id, workspaceId, name, body: JSON.stringify(body) };
  const result = await store.writeRecord({ kind: "create", record, ...fullTextOf(deps, body) });
  if (result.kind === "written") return accept(readRow(deps, result.record));
  if (result.kind === "name_taken") return taken;
  throw new Error(`The store answered "${result.kind}" to the making of ${kind.kind} "${id}"`);
}
