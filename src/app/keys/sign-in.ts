/**
 * The one-time sign-in link: a token that a person follows once, from the terminal in which the server started, to get
 * a key of their own for the browser.
 *
 * Invariant: a token counts once and for ten minutes, and only in the process that gave it out. What is kept of it is
 * its hash.
 */
import type { Clock } from "../../core/ports/clock.ts";
import type { Role } from "../../core/ports/keys.ts";
import type { UserId, WorkspaceId } from "../../core/ids.ts";
import { accept, refuse } from "../../core/refusal.ts";
import type { Outcome } from "../../core/refusal.ts";
import { hashKey, MAX_KEY_LENGTH } from "./key-text.ts";
import { grantKey } from "./mint-key.ts";
import type { MintDeps, MintedKey } from "./mint-key.ts";
import { RecentMap } from "../recent-map.ts";

export interface SignInGrant {
  readonly workspaceId: WorkspaceId;
  readonly userId: UserId;
  readonly role: Role;
}

export interface SignIn {
  /** For the link; good in an address without escaping. */
  issue(grant: SignInGrant): string;
  /** The key that the browser's cookie carries. */
  redeem(token: string): Promise<Outcome<MintedKey>>;
}

export const SIGN_IN_TOKEN_LIFE_MS = 10 * 60_000;
export const BROWSER_KEY_LIFE_MS = 30 * 24 * 60 * 60_000;
const TOKEN_BYTES = 32;
const OPEN_TOKENS = 100;

export function makeSignIn(deps: MintDeps & { readonly clock: Clock }): SignIn {
  const { clock, randomBytes } = deps;
  const open = new RecentMap<string, SignInGrant>({ capacity: OPEN_TOKENS, lifeMs: SIGN_IN_TOKEN_LIFE_MS, clock });
  return {
    issue(grant) {
      const token = Buffer.from(randomBytes(TOKEN_BYTES)).toString("base64url");
      open.set(hashKey(token), grant);
      return token;
    },
    async redeem(token) {
      const hash = token.length > MAX_KEY_LENGTH ? "" : hashKey(token);
      const grant = open.get(hash);
      if (grant === undefined) {
        return refuse({ code: "unauthenticated", reason: "the sign-in link was used before or is too old" });
      }
      // Taken before the key is made: of two who follow the link at once, one gets in.
      open.delete(hash);
      const expiresAt = new Date(clock.now() + BROWSER_KEY_LIFE_MS).toISOString();
      return accept(await grantKey(deps, { ...grant, name: "Browser sign-in", expiresAt }));
    },
  };
}
