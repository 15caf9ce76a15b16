/**
 * What a browser may be talked into: names that point here without being ours (DNS rebinding), pages of other sites,
 * and cross-origin reads (CORS, closed unless configured). Checked before anything else is looked at.
 */
import { isIP } from "node:net";
import { httpProblem } from "./problems.ts";
import type { Problem } from "./problems.ts";

export interface GateSettings {
  /** Names under which this server is reached besides loopback names and addresses; without ports. */
  readonly allowedHosts: readonly string[];
  /** Origins of other sites that may use the server from a browser, exact: `https://app.example.com`. */
  readonly corsOrigins: readonly string[];
  /** What they may do; everything, unless told. */
  readonly corsMethods?: readonly string[];
}

export type CorsHeaders = Readonly<Record<string, string>>;

export interface Gate {
  /** What is wrong with where the request came to or from. */
  check(host: string | undefined, origin: string | undefined): Problem | null;
  corsHeaders(origin: string | undefined): CorsHeaders;
  preflightHeaders(origin: string | undefined): CorsHeaders;
}

const EXPOSED = "ETag, Link, Location, Retry-After, X-Request-Id, X-Total-Count";
const METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];
const HEADERS =
  "Authorization, Content-Type, Idempotency-Key, If-Match, Last-Event-ID, X-Api-Key, X-Org-Id, X-Request-Id";
const NONE: CorsHeaders = {};

/** `example.com:8080` and `[::1]:8080` without the port, lower case. */
export function hostName(host: string): string {
  const bare = host.startsWith("[") ? host.slice(1, host.indexOf("]")) : host.replace(/:\d*$/, "");
  return bare.toLowerCase().replace(/\.$/, "");
}

/** An address is not a name, so no foreign DNS answer can have led here. */
function isSafeName(name: string): boolean {
  return name === "localhost" || name.endsWith(".localhost") || isIP(name) !== 0;
}

export function makeGate({ allowedHosts, corsOrigins, corsMethods = METHODS }: GateSettings): Gate {
  const hosts = new Set(allowedHosts.map((host) => hostName(host)));
  const origins = new Set(corsOrigins.map((origin) => origin.toLowerCase().replace(/\/$/, "")));
  const isCors = (origin: string) => origins.has(origin.toLowerCase());

  return {
    check(host, origin) {
      const name = host === undefined ? undefined : hostName(host);
      if (name !== undefined && !isSafeName(name) && !hosts.has(name)) {
        const detail = `This server does not answer to the name "${name.slice(0, 200)}"; add it to allowed_hosts`;
        return httpProblem("host_not_allowed", detail);
      }
      if (origin === undefined || isSameOrigin(origin, host) || isCors(origin)) return null;
      const detail = `Pages of "${origin.slice(0, 200)}" may not use this server; add it to cors_origins`;
      return httpProblem("origin_not_allowed", detail);
    },
    corsHeaders(origin) {
      if (origins.size === 0) return NONE;
      if (origin === undefined || !isCors(origin)) return { Vary: "Origin" };
      return {
        Vary: "Origin",
        "Access-Control-Allow-Origin": origin,
        "Access-Control-Allow-Credentials": "true",
        "Access-Control-Expose-Headers": EXPOSED,
      };
    },
    preflightHeaders(origin) {
      if (origin === undefined || !isCors(origin)) return origins.size === 0 ? NONE : { Vary: "Origin" };
      return {
        Vary: "Origin",
        "Access-Control-Allow-Origin": origin,
        "Access-Control-Allow-Credentials": "true",
        "Access-Control-Allow-Methods": corsMethods.join(", "),
        "Access-Control-Allow-Headers": HEADERS,
        "Access-Control-Max-Age": "600",
      };
    },
  };
}

/** By host and port: the scheme may differ behind a proxy that speaks TLS. */
function isSameOrigin(origin: string, host: string | undefined): boolean {
  const cut = origin.indexOf("://");
  return cut > 0 && host !== undefined && origin.slice(cut + 3).toLowerCase() === host.toLowerCase();
}
