/** Files between this machine and a session, streamed. Nothing is written outside the folder that was named. */
import { createReadStream, createWriteStream, existsSync, statSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { basename, dirname, join, resolve, sep } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { Serai } from "../client/serai.ts";
import type { FileContent } from "../client/session-fs.ts";
import type { FileInfo } from "../client/shapes.ts";
import { UsageFault } from "./faults.ts";

export interface LocalFile {
  readonly source: string;
  /** In the session. */
  readonly path: string;
  readonly sizeBytes: number;
}

/** `sales.csv` or `sales.csv=/data/sales.csv`. */
export function readFileFlag(text: string, cwd: string): LocalFile {
  const cut = existsSync(resolve(cwd, text)) ? -1 : text.lastIndexOf("=");
  const source = resolve(cwd, cut < 0 ? text : text.slice(0, cut));
  const path = cut < 0 ? `/${basename(source)}` : text.slice(cut + 1);
  if (!existsSync(source)) throw new UsageFault(`There is no file "${source}"`);
  const stat = statSync(source);
  if (!stat.isFile()) throw new UsageFault(`"${source}" is no file; name its files one by one`);
  return { source, path: path.startsWith("/") ? path : `/${path}`, sizeBytes: stat.size };
}

export function openLocalFile(source: string): FileContent {
  // The same standard under two names: Node's typings have a stream type of their own.
  return Readable.toWeb(createReadStream(source)) as ReadableStream<Uint8Array>;
}

export type Versions = ReadonlyMap<string, number>;

export async function readVersions(serai: Serai, sessionId: string): Promise<Versions> {
  const { data } = await serai.sessionFs.list(sessionId, { recursive: true });
  return new Map(data.map(({ path, version }) => [path, version]));
}

export async function changedFiles(serai: Serai, sessionId: string, before: Versions): Promise<readonly FileInfo[]> {
  const { data } = await serai.sessionFs.list(sessionId, { recursive: true });
  return data.filter(({ path, version, isDirectory }) => !isDirectory && before.get(path) !== version);
}

/** Where a file of a session goes in a folder; it never leaves it, whatever its path says. */
export function placeIn(folder: string, path: string): string {
  const target = resolve(join(folder, ...path.split("/").filter((segment) => segment !== "")));
  const root = resolve(folder);
  if (target === root || !target.startsWith(root.endsWith(sep) ? root : `${root}${sep}`)) {
    throw new Error(`The file "${path}" would be written outside ${root}`);
  }
  return target;
}

export async function download(
  serai: Serai,
  sessionId: string,
  to: { readonly path: string; readonly target: string },
): Promise<void> {
  await mkdir(dirname(to.target), { recursive: true });
  const content = await serai.sessionFs.readStream(sessionId, to.path);
  await pipeline(Readable.fromWeb(content as Parameters<typeof Readable.fromWeb>[0]), createWriteStream(to.target));
}
