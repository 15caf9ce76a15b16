/**
 * Who is behind a key.
 *
 * Invariant: a revoked key counts for at most `CACHE_MS` more on any node, an expired one not at all. What is kept in
 * memory is bounded and holds hashes, no keys; nothing is kept of a "no". The id in the text finds the row; whether it
 * is the right text is asked of its hash, in constant time.
 */
import type { KeyId } from "../../core/ids.ts";
import type { Clock } from "../../core/ports/clock.ts";
import type { KeyRow, KeyStore } from "../../core/ports/keys.ts";
import { accept, refuse } from "../../core/refusal.ts";
import type { Outcome } from "../../core/refusal.ts";
import type { Principal } from "../principal.ts";
import { hashKey, isSameHash, MAX_KEY_LENGTH, readKeyId } from "./key-text.ts";
import { makeLastUse } from "./last-use.ts";
import { RecentMap } from "../recent-map.ts";
import type { VerbatimKeys } from "./verbatim-keys.ts";

export interface AuthenticateDeps {
  readonly store: Pick<KeyStore, "readKey" | "touchKey">;
  readonly clock: Clock;
  readonly verbatim: VerbatimKeys;
  /** Contract: never throws. Told of what went wrong beside a request, which goes on. */
  readonly onFault: (error: Error) => void;
}

export interface Authentication {
  /** Contract: the text as it came, however long; answers only `unauthenticated`. Rejects for a fault of the store. */
  authenticate(text: string): Promise<Outcome<Principal>>;
  /** For those who let a stream run: has the key been revoked or expired since? */
  isStillValid(principal: Pick<Principal, "keyId">): Promise<boolean>;
  /** This node learns of a revocation at once. */
  forget(id: KeyId): void;
}

/** Two of these and a stream's own pause of 2 s stay within the 5 s in which a revocation counts. */
export const CACHE_MS = 1_000;
const CACHED_KEYS = 10_000;

export function makeAuthentication(deps: AuthenticateDeps): Authentication {
  const rows = new RecentMap<KeyId, KeyRow>({ capacity: CACHED_KEYS, lifeMs: CACHE_MS, clock: deps.clock });
  const touch = makeLastUse(deps);
  const verbatimIds = new Set<string>(deps.verbatim.keys.map(({ id }) => id));

  async function readRow(id: KeyId): Promise<KeyRow | undefined> {
    const cached = rows.get(id);
    if (cached !== undefined) return cached;
    const row = await deps.store.readKey(id);
    if (row !== undefined && row.revokedAt === null) rows.set(id, row);
    return row;
  }

  return {
    async authenticate(text) {
      if (text.length > MAX_KEY_LENGTH) return unknownKey();
      const hash = hashKey(text);
      const configured = deps.verbatim.find(hash);
      if (configured !== undefined) return accept(configured);
      const id = readKeyId(text);
      const row = id === undefined ? undefined : await readRow(id);
      if (row === undefined || !isSameHash(row.secretSha256, hash)) return unknownKey();
      const refused = refuseEnded(row, deps.clock.now());
      if (refused !== undefined) return refused;
      touch(row.id);
      return accept(principalOf(row));
    },
    async isStillValid({ keyId }) {
      if (keyId === null || verbatimIds.has(keyId)) return true;
      const row = await readRow(keyId);
      return row !== undefined && refuseEnded(row, deps.clock.now()) === undefined;
    },
    forget(id) {
      rows.delete(id);
    },
  };
}

function principalOf({ id, workspaceId, userId, role, sessionId }: KeyRow): Principal {
  return { workspaceId, userId, keyId: id, role, ...(sessionId === null ? {} : { boundTo: sessionId }) };
}

function refuseEnded({ revokedAt, expiresAt }: KeyRow, nowMs: number) {
  if (revokedAt !== null) return refuse({ code: "unauthenticated", reason: "the key was revoked" });
  if (expiresAt === null || Date.parse(expiresAt) > nowMs) return undefined;
  return refuse({ code: "unauthenticated", reason: "the key has expired" });
}

function unknownKey() {
  return refuse({ code: "unauthenticated", reason: "the key is unknown" });
}
