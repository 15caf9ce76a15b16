/** What is in a folder below a root: one entry, a file's bytes, a list. No link is followed and nothing is changed. */
import { createHash } from "node:crypto";
import { constants } from "node:fs";
import type { Stats } from "node:fs";
import { lstat, open, readdir } from "node:fs/promises";
import { inFolder } from "./open-folder.ts";

export interface Entry {
  readonly kind: "file" | "directory" | "link" | "other";
  readonly sizeBytes: number;
  readonly modifiedMs: number;
  /** Its owner may not write it. */
  readonly isReadonly: boolean;
  /** Another one, or another content, has another stamp. */
  readonly stamp: string;
}

const CHUNK_BYTES = 256 * 1024;
const AT_ONCE = 32;
/** A pipe would otherwise hold the call up until somebody writes to it. */
const READ = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

/** Nothing for what is not there, nor what it would be below. */
export async function readEntry(root: string, segments: readonly string[]): Promise<Entry | undefined> {
  const name = segments.at(-1);
  if (name === undefined) return entryOf(await lstat(root));
  try {
    const stats = await inFolder({ root, segments: segments.slice(0, -1) }, (folder) => lstat(folder.at(name)));
    return entryOf(stats);
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ENOTDIR" || code === "ELOOP" || code === "ENAMETOOLONG") return undefined;
    throw cause;
  }
}

function entryOf(stats: Stats): Entry {
  const { size, mtimeMs, ino, ctimeMs, mode } = stats;
  const kind = stats.isFile() ? "file" : stats.isDirectory() ? "directory" : stats.isSymbolicLink() ? "link" : "other";
  return {
    kind,
    sizeBytes: kind === "file" ? size : 0,
    modifiedMs: mtimeMs,
    isReadonly: kind === "file" && (mode & 0o200) === 0,
    stamp: `${kind} ${ino} ${size} ${mtimeMs} ${ctimeMs}`,
  };
}

export interface Range {
  readonly start: number;
  /** The byte after the last. */
  readonly end: number;
}

/** Errors: throws what the file system says, ENXIO for what is no file. */
export async function* readBytes(
  root: string,
  segments: readonly string[],
  range: Range = { start: 0, end: Infinity },
): AsyncGenerator<Uint8Array, undefined> {
  const name = segments.at(-1) ?? "";
  const file = await inFolder({ root, segments: segments.slice(0, -1) }, (folder) => open(folder.at(name), READ));
  try {
    if (!(await file.stat()).isFile()) throw Object.assign(new Error(`"${name}" is no file`), { code: "ENXIO" });
    for (let from = range.start; from < range.end;) {
      const buffer = Buffer.allocUnsafe(Math.min(CHUNK_BYTES, range.end - from));
      const { bytesRead } = await file.read(buffer, 0, buffer.length, from);
      if (bytesRead === 0) return;
      from += bytesRead;
      yield buffer.subarray(0, bytesRead);
    }
  } finally {
    await file.close();
  }
}

/** Nothing for what is no file. */
export async function hashOf(root: string, segments: readonly string[]): Promise<string | undefined> {
  if ((await readEntry(root, segments))?.kind !== "file") return undefined;
  const hash = createHash("sha256");
  for await (const chunk of readBytes(root, segments)) hash.update(chunk);
  return hash.digest("hex");
}

/** Errors: throws what the file system says. What goes away meanwhile is left out. */
export function listFolder(
  root: string,
  segments: readonly string[],
): Promise<readonly (readonly [name: string, entry: Entry])[]> {
  return inFolder({ root, segments }, async (folder) => {
    const names = (await readdir(folder.at("."))).toSorted();
    return lookAt(names, async (name) => [name, entryOf(await lstat(folder.at(name)))] as const);
  });
}

/** Of many paths, a folder at a time: opening each folder for each file would cost ten times as much. */
export async function readEntries(
  root: string,
  paths: readonly (readonly string[])[],
): Promise<readonly (readonly [segments: readonly string[], entry: Entry])[]> {
  const folders = Map.groupBy(paths, (segments) => segments.slice(0, -1).join("/"));
  const found = await lookAt([...folders.values()], (siblings) => {
    const segments = siblings[0]?.slice(0, -1) ?? [];
    return inFolder({ root, segments }, (folder) =>
      lookAt(siblings, async (each) => [each, entryOf(await lstat(folder.at(each.at(-1) ?? "")))] as const),
    );
  });
  return found.flat();
}

export async function lookAt<Name, T>(names: readonly Name[], look: (name: Name) => Promise<T>): Promise<readonly T[]> {
  const found: T[] = [];
  for (let from = 0; from < names.length; from += AT_ONCE) {
    const some = await Promise.all(names.slice(from, from + AT_ONCE).map((name) => unlessGone(() => look(name))));
    for (const one of some) if (one !== undefined) found.push(one);
  }
  return found;
}

async function unlessGone<T>(look: () => Promise<T>): Promise<T | undefined> {
  try {
    return await look();
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ENOTDIR" || code === "ELOOP") return undefined;
    throw cause;
  }
}
