/**
 * A record that a session has one of: it has the session's id for a name, and names are unique. A change is made of what
 * was read; whoever is overtaken reads and decides again, so of many who begin at once all end with one record.
 */
import type { MintId, SessionId, WorkspaceId } from "../../core/ids.ts";
import type { RecordKind, RecordRow, RecordStore, RecordWrite } from "../../core/ports/records.ts";
import type { Outcome } from "../../core/refusal.ts";

export interface SessionPlace {
  readonly workspaceId: WorkspaceId;
  readonly sessionId: SessionId;
}

export interface SessionRecordDeps<Entry> {
  readonly store: Pick<RecordStore, "findRecordByName" | "listRecords" | "writeRecord">;
  readonly mint: MintId;
  readonly kind: RecordKind;
  readonly schema: { parse(body: unknown): { readonly entries: readonly Entry[] } };
}

export interface SessionEntries<Entry> {
  read(place: SessionPlace): Promise<readonly Entry[]>;
  /** `next` gives what is to be kept, or refuses; it may be asked again. */
  change(
    place: SessionPlace,
    next: (entries: readonly Entry[]) => Outcome<readonly Entry[]>,
  ): Promise<Outcome<readonly Entry[]>>;
  /** Of whichever workspace. */
  find(
    sessionId: SessionId,
  ): Promise<{ readonly workspaceId: WorkspaceId; readonly entries: readonly Entry[] } | undefined>;
  erase(sessionId: SessionId): Promise<void>;
}

const ATTEMPTS = 1_000;

export function makeSessionEntries<Entry>(deps: SessionRecordDeps<Entry>): SessionEntries<Entry> {
  const { store, kind, schema } = deps;
  const entriesOf = (row: RecordRow | undefined) =>
    row === undefined ? [] : schema.parse(JSON.parse(row.body)).entries;
  const find = ({ workspaceId, sessionId }: SessionPlace) => store.findRecordByName(kind, sessionId, workspaceId);
  const findAnywhere = async (sessionId: SessionId) => {
    const { records } = await store.listRecords({ kind, search: sessionId, limit: 1 });
    return records.find(({ name }) => name === sessionId);
  };
  return {
    read: async (place) => entriesOf(await find(place)),
    async change(place, next) {
      for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
        const row = await find(place);
        const entries = next(entriesOf(row));
        if (!entries.ok) return entries;
        const body = JSON.stringify({ entries: entries.value });
        const result = await store.writeRecord(writeOf(deps, place, { row, body }));
        if (result.kind === "written") return entries;
      }
      throw new Error(
        `The ${kind} of session "${place.sessionId}" changed ${ATTEMPTS} times while one change was made`,
      );
    },
    async find(sessionId) {
      const row = await findAnywhere(sessionId);
      return row === undefined ? undefined : { workspaceId: row.workspaceId, entries: entriesOf(row) };
    },
    async erase(sessionId) {
      const row = await findAnywhere(sessionId);
      if (row === undefined) return;
      const { id, workspaceId } = row;
      await store.writeRecord({ kind: "delete", of: { kind, id, workspaceId } });
    },
  };
}

function writeOf(
  { kind, mint }: Pick<SessionRecordDeps<unknown>, "kind" | "mint">,
  { workspaceId, sessionId: name }: SessionPlace,
  { row, body }: { readonly row: RecordRow | undefined; readonly body: string },
): RecordWrite {
  if (row === undefined) return { kind: "create", record: { kind, id: mint("storage"), workspaceId, name, body } };
  return { kind: "update", of: { kind, id: row.id, workspaceId }, body, version: row.version };
}
