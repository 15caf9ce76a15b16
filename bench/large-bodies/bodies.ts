/** Large bodies up and down, never whole in this process either; what came down is what went up, by its hash. */
import { createHash } from "node:crypto";
import type { Hash } from "node:crypto";
import { request } from "node:http";
import type { IncomingMessage } from "node:http";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { verify } from "../bench.ts";

export interface Server {
  readonly url: string;
  readonly key: string;
}

export interface Upload {
  readonly method: "POST" | "PUT";
  readonly path: string;
  readonly contentType: string;
  readonly sizeBytes: number;
  /** Stands before and after the bytes. */
  readonly frame?: { readonly head: Buffer; readonly tail: Buffer };
  /** What the bytes begin with. */
  readonly magic?: Buffer;
}

const CHUNK_BYTES = 64 * 1024;

/** Gives the SHA-256 of the bytes and what the server said. */
export async function upload(
  server: Server,
  sent: Upload,
): Promise<{ readonly sha256: string; readonly text: string }> {
  const hash = createHash("sha256");
  const { head = Buffer.alloc(0), tail = Buffer.alloc(0) } = sent.frame ?? {};
  const asking = request(new URL(sent.path, server.url), {
    method: sent.method,
    headers: {
      authorization: `Bearer ${server.key}`,
      "content-type": sent.contentType,
      "content-length": head.length + sent.sizeBytes + tail.length,
    },
  });
  const answered = new Promise<IncomingMessage>((resolve, reject) => {
    asking.once("response", resolve).once("error", reject);
  });
  const body = Readable.from(bytesOf(sent, { hash, head, tail }), { objectMode: false, highWaterMark: CHUNK_BYTES });
  await pipeline(body, asking);
  const response = await answered;
  const text = Buffer.concat(await response.toArray()).toString();
  verify(response.statusCode === 201 || response.statusCode === 200, `${sent.path} answered ${text}`);
  return { sha256: hash.digest("hex"), text };
}

function* bytesOf(
  { sizeBytes, magic = Buffer.alloc(0) }: Upload,
  { hash, head, tail }: { readonly hash: Hash; readonly head: Buffer; readonly tail: Buffer },
): Generator<Buffer> {
  if (head.length > 0) yield head;
  for (let at = 0; at < sizeBytes; at += CHUNK_BYTES) {
    // No two chunks are the same, so that none can stand for another.
    const chunk = Buffer.alloc(Math.min(CHUNK_BYTES, sizeBytes - at), at & 0xff);
    chunk.writeUInt32LE(at, 0);
    if (at === 0) magic.copy(chunk);
    hash.update(chunk);
    yield chunk;
  }
  if (tail.length > 0) yield tail;
}

/** Gives the SHA-256 of what came. */
export async function download(server: Server, path: string): Promise<string> {
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    const headers = { authorization: `Bearer ${server.key}` };
    request(new URL(path, server.url), { headers }, resolve).once("error", reject).end();
  });
  verify(response.statusCode === 200, `${path} answered ${response.statusCode}`);
  const hash = createHash("sha256");
  for await (const chunk of response) hash.update(chunk as Buffer);
  return hash.digest("hex");
}
