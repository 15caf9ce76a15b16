/**
 * The files of a working tree in the shape that file tools know. Reads see what is on the disk; a write or removal goes
 * to whoever guards it, so nothing is ever changed here by itself.
 */
import { join } from "node:path";
import { FileMissing } from "../../core/ports/session-files.ts";
import type { FileOutcome, SessionFiles, ToolFile } from "../../core/ports/session-files.ts";
import { sayFault } from "../../lib/tree-files/fault-words.ts";
import { knownFiles } from "../../lib/tree-files/known-files.ts";
import { locate } from "../../lib/tree-files/locate.ts";
import type { Place } from "../../lib/tree-files/locate.ts";
import { listFolder, lookAt, readBytes, readEntries, readEntry } from "../../lib/tree-files/read-entry.ts";
import type { Entry } from "../../lib/tree-files/read-entry.ts";
import { shownPath } from "../../lib/tree-files/tree-path.ts";

export interface GuardedWrites {
  write(path: string, content: AsyncIterable<Uint8Array> | Uint8Array, maxBytes?: number): Promise<FileOutcome>;
  remove(path: string): Promise<FileOutcome>;
}

export type TreeSessionFiles = SessionFiles & {
  /** Where a file is on this machine. */
  fileOf(path: string): Promise<string | undefined>;
};

/** `root`: absolute. */
export function makeTreeSessionFiles(root: string, writes: GuardedWrites): TreeSessionFiles {
  return {
    stat: (path) => statAt(root, path),
    list: (directory, isRecursive) => (isRecursive ? listAll(root, directory) : listOne(root, directory)),
    read: (path, range) => readAt(root, path, range),
    async write(path, content, options) {
      if ("hash" in content) return no("Only bytes can be written to a checkout");
      return writes.write(path, content, options?.maxBytes);
    },
    // Contents of a disk have no names of their own.
    hold: () => Promise.resolve(undefined),
    makeDirectory: (path) => Promise.resolve(no(`${path} is made by writing a file into it`)),
    remove: (path) => writes.remove(path),
    async fileOf(path) {
      const located = await locate(root, path);
      return located.kind === "found" ? join(located.place.root, ...located.place.segments) : undefined;
    },
  };
}

export function no(reason: string): FileOutcome {
  return { ok: false, reason };
}

export function fileOf({ shown }: Pick<Place, "shown">, entry: Entry): ToolFile {
  return {
    path: shown,
    isDirectory: entry.kind === "directory",
    isReadonly: entry.isReadonly || entry.kind === "link" || entry.kind === "other",
    sizeBytes: entry.sizeBytes,
    updatedAt: new Date(entry.modifiedMs).toISOString(),
  };
}

async function statAt(root: string, path: string): Promise<ToolFile | undefined> {
  const located = await locate(root, path);
  if (located.kind === "refused") return undefined;
  const entry = await readEntry(located.place.root, located.place.segments);
  // A link that is there after links were followed leads nowhere.
  return entry === undefined || entry.kind === "link" ? undefined : fileOf(located.place, entry);
}

async function placeOf(root: string, path: string): Promise<Place> {
  const located = await locate(root, path);
  if (located.kind === "refused") throw new FileMissing(located.detail);
  return located.place;
}

/** Git's own folder is left out; a link is shown as what it leads to, or as what cannot be written. */
async function listOne(root: string, directory: string): Promise<readonly ToolFile[]> {
  const { root: real, segments } = await placeOf(root, directory);
  const entries = await listFolder(real, segments).catch((cause: unknown) => {
    throw new FileMissing(sayFault(cause, shownPath(segments)));
  });
  const shown = entries.filter(([name]) => name !== ".git");
  return lookAt(shown, async ([name, entry]) => {
    const path = shownPath([...segments, name]);
    const target = entry.kind === "link" ? await statAt(root, path) : undefined;
    return target === undefined ? fileOf({ shown: path }, entry) : { ...target, path };
  });
}

/** Files only: what a search is about. */
async function listAll(root: string, directory: string): Promise<readonly ToolFile[]> {
  const { root: real, segments: below } = await placeOf(root, directory);
  const known = await knownFiles(real, below);
  const found = await readEntries(real, known);
  const files = found.flatMap(([segments, entry]) =>
    entry.kind === "file" ? [fileOf({ shown: shownPath(segments) }, entry)] : [],
  );
  return files.toSorted((one, other) => (one.path < other.path ? -1 : 1));
}

async function* readAt(
  root: string,
  path: string,
  range?: { readonly start: number; readonly end: number },
): AsyncGenerator<Uint8Array, undefined> {
  const { root: real, segments, shown } = await placeOf(root, path);
  try {
    yield* readBytes(real, segments, range);
  } catch (cause) {
    throw new FileMissing(sayFault(cause, shown), { cause });
  }
}
