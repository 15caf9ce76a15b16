/**
 * How long contents in a folder have been left alone, and what is removed. The age of a file is the grace: it begins
 * with the file, anew when the content is put again, and anew when it is renewed. Whoever looks at an age to act on it
 * does so in the content's turn, so nothing comes between the look and the act.
 */
import { readdir, rm, stat, utimes } from "node:fs/promises";
import { join } from "node:path";
import type { BlobHash, BlobKeeping } from "../core/ports/files.ts";
import type { KeyedQueue } from "../lib/keyed-queue.ts";

export interface FolderKeepingDeps {
  readonly folder: string;
  readonly fileOf: (hash: BlobHash) => string;
  readonly turns: Pick<KeyedQueue, "run">;
}

const BATCH = 500;

export function makeFolderKeeping({ folder, fileOf, turns }: FolderKeepingDeps): BlobKeeping {
  return {
    listBefore: (timeMs) => listBefore({ folder, fileOf }, timeMs),
    removeBefore: (hash, timeMs) =>
      turns.run(hash, async () => {
        const file = fileOf(hash);
        const changedMs = await changedAt(file);
        if (changedMs === undefined || changedMs >= timeMs) return false;
        await rm(file, { force: true });
        return true;
      }),
    renew: (hash) =>
      turns.run(hash, async () => {
        const now = new Date();
        return ifThere(async () => {
          await utimes(fileOf(hash), now, now);
          return true;
        }, false);
      }),
  };
}

async function* listBefore(
  { folder, fileOf }: Pick<FolderKeepingDeps, "folder" | "fileOf">,
  timeMs: number,
): AsyncGenerator<readonly BlobHash[], undefined> {
  let batch: BlobHash[] = [];
  for (const shard of (await readdir(folder)).filter((name) => /^[0-9a-f]{2}$/.test(name))) {
    for (const name of await readdir(join(folder, shard))) {
      if (!/^[0-9a-f]{62}$/.test(name)) continue;
      // Nothing else is ever put under such a name.
      const hash = (shard + name) as BlobHash;
      const changedMs = await changedAt(fileOf(hash));
      if (changedMs === undefined || changedMs >= timeMs) continue;
      batch.push(hash);
      if (batch.length < BATCH) continue;
      yield batch;
      batch = [];
    }
  }
  if (batch.length > 0) yield batch;
}

function changedAt(file: string): Promise<number | undefined> {
  return ifThere(async () => (await stat(file)).mtimeMs, undefined);
}

async function ifThere<T>(look: () => Promise<T>, otherwise: T): Promise<T> {
  try {
    return await look();
  } catch (cause) {
    if (cause instanceof Error && "code" in cause && cause.code === "ENOENT") return otherwise;
    throw cause;
  }
}
