/**
 * Reads a body to its end or to a limit, whichever comes first, and undoes its compression on the way.
 *
 * Invariant: memory is bounded by the limit and some chunks, however much a small body unpacks to.
 */
import { pipeline } from "node:stream";
import type { Duplex, Readable } from "node:stream";
import { constants, createBrotliDecompress, createGunzip, createInflate } from "node:zlib";

import { refuseFetch } from "./outcome.ts";
import type { FetchRefusal } from "./outcome.ts";

export const ACCEPTED_ENCODINGS = "gzip, deflate, br";

const MAX_LAYERS = 2;

export type Body = { readonly bytes: Uint8Array; readonly isCut: boolean };

type Packed = { readonly stream: Readable; readonly encoding: string | undefined; readonly maxBytes: number };

export async function readBody({ stream, encoding, maxBytes }: Packed): Promise<Body | FetchRefusal> {
  // Its failure is heard by whoever reads it; one that nobody reads any more must not end the process.
  stream.on("error", () => {});
  const layers = unpackers(encoding ?? "");
  if (layers === undefined) {
    stream.destroy();
    return refuseFetch("broken_answer", `The answer is compressed in a way that is not known: ${encoding}`);
  }
  // A failure of one of them ends them all, and the loop below throws it.
  const unpacked = layers.reduce<Readable>((from, layer) => pipeline(from, layer, () => {}), stream);
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of unpacked as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    bytes += chunk.length;
    if (bytes > maxBytes) return { bytes: Buffer.concat(chunks, maxBytes), isCut: true };
  }
  return { bytes: Buffer.concat(chunks, bytes), isCut: false };
}

/** In the order in which they are undone; nothing if one is not known. */
function unpackers(encoding: string): readonly Duplex[] | undefined {
  const names = encoding
    .toLowerCase()
    .split(",")
    .map((name) => name.trim())
    .filter((name) => name !== "" && name !== "identity")
    .toReversed();
  const layers = names.flatMap((name) => unpacker(name) ?? []);
  return layers.length === names.length && names.length <= MAX_LAYERS ? layers : undefined;
}

/** A stream that was cut off gives what it has, as browsers do. */
function unpacker(name: string): Duplex | undefined {
  const zlib = { finishFlush: constants.Z_SYNC_FLUSH };
  if (name === "gzip" || name === "x-gzip") return createGunzip(zlib);
  if (name === "deflate") return createInflate(zlib);
  if (name === "br") return createBrotliDecompress({ finishFlush: constants.BROTLI_OPERATION_FLUSH });
  return undefined;
}
