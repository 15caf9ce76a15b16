import { holdsAddress, parseRange } from "./address-range.ts";

/**
 * Which hosts a session's tools may reach. Agent and session each have a rule of their own; a host passes when every
 * rule lets it through, so a rule can only ever take away (allowed lists intersect, blocked lists add up).
 *
 *   example.com    this host          *.example.com    every host below it, not itself          *    every host
 *   10.0.0.5       this address       10.0.0.0/8       every address in it
 */
export interface NetworkRules {
  /** Empty: every host that is not blocked. */
  readonly allowed: readonly string[];
  readonly blocked: readonly string[];
}

/** The pattern in the spelling of a `URL`'s hostname; undefined for what is no host. */
export function parseHostPattern(text: string): string | undefined {
  if (text === "*") return text;
  const prefix = text.startsWith("*.") ? "*." : "";
  const host = text.slice(prefix.length);
  // What a URL would take for a port, a user, a path or a query is no part of a host.
  if (/[\s/\\@?#*%]/.test(host) || /:\d*$/.test(host.replace(/^\[.*\]$/, ""))) return undefined;
  const url = URL.parse(`http://${host}/`);
  const name = url === null ? "" : withoutDot(url.hostname);
  return name === "" ? undefined : prefix + name;
}

/** As `parseHostPattern`, or a range of addresses. */
export function parseNetworkPattern(text: string): string | undefined {
  return text.includes("/") ? parseRange(text) : parseHostPattern(text);
}

/** @param hostname as a `URL` has it */
export function allowsHost(rules: readonly NetworkRules[], hostname: string): boolean {
  const host = withoutDot(hostname);
  const matches = (patterns: readonly string[]) => patterns.some((pattern) => isMatch(pattern, host));
  return rules.every(({ allowed, blocked }) => (allowed.length === 0 || matches(allowed)) && !matches(blocked));
}

/** Somebody has granted every host by name of all, and nobody has taken one away: no rule at all grants nothing here. */
export function allowsEveryHost(rules: readonly NetworkRules[]): boolean {
  const isOpen = ({ allowed, blocked }: NetworkRules) =>
    blocked.length === 0 && (allowed.length === 0 || allowed.includes("*"));
  return rules.every(isOpen) && rules.some(({ allowed }) => allowed.includes("*"));
}

/** At least one host is taken away: who has to keep to the rules cannot be left to itself. */
export function restrictsHosts(rules: readonly NetworkRules[]): boolean {
  return rules.some(({ allowed, blocked }) => blocked.length > 0 || (allowed.length > 0 && !allowed.includes("*")));
}

/** What rules say of an address that a host leads to: `unsaid` is for whoever dials to know whether it is public. */
export type AddressRule = "named" | "blocked" | "unsaid";

export interface Lead {
  /** As a `URL` has it. */
  readonly hostname: string;
  readonly address: string;
}

/**
 * A pattern with a star names no address. As with hosts a rule can only take away, so every rule that takes anything away
 * has to name it; `localhost` names the loopback for the host of that name alone.
 */
export function ruleOfAddress(rules: readonly NetworkRules[], { hostname, address }: Lead): AddressRule {
  if (rules.some(({ blocked }) => blocked.some((pattern) => holdsAddress(pattern, address)))) return "blocked";
  const isOwn = withoutDot(hostname) === "localhost" && LOOPBACK.some((range) => holdsAddress(range, address));
  const isNamed = ({ allowed }: NetworkRules) =>
    allowed.some((pattern) => holdsAddress(pattern, address) || (isOwn && pattern === "localhost"));
  const taking = rules.filter((rule) => restrictsHosts([rule]));
  return taking.length > 0 && taking.every(isNamed) ? "named" : "unsaid";
}

const LOOPBACK = ["127.0.0.0/8", "[::1]"];

function isMatch(pattern: string, host: string): boolean {
  if (pattern === "*") return true;
  if (pattern.startsWith("*.")) return host.endsWith(pattern.slice(1));
  return pattern === host || holdsAddress(pattern, host);
}

/** `example.com.` is `example.com`, and so it is with more dots, which resolvers may pass over. */
function withoutDot(host: string): string {
  let end = host.length;
  while (host.endsWith(".", end)) end -= 1;
  return host.slice(0, end);
}
