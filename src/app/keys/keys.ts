/** The use cases of keys, bound to their store. */
import type { KeyId, MintId } from "../../core/ids.ts";
import type { Clock } from "../../core/ports/clock.ts";
import type { KeyStore } from "../../core/ports/keys.ts";
import type { Outcome } from "../../core/refusal.ts";
import type { Principal } from "../principal.ts";
import { makeAuthentication } from "./authenticate.ts";
import type { Authentication } from "./authenticate.ts";
import { getKey, listKeys } from "./list-keys.ts";
import type { KeyView } from "./list-keys.ts";
import { mintKey } from "./mint-key.ts";
import type { MintedKey, MintKey } from "./mint-key.ts";
import { revokeKey } from "./revoke-key.ts";
import { userRoles } from "./user-roles.ts";
import type { UserNamed } from "./user-named.ts";
import type { UserRoles } from "./user-roles.ts";
import type { VerbatimKeys } from "./verbatim-keys.ts";

export interface Keys extends Pick<Authentication, "authenticate" | "isStillValid"> {
  mint(principal: Principal, command: MintKey): Promise<Outcome<MintedKey>>;
  list(principal: Principal): Promise<Outcome<readonly KeyView[]>>;
  get(principal: Principal, id: KeyId): Promise<Outcome<KeyView>>;
  revoke(principal: Principal, id: KeyId): Promise<Outcome<null>>;
  /** What each user of the workspace may do. */
  userRoles(principal: Principal): Promise<UserRoles>;
}

export interface KeysDeps {
  readonly store: KeyStore;
  readonly mint: MintId;
  readonly clock: Clock;
  readonly randomBytes: (count: number) => Uint8Array;
  readonly verbatim: VerbatimKeys;
  readonly userNamed: UserNamed;
  readonly onFault: (error: Error) => void;
}

export function makeKeys(deps: KeysDeps): Keys {
  const authentication = makeAuthentication(deps);
  const reads = { store: deps.store, verbatim: deps.verbatim };
  return {
    authenticate: authentication.authenticate,
    isStillValid: authentication.isStillValid,
    mint: (principal, command) => mintKey(deps, principal, command),
    list: (principal) => listKeys(reads, principal),
    get: (principal, id) => getKey(reads, principal, id),
    userRoles: (principal) => userRoles(deps, principal),
    revoke: (principal, id) => revokeKey({ ...reads, ...deps, authentication }, principal, id),
  };
}
