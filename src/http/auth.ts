/**
 * Who asks, and may they: finds the key in a request, has it checked, and holds a route's access against the role, and
 * against the session that the key is bound to.
 * Keys themselves are the application's; nothing of a key stays here.
 */
import { getCookie } from "./cookie.ts";
import type { Principal } from "../app/principal.ts";
import type { Role } from "../core/ports/keys.ts";
import { accept, refuse } from "../core/refusal.ts";
import type { Outcome } from "../core/refusal.ts";
import { accessOf } from "./route.ts";
import type { Access, Route } from "./route.ts";

export interface Authentication {
  /** Contract: the same answer takes the same time for a wrong and an unknown key. */
  authenticate(secretText: string): Promise<Outcome<Principal>>;
  /** Whether the key is still good; cheap, and asked every few seconds for open streams. */
  isStillValid(principal: Principal): boolean | Promise<boolean>;
}

export const KEY_COOKIE = "serai_key";

type HeaderOf = (name: string) => string | undefined;

/** Every way in which a client may show its key (ruling 14). The first that is there counts. */
export function findSecret(header: HeaderOf): Outcome<string> {
  const authorization = header("authorization")?.trim();
  if (authorization !== undefined && authorization !== "") return secretOf(authorization);
  const secret = header("x-api-key")?.trim() || getCookie(header("cookie"), KEY_COOKIE);
  if (secret !== undefined && secret !== "") return accept(secret);
  return refuse({ code: "unauthenticated", reason: "no key was sent" });
}

/** `Bearer x`, `ApiKey x`, or the key alone. */
function secretOf(authorization: string): Outcome<string> {
  const parts = authorization.split(/\s+/);
  const [first = "", second] = parts;
  if (second === undefined) return accept(first);
  const isKnown = /^(?:bearer|apikey)$/i.test(first) && parts.length === 2;
  return isKnown
    ? accept(second)
    : refuse({ code: "unauthenticated", reason: "the Authorization header is neither a Bearer token nor a key" });
}

const ROLES: Readonly<Record<Exclude<Access, "public">, readonly Role[]>> = {
  read: ["owner", "member", "viewer"],
  write: ["owner", "member"],
  owner: ["owner"],
};

type Accessible = Pick<Route["declaration"], "access" | "method" | "takesBoundKeys">;

/** Contract: the one place that decides it, so a route that says nothing of bound keys is closed to them (H10). */
export function checkAccess(route: Accessible, principal: Principal): Outcome<void> {
  const { boundTo } = principal;
  if (boundTo !== undefined && route.takesBoundKeys !== true) {
    const reason = `your key is bound to session ${boundTo}: it serves the tools and hooks of that session's agent, and nothing else`;
    return refuse({ code: "forbidden", reason });
  }
  const access = accessOf(route);
  return access === "public" ? accept(undefined) : checkRole(access, principal);
}

function checkRole(access: Exclude<Access, "public">, { role }: Principal): Outcome<void> {
  if (ROLES[access].includes(role)) return accept(undefined);
  const needed = ROLES[access].join(" or ");
  return refuse({ code: "forbidden", reason: `your key has the role ${role}, and this needs ${needed}` });
}
