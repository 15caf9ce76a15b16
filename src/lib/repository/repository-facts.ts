/**
 * What git would say of a working tree, read from its files: no process is started, so it may be asked for every edit.
 * Worktrees, submodules, packed refs and detached heads are read; configuration that is included from elsewhere, other
 * places told by the environment, and refs kept in tables are not.
 *
 * Invariant: reads a bounded part of a bounded number of files; never rejects for a repository that is half there.
 */
import { open, stat } from "node:fs/promises";
import { dirname, isAbsolute, join, resolve } from "node:path";
import { isTrue, readGitConfig } from "./git-config.ts";
import { realPathOf, unlessMissing } from "./real-path.ts";

export interface RepositoryFacts {
  /** Real path of the top of the working tree. */
  readonly root: string;
  readonly gitDir: string;
  /** The same for all worktrees of a repository. */
  readonly commonDir: string;
  /** As configured; nothing is taken out of it. */
  readonly origin: string | null;
  /** Null where the head is detached. */
  readonly branch: string | null;
  /** Null before the first commit. */
  readonly head: string | null;
  readonly ignoresCase: boolean;
}

export interface RepositoryReader {
  /** Of a directory or a file, there or not yet; null outside of any. */
  find(path: string): Promise<RepositoryFacts | null>;
}

export interface RepositoryReaderOptions {
  /** Milliseconds that only grow. */
  readonly now: () => number;
  /** How old an answer may be: an agent edits in bursts. */
  readonly keepMs?: number;
}

const KEEP_MS = 1_000;
const MAX_KEPT = 500;

export function makeRepositoryReader({ now, keepMs = KEEP_MS }: RepositoryReaderOptions): RepositoryReader {
  const kept = new Map<string, { readonly at: number; readonly facts: Promise<RepositoryFacts | null> }>();
  return {
    async find(path) {
      if (path.includes("\0")) return null;
      const folder = await folderOf(path);
      const known = kept.get(folder);
      if (known !== undefined && now() - known.at < keepMs) return known.facts;
      const facts = readRepository(folder);
      kept.delete(folder);
      kept.set(folder, { at: now(), facts });
      for (const oldest of kept.keys()) if (kept.size > MAX_KEPT) kept.delete(oldest);
      return facts;
    },
  };
}

/** The deepest directory on the way to a path that is there. */
async function folderOf(path: string): Promise<string> {
  let at = await realPathOf(path);
  for (; !(await isFolder(at)); at = dirname(at)) if (dirname(at) === at) break;
  return at;
}

async function isFolder(path: string): Promise<boolean> {
  return (await unlessMissing(() => stat(path)))?.isDirectory() === true;
}

/** `folder`: a real path. */
export async function readRepository(folder: string): Promise<RepositoryFacts | null> {
  for (let at = folder; ; at = dirname(at)) {
    const gitDir = await gitDirOf(at);
    if (gitDir !== undefined) return readFacts(at, gitDir);
    if (dirname(at) === at) return null;
  }
}

const MAX_POINTER_BYTES = 8_192;
const MAX_CONFIG_BYTES = 1024 * 1024;
const MAX_REFS_BYTES = 32 * 1024 * 1024;

/** Nothing where there is none; a `.git` without a head is none, and git looks further up as well. */
async function gitDirOf(folder: string): Promise<string | undefined> {
  const dot = join(folder, ".git");
  const found = await unlessMissing(() => stat(dot));
  if (found === undefined) return undefined;
  const pointer = found.isDirectory() ? undefined : await readUpTo(dot, MAX_POINTER_BYTES);
  const target = /^gitdir: (.+)$/m.exec(pointer ?? "")?.[1]?.trim();
  if (!found.isDirectory() && target === undefined) return undefined;
  const gitDir = await realPathOf(target === undefined ? dot : resolve(folder, target));
  return (await readUpTo(join(gitDir, "HEAD"), MAX_POINTER_BYTES)) === undefined ? undefined : gitDir;
}

async function readFacts(root: string, gitDir: string): Promise<RepositoryFacts> {
  const pointer = (await readUpTo(join(gitDir, "commondir"), MAX_POINTER_BYTES))?.trim();
  const commonDir = pointer === undefined || pointer === "" ? gitDir : await realPathOf(resolve(gitDir, pointer));
  const config = await readConfig(gitDir, commonDir);
  return {
    root,
    gitDir,
    commonDir,
    ...(await readHead(gitDir, commonDir)),
    origin: config.get("remote.origin.url") ?? null,
    ignoresCase: isTrue(config.get("core.ignorecase")),
  };
}

async function readConfig(gitDir: string, commonDir: string): Promise<ReadonlyMap<string, string>> {
  const shared = readGitConfig((await readUpTo(join(commonDir, "config"), MAX_CONFIG_BYTES)) ?? "");
  if (!isTrue(shared.get("extensions.worktreeconfig"))) return shared;
  const own = readGitConfig((await readUpTo(join(gitDir, "config.worktree"), MAX_CONFIG_BYTES)) ?? "");
  return new Map([...shared, ...own]);
}

const COMMIT = /^[0-9a-f]{40}(?:[0-9a-f]{24})?$/;
const MAX_REFERENCES = 5;

async function readHead(gitDir: string, commonDir: string): Promise<Pick<RepositoryFacts, "branch" | "head">> {
  const first = (await readUpTo(join(gitDir, "HEAD"), MAX_POINTER_BYTES))?.trim() ?? "";
  const branch = /^ref: refs\/heads\/(.+)$/.exec(first)?.[1] ?? null;
  let value = first;
  for (let left = MAX_REFERENCES; left > 0; left--) {
    const name = /^ref: (.+)$/.exec(value)?.[1];
    if (name === undefined) break;
    value = await readRef(name, commonDir);
  }
  // The name that stands there when refs are kept in tables is no branch.
  return { branch: branch === ".invalid" ? null : branch, head: COMMIT.test(value) ? value : null };
}

/** A ref's name is a path in there and nowhere else. */
async function readRef(name: string, commonDir: string): Promise<string> {
  if (isAbsolute(name) || name.split("/").includes("..") || name.includes("\0")) return "";
  const loose = (await readUpTo(join(commonDir, name), MAX_POINTER_BYTES))?.trim();
  if (loose !== undefined && loose !== "") return loose;
  const packed = (await readUpTo(join(commonDir, "packed-refs"), MAX_REFS_BYTES)) ?? "";
  const at = `\n${packed}`.indexOf(` ${name}\n`);
  return at < 0 ? "" : packed.slice(Math.max(0, packed.lastIndexOf("\n", at - 2) + 1), at - 1);
}

/** Nothing for what is no file that can be read. A longer file is cut. */
async function readUpTo(path: string, maxBytes: number): Promise<string | undefined> {
  const file = await unlessMissing(() => open(path, "r"));
  if (file === undefined) return undefined;
  try {
    const { size } = await file.stat();
    const buffer = Buffer.alloc(Math.min(size, maxBytes));
    const { bytesRead } = await file.read(buffer, 0, buffer.length, 0);
    return buffer.toString("utf8", 0, bytesRead);
  } catch (error) {
    // A directory opens, and does not read.
    if (error instanceof Error && "code" in error && error.code === "EISDIR") return undefined;
    throw error;
  } finally {
    await file.close();
  }
}
