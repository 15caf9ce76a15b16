/**
 * Where a host that a program asks for leads, and whether the program may go there.
 *
 *   host ──▶ rules of hosts ──▶ resolve, once ──▶ each address: blocked? public, or named by the rules? ──▶ dial one of these
 *
 * Invariant: nothing is dialled but an address that was looked at, and one answer with an address that is closed is closed
 * as a whole: a name that changes its mind leads nowhere. Never resolves a name of a host that is not allowed.
 */
import { connect } from "node:net";
import type { Socket } from "node:net";
import { networkInterfaces } from "node:os";
import { lookupAddresses } from "../fetch/lookup-addresses.ts";
import { pinnedTo, reachOf } from "../fetch/reach.ts";
import type { LookupAddresses } from "../fetch/reach.ts";
import { bareHost, isPrivateAddress } from "../private-address.ts";

export interface ProxyRules {
  /** Contract: takes a `URL`'s hostname; never throws. */
  readonly isAllowed: (hostname: string) => boolean;
  /** Of one address that an allowed host leads to; `unsaid` is reached if it is public. Contract: never throws. */
  readonly ruleOfAddress: (lead: {
    readonly hostname: string;
    readonly address: string;
  }) => "named" | "blocked" | "unsaid";
  /** `host:port` of a `URL`: reached whatever the rules say, wherever it leads. */
  readonly own?: readonly string[];
  /** Contract: never throws. */
  readonly onRefused: (hostname: string, reason: string) => void;
  /** Without it, this machine's own resolver. */
  readonly lookup?: LookupAddresses;
  /** Without it, what this machine is reached by now. */
  readonly machineAddresses?: () => readonly string[];
}

export interface OpenWay {
  readonly kind: "open";
  readonly host: string;
  readonly port: number;
  readonly addresses: readonly string[];
}

export interface ClosedWay {
  readonly kind: "closed";
  readonly status: 400 | 403 | 502;
  readonly reason: string;
}

/** @param url of `http:`, whatever is spoken; an address in it is spelled as `URL` spells it, however it came */
export async function findWay(rules: ProxyRules, url: URL): Promise<OpenWay | ClosedWay> {
  const { own = [], machineAddresses = addressesOfMachine, lookup = lookupAddresses } = rules;
  const { hostname, host } = url;
  const seen: { closed?: string } = {};
  const mayDial = (address: string) => {
    const said = rules.ruleOfAddress({ hostname, address });
    const isPublic = !isPrivateAddress(address) && !machineAddresses().includes(address);
    if (said === "named" || (said === "unsaid" && isPublic)) return true;
    seen.closed = `it leads to ${address}, which ${said === "blocked" ? "they block" : NOT_PUBLIC}`;
    return false;
  };
  const reach = await reachOf(url, {
    // Whatever is wrong with the resolver, to the program it is a host without an address.
    lookup: (name) => lookup(name).catch(() => []),
    // Without a port an entry would be taken for all ports of its host.
    allowPrivate: own.includes(host) ? [host] : [],
    isAllowed: (name) => own.includes(host) || rules.isAllowed(name),
    mayDial,
  });
  if (!("kind" in reach)) {
    const { addresses } = reach;
    return { kind: "open", host: bareHost(hostname), port: Number(url.port === "" ? 80 : url.port), addresses };
  }
  if (reach.code === "unknown_host") return { kind: "closed", status: 502, reason: reach.detail };
  const why = seen.closed === undefined ? "" : `: ${seen.closed}`;
  const reason = `The network rules of this session do not let it reach ${hostname}${why}`;
  rules.onRefused(hostname, reason);
  return { kind: "closed", status: 403, reason };
}

const NOT_PUBLIC =
  "is this machine's or not public. To open it, a person names the address, or a range with it such as 10.0.0.0/8, among " +
  'the "allowed" of network_access: of project, agent and session each that has rules';

/** Also those that are public: behind one's own address there is more than the world sees. */
function addressesOfMachine(): readonly string[] {
  return Object.values(networkInterfaces()).flatMap((all = []) => all.map(({ address }) => address));
}

const CONNECT_MS = 30_000;

/** Contract: whoever dials hears `error`. */
export function dial({ host, port, addresses }: OpenWay): Socket {
  const socket = connect({ host, port, lookup: pinnedTo(addresses), allowHalfOpen: true });
  const late = Object.assign(new Error(`Cannot connect to "${host}" in time`), { code: "ETIMEDOUT" });
  const timer = setTimeout(() => socket.destroy(late), CONNECT_MS);
  const stop = () => clearTimeout(timer);
  return socket.once("connect", stop).once("close", stop);
}

export function failedToDial({ host }: OpenWay, cause: Error): ClosedWay {
  const code = "code" in cause ? ` (${String(cause.code)})` : "";
  return { kind: "closed", status: 502, reason: `There was no answer from ${host}${code}` };
}
