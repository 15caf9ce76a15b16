/**
 * The session's files as one tool call sees them: what is committed, with the call's own changes laid over it (E1).
 *
 *   reads ──▶ changed here? ──▶ its bytes         writes ──▶ blobs (durable) ──▶ kept aside as changes
 *                └── no ──▶ the row, remembered: it is the version that a change of this path stands on
 *
 * Invariant: nothing of it is in the session before the call's `tool.completed` is committed, and then all of it is; so a
 * file tool has its effect exactly once, and a crash before that leaves only blobs that no row names.
 */
import type { SessionId } from "../core/ids.ts";
import type { Limits } from "../core/limits.ts";
import { BlobTooLarge } from "../core/ports/files.ts";
import type { BlobHash, Blobs, FileChange, FileRow } from "../core/ports/files.ts";
import { StorageFull } from "../core/ports/store.ts";
import type { Store } from "../core/ports/store.ts";
import { FileMissing } from "../core/ports/tools.ts";
import type {
  FileContent,
  FileOutcome,
  HeldContent,
  SessionFiles,
  ToolFile,
  WriteOptions,
} from "../core/ports/tools.ts";
import { isWithin, parentOf, parseVirtualPath } from "../lib/virtual-path.ts";
import type { VirtualPath } from "../lib/virtual-path.ts";

export interface ToolFilesDeps {
  readonly store: Pick<Store, "readFile" | "listFiles" | "filesSize">;
  /** With `fileOf`, a search may read the bytes past the event loop. */
  readonly blobs: Blobs & { readonly fileOf?: (hash: BlobHash) => string };
  readonly limits: Pick<Limits, "fileBytes" | "sessionFilesBytes">;
  readonly sessionId: SessionId;
  readonly now: () => number;
}

export interface ToolFiles extends SessionFiles {
  /** Each path once; parents before what is below them, deletions last and deepest first. */
  changes(): readonly FileChange[];
  /** By how much the session's files would grow. */
  netBytes(): number;
  /** Where the bytes of a file are on this machine, if they are in files. */
  fileOf?(path: string): Promise<string | undefined>;
}

/** What a path is: as committed, or as this call has made it. A file has a hash, a directory none. */
type Entry = Pick<FileRow, "hash" | "sizeBytes" | "isReadonly" | "updatedAt">;

const EMPTY_DIRECTORY = { hash: null, sizeBytes: 0, isReadonly: false } as const;

export function makeToolFiles(deps: ToolFilesDeps): ToolFiles {
  const overlay = new Overlay(deps);
  const { blobs } = deps;
  const located = blobs.fileOf?.bind(blobs);
  return {
    stat: (path) => overlay.stat(path),
    list: (directory, isRecursive) => overlay.list(directory, isRecursive),
    read: (path, range) => overlay.read(path, range),
    write: (path, content, options) => overlay.write(path, content, options ?? {}),
    hold: (path) => overlay.hold(path),
    makeDirectory: (path) => overlay.makeDirectory(path),
    remove: (path, isRecursive) => overlay.remove(path, isRecursive),
    changes: () => overlay.changes(),
    netBytes: () => overlay.netBytes(),
    ...(located === undefined
      ? {}
      : {
          async fileOf(path: string) {
            const hash = (await overlay.entryOf(path))?.hash ?? null;
            return hash === null ? undefined : located(hash);
          },
        }),
  };
}

class Overlay {
  readonly #deps: ToolFilesDeps;
  /** As read by this call; absent rows too. */
  readonly #rows = new Map<string, FileRow | undefined>();
  /** As changed by this call; null for what it deleted. */
  readonly #changed = new Map<string, Entry | null>();
  #netBytes = 0;

  constructor(deps: ToolFilesDeps) {
    this.#deps = deps;
  }

  async entryOf(text: string): Promise<Entry | undefined> {
    const parsed = parseVirtualPath(text, { isAgent: true });
    return parsed.kind === "parsed" ? await this.#entry(parsed.path) : undefined;
  }

  async stat(text: string): Promise<ToolFile | undefined> {
    const parsed = parseVirtualPath(text, { isAgent: true });
    if (parsed.kind === "refused") return undefined;
    const entry = await this.#entry(parsed.path);
    return entry === undefined ? undefined : toolFile(parsed.path, entry);
  }

