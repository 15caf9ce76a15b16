/**
 * One request on the way to an answer, and the one that a redirect makes of it.
 *
 * Invariant: what names the connection itself is never the caller's to set, and what proves who somebody is goes to the
 * origin it was meant for and to no other.
 */
import { refuseFetch } from "./outcome.ts";
import type { Fetched, FetchRefusal } from "./outcome.ts";
import { parseTarget } from "./reach.ts";

export type Hop = {
  readonly url: URL;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | null;
};

/** Of the connection, or of what reads the answer. */
const NOT_THE_CALLERS: ReadonlySet<string> = new Set([
  "accept-encoding",
  "connection",
  "content-length",
  "expect",
  "host",
  "keep-alive",
  "proxy-authorization",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
]);

const ONLY_FOR_ONE_ORIGIN: ReadonlySet<string> = new Set(["authorization", "cookie"]);
const OF_A_BODY: ReadonlySet<string> = new Set(["content-type", "content-language", "content-location"]);
const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

export function headersFor(given: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return pick(given, (name) => !NOT_THE_CALLERS.has(name));
}

/** Nothing if the answer is no redirect. */
export function nextRequest(hop: Hop, { status, headers }: Fetched): Hop | FetchRefusal | null {
  const { location } = headers;
  if (!REDIRECTS.has(status) || location === undefined) return null;
  const url = parseTarget(location, hop.url);
  if ("kind" in url)
    return refuseFetch(url.code, `${hop.url.host} leads to a place that cannot be fetched: ${url.detail}`);
  const becomesGet = status === 303 ? hop.method !== "HEAD" : status < 303 && hop.method === "POST";
  const isElsewhere = url.origin !== hop.url.origin;
  const kept = pick(hop.headers, (name) => {
    if (isElsewhere && ONLY_FOR_ONE_ORIGIN.has(name)) return false;
    return !(becomesGet && OF_A_BODY.has(name));
  });
  return { url, method: becomesGet ? "GET" : hop.method, headers: kept, body: becomesGet ? null : hop.body };
}

function pick(headers: Readonly<Record<string, string>>, isKept: (name: string) => boolean): Record<string, string> {
  const lower = Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value] as const);
  return Object.fromEntries(lower.filter(([name]) => isKept(name)));
}
