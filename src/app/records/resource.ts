/**
 * A plain resource as use cases see it: a row of the record table with its body read by the kind's schema.
 *
 * Invariant: a body in a `Resource` has passed its schema, on the way in and on the way out. Unknown members of a
 * stored body (written by a newer program) are left out here and kept by every change.
 */
import type { IdKind, MintId, WorkspaceId } from "../../core/ids.ts";
import { parseId } from "../../core/ids.ts";
import type { Role } from "../../core/ports/keys.ts";
import type { FullText, RecordKind, RecordRow, RecordStore } from "../../core/ports/records.ts";
import { accept, refuse } from "../../core/refusal.ts";
import type { Outcome, Refusal, ResourceKind } from "../../core/refusal.ts";

export interface Resource<Body> {
  readonly id: string;
  readonly workspaceId: WorkspaceId;
  readonly name: string;
  readonly version: number;
  readonly createdAt: string;
  readonly updatedAt: string;
  readonly archivedAt: string | null;
  /** Made by the program and not by a person: the same in every workspace, and read-only. */
  readonly isVirtual: boolean;
  readonly body: Body;
}

/** The part of a zod schema that is used here; this room does not know zod. */
export interface BodySchema<Body> {
  safeParse(
    input: unknown,
  ):
    | { readonly success: true; readonly data: Body }
    | { readonly success: false; readonly error: { readonly issues: readonly SchemaIssue[] } };
}

interface SchemaIssue {
  readonly path: readonly PropertyKey[];
  readonly message: string;
}

export interface Reader {
  readonly workspaceId: WorkspaceId;
}

export interface Writer extends Reader {
  readonly role: Role;
}

export interface KindDescription<Body> {
  readonly kind: RecordKind;
  readonly idKind: IdKind;
  readonly refusalKind: ResourceKind;
  readonly schema: BodySchema<Body>;
  /** `archive` keeps the row for those who still refer to it and frees its name. */
  readonly removal: "archive" | "delete";
  /** False: its records have titles in their bodies, which may repeat, and no names. */
  readonly hasNames?: boolean;
  /** What its records are found by beside their names. */
  readonly fullText?: (body: Body) => FullText;
  readonly virtual?: readonly Resource<Body>[];
  /** Says no to what the schema lets through, and answers the body as it is to be kept. */
  readonly admit?: (body: Body, reader: Reader, before?: Resource<Body>) => Promise<Outcome<Body>>;
  /** Says no to a removal. */
  readonly checkRemoval?: (resource: Resource<Body>, reader: Reader) => Promise<Outcome<unknown>>;
}

export interface KindDeps<Body> {
  readonly store: RecordStore;
  readonly mint: MintId;
  readonly kind: KindDescription<Body>;
  /** Rows that were read before, as they were read: of those that a store keeps, each is read again and again. */
  readonly known?: WeakMap<RecordRow, Resource<unknown>>;
}

export function readRow<Body>(deps: KindDeps<Body>, row: RecordRow): Resource<Body> {
  // A row is of one kind, and kinds have one schema.
  const known = deps.known?.get(row) as Resource<Body> | undefined;
  if (known !== undefined) return known;
  const resource = parseRow(deps, row);
  deps.known?.set(row, resource);
  return resource;
}

function parseRow<Body>({ kind }: KindDeps<Body>, row: RecordRow): Resource<Body> {
  const parsed = kind.schema.safeParse(JSON.parse(row.body));
  if (!parsed.success) {
    throw new Error(`The stored ${row.kind} "${row.id}" does not fit its schema`, { cause: parsed.error });
  }
  const { id, workspaceId, name, version, createdAt, updatedAt, archivedAt } = row;
  const times = { createdAt, updatedAt, archivedAt };
  return { id, workspaceId, name: name ?? "", version, ...times, isVirtual: false, body: parsed.data };
}

/** The body as its schema makes it, or where it does not fit. */
export function parseBody<Body>({ kind }: KindDeps<Body>, body: unknown): Outcome<Body> {
  const parsed = kind.schema.safeParse(body);
  if (parsed.success) return accept(parsed.data);
  const [issue] = parsed.error.issues;
  const path = (issue?.path ?? []).map(pointerStep).join("");
  return refuse({ code: "invalid_input", path, reason: lowerFirst(issue?.message ?? "is not valid") });
}

/** RFC 6901. */
function pointerStep(part: PropertyKey): string {
  return `/${String(part).replaceAll("~", "~0").replaceAll("/", "~1")}`;
}

/** Reasons are phrases that follow the name of the place. */
function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}

export function notFound<Body>(
  { kind }: KindDeps<Body>,
  id: string,
): { readonly ok: false; readonly refusal: Refusal } {
  return refuse({ code: "not_found", kind: kind.refusalKind, id });
}

/** Long prefixes come out as ours; what is no id of the kind finds nothing. */
export function canonicalId<Body>({ kind }: KindDeps<Body>, id: string): string | undefined {
  return parseId(kind.idKind, id);
}

export function findVirtual<Body>({ kind }: KindDeps<Body>, id: string): Resource<Body> | undefined {
  return kind.virtual?.find((resource) => resource.id === id);
}

/** Of a write: what the body is found by, where the kind has that. */
export function fullTextOf<Body>({ kind }: KindDeps<Body>, body: Body): { readonly fullText?: FullText } {
  return kind.fullText === undefined ? {} : { fullText: kind.fullText(body) };
}

export function isReservedName<Body>({ kind }: KindDeps<Body>, name: string): boolean {
  return kind.virtual?.some((resource) => resource.name === name) === true;
}
