/**
 * Addresses and ranges of them as numbers: one IPv4 and the IPv6 that only wraps it (`::ffff:10.0.0.1`) are the same.
 *
 *   10.0.0.5   10.0.0.0/8   fd00::1   fd00::/8          IPv6 with brackets or without
 */
interface Range {
  /** Of 128 bits. */
  readonly first: bigint;
  /** How many of the 128 all of its addresses share. */
  readonly bits: number;
}

const WRAPPED_IPV4 = 0xffff_0000_0000n;
const MAX_BITS = { 4: 32, 6: 128 } as const;

/** The range in the spelling that rules are kept in: `10.0.0.0/8`, `[fd00::]/8`; undefined for what is none. */
export function parseRange(text: string): string | undefined {
  const [, address = "", digits = ""] = /^([^/]+)\/(\d{1,3})$/.exec(text) ?? [];
  const spelled = /^[0-9a-f:.]*:[0-9a-f:.]*$/i.test(address) ? `[${address}]` : address;
  if (!/^\[[0-9a-f:.]+\]$|^\d+\.\d+\.\d+\.\d+$/i.test(spelled)) return undefined;
  const host = URL.parse(`http://${spelled}/`);
  if (host === null) return undefined;
  const range = `${host.hostname}/${Number(digits)}`;
  return readRange(range) === undefined ? undefined : range;
}

/** Whether a pattern that is an address or a range holds an address; false where either is a name. */
export function holdsAddress(pattern: string, address: string): boolean {
  const range = readRange(pattern);
  const number = range === undefined ? undefined : readAddress(address)?.number;
  if (range === undefined || number === undefined) return false;
  const rest = BigInt(MAX_BITS[6] - range.bits);
  return number >> rest === range.first >> rest;
}

function readRange(text: string): Range | undefined {
  const slash = text.indexOf("/");
  const address = readAddress(slash === -1 ? text : text.slice(0, slash));
  if (address === undefined) return undefined;
  const most = MAX_BITS[address.version];
  const bits = slash === -1 ? most : Number(text.slice(slash + 1));
  return bits > most ? undefined : { first: address.number, bits: bits + MAX_BITS[6] - most };
}

interface Address {
  readonly version: 4 | 6;
  readonly number: bigint;
}

function readAddress(text: string): Address | undefined {
  const bare = text.replace(/^\[(.*)\]$/, "$1");
  if (bare.includes(":")) return readIpv6(bare);
  const number = readIpv4(bare);
  return number === undefined ? undefined : { version: 4, number: WRAPPED_IPV4 + number };
}

function readIpv4(text: string): bigint | undefined {
  const parts = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(text)?.slice(1).map(Number);
  if (parts === undefined || parts.some((part) => part > 255)) return undefined;
  return parts.reduce((number, part) => number * 256n + BigInt(part), 0n);
}

/** A URL knows every spelling, and leaves eight groups with one gap at most. What a link's name follows is none. */
function readIpv6(text: string): Address | undefined {
  const hostname = URL.parse(`http://[${text}]/`)?.hostname;
  if (hostname === undefined) return undefined;
  const [head = "", tail] = hostname.slice(1, -1).split("::");
  const [before, after] = [head, tail ?? ""].map((part) => (part === "" ? [] : part.split(":")));
  const groups = [...(before ?? []), ...(after ?? [])];
  const gap = Array.from({ length: 8 - groups.length }, () => "0");
  const all = [...(before ?? []), ...gap, ...(after ?? [])];
  return { version: 6, number: all.reduce((number, group) => number * 65_536n + BigInt(`0x${group}`), 0n) };
}
