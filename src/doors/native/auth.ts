/** Who one is, and the way in for browsers: a one-time token from the terminal becomes a cookie. */
import type { MintedKey } from "../../app/keys/mint-key.ts";
import { digitsOf } from "../../core/ids.ts";
import { KEY_COOKIE } from "../../http/auth.ts";
import { answer, empty, json, route } from "../../http/route.ts";
import type { Route } from "../../http/route.ts";
import { me, signedIn, signInBody } from "./schema/key.ts";
import type { RecordUseCases } from "./use-cases-records.ts";

export interface AuthRouteDeps {
  readonly uses: Pick<RecordUseCases, "users" | "signIn">;
  readonly now: () => number;
}

const group = "auth";

export function authRoutes(deps: AuthRouteDeps): readonly Route[] {
  return [meRoute(deps), signInRoute(deps), signOutRoute()];
}

function meRoute({ uses: { users } }: AuthRouteDeps): Route {
  return route(
    {
      method: "get",
      path: "/auth/me",
      id: "getMe",
      group,
      summary: "Whose key this is, and what it may do",
      responses: { 200: { description: "The user and the role of the key", schema: me } },
      refusals: ["not_found"],
    },
    async ({ principal }) =>
      answer(await users.get(principal, principal.userId), ({ id, name, body }) =>
        json(200, {
          id,
          name: body.display_name === "" ? name : body.display_name,
          email: body.email ?? null,
          role: principal.role,
          roles: [principal.role],
          workspace_id: principal.workspaceId,
          organization_id: `org_${digitsOf(principal.workspaceId)}`,
          key_id: principal.keyId,
        }),
      ),
  );
}

function signInRoute({ uses: { signIn }, now }: AuthRouteDeps): Route {
  return route(
    {
      method: "post",
      path: "/auth/sign-in",
      id: "signIn",
      group,
      summary: "Follow the sign-in link of the terminal: its token, once, for a cookie",
      access: "public",
      body: { kind: "json", schema: signInBody },
      responses: {
        200: { description: "Signed in", schema: signedIn, headers: { "Set-Cookie": "The browser's key" } },
      },
      refusals: ["unauthenticated"],
    },
    async ({ body, origin }) =>
      answer(await signIn.redeem(body.token), (minted) => {
        const nowMs = now();
        const cookie = cookieOf(minted, { nowMs, isSecure: origin.startsWith("https:") });
        const expires_at = minted.key.expiresAt ?? new Date(nowMs).toISOString();
        return json(200, { ok: true as const, expires_at }, { "Set-Cookie": cookie, "Cache-Control": "no-store" });
      }),
  );
}

function signOutRoute(): Route {
  return route(
    {
      method: "post",
      path: "/auth/sign-out",
      id: "signOut",
      group,
      summary: "Take the cookie away; the key behind it is revoked under /keys",
      access: "public",
      responses: { 204: { description: "Signed out" } },
    },
    ({ origin }) => ({ ...empty(204), headers: { "Set-Cookie": keyCookie("", 0, origin.startsWith("https:")) } }),
  );
}

/** The cookie that carries a browser's key for as long as the key lives. */
export function cookieOf(
  { key, text }: MintedKey,
  { nowMs, isSecure }: { readonly nowMs: number; readonly isSecure: boolean },
): string {
  const endsMs = key.expiresAt === null ? nowMs : Date.parse(key.expiresAt);
  return keyCookie(text, Math.max(0, Math.floor((endsMs - nowMs) / 1_000)), isSecure);
}

/** Out of reach of scripts, and never sent along by another site's forms. */
function keyCookie(text: string, lifeSeconds: number, isSecure: boolean): string {
  const secure = isSecure ? "; Secure" : "";
  return `${KEY_COOKIE}=${text}; Path=/; HttpOnly; SameSite=Lax; Max-Age=${lifeSeconds}${secure}`;
}
