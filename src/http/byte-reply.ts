/**
 * Bytes that stand still, out: all of them, one range (RFC 9110 §14), or nothing new for who has them already. Who they
 * belong to and where they come from, the caller knows.
 */
import { httpProblem } from "./problems.ts";
import type { RouteRequest } from "./route.ts";

export interface ByteRange {
  /** Inclusive. */
  readonly start: number;
  /** Exclusive. */
  readonly end: number;
}

export interface Bytes {
  /** In problems. */
  readonly name: string;
  readonly sizeBytes: number;
  /** Names this content for ever, quotes included. */
  readonly etag: string;
  /** Content-Type and what else belongs to the content. */
  readonly headers: Readonly<Record<string, string>>;
  /** Contract: opens nothing before it is iterated. */
  read(range: ByteRange): AsyncIterable<Uint8Array>;
}

export function bytesReply(bytes: Bytes, header: RouteRequest["header"]) {
  const { sizeBytes, etag } = bytes;
  const headers = { ...bytes.headers, "Accept-Ranges": "bytes", ETag: etag };
  if (matches(header("if-none-match"), etag)) return { kind: "empty", status: 304, headers } as const;
  const range = rangeOf(header("range"), { sizeBytes, etag, ifRange: header("if-range") });
  if (range === "none") return { kind: "problem", problem: rangeProblem(bytes) } as const;
  if (range === "all") {
    const body = bytes.read({ start: 0, end: sizeBytes });
    return { kind: "raw", status: 200, body, headers: { ...headers, "Content-Length": String(sizeBytes) } } as const;
  }
  const { start, end } = range;
  const partial = {
    ...headers,
    "Content-Range": `bytes ${start}-${end - 1}/${sizeBytes}`,
    "Content-Length": String(end - start),
  };
  return { kind: "raw", status: 206, body: bytes.read(range), headers: partial } as const;
}

function matches(given: string | undefined, etag: string): boolean {
  if (given === undefined) return false;
  return given.split(",").some((each) => each.trim() === "*" || each.trim().replace(/^W\//, "") === etag);
}

/** One range. Several, other units, or a content that has changed since: all of it. */
function rangeOf(
  given: string | undefined,
  { sizeBytes, etag, ifRange }: Pick<Bytes, "sizeBytes" | "etag"> & { readonly ifRange: string | undefined },
): ByteRange | "all" | "none" {
  const parts = /^bytes=(\d{0,15})-(\d{0,15})$/.exec(given?.trim() ?? "");
  if (parts === null || (ifRange !== undefined && ifRange !== etag)) return "all";
  const [, first = "", last = ""] = parts;
  if (first === "" && last === "") return "all";
  const start = first === "" ? Math.max(0, sizeBytes - Number(last)) : Number(first);
  const end = first === "" || last === "" ? sizeBytes : Math.min(sizeBytes, Number(last) + 1);
  if (first !== "" && last !== "" && Number(last) < Number(first)) return "all";
  return start >= end ? "none" : { start, end };
}

function rangeProblem({ name, sizeBytes }: Bytes) {
  return httpProblem("range_not_satisfiable", `"${name}" has ${sizeBytes} bytes`, {
    headers: { "Content-Range": `bytes */${sizeBytes}` },
  });
}
