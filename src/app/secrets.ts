/**
 * Secrets at rest: sealed texts in records of their own, beside what they belong to (E3 of the engine page).
 *
 * Invariant: a plaintext is in no record, no error and no log line; it is in the hands of the one who asked to use it.
 * A secret under another key is a state (`needs_key`) and no fault: the server runs without it and says so.
 */
import type { WorkspaceId } from "../core/ids.ts";
import type { RecordRow, RecordStore } from "../core/ports/records.ts";
import type { SealedText, SecretBox } from "../lib/secret-box.ts";

/** Part of what the seal is bound to, so a row copied to another workspace or owner opens nowhere. */
export interface SecretPlace {
  readonly workspaceId: WorkspaceId;
  readonly kind: "provider_key" | "mcp_server" | "session_secret";
  /** Of the resource it belongs to. */
  readonly id: string;
}

export type SecretState = "set" | "unset" | "needs_key";

export type ReadSecret =
  | { readonly kind: "set"; readonly text: string }
  | { readonly kind: "unset" }
  /** Sealed under another key; `keyId` names that key without telling it. */
  | { readonly kind: "needs_key"; readonly keyId: string };

export interface Secrets {
  put(place: SecretPlace, text: string): Promise<void>;
  read(place: SecretPlace): Promise<ReadSecret>;
  /** As `read`, without opening it. */
  state(place: SecretPlace): Promise<SecretState>;
  remove(place: SecretPlace): Promise<void>;
}

export interface SecretDeps {
  readonly store: RecordStore;
  readonly box: SecretBox;
}

export function makeSecrets({ store, box }: SecretDeps): Secrets {
  const readRow = ({ workspaceId, ...place }: SecretPlace) => store.readRecord("secret", idOf(place), workspaceId);
  return {
    put: (place, text) => putSecret(store, place, JSON.stringify(box.seal(text, wordsOf(place)))),
    async read(place) {
      const row = await readRow(place);
      return row === undefined ? { kind: "unset" } : openSecret(box, row, place);
    },
    async state(place) {
      const row = await readRow(place);
      if (row === undefined) return "unset";
      return parseSealed(row).keyId === box.keyId ? "set" : "needs_key";
    },
    async remove(place) {
      await store.writeRecord({ kind: "delete", of: identityOf(place) });
    },
  };
}

async function putSecret(store: RecordStore, place: SecretPlace, body: string): Promise<void> {
  const of = identityOf(place);
  const updated = await store.writeRecord({ kind: "update", of, body });
  if (updated.kind === "written") return;
  const created = await store.writeRecord({ kind: "create", record: { ...of, name: null, body } });
  if (created.kind !== "written") throw new Error(`Cannot keep the secret "${of.id}": ${created.kind}`);
}

function openSecret(box: SecretBox, row: RecordRow, place: SecretPlace): ReadSecret {
  const opened = box.open(parseSealed(row), wordsOf(place));
  if (opened.kind === "opened") return { kind: "set", text: opened.text };
  if (opened.kind === "other_key") return { kind: "needs_key", keyId: opened.keyId };
  throw new Error(`The secret "${row.id}" is damaged or was moved from another place`);
}

/** Only `seal` writes these rows; what has another layout was written by a newer program. */
function parseSealed({ id, body }: RecordRow): SealedText {
  const sealed = JSON.parse(body) as SealedText;
  const version: number = sealed.version;
  if (version === 1) return sealed;
  throw new Error(`The secret "${id}" has layout ${version}, which this program does not know`);
}

function identityOf(place: SecretPlace) {
  return { kind: "secret", id: idOf(place), workspaceId: place.workspaceId } as const;
}

function idOf({ kind, id }: Pick<SecretPlace, "kind" | "id">): string {
  return `${kind}/${id}`;
}

function wordsOf({ workspaceId, kind, id }: SecretPlace): readonly string[] {
  return [workspaceId, kind, id];
}
