/**
 * Puts a new content in the place of a file, or makes it: written beside it, made durable, then renamed over it. Whoever
 * reads meanwhile sees the old content or the new one, never a part. The mode of the old file is kept.
 */
import { createHash } from "node:crypto";
import { constants } from "node:fs";
import { lstat, open, rename, unlink } from "node:fs/promises";
import type { FileHandle } from "node:fs/promises";
import { inFolder } from "./open-folder.ts";
import type { OpenFolder } from "./open-folder.ts";

export interface NewContent {
  readonly content: AsyncIterable<Uint8Array> | Uint8Array;
  readonly maxBytes?: number;
  /** Of the file beside it: the same for the same change, so that a second try takes up what a first one left. */
  readonly temporaryName: string;
  /**
   * Asked when the content is durable and before it counts. Contract: a sentence, and the old content stays.
   */
  readonly last?: (hash: string) => Promise<string | null>;
}

export type Replaced =
  | { readonly ok: true; readonly sizeBytes: number; readonly hash: string }
  | { readonly ok: false; readonly reason: string };

const NEW_FILE = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;

/** Errors: throws what the file system says. `segments` name the file; the folders above it are made. */
export function replaceFile(root: string, segments: readonly string[], change: NewContent): Promise<Replaced> {
  const name = segments.at(-1) ?? "";
  return inFolder({ root, segments: segments.slice(0, -1), make: true }, async (folder) => {
    const temporary = folder.at(change.temporaryName);
    const mode = await modeOf(folder.at(name));
    await removeIfThere(temporary);
    try {
      const written = await writeNew(temporary, { ...change, mode });
      const refusal = written.ok ? await change.last?.(written.hash) : written.reason;
      if (typeof refusal === "string") return { ok: false, reason: refusal };
      await settle(folder, temporary, name);
      return written;
    } finally {
      // Renamed, it is not there any more.
      await removeIfThere(temporary);
    }
  });
}

async function settle(folder: OpenFolder, temporary: string, name: string): Promise<void> {
  await rename(temporary, folder.at(name));
  await folder.sync();
}

/** Nothing for what is not there yet. */
async function modeOf(path: string): Promise<number | null> {
  try {
    const found = await lstat(path);
    if (found.isDirectory()) throw Object.assign(new Error(`"${path}" is a directory`), { code: "EISDIR" });
    return found.isFile() ? found.mode & 0o7777 : null;
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "ENOENT") return null;
    throw cause;
  }
}

async function writeNew(
  path: string,
  { content, maxBytes, mode }: NewContent & { readonly mode: number | null },
): Promise<Replaced> {
  const file = await open(path, NEW_FILE);
  try {
    const hash = createHash("sha256");
    let sizeBytes = 0;
    for await (const chunk of content instanceof Uint8Array ? [content] : content) {
      sizeBytes += chunk.length;
      if (maxBytes !== undefined && sizeBytes > maxBytes) {
        return { ok: false, reason: `it would have more than ${maxBytes.toLocaleString("en-US")} bytes` };
      }
      hash.update(chunk);
      await writeAll(file, chunk);
    }
    if (mode !== null) await file.chmod(mode);
    await file.sync();
    return { ok: true, sizeBytes, hash: hash.digest("hex") };
  } finally {
    await file.close();
  }
}

async function writeAll(file: FileHandle, chunk: Uint8Array): Promise<void> {
  for (let from = 0; from < chunk.length;) from += (await file.write(chunk, from)).bytesWritten;
}

async function removeIfThere(path: string): Promise<void> {
  await unlink(path).catch((cause: unknown) => {
    if ((cause as NodeJS.ErrnoException).code !== "ENOENT") throw cause;
  });
}
