/**
 * Keys that are taken as they are, from the environment or the configuration (ruling 14): `SERAI_ADMIN_KEY`,
 * `ennio.api_token`.
 *
 * Invariant: they live in this process and in no table, so taking one out of the configuration and starting anew
 * revokes it everywhere. Every comparison takes the same time, whichever of them it is.
 */
import { createHash } from "node:crypto";
import { parseId } from "../../core/ids.ts";
import type { KeyId, UserId, WorkspaceId } from "../../core/ids.ts";
import type { Role } from "../../core/ports/keys.ts";
import { accept, refuse } from "../../core/refusal.ts";
import type { Outcome } from "../../core/refusal.ts";
import type { Principal } from "../principal.ts";
import { hashKey, isSameHash, MAX_KEY_LENGTH } from "./key-text.ts";

export const MIN_VERBATIM_KEY_LENGTH = 32;

export interface VerbatimKey {
  /** The setting it comes from. */
  readonly name: string;
  readonly text: string;
  readonly role: Role;
}

export interface NamedKey {
  readonly id: KeyId;
  readonly name: string;
  readonly principal: Principal;
}

export interface VerbatimKeys {
  find(textSha256: string): Principal | undefined;
  readonly keys: readonly NamedKey[];
}

export const noVerbatimKeys: VerbatimKeys = { find: () => undefined, keys: [] };

/** Refuses a key that could be guessed; the server does not start with one. The text is in no refusal. */
export function makeVerbatimKeys(
  keys: readonly VerbatimKey[],
  owner: { readonly workspaceId: WorkspaceId; readonly userId: UserId },
): Outcome<VerbatimKeys> {
  const short = keys.find(({ text }) => text.length < MIN_VERBATIM_KEY_LENGTH || text.length > MAX_KEY_LENGTH);
  if (short !== undefined) {
    const reason = `"${short.name}" must have ${MIN_VERBATIM_KEY_LENGTH} to ${MAX_KEY_LENGTH} characters, it has ${short.text.length}`;
    return refuse({ code: "invalid_input", path: `/${short.name}`, reason });
  }
  const named = keys.map(({ name, text, role }) => {
    const id = idOf(name, text);
    return { id, name, principal: { ...owner, keyId: id, role }, hash: hashKey(text) };
  });
  return accept({
    keys: named.map(({ id, name, principal }) => ({ id, name, principal })),
    find: (textSha256) => named.filter(({ hash }) => isSameHash(hash, textSha256)).at(0)?.principal,
  });
}

/** Another text is another key, also to those who remember ids. */
function idOf(name: string, text: string): KeyId {
  const digits = createHash("sha256")
    .update(JSON.stringify(["verbatim key", name, text]))
    .digest("hex")
    .slice(0, 32);
  const id = parseId("key", `key_${digits}`);
  if (id === undefined) throw new Error(`Cannot make an id for the key "${name}"`);
  return id;
}