  async list(text: string, isRecursive: boolean): Promise<readonly ToolFile[]> {
    const parsed = parseVirtualPath(text, { isAgent: true });
    if (parsed.kind === "refused") throw new FileMissing(parsed.detail);
    const directory = parsed.path;
    const entry = await this.#entry(directory);
    if (entry === undefined || entry.hash !== null) throw new FileMissing(`There is no directory ${directory}`);
    const found = new Map<string, ToolFile>();
    for (const row of await this.#rowsBelow(directory, isRecursive)) found.set(row.path, toolFile(row.path, row));
    for (const [path, changed] of this.#changed) {
      if (!isListed(path as VirtualPath, directory, isRecursive)) continue;
      if (changed === null) found.delete(path);
      else found.set(path, toolFile(path, changed));
    }
    return [...found.values()].toSorted((left, right) => (left.path < right.path ? -1 : 1));
  }

  async *read(text: string, range?: { readonly start: number; readonly end: number }): AsyncIterable<Uint8Array> {
    const entry = await this.entryOf(text);
    if (entry === undefined || entry.hash === null) throw new FileMissing(`There is no file ${text}`);
    const { start = 0, end = entry.sizeBytes } = range ?? {};
    yield* this.#deps.blobs.read(entry.hash, { start, end: Math.min(end, entry.sizeBytes) });
  }

  async hold(text: string): Promise<HeldContent | undefined> {
    const entry = await this.entryOf(text);
    return entry === undefined || entry.hash === null ? undefined : { hash: entry.hash, sizeBytes: entry.sizeBytes };
  }

  async write(text: string, content: FileContent, options: WriteOptions): Promise<FileOutcome> {
    const parsed = parseVirtualPath(text, { isAgent: true });
    if (parsed.kind === "refused") return no(parsed.detail);
    const { path } = parsed;
    const before = await this.#entry(path);
    if (before?.hash === null) return no(`${path} is a directory`);
    if (before?.isReadonly === true) return no(`${path} is read-only`);
    const missing = await this.#missingParents(path);
    if (typeof missing === "string") return no(missing);
    const stored = await this.#store(path, content, { before, options });
    if (typeof stored === "string") return no(stored);
    this.#makeDirectories(missing);
    return this.#put(path, { ...stored, isReadonly: false });
  }

  async makeDirectory(text: string): Promise<FileOutcome> {
    const parsed = parseVirtualPath(text, { isAgent: true });
    if (parsed.kind === "refused") return no(parsed.detail);
    const { path } = parsed;
    const before = await this.#entry(path);
    if (before !== undefined)
      return before.hash === null ? { ok: true, file: toolFile(path, before) } : no(`${path} is a file`);
    const missing = await this.#missingParents(path);
    if (typeof missing === "string") return no(missing);
    this.#makeDirectories(missing);
    return this.#put(path, EMPTY_DIRECTORY);
  }

  async remove(text: string, isRecursive: boolean): Promise<FileOutcome> {
    const parsed = parseVirtualPath(text, { isAgent: true });
    if (parsed.kind === "refused") return no(parsed.detail);
    const { path } = parsed;
    const entry = await this.#entry(path);
    if (path === "/") return no("The root directory cannot be deleted");
    if (entry === undefined) return no(`${path} does not exist`);
    const below = entry.hash === null ? await this.list(path, true) : [];
    if (below.length > 0 && !isRecursive)
      return no(`${path} is a directory and not empty; it has ${below.length} in it`);
    const gone = [toolFile(path, entry), ...below];
    const fixed = gone.find(({ isReadonly }) => isReadonly);
    if (fixed !== undefined) return no(`${fixed.path} is read-only`);
    for (const file of gone) this.#change(file.path, null);
    return { ok: true, file: toolFile(path, entry) };
  }

  changes(): readonly FileChange[] {
    const kept: FileChange[] = [];
    const deleted: FileChange[] = [];
    for (const [path, entry] of [...this.#changed].toSorted(([left], [right]) => (left < right ? -1 : 1))) {
      const row = this.#rows.get(path);
      const base = row === undefined ? "absent" : { version: row.version };
      if (entry === null) {
        if (row !== undefined) deleted.unshift({ kind: "delete", path, base });
      } else if (entry.hash !== null)
        kept.push({ kind: "put", path, hash: entry.hash, sizeBytes: entry.sizeBytes, base });
      else if (row?.isDirectory !== true) kept.push({ kind: "make_directory", path, base });
    }
    return [...kept, ...deleted];
  }

  netBytes(): number {
    return this.#netBytes;
  }

  #makeDirectories(paths: readonly VirtualPath[]): void {
    for (const path of paths) this.#put(path, EMPTY_DIRECTORY);
  }

  #put(path: VirtualPath, content: Omit<Entry, "updatedAt">): FileOutcome {
    const entry = { ...content, updatedAt: new Date(this.#deps.now()).toISOString() };
    this.#change(path, entry);
    return { ok: true, file: toolFile(path, entry) };
  }

  /** Contract: the row of the path has been looked up. A shell changes thousands at once, so sums are kept, not made. */
  #change(path: string, entry: Entry | null): void {
    const before = this.#changed.get(path);
    const had = before === undefined ? this.#rows.get(path) : before;
    this.#netBytes += (entry?.sizeBytes ?? 0) - (had?.sizeBytes ?? 0);
    this.#changed.set(path, entry);
  }

  async #entry(path: VirtualPath): Promise<Entry | undefined> {
    const changed = this.#changed.get(path);
    if (changed !== undefined) return changed ?? undefined;
    if (path === "/") return { hash: null, sizeBytes: 0, isReadonly: false, updatedAt: "" };
    if (!this.#rows.has(path)) this.#rows.set(path, await this.#deps.store.readFile(this.#deps.sessionId, path));
    return this.#rows.get(path);
  }

  async #rowsBelow(directory: VirtualPath, isRecursive: boolean): Promise<readonly FileRow[]> {
    const rows = await this.#deps.store.listFiles(this.#deps.sessionId, directory, { isRecursive });
    // A row that this call has seen before stays as it was then: what it decided stands on that.
    for (const row of rows) if (!this.#rows.has(row.path)) this.#rows.set(row.path, row);
    return rows;
  }

  /** From the top; or why there can be nothing at this path. */
  async #missingParents(path: VirtualPath): Promise<readonly VirtualPath[] | string> {
    const missing: VirtualPath[] = [];
    for (let parent = parentOf(path); parent !== undefined; parent = parentOf(parent)) {
      const entry = await this.#entry(parent);
      if (entry !== undefined) return entry.hash === null ? missing : `${parent} is a file, so nothing can be below it`;
      missing.unshift(parent);
    }
    return missing;
  }

