/** Lists of hosts as people write them: `example.com` is that host and every host below it, `*.example.com` only those. */
import { domainToASCII } from "node:url";

import { bareHost } from "../private-address.ts";

/** What such a list may hold: a name or an address, with `*.` before it or not; no scheme, port or path. */
export const HOST_RULE = /^(?:\*\.)?[^\s/:@?#*[\]]+$|^[0-9a-fA-F:.]+$/;

/** Contract: takes a `URL`'s hostname. */
export function isHostIn(rules: readonly string[], hostname: string): boolean {
  const host = bareHost(hostname).toLowerCase();
  return rules.some((rule) => {
    const isBelowOnly = rule.startsWith("*.");
    const name = spelled(isBelowOnly ? rule.slice(2) : rule);
    return (!isBelowOnly && host === name) || host.endsWith(`.${name}`);
  });
}

/** As a `URL` spells it. An address of IPv6 is no domain, and stays as it is. */
function spelled(name: string): string {
  return domainToASCII(bareHost(name)) || bareHost(name).toLowerCase();
}
