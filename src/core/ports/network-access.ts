/** The hosts that a session's tools may reach, as the network rules of project, agent and session add up. */
import type { AddressRule, Lead } from "../network-rules.ts";

export interface NetworkAccess {
  /** Contract: takes a `URL`'s hostname. */
  isAllowed(hostname: string): boolean;
  /** Of an address that an allowed host leads to. Absent: nothing is said of any, and those that are public are reached. */
  ruleOfAddress?(lead: Lead): AddressRule;
  /** Every host was granted by name of all: what cannot be held to a list of hosts may run, too. */
  readonly isOpen?: boolean;
  /** Hosts were granted by name, and not only others taken away. */
  readonly isNamed?: boolean;
}
