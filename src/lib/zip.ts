/**
 * Reads a ZIP archive that came from outside and is at hand as a whole, within limits that its own words cannot pass.
 *
 * Invariant: entries are those of its directory, which is what people are shown of an archive; what stands before an
 * entry's bytes has to agree. Nothing but files comes out: links, devices, and what is sealed with a password are refused
 * by their names. No more is ever unpacked than the limits allow, whatever sizes are claimed. Paths come out as they
 * stand in the archive; whoever writes them judges them.
 */
import { promisify } from "node:util";
import { crc32, inflateRaw } from "node:zlib";

export interface ZipLimits {
  readonly entries: number;
  /** Of all entries together, unpacked. */
  readonly bytes: number;
  /** How many times larger than the archive its contents may be. */
  readonly ratio: number;
}

export interface ZipEntry {
  readonly path: string;
  readonly bytes: Uint8Array;
}

export type ZipOutcome =
  | { readonly kind: "read"; readonly entries: readonly ZipEntry[] }
  | { readonly kind: "too_large"; readonly limit: "entries" | "bytes" }
  /** `path`: of the entry, "" for the archive; `detail`: a phrase that follows it. */
  | { readonly kind: "refused"; readonly path: string; readonly detail: string };

interface Listed {
  readonly path: string;
  readonly name: Buffer;
  readonly flags: number;
  readonly method: number;
  readonly crc: number;
  readonly packedBytes: number;
  readonly bytes: number;
  readonly mode: number;
  readonly at: number;
}

type Refused = Extract<ZipOutcome, { readonly kind: "refused" }>;

const END = { signature: 0x0605_4b50, bytes: 22, longestComment: 0xffff } as const;
const LISTED = { signature: 0x0201_4b50, bytes: 46 } as const;
const LOCAL = { signature: 0x0403_4b50, bytes: 30 } as const;
const STORED = 0;
const DEFLATED = 8;
const SEALED = 0x1;
const KIND_OF_FILE = 0o170000;
const KINDS: Readonly<Record<number, string>> = { 0o120000: "a link", 0o100000: "", 0o040000: "" };

const inflate = promisify(inflateRaw);

export async function readZip(given: Uint8Array, limits: ZipLimits): Promise<ZipOutcome> {
  const archive = Buffer.from(given.buffer, given.byteOffset, given.byteLength);
  const listed = readDirectory(archive);
  if ("kind" in listed) return listed;
  const files = listed.filter(({ path }) => !path.endsWith("/"));
  const refusal = files.map(refuseEntry).find((one) => one !== null);
  if (refusal !== undefined) return refusal;
  if (files.length > limits.entries) return { kind: "too_large", limit: "entries" };
  const claimed = files.reduce((sum, { bytes }) => sum + bytes, 0);
  if (claimed > limits.bytes) return { kind: "too_large", limit: "bytes" };
  if (claimed > archive.byteLength * limits.ratio)
    return refused("", `unpacks to more than ${limits.ratio} times its size`);
  const entries: ZipEntry[] = [];
  for (const file of files) {
    const bytes = await unpack(archive, file);
    if ("kind" in bytes) return bytes;
    entries.push({ path: file.path, bytes: bytes.bytes });
  }
  return { kind: "read", entries };
}

function refused(path: string, detail: string): Refused {
  return { kind: "refused", path, detail };
}

function readDirectory(archive: Buffer): readonly Listed[] | Refused {
  const end = findEnd(archive);
  if (end === -1) return refused("", "is no ZIP archive");
  const count = archive.readUInt16LE(end + 10);
  let at = archive.readUInt32LE(end + 16);
  if (count === 0xffff || at === 0xffff_ffff) return refused("", "is a ZIP64 archive, which is for larger ones");
  const listed: Listed[] = [];
  for (let index = 0; index < count; index++) {
    const isThere = at + LISTED.bytes <= end && archive.readUInt32LE(at) === LISTED.signature;
    if (!isThere) return refused("", "is broken: its directory ends early");
    const one = readListed(archive, at);
    if (!one.name.equals(Buffer.from(one.path))) return refused(one.path, "has a name that is not UTF-8");
    listed.push(one);
    at += LISTED.bytes + one.name.byteLength + archive.readUInt16LE(at + 30) + archive.readUInt16LE(at + 32);
  }
  return listed;
}

/** The last one: what stands before it may be anything. */
function findEnd(archive: Buffer): number {
  const first = Math.max(0, archive.byteLength - END.bytes - END.longestComment);
  for (let at = archive.byteLength - END.bytes; at >= first; at--) {
    if (archive.readUInt32LE(at) === END.signature) return at;
  }
  return -1;
}

function readListed(archive: Buffer, at: number): Listed {
  const start = at + LISTED.bytes;
  const name = archive.subarray(start, start + archive.readUInt16LE(at + 28));
  return {
    path: name.toString("utf8"),
    name,
    flags: archive.readUInt16LE(at + 8),
    method: archive.readUInt16LE(at + 10),
    crc: archive.readUInt32LE(at + 16),
    packedBytes: archive.readUInt32LE(at + 20),
    bytes: archive.readUInt32LE(at + 24),
    mode: archive.readUInt16LE(at + 40),
    at: archive.readUInt32LE(at + 42),
  };
}

function refuseEntry({ path, flags, method, mode }: Listed): Refused | null {
  const kind = (mode & KIND_OF_FILE) === 0 ? "" : (KINDS[mode & KIND_OF_FILE] ?? "no file");
  if (kind !== "") return refused(path, `is ${kind}, and only files can be taken`);
  if ((flags & SEALED) !== 0) return refused(path, "is sealed with a password");
  return method === STORED || method === DEFLATED ? null : refused(path, "is packed in a way that is not known here");
}

async function unpack(archive: Buffer, file: Listed): Promise<{ readonly bytes: Uint8Array } | Refused> {
  const packed = packedOf(archive, file);
  if (packed === null) return refused(file.path, "is not where the archive says");
  const bytes = file.method === STORED ? packed : await inflated(packed, file.bytes);
  if (bytes?.byteLength !== file.bytes || crc32(bytes) !== file.crc) return refused(file.path, "is broken");
  return { bytes };
}

function packedOf(archive: Buffer, { at, name, packedBytes }: Listed): Buffer | null {
  if (at + LOCAL.bytes > archive.byteLength || archive.readUInt32LE(at) !== LOCAL.signature) return null;
  const start = at + LOCAL.bytes;
  const nameBytes = archive.readUInt16LE(at + 26);
  if (!archive.subarray(start, start + nameBytes).equals(name)) return null;
  const from = start + nameBytes + archive.readUInt16LE(at + 28);
  return from + packedBytes > archive.byteLength ? null : archive.subarray(from, from + packedBytes);
}

/** Nothing: it cannot be read, or is larger than it claims to be. Not on the event loop. */
async function inflated(packed: Buffer, bytes: number): Promise<Buffer | null> {
  try {
    return await inflate(packed, { maxOutputLength: Math.max(1, bytes) });
  } catch (error) {
    if (error instanceof Error && "code" in error) return null;
    throw error;
  }
}
