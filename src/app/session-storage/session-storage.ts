/**
 * What a session keeps beside its log and files, for the people of its workspace and for its tools. Erased with it; a
 * fork begins with what there is at that moment, and from then on each has its own.
 */
import type { MintId, SessionId } from "../../core/ids.ts";
import type { RecordStore } from "../../core/ports/records.ts";
import type { SessionReads } from "../../core/ports/store.ts";
import type { ToolPorts } from "../../core/ports/tools.ts";
import { accept } from "../../core/refusal.ts";
import type { Outcome } from "../../core/refusal.ts";
import { requireRole } from "../keys/require-role.ts";
import { readOwnSession } from "../read-session.ts";
import type { Reader, Writer } from "../records/resource.ts";
import type { Secrets } from "../secrets.ts";
import type { SessionPlace } from "./session-record.ts";
import { makeSessionSecrets } from "./session-secrets.ts";
import type { GivenSecrets, SessionSecret } from "./given-secrets.ts";
import { makeSessionValues } from "./session-values.ts";
import type { SessionValue } from "./session-values.ts";

export interface SessionStorage {
  listValues(reader: Reader, sessionId: SessionId): Promise<Outcome<readonly SessionValue[]>>;
  listSecrets(reader: Reader, sessionId: SessionId): Promise<Outcome<readonly SessionSecret[]>>;
  putSecrets(
    writer: Writer,
    command: { readonly sessionId: SessionId; readonly secrets: GivenSecrets },
  ): Promise<Outcome<{ readonly count: number }>>;
  removeSecret(
    writer: Writer,
    command: { readonly sessionId: SessionId; readonly name: string },
  ): Promise<Outcome<null>>;
  portsOf(place: SessionPlace): Pick<ToolPorts, "keyValue" | "secrets">;
  /** For a session that is being made. */
  copy(place: SessionPlace, to: SessionId): Promise<void>;
  erase(sessionId: SessionId): Promise<void>;
}

export interface SessionStorageDeps {
  readonly store: RecordStore & Pick<SessionReads, "readSession">;
  readonly secrets: Secrets;
  readonly mint: MintId;
  readonly now: () => number;
}

export function makeSessionStorage(deps: SessionStorageDeps): SessionStorage {
  const { store } = deps;
  const values = makeSessionValues(deps);
  const secrets = makeSessionSecrets(deps);

  async function placeOf({ workspaceId }: Reader, sessionId: SessionId): Promise<Outcome<SessionPlace>> {
    const found = await readOwnSession(store, { workspaceId }, sessionId);
    return found.ok ? accept({ workspaceId, sessionId }) : found;
  }

  async function placeToWrite(writer: Writer, sessionId: SessionId): Promise<Outcome<SessionPlace>> {
    const role = requireRole(writer, "member");
    return role.ok ? placeOf(writer, sessionId) : role;
  }

  return {
    async listValues(reader, sessionId) {
      const place = await placeOf(reader, sessionId);
      return place.ok ? accept(await values.list(place.value)) : place;
    },
    async listSecrets(reader, sessionId) {
      const place = await placeOf(reader, sessionId);
      return place.ok ? accept(await secrets.list(place.value)) : place;
    },
    async putSecrets(writer, { sessionId, secrets: given }) {
      const place = await placeToWrite(writer, sessionId);
      return place.ok ? secrets.put(place.value, given) : place;
    },
    async removeSecret(writer, { sessionId, name }) {
      const place = await placeToWrite(writer, sessionId);
      return place.ok ? secrets.remove(place.value, name) : place;
    },
    portsOf: (place) => ({ keyValue: values.portOf(place), secrets: secrets.portOf(place) }),
    async copy(place, to) {
      await values.copy(place, to);
      await secrets.copy(place, to);
    },
    async erase(sessionId) {
      await values.erase(sessionId);
      await secrets.erase(sessionId);
    },
  };
}
