/**
 * Where a URL may lead: its scheme and host, and the addresses that the host stands for at this moment.
 *
 * Invariant: an address that is given back was looked at, and so was every other of the same answer; whoever dials, dials
 * one of these and never asks for the name again. A name cannot turn into a private address between the two.
 */
import { isIP, isIPv6 } from "node:net";
import type { LookupFunction } from "node:net";

import { bareHost, isPrivateAddress, isPrivateHost } from "../private-address.ts";
import { refuseFetch } from "./outcome.ts";
import type { FetchRefusal } from "./outcome.ts";

/** Every address a name stands for. Contract: rejects, with a `code`, or gives none where there is none. */
export type LookupAddresses = (hostname: string) => Promise<readonly string[]>;

export type Reach = { readonly url: URL; readonly addresses: readonly string[] };

export type ReachRules = {
  readonly lookup: LookupAddresses;
  /** `host` or `host:port` of a `URL`, as an admin wrote them down: private ones that may be reached all the same. */
  readonly allowPrivate: readonly string[];
  readonly isAllowed?: ((hostname: string) => boolean) | undefined;
  /**
   * Whether an address may be dialled; without it those that are public. A name that looks private is then looked up, too,
   * since only its addresses are asked about.
   */
  readonly mayDial?: ((address: string) => boolean) | undefined;
};

const MAX_URL_LENGTH = 8_000;

export function parseTarget(text: string, base?: URL): URL | FetchRefusal {
  const url = text.length > MAX_URL_LENGTH ? null : URL.parse(text, base?.href);
  if (url === null) return refuseFetch("invalid_request", `"${text.slice(0, 200)}" is not an absolute URL`);
  if (url.protocol !== "https:" && url.protocol !== "http:")
    return refuseFetch("invalid_request", `Only http: and https: can be fetched, not ${url.protocol}`);
  if (url.username !== "" || url.password !== "")
    return refuseFetch("invalid_request", `The URL of ${url.host} holds a user name or a password; they are not sent`);
  return url;
}

export async function reachOf(
  url: URL,
  { lookup, allowPrivate, isAllowed, mayDial }: ReachRules,
): Promise<Reach | FetchRefusal> {
  const { hostname, host } = url;
  if (isAllowed?.(hostname) === false)
    return refuseFetch("host_not_allowed", `${hostname} is not among the hosts that may be reached`);
  const mayBePrivate = allowPrivate.includes(host) || allowPrivate.includes(hostname);
  if (!mayBePrivate && mayDial === undefined && isPrivateHost(hostname)) return privateHost(hostname);
  const bare = bareHost(hostname);
  const addresses = isIP(bare) === 0 ? await lookup(bare).catch(noAddresses) : [bare];
  if (addresses.length === 0) return refuseFetch("unknown_host", `No address was found for the host ${hostname}`);
  const isClosed = mayDial === undefined ? isPrivateAddress : (address: string) => !mayDial(address);
  if (!mayBePrivate && addresses.some(isClosed)) return privateHost(hostname);
  return { url, addresses };
}

function privateHost(hostname: string): FetchRefusal {
  return refuseFetch(
    "private_address",
    `${hostname} is a private address or leads to one; it cannot be reached from here`,
  );
}

/** Answers whoever dials with the addresses that were checked, whatever the name stands for by now. */
export function pinnedTo(addresses: readonly string[]): LookupFunction {
  const checked = addresses.map((address) => ({ address, family: isIPv6(address) ? 6 : 4 }));
  return (_hostname, { all }, done) => {
    const [first] = checked;
    if (all === true || first === undefined) done(null, checked);
    else done(null, first.address, first.family);
  };
}

/** A resolver says by a code that it found nothing, or could not ask. */
function noAddresses(cause: unknown): readonly string[] {
  if (cause instanceof Error && "code" in cause) return [];
  throw cause;
}
