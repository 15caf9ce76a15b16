/** The keys of a workspace, without anything that could be used as one; those of the configuration come last. */
import type { KeyId, SessionId, UserId } from "../../core/ids.ts";
import type { KeyStore, Role } from "../../core/ports/keys.ts";
import { accept, refuse } from "../../core/refusal.ts";
import type { Outcome } from "../../core/refusal.ts";
import type { Principal } from "../principal.ts";
import { requireRole } from "./require-role.ts";
import type { VerbatimKeys } from "./verbatim-keys.ts";

export interface KeyView {
  readonly id: KeyId;
  readonly name: string;
  readonly role: Role;
  readonly userId: UserId;
  /** Of that session's program. */
  readonly sessionId: SessionId | null;
  readonly shownPrefix: string | null;
  /** `configuration`: taken verbatim, ends with the setting that names it. */
  readonly source: "minted" | "configuration";
  readonly createdAt: string | null;
  readonly expiresAt: string | null;
  readonly revokedAt: string | null;
  readonly lastUsedAt: string | null;
}

export interface KeyReads {
  readonly store: Pick<KeyStore, "listKeys" | "readKey">;
  readonly verbatim: Pick<VerbatimKeys, "keys">;
}

export async function listKeys(deps: KeyReads, principal: Principal): Promise<Outcome<readonly KeyView[]>> {
  const allowed = requireRole(principal, "owner");
  if (!allowed.ok) return allowed;
  const rows = await deps.store.listKeys(principal.workspaceId);
  const minted = rows
    .toSorted((left, right) => compare(right, left))
    .map(({ workspaceId: _, secretSha256: __, ...row }) => ({
      ...row,
      source: "minted" as const,
    }));
  return accept([...minted, ...configuredKeys(deps, principal)]);
}

/** Newest first; ids break a tie so that pages do not overlap. */
function compare(left: { readonly createdAt: string; readonly id: string }, right: typeof left): number {
  const a = `${left.createdAt} ${left.id}`;
  const b = `${right.createdAt} ${right.id}`;
  return a < b ? -1 : a > b ? 1 : 0;
}

export async function getKey(deps: KeyReads, principal: Principal, id: KeyId): Promise<Outcome<KeyView>> {
  const keys = await listKeys(deps, principal);
  if (!keys.ok) return keys;
  const found = keys.value.find((key) => key.id === id);
  return found === undefined ? refuse({ code: "not_found", kind: "key", id }) : accept(found);
}

function configuredKeys({ verbatim }: KeyReads, { workspaceId }: Principal): readonly KeyView[] {
  const own = verbatim.keys.filter(({ principal }) => principal.workspaceId === workspaceId);
  return own.map(({ id, name, principal: { role, userId } }) => ({
    id,
    name,
    role,
    userId,
    sessionId: null,
    shownPrefix: null,
    source: "configuration",
    createdAt: null,
    expiresAt: null,
    revokedAt: null,
    lastUsedAt: null,
  }));
}
