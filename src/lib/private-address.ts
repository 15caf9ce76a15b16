/**
 * Tells addresses that only mean something inside a machine, a network or a cloud from public ones.
 *
 * Invariant: what is not surely public counts as private. Looks nothing up; whoever has a name asks a resolver first
 * and brings the addresses here.
 */
import { BlockList, isIP, isIPv4, isIPv6 } from "node:net";

type Subnet = readonly [address: string, bits: number];

/** IANA special-purpose registries (RFC 6890 and its updates), multicast, and what a cloud (Azure) serves its machines at. */
const PRIVATE_V4: readonly Subnet[] = [
  ["0.0.0.0", 8],
  ["10.0.0.0", 8],
  ["100.64.0.0", 10],
  ["127.0.0.0", 8],
  ["168.63.129.16", 32],
  ["169.254.0.0", 16],
  ["172.16.0.0", 12],
  ["192.0.0.0", 24],
  ["192.0.2.0", 24],
  ["192.88.99.0", 24],
  ["192.168.0.0", 16],
  ["198.18.0.0", 15],
  ["198.51.100.0", 24],
  ["203.0.113.0", 24],
  ["224.0.0.0", 4],
  ["240.0.0.0", 4],
];

/** Public IPv6 is 2000::/3; inside it these are not, the last two because they carry an IPv4 address of any kind. */
const PRIVATE_V6: readonly Subnet[] = [
  ["2001::", 23],
  ["2001:db8::", 32],
  ["3fff::", 20],
  ["2002::", 16],
];

/** Names that resolvers keep for the machine or the network. */
const PRIVATE_NAME = /(?:^|\.)(?:localhost|local|internal|home\.arpa|lan|intranet|test|invalid)$/;

export function isPrivateAddress(address: string): boolean {
  if (isIPv4(address)) return listOf(PRIVATE_V4, "ipv4").check(address, "ipv4");
  if (!isIPv6(address)) return true;
  if (!listOf([["2000::", 3]], "ipv6").check(address, "ipv6")) return true;
  return listOf(PRIVATE_V6, "ipv6").check(address, "ipv6");
}

/** Of a `URL`'s hostname: an address (IPv6 in brackets) that is private, or a name that is so wherever it is asked. */
export function isPrivateHost(hostname: string): boolean {
  const bare = bareHost(hostname);
  if (isIP(bare) !== 0) return isPrivateAddress(bare);
  return !bare.includes(".") || PRIVATE_NAME.test(bare.toLowerCase());
}

/** As resolvers and sockets take it: without the brackets of IPv6 and the dot of the root, however often it is there. */
export function bareHost(hostname: string): string {
  const host = hostname.replace(/^\[(.*)\]$/, "$1");
  let end = host.length;
  while (host.endsWith(".", end)) end -= 1;
  return host.slice(0, end);
}

function listOf(subnets: readonly Subnet[], family: "ipv4" | "ipv6"): BlockList {
  const list = new BlockList();
  for (const [address, bits] of subnets) list.addSubnet(address, bits, family);
  return list;
}
