/** Ends a key for ever. Its row stays, so that lists can say what it was. */
import type { KeyId } from "../../core/ids.ts";
import type { KeyStore } from "../../core/ports/keys.ts";
import { accept, refuse } from "../../core/refusal.ts";
import type { Outcome } from "../../core/refusal.ts";
import type { Principal } from "../principal.ts";
import type { Authentication } from "./authenticate.ts";
import { requireRole } from "./require-role.ts";
import type { VerbatimKeys } from "./verbatim-keys.ts";

export interface RevokeDeps {
  readonly store: Pick<KeyStore, "revokeKey">;
  readonly verbatim: Pick<VerbatimKeys, "keys">;
  readonly authentication: Pick<Authentication, "forget">;
}

export async function revokeKey(deps: RevokeDeps, principal: Principal, id: KeyId): Promise<Outcome<null>> {
  const allowed = requireRole(principal, "owner");
  if (!allowed.ok) return allowed;
  const configured = deps.verbatim.keys.find((key) => key.id === id);
  if (configured?.principal.workspaceId === principal.workspaceId) {
    return refuse({ code: "read_only", kind: "key", name: configured.name });
  }
  const isRevoked = await deps.store.revokeKey(id, principal.workspaceId);
  deps.authentication.forget(id);
  return isRevoked ? accept(null) : refuse({ code: "not_found", kind: "key", id });
}
