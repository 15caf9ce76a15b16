// Reads one HTTP request whole: path, query, headers, decompressed JSON.
// Invariant: never throws for what a client sends; a client that leaves before the end is an outcome like the others.
import type { IncomingMessage } from "node:http";
import { buffer } from "node:stream/consumers";
import { promisify } from "node:util";
import { brotliDecompress, gunzip, inflate, zstdDecompress } from "node:zlib";
import type { HttpCall } from "./exchange.ts";

export type ReadCall =
  | { readonly kind: "call"; readonly call: HttpCall }
  | { readonly kind: "unreadable"; readonly call: HttpCall; readonly reason: string }
  | { readonly kind: "gone" };

// Codex may compress its bodies with zstd.
const DECOMPRESS: Readonly<Record<string, (input: Buffer) => Promise<Buffer>>> = {
  gzip: promisify<Buffer, Buffer>(gunzip),
  deflate: promisify<Buffer, Buffer>(inflate),
  br: promisify<Buffer, Buffer>(brotliDecompress),
  zstd: promisify<Buffer, Buffer>(zstdDecompress),
};

function headersOf(request: IncomingMessage): Record<string, string> {
  const entries = Object.entries(request.headers).map(([name, value]) => [
    name,
    Array.isArray(value) ? value.join(", ") : (value ?? ""),
  ]);
  return Object.fromEntries(entries);
}

async function readBytes(request: IncomingMessage): Promise<Buffer | undefined> {
  try {
    return await buffer(request);
  } catch (cause) {
    if (request.destroyed && !request.complete) return undefined;
    throw new Error("Cannot read the request body", { cause });
  }
}

async function parseBody(bytes: Buffer, encoding: string | undefined): Promise<{ body: unknown } | { reason: string }> {
  if (bytes.length === 0) return { body: undefined };
  const decompress = encoding === undefined || encoding === "identity" ? undefined : DECOMPRESS[encoding];
  if (decompress === undefined && encoding !== undefined && encoding !== "identity") {
    return { reason: `Unknown content-encoding "${encoding}"` };
  }
  try {
    const plain = decompress === undefined ? bytes : await decompress(bytes);
    return { body: JSON.parse(plain.toString("utf8")) };
  } catch (cause) {
    return { reason: `Cannot read the body as JSON: ${cause instanceof Error ? cause.message : String(cause)}` };
  }
}

export async function readCall(request: IncomingMessage): Promise<ReadCall> {
  const { pathname, searchParams } = new URL(request.url ?? "/", "http://localhost");
  const call = {
    method: request.method ?? "GET",
    path: pathname,
    query: searchParams,
    headers: headersOf(request),
    body: undefined,
  };
  const bytes = await readBytes(request);
  if (bytes === undefined) return { kind: "gone" };
  const parsed = await parseBody(bytes, request.headers["content-encoding"]);
  if ("reason" in parsed) return { kind: "unreadable", call, reason: parsed.reason };
  return { kind: "call", call: { ...call, body: parsed.body } };
}
