/**
 * A record of which each user has at most one: it has the user's id for a name, and names are unique. A change is made
 * of what was read; whoever is overtaken reads and decides again, so of many who begin at once all end with one record.
 */
import type { IdKind, MintId } from "../core/ids.ts";
import type { RecordKind, RecordRow, RecordStore, RecordWrite } from "../core/ports/records.ts";
import type { Principal } from "./principal.ts";

export type RecordOwner = Pick<Principal, "workspaceId" | "userId">;

export interface OwnRecordDeps<Body> {
  readonly store: Pick<RecordStore, "findRecordByName" | "writeRecord">;
  readonly mint: MintId;
  readonly kind: RecordKind;
  readonly idKind: IdKind;
  readonly schema: { parse(value: unknown): Body };
}

export interface OwnRecord<Body> {
  read(owner: RecordOwner): Promise<Body | null>;
  /** `next` gives the body to be kept, or nothing when what is there may stay; it may be asked again. */
  change(owner: RecordOwner, next: (body: Body | null) => Promise<Body | null>): Promise<Body | null>;
}

const ATTEMPTS = 1_000;

export function makeOwnRecord<Body>(deps: OwnRecordDeps<Body>): OwnRecord<Body> {
  const { store, kind, schema } = deps;
  const find = ({ workspaceId, userId }: RecordOwner) => store.findRecordByName(kind, userId, workspaceId);
  const bodyOf = (row: RecordRow | undefined) => (row === undefined ? null : schema.parse(JSON.parse(row.body)));
  return {
    read: async (owner) => bodyOf(await find(owner)),
    async change(owner, next) {
      for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
        const row = await find(owner);
        const before = bodyOf(row);
        const body = await next(before);
        if (body === null) return before;
        const result = await store.writeRecord(writeOf(deps, { owner, row, body: JSON.stringify(body) }));
        if (result.kind === "written") return body;
      }
      throw new Error(
        `The ${kind} of user "${owner.userId}" changed ${ATTEMPTS} times while one change was being made`,
      );
    },
  };
}

function writeOf(
  { mint, kind, idKind }: Pick<OwnRecordDeps<unknown>, "mint" | "kind" | "idKind">,
  { owner, row, body }: { readonly owner: RecordOwner; readonly row: RecordRow | undefined; readonly body: string },
): RecordWrite {
  const { workspaceId, userId: name } = owner;
  if (row === undefined) return { kind: "create", record: { kind, id: mint(idKind), workspaceId, name, body } };
  return { kind: "update", of: { kind, id: row.id, workspaceId }, body, version: row.version };
}
