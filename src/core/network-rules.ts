/**
 * Which hosts a session's tools may reach. Agent and session each have a rule of their own; a host passes when every
 * rule lets it through, so a rule can only ever take away (allowed lists intersect, blocked lists add up).
 *
 *   example.com    this host          *.example.com    every host below it, not itself          *    every host
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

function isMatch(pattern: string, host: string): boolean {
  if (pattern === "*") return true;
  return pattern.startsWith("*.") ? host.endsWith(pattern.slice(1)) : pattern === host;
}

/** `example.com.` is `example.com`. */
function withoutDot(host: string): string {
  return host.endsWith(".") ? host.slice(0, -1) : host;
}
