/** The link that the terminal prints at the start: followed once, it leaves the browser with a key of its own. */
import { z } from "zod";
import { textParam } from "../../http/input.ts";
import { answer, route } from "../../http/route.ts";
import type { Route } from "../../http/route.ts";
import { cookieOf } from "./auth.ts";
import type { AuthRouteDeps } from "./auth.ts";

export interface SignInLinkDeps {
  readonly uses: Pick<AuthRouteDeps["uses"], "signIn">;
  readonly now: () => number;
}

export function signInLinkRoute({ uses: { signIn }, now }: SignInLinkDeps): Route {
  return route(
    {
      method: "get",
      path: "/sign-in",
      id: "followSignInLink",
      group: "server",
      summary: "The sign-in link of the terminal, good once and for ten minutes: sets the cookie, goes on to the docs",
      access: "public",
      query: z.object({ token: textParam(200) }),
      responses: { 303: { description: "Signed in", content: "text/plain" } },
      refusals: ["unauthenticated"],
    },
    async ({ query, origin }) =>
      answer(await signIn.redeem(query.token), (minted) => ({
        kind: "raw" as const,
        status: 303 as const,
        body: "Signed in\n",
        headers: {
          "Content-Type": "text/plain; charset=utf-8",
          Location: "/docs",
          "Set-Cookie": cookieOf(minted, { nowMs: now(), isSecure: origin.startsWith("https:") }),
          "Cache-Control": "no-store",
          "Referrer-Policy": "no-referrer",
        },
      })),
  );
}