  async #store(
    path: VirtualPath,
    content: FileContent,
    { before, options }: { readonly before: Entry | undefined; readonly options: WriteOptions },
  ): Promise<{ readonly hash: BlobHash; readonly sizeBytes: number } | string> {
    const { blobs, limits, store, sessionId } = this.#deps;
    const used = (await store.filesSize(sessionId)) + this.netBytes() - (before?.sizeBytes ?? 0);
    const room = Math.max(0, limits.sessionFilesBytes - used);
    const allowed = Math.min(limits.fileBytes, options.maxBytes ?? Number.POSITIVE_INFINITY);
    const limit = Math.min(room, allowed);
    try {
      if ("hash" in content) return withinLimit(content, limit);
      return await blobs.put(content instanceof Uint8Array ? once(content) : content, limit);
    } catch (cause) {
      if (cause instanceof StorageFull) return "The server's disk is full; nothing was written";
      if (!(cause instanceof BlobTooLarge)) throw cause;
      if (room < allowed)
        return `The session's files may have ${limits.sessionFilesBytes} bytes in all, ${room} are left`;
      return `${path} would have more than the ${allowed} bytes that a file may have`;
    }
  }
}

/** A held content is stored already; it only has to fit. */
function withinLimit({ hash, sizeBytes }: HeldContent, limit: number): HeldContent {
  if (sizeBytes > limit) throw new BlobTooLarge(`Content has more than ${limit} bytes`);
  return { hash, sizeBytes };
}

function isListed(path: VirtualPath, directory: VirtualPath, isRecursive: boolean): boolean {
  if (path === directory || !isWithin(path, directory)) return false;
  return isRecursive || parentOf(path) === directory;
}

function toolFile(path: string, { hash, sizeBytes, isReadonly, updatedAt }: Entry): ToolFile {
  return { path, isDirectory: hash === null, isReadonly, sizeBytes, updatedAt };
}

function no(reason: string): FileOutcome {
  return { ok: false, reason };
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array, undefined> {
  yield bytes;
}
