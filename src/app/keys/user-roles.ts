/** What the users of a workspace may do: the roles of their keys that still count. Keys have roles; users have keys. */
import type { Clock } from "../../core/ports/clock.ts";
import type { KeyStore, Role } from "../../core/ports/keys.ts";
import type { Principal } from "../principal.ts";
import type { VerbatimKeys } from "./verbatim-keys.ts";

export interface UserRolesDeps {
  readonly store: Pick<KeyStore, "listKeys">;
  readonly clock: Pick<Clock, "now">;
  readonly verbatim: Pick<VerbatimKeys, "keys">;
}

/** By the user's id. */
export type UserRoles = ReadonlyMap<string, readonly Role[]>;

const RANK = ["owner", "member", "viewer"] as const satisfies readonly Role[];

export async function userRoles(
  { store, clock, verbatim }: UserRolesDeps,
  { workspaceId }: Pick<Principal, "workspaceId">,
): Promise<UserRoles> {
  const now = clock.now();
  const minted = (await store.listKeys(workspaceId)).filter(
    // What a session's program may do says nothing of its user.
    ({ revokedAt, expiresAt, sessionId }) =>
      sessionId === null && revokedAt === null && (expiresAt === null || Date.parse(expiresAt) > now),
  );
  const configured = verbatim.keys.map(({ principal }) => principal).filter((one) => one.workspaceId === workspaceId);
  const found = new Map<string, Set<Role>>();
  for (const { userId, role } of [...minted, ...configured]) {
    const roles = found.get(userId) ?? new Set();
    found.set(userId, roles.add(role));
  }
  return new Map([...found].map(([id, roles]) => [id, RANK.filter((role) => roles.has(role))]));
}
