/**
 * Secrets that people give to a session. Each is sealed under (workspace, session, name) in a record of its own, beside
 * a list of their names.
 *
 * Invariant: a value goes in and nothing here gives it out. A name is written before its value and removed after it, so
 * no sealed value is without a name, and what is erased with the session is everything.
 */
import type { MintId } from "../../core/ids.ts";
import type { SecretNames } from "../../core/ports/tools.ts";
import { sessionSecretsBody } from "../../core/records/session-storage.ts";
import type { SessionSecretsBody } from "../../core/records/session-storage.ts";
import { accept, refuse } from "../../core/refusal.ts";
import type { Outcome } from "../../core/refusal.ts";
import { makeKeyedQueue } from "../../lib/keyed-queue.ts";
import type { SecretPlace, Secrets } from "../secrets.ts";
import { makeSessionEntries } from "./session-record.ts";
import type { SessionPlace, SessionRecordDeps } from "./session-record.ts";

export type SessionSecret = SessionSecretsBody["entries"][number];

export interface SessionSecrets {
  list(place: SessionPlace): Promise<readonly SessionSecret[]>;
  put(place: SessionPlace, secrets: Readonly<Record<string, string>>): Promise<Outcome<{ readonly count: number }>>;
  remove(place: SessionPlace, name: string): Promise<Outcome<null>>;
  portOf(place: SessionPlace): SecretNames;
  erase(sessionId: SessionPlace["sessionId"]): Promise<void>;
}

const NAME = /^[A-Za-z_][A-Za-z0-9_]{0,99}$/;
const MAX_SECRETS = 100;
const MAX_VALUE_BYTES = 16 * 1024;

export interface SessionSecretsDeps {
  readonly store: SessionRecordDeps<SessionSecret>["store"];
  readonly secrets: Pick<Secrets, "put" | "remove">;
  readonly mint: MintId;
  readonly now: () => number;
}

export function makeSessionSecrets({ store, secrets, mint, now }: SessionSecretsDeps): SessionSecrets {
  const entries = makeSessionEntries({ store, mint, kind: "session_secrets", schema: sessionSecretsBody });
  // Two that seal the same new secret at once would both make its record.
  const changing = makeKeyedQueue();
  return {
    list: (place) => entries.read(place),
    portOf: (place) => ({ list: async () => (await entries.read(place)).map(({ name }) => name) }),
    put: (place, given) => changing.run(place.sessionId, () => put(place, given)),
    remove: (place, name) => changing.run(place.sessionId, () => remove(place, name)),
    async erase(sessionId) {
      const found = await entries.find(sessionId);
      if (found === undefined) return;
      for (const { name } of found.entries) await secrets.remove(placeOf({ ...found, sessionId }, name));
      await entries.erase(sessionId);
    },
  };

  async function put(place: SessionPlace, given: Readonly<Record<string, string>>) {
    const checked = checkSecrets(given);
    if (!checked.ok) return checked;
    const time = new Date(now()).toISOString();
    const named = await entries.change(place, (before) => withNames(before, Object.keys(given), time));
    if (!named.ok) return named;
    for (const [name, value] of Object.entries(given)) await secrets.put(placeOf(place, name), value);
    return accept({ count: Object.keys(given).length });
  }

  async function remove(place: SessionPlace, name: string): Promise<Outcome<null>> {
    const before = await entries.read(place);
    if (!before.some((entry) => entry.name === name)) return refuse({ code: "not_found", kind: "secret", id: name });
    await secrets.remove(placeOf(place, name));
    await entries.change(place, (kept) => accept(kept.filter((entry) => entry.name !== name)));
    return accept(null);
  }
}

function placeOf({ workspaceId, sessionId }: SessionPlace, name: string): SecretPlace {
  return { workspaceId, kind: "session_secret", id: `${sessionId}/${name}` };
}

/** The value is in no refusal. */
function checkSecrets(given: Readonly<Record<string, string>>): Outcome<null> {
  for (const [name, value] of Object.entries(given)) {
    const path = `/secrets/${name.slice(0, 100)}`;
    if (!NAME.test(name)) {
      const reason = "is no name of a secret: letters, digits and _, at most 100, no digit first";
      return refuse({ code: "invalid_input", path, reason });
    }
    if (Buffer.byteLength(value) > MAX_VALUE_BYTES)
      return refuse({ code: "invalid_input", path, reason: `must have at most ${MAX_VALUE_BYTES} bytes` });
  }
  return accept(null);
}

function withNames(
  before: readonly SessionSecret[],
  names: readonly string[],
  time: string,
): Outcome<readonly SessionSecret[]> {
  const known = new Map(before.map((entry) => [entry.name, entry]));
  for (const name of names) {
    known.set(name, { name, created_at: known.get(name)?.created_at ?? time, updated_at: time });
  }
  if (known.size <= MAX_SECRETS) return accept([...known.values()]);
  const reason = `would be more than the ${MAX_SECRETS} that a session may have`;
  return refuse({ code: "invalid_input", path: "/secrets", reason });
}
