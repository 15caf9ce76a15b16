/** Contents in memory, for tests that are about something else. */
import { createHash } from "node:crypto";
import { BlobTooLarge } from "../../src/core/ports/files.ts";
import type { BlobHash, BlobKeeping, Blobs } from "../../src/core/ports/files.ts";

export function makeMemoryBlobs(): Blobs & Pick<BlobKeeping, "renew"> {
  const kept = new Map<BlobHash, Buffer>();
  return {
    async put(content, maxBytes) {
      const chunks: Uint8Array[] = [];
      for await (const chunk of content) chunks.push(chunk);
      const bytes = Buffer.concat(chunks);
      if (bytes.byteLength > maxBytes) throw new BlobTooLarge("Too large");
      const hash = createHash("sha256").update(bytes).digest("hex") as BlobHash;
      kept.set(hash, bytes);
      return { hash, sizeBytes: bytes.byteLength };
    },
    async *read(hash, { start, end } = { start: 0, end: Number.POSITIVE_INFINITY }) {
      const bytes = kept.get(hash);
      if (bytes === undefined) throw new Error(`There is no content ${hash}`);
      yield bytes.subarray(start, end);
    },
    renew: (hash) => Promise.resolve(kept.has(hash)),
  };
}
