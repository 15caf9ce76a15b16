/**
 * Secrets that people give to a session, each with the hosts that it may be sent to. Each is sealed under (workspace,
 * session, name) in a record of its own, together with its hosts, beside a list of their names.
 *
 * Invariant: a value comes out for the session's tools alone. The hosts that count are those sealed with the value, so a
 * change that was cut short never sends a value where another one was meant to go. A name is written before its value and
 * removed after it, so no sealed value is without a name, and what is erased with the session is everything.
 */
import type { MintId } from "../../core/ids.ts";
import type { OpenedSecret, SecretUse } from "../../core/ports/tools.ts";
import { sessionSecretsBody } from "../../core/records/session-storage.ts";
import { accept, refuse } from "../../core/refusal.ts";
import type { Outcome } from "../../core/refusal.ts";
import { makeKeyedQueue } from "../../lib/keyed-queue.ts";
import type { SecretPlace, Secrets } from "../secrets.ts";
import { checkSecrets, pack, unpack, withNames } from "./given-secrets.ts";
import type { GivenSecrets, SessionSecret } from "./given-secrets.ts";
import { makeSessionEntries } from "./session-record.ts";
import type { SessionEntries, SessionPlace, SessionRecordDeps } from "./session-record.ts";

export interface SessionSecrets {
  list(place: SessionPlace): Promise<readonly SessionSecret[]>;
  /** Each as a whole: hosts that are not given again are gone. */
  put(place: SessionPlace, secrets: GivenSecrets): Promise<Outcome<{ readonly count: number }>>;
  remove(place: SessionPlace, name: string): Promise<Outcome<null>>;
  portOf(place: SessionPlace): SecretUse;
  /** Gives another session what this one has; what cannot be opened is left behind. */
  copy(place: SessionPlace, to: SessionPlace["sessionId"]): Promise<void>;
  erase(sessionId: SessionPlace["sessionId"]): Promise<void>;
}

export interface SessionSecretsDeps {
  readonly store: SessionRecordDeps<SessionSecret>["store"];
  readonly secrets: Pick<Secrets, "put" | "read" | "remove">;
  readonly mint: MintId;
  readonly now: () => number;
}

export function makeSessionSecrets({ store, secrets, mint, now }: SessionSecretsDeps): SessionSecrets {
  const entries = makeSessionEntries({ store, mint, kind: "session_secrets", schema: sessionSecretsBody });
  // Two that seal the same new secret at once would both make its record.
  const changing = makeKeyedQueue();
  return {
    list: (place) => entries.read(place),
    portOf: (place) => ({
      list: async () => (await entries.read(place)).map(({ name, hosts }) => ({ name, hosts })),
      open: () => openAll({ entries, secrets }, place),
    }),
    async copy(place, to) {
      const given = (await openAll({ entries, secrets }, place)).map(({ name, ...secret }) => [name, secret] as const);
      if (given.length > 0) await write({ ...place, sessionId: to }, Object.fromEntries(given));
    },
    put: (place, given) => changing.run(place.sessionId, () => put(place, given)),
    remove: (place, name) => changing.run(place.sessionId, () => remove(place, name)),
    async erase(sessionId) {
      const found = await entries.find(sessionId);
      if (found === undefined) return;
      for (const { name } of found.entries) await secrets.remove(placeOf({ ...found, sessionId }, name));
      await entries.erase(sessionId);
    },
  };

  async function put(place: SessionPlace, given: GivenSecrets): Promise<Outcome<{ readonly count: number }>> {
    const checked = checkSecrets(given);
    return checked.ok ? write(place, checked.value) : checked;
  }

  async function write(place: SessionPlace, given: GivenSecrets) {
    const time = new Date(now()).toISOString();
    const named = await entries.change(place, (before) => withNames(before, given, time));
    if (!named.ok) return named;
    for (const [name, secret] of Object.entries(given)) await secrets.put(placeOf(place, name), pack(secret));
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

async function openAll(
  { entries, secrets }: { readonly entries: SessionEntries<SessionSecret>; readonly secrets: Pick<Secrets, "read"> },
  place: SessionPlace,
): Promise<readonly OpenedSecret[]> {
  const opened: OpenedSecret[] = [];
  for (const { name } of await entries.read(place)) {
    const read = await secrets.read(placeOf(place, name));
    if (read.kind === "set") opened.push({ name, ...unpack(read.text) });
  }
  return opened;
}
