/**
 * The one place of this room that writes.
 *
 * Invariant: a file is there as it was or as it shall be, never in part; it keeps its mode and owner, a link to it stays a
 * link, and a file that changed since it was read is not written over. New files that may hold a key are the owner's alone.
 */
import {
  chmodSync,
  chownSync,
  closeSync,
  existsSync,
  fsyncSync,
  lstatSync,
  mkdirSync,
  openSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmdirSync,
  rmSync,
  statSync,
  writeSync,
} from "node:fs";
import { basename, dirname, join, relative, resolve, sep } from "node:path";
import { refuse } from "./text-edits.ts";
import type { Outcome } from "./text-edits.ts";

export interface FoundFile {
  /** Where it is once every link is followed. */
  readonly path: string;
  /** Null when there is none. */
  readonly text: string | null;
  /** Another path than the one asked for: what is done is done there, and that is to be said. */
  readonly isElsewhere: boolean;
}

export function findFile(path: string, base: string): Outcome<FoundFile> {
  const real = realPathOf(path);
  if (real === null) return refuse(`${path} is a link to nowhere; mend it or take it away`);
  const isElsewhere = real !== join(realPathOf(base) ?? base, relative(base, path));
  if (!existsSync(real)) return { ok: true, value: { path: real, text: null, isElsewhere } };
  if (!statSync(real).isFile()) return refuse(`${path} is no file`);
  const bytes = readFileSync(real);
  const text = bytes.toString("utf8");
  // Decoding must be the way back as well, or taking the hooks out could not restore it.
  if (!Buffer.from(text, "utf8").equals(bytes)) return refuse(`${path} is no text in UTF-8`);
  return { ok: true, value: { path: real, text, isElsewhere } };
}

/** Of a file that need not be there; null for a link to nowhere. */
function realPathOf(path: string): string | null {
  const full = resolve(path);
  if (existsSync(full)) return realpathSync(full);
  if (lstatSync(full, { throwIfNoEntry: false })?.isSymbolicLink() === true) return null;
  const parent = dirname(full);
  if (parent === full) return full;
  const above = realPathOf(parent);
  return above === null ? null : join(above, basename(full));
}

export interface Writing {
  readonly path: string;
  readonly text: string;
  /** What was read; null when there was no file. */
  readonly before: string | null;
  /** Of a file that is new. */
  readonly mode?: number;
}

const PRIVATE_MODE = 0o600;
const PERMISSION_BITS = 0o7777;

/** Answers the folders it had to make, outermost first. */
export function writeText({ path, text, before, mode = PRIVATE_MODE }: Writing): readonly string[] {
  const made = makeFolders(dirname(path));
  const stat = statSync(path, { throwIfNoEntry: false });
  const found = stat === undefined ? null : readFileSync(path, "utf8");
  if (found !== before) throw new Error(`"${path}" was changed by somebody else meanwhile; nothing was written`);
  const fresh = join(dirname(path), `.${basename(path)}.serai-${process.pid}`);
  rmSync(fresh, { force: true });
  const file = openSync(fresh, "wx", PRIVATE_MODE);
  try {
    writeSync(file, text);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  if (stat !== undefined && process.getuid?.() === 0) chownSync(fresh, stat.uid, stat.gid);
  chmodSync(fresh, stat === undefined ? mode : stat.mode & PERMISSION_BITS);
  renameSync(fresh, path);
  return made;
}

function makeFolders(folder: string): readonly string[] {
  const missing: string[] = [];
  for (let at = folder; !existsSync(at) && dirname(at) !== at; at = dirname(at)) missing.unshift(at);
  mkdirSync(folder, { recursive: true });
  return missing;
}

export function removeFile(path: string): void {
  rmSync(path, { force: true });
}

/** Those of them that hold nothing, innermost first. */
export function removeEmptyFolders(folders: readonly string[]): void {
  for (const folder of folders.toReversed()) {
    try {
      rmdirSync(folder);
    } catch (cause) {
      const { code } = cause as NodeJS.ErrnoException;
      if (code === "ENOENT") continue;
      if (code !== "ENOTEMPTY" && code !== "EEXIST") throw cause;
      return;
    }
  }
}

export function moveFile(from: string, to: string): void {
  if (existsSync(to)) throw new Error(`Cannot move "${from}" to "${to}": that is there already`);
  renameSync(from, to);
}

/** Others could read it, and so the key in it. */
export function isReadableByOthers(path: string): boolean {
  return process.platform !== "win32" && (statSync(path).mode & 0o077) !== 0;
}

export function isBelow(path: string, folder: string): boolean {
  return resolve(path).startsWith(resolve(folder) + sep);
}
