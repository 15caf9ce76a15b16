/** What the server says about itself: whether it is there, and what it allows. */
import type { Limits } from "../../core/limits.ts";
import { json, route } from "../../http/route.ts";
import type { Route } from "../../http/route.ts";
import { authConfig, health, limits as limitsSchema } from "./schema/server.ts";

export interface ServerFacts {
  readonly version: string;
  readonly authMode: string;
}

export function healthRoute({ version, authMode }: ServerFacts, id: string): Route {
  return route(
    {
      method: "get",
      path: "/health",
      id,
      group: "server",
      summary: "Whether the server is there",
      access: "public",
      responses: { 200: { description: "It is", schema: health } },
    },
    () => json(200, { status: "ok" as const, version, runner_mode: "in_process", auth_mode: authMode }),
  );
}

export function authConfigRoute({ authMode }: ServerFacts): Route {
  return route(
    {
      method: "get",
      path: "/auth/config",
      id: "getAuthConfig",
      group: "auth",
      summary: "How one signs in here",
      access: "public",
      responses: { 200: { description: "Keys, and nothing else", schema: authConfig } },
    },
    () => json(200, { mode: authMode, password_auth_enabled: false, oauth_providers: [], signup_enabled: false }),
  );
}

export function limitsRoute(limits: Limits): Route {
  return route(
    {
      method: "get",
      path: "/limits",
      id: "getLimits",
      group: "server",
      summary: "The limits of this server, by the names of their settings",
      responses: { 200: { description: "All limits", schema: limitsSchema } },
    },
    () => json(200, { ...limits }),
  );
}
