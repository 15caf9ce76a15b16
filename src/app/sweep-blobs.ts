/**
 * Removes the contents that nothing names any more (P9): marks by asking the rows, sweeps what is unmarked. A content is
 * only looked at when it was last put or renewed more than a day ago, because whoever has just put one has not committed
 * its row yet; and it goes only if nobody has put it again by then.
 */
import type { BlobKeeping, FileReads } from "../core/ports/files.ts";
import type { Clock } from "../core/ports/clock.ts";

export interface SweepBlobsDeps {
  readonly store: Pick<FileReads, "namedBlobs">;
  readonly blobs: Pick<BlobKeeping, "listBefore" | "removeBefore">;
  readonly clock: Pick<Clock, "now">;
  /** Between batches other work goes on. */
  readonly pause: () => Promise<void>;
}

export const GRACE_MS = 24 * 60 * 60 * 1000;

export interface Swept {
  readonly seen: number;
  readonly removed: number;
}

export type SweepBlobs = (signal: AbortSignal) => Promise<Swept>;

export function makeSweepBlobs({ store, blobs, clock, pause }: SweepBlobsDeps): SweepBlobs {
  return async (signal) => {
    const before = clock.now() - GRACE_MS;
    let [seen, removed] = [0, 0];
    for await (const hashes of blobs.listBefore(before)) {
      if (signal.aborted) break;
      const named = await store.namedBlobs(hashes);
      for (const hash of hashes) if (!named.has(hash) && (await blobs.removeBefore(hash, before))) removed++;
      seen += hashes.length;
      await pause();
    }
    return { seen, removed };
  };
}
