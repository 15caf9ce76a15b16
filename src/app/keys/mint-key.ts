/** Makes a key. Its text is in the answer and nowhere else. */
import type { MintId, SessionId, UserId, WorkspaceId } from "../../core/ids.ts";
import type { KeyRow, KeyStore, Role } from "../../core/ports/keys.ts";
import type { Clock } from "../../core/ports/clock.ts";
import { accept, refuse } from "../../core/refusal.ts";
import type { Outcome } from "../../core/refusal.ts";
import type { Principal } from "../principal.ts";
import { checkName } from "../records/check-name.ts";
import { formatKey, hashKey, KEY_SECRET_BYTES, shownPrefixOf } from "./key-text.ts";
import type { KeyPrefix } from "./key-text.ts";
import { requireRole } from "./require-role.ts";
import type { UserNamed } from "./user-named.ts";

export interface MintDeps {
  readonly store: Pick<KeyStore, "createKey">;
  readonly mint: MintId;
  readonly randomBytes: (count: number) => Uint8Array;
}

export interface KeyGrant {
  readonly workspaceId: WorkspaceId;
  readonly userId: UserId;
  readonly name: string;
  readonly role: Role;
  readonly expiresAt: string | null;
  readonly prefix?: KeyPrefix;
  readonly sessionId?: SessionId;
}

export interface MintedKey {
  readonly key: KeyRow;
  readonly text: string;
}

/** For those who have the right to; `mintKey` asks for it. */
export async function grantKey({ store, mint, randomBytes }: MintDeps, grant: KeyGrant): Promise<MintedKey> {
  const { prefix = "srk", sessionId = null, ...facts } = grant;
  const id = mint("key");
  const text = formatKey(prefix, id, randomBytes(KEY_SECRET_BYTES));
  const shownPrefix = shownPrefixOf(prefix, id);
  return { key: await store.createKey({ ...facts, sessionId, id, shownPrefix, secretSha256: hashKey(text) }), text };
}

export interface MintKey {
  readonly name: unknown;
  /** Whose it is; nothing: of who mints it. */
  readonly userName?: unknown;
  readonly role?: Role;
  /** ISO 8601. */
  readonly expiresAt?: string | null;
  readonly prefix?: KeyPrefix;
  /** Bound to it (H10). For the server itself: no door mints such a key. */
  readonly sessionId?: SessionId;
}

/** Names under which the program keeps keys of its own, see `bootstrap-workspace`. */
export const RESERVED_KEY_NAME = "admin.key";

export async function mintKey(
  deps: MintDeps & { readonly clock: Pick<Clock, "now">; readonly userNamed: UserNamed },
  principal: Principal,
  { name, userName, role = "member", expiresAt = null, ...given }: MintKey,
): Promise<Outcome<MintedKey>> {
  const allowed = requireRole(principal, "owner");
  if (!allowed.ok) return allowed;
  const tidy = checkName(name);
  if (!tidy.ok) return tidy;
  if (tidy.value.startsWith(RESERVED_KEY_NAME)) {
    return refuse({ code: "already_exists", kind: "key", name: tidy.value });
  }
  const expiry = checkExpiry(expiresAt, deps.clock.now());
  if (!expiry.ok) return expiry;
  const { workspaceId } = principal;
  const user = userName === undefined ? accept(principal.userId) : await deps.userNamed(principal, userName);
  if (!user.ok) return user;
  const grant = { workspaceId, userId: user.value, name: tidy.value, role, expiresAt: expiry.value };
  return accept(await grantKey(deps, { ...grant, ...given }));
}

function checkExpiry(expiresAt: string | null, nowMs: number): Outcome<string | null> {
  if (expiresAt === null) return accept(null);
  const at = Date.parse(expiresAt);
  const path = "/expires_at";
  if (Number.isNaN(at)) return refuse({ code: "invalid_input", path, reason: "must be a time in ISO 8601" });
  if (at <= nowMs) return refuse({ code: "invalid_input", path, reason: "must be in the future" });
  return accept(new Date(at).toISOString());
}
