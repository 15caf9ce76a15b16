/**
 * The file system that the shell sees: the tree of files from its root, and what a shell needs of its own.
 *
 *   /dev, /proc            the shell's own, gone with the command
 *   /bin, /usr/bin, /tmp   as the tree has them; where it has nothing, the names of the programs and an empty directory
 *   /workspace             another name of the root
 *   everything else        the tree
 *
 * Invariant: nothing outside the tree is ever a change. Links are refused: the files have no way to keep them. Modes are
 * not kept either, so every file may be run.
 *
 * The shell opens the target of `>` by writing nothing to it, and gives up the whole script, with all that it has printed,
 * if that fails. So a target that cannot be opened is noted here, and what is written to it goes nowhere.
 */
import type { ByteString, FsStat, IFileSystem, InMemoryFs } from "just-bash";

import { parseVirtualPath } from "../virtual-path.ts";
import type { VirtualPath } from "../virtual-path.ts";
import { bytesFrom, textFrom } from "./file-encodings.ts";
import type { EncodingOption } from "./file-encodings.ts";
import { sizeOf } from "./file-tree.ts";
import type { TreeNode } from "./file-tree.ts";
import { PosixError } from "./posix-error.ts";
import type { TreeFiles } from "./tree-files.ts";

type Place = { readonly isOwn: true; readonly path: string } | { readonly isOwn: false; readonly path: VirtualPath };

const OWN = /^\/(?:dev|proc)(?:\/|$)/;
const MAX_NOTES = 20;
const GIVEN = /^\/(?:bin|tmp|usr|usr\/bin)$/;

export class ShellFiles implements IFileSystem {
  readonly #files: TreeFiles;
  /** Where the shell sets up its devices and the names of its programs. */
  readonly #own: InMemoryFs;
  readonly #unopened = new Set<string>();
  readonly #notes = new Set<string>();

  constructor(files: TreeFiles, own: InMemoryFs) {
    this.#files = files;
    this.#own = own;
    own.mkdirSync("/tmp");
  }

  static isGiven(path: VirtualPath): boolean {
    return GIVEN.test(path);
  }

  /** What could not be opened for a reason that the programs do not tell, in the words of a shell. */
  get notes(): readonly string[] {
    return [...this.#notes];
  }

  /** By these two the shell sets up what is its own, before it runs anything. */
  mkdirSync(path: string): void {
    this.#own.mkdirSync(path, { recursive: true });
  }

  writeFileSync(path: string, content: string | Uint8Array): void {
    this.#own.writeFileSync(path, content, undefined, { mode: 0o755 });
  }

  resolvePath(base: string, path: string): string {
    return this.#own.resolvePath(base, path);
  }

  /** Asked only of file systems that are mounted into others. */
  getAllPaths(): string[] {
    return [];
  }

  async readFile(path: string, options?: EncodingOption): Promise<string> {
    return textFrom(await this.readFileBuffer(path), options);
  }

  async readFileBytes(path: string): Promise<ByteString> {
    // A ByteString is a text with a character for each byte; its library makes it in the same way.
    return textFrom(await this.readFileBuffer(path), "latin1") as unknown as ByteString;
  }

  async readFileBuffer(path: string): Promise<Uint8Array> {
    const place = this.#place(path, "open");
    if (this.#isOwn(place)) return this.#own.readFileBuffer(place.path);
    try {
      return await this.#files.read(place.path);
    } catch (error) {
      // Most programs would say that there is no such file.
      if (error instanceof PosixError && error.code === "EFBIG") this.#note(path, error);
      throw error;
    }
  }

  async writeFile(path: string, content: string | Uint8Array, options?: EncodingOption): Promise<void> {
    const write = { bytes: bytesFrom(content, options), isOpening: isOpening(content, options) };
    await this.#write(path, write, (place) => this.#files.write(place, write.bytes));
  }

  async appendFile(path: string, content: string | Uint8Array, options?: EncodingOption): Promise<void> {
    const write = { bytes: bytesFrom(content, options), isOpening: isOpening(content, options) };
    await this.#write(path, write, (place) => this.#files.append(place, write.bytes));
  }

  async exists(path: string): Promise<boolean> {
    const place = this.#placeOrReason(path);
    if (typeof place === "string") return false;
    return this.#isOwn(place) ? this.#own.exists(place.path) : this.#files.find(place.path) !== undefined;
  }

  async stat(path: string): Promise<FsStat> {
    const place = this.#place(path, "stat");
    if (this.#isOwn(place)) return this.#own.stat(place.path);
    const node = this.#files.find(place.path);
    if (node === undefined) throw new PosixError("ENOENT", { call: "stat", path });
    return statOf(node, place.path);
  }

  lstat(path: string): Promise<FsStat> {
    return this.stat(path);
  }

  async realpath(path: string): Promise<string> {
    if (!(await this.exists(path))) throw new PosixError("ENOENT", { call: "realpath", path });
    return this.#place(path, "realpath").path;
  }

  async readdir(path: string): Promise<string[]> {
    return (await this.readdirWithFileTypes(path)).map(({ name }) => name);
  }

  async readdirWithFileTypes(path: string): Promise<DirectoryEntry[]> {
    const place = this.#place(path, "scandir");
    if (this.#isOwn(place)) return this.#own.readdirWithFileTypes(place.path);
    return this.#files.list(place.path).map(([name, { kind }]) => ({
      name,
      isFile: kind === "file",
      isDirectory: kind === "directory",
      isSymbolicLink: false,
    }));
  }

  async mkdir(path: string, { recursive = false }: { readonly recursive?: boolean } = {}): Promise<void> {
    const place = this.#place(path, "mkdir");
    if (place.isOwn) await this.#own.mkdir(place.path, { recursive });
    else if (!recursive && this.#isOwn(place)) throw new PosixError("EEXIST", { call: "mkdir", path });
    else this.#files.makeDirectory(place.path, recursive);
  }

  async rm(path: string, { recursive = false, force = false }: RemoveOptions = {}): Promise<void> {
    const place = this.#place(path, "rm");
    if (this.#isOwn(place)) return this.#own.rm(place.path, { recursive, force });
    if (force && this.#files.find(place.path) === undefined) return;
    this.#files.remove(place.path, recursive);
  }

  async cp(from: string, to: string, { recursive = false }: { readonly recursive?: boolean } = {}): Promise<void> {
    const [source, target] = [this.#place(from, "cp"), this.#place(to, "cp")];
    if (target.isOwn || this.#isOwn(source)) await this.writeFile(to, await this.readFileBuffer(from));
    else this.#files.copy(source.path, target.path, recursive);
  }

  async mv(from: string, to: string): Promise<void> {
    const [source, target] = [this.#place(from, "mv"), this.#place(to, "mv")];
    if (!target.isOwn && !this.#isOwn(source)) return this.#files.move(source.path, target.path);
    await this.writeFile(to, await this.readFileBuffer(from));
    await this.rm(from);
  }

  async chmod(path: string): Promise<void> {
    await this.stat(path);
  }

  async utimes(path: string, atime: Date, mtime: Date): Promise<void> {
    const place = this.#place(path, "utime");
    if (this.#isOwn(place)) await this.#own.utimes(place.path, atime, mtime);
    else this.#files.touch(place.path, mtime.getTime());
  }

  async symlink(_target: string, path: string): Promise<void> {
    throw new PosixError("ENOTSUP", { call: "symlink", path, why: NO_LINKS });
  }

  async link(_existing: string, path: string): Promise<void> {
    throw new PosixError("ENOTSUP", { call: "link", path, why: NO_LINKS });
  }

  async readlink(path: string): Promise<string> {
    if (await this.exists(path)) throw new PosixError("EINVAL", { call: "readlink", path });
    throw new PosixError("ENOENT", { call: "readlink", path });
  }

  async #write(path: string, { bytes, isOpening: opens }: Write, store: (path: VirtualPath) => unknown): Promise<void> {
    const absolute = this.#own.resolvePath("/", path);
    if (this.#unopened.has(absolute) && !opens) return;
    try {
      const place = this.#place(path, "open");
      if (place.isOwn) await this.#writeOwn(place.path, bytes);
      else await store(place.path);
      this.#unopened.delete(absolute);
    } catch (error) {
      if (!opens || !(error instanceof PosixError)) throw error;
      this.#unopened.add(absolute);
      this.#note(path, error);
    }
  }

  #note(path: string, { why }: PosixError): void {
    if (this.#notes.size < MAX_NOTES) this.#notes.add(`bash: ${path}: ${why}\n`);
  }

  async #writeOwn(path: string, bytes: Uint8Array): Promise<void> {
    if (path === "/dev/null" || path === "/dev/zero" || path === "/dev/tty") return;
    await this.#own.writeFile(path, bytes);
  }

  /** What the shell has set up itself counts only where the tree has nothing. */
  #isOwn(place: Place): place is { readonly isOwn: true; readonly path: string } {
    if (place.isOwn) return true;
    if (this.#files.find(place.path) !== undefined) return false;
    return GIVEN.test(place.path) || /^\/(?:usr\/)?bin\/[^/]+$/.test(place.path);
  }

  #place(path: string, call: string): Place {
    const place = this.#placeOrReason(path);
    if (typeof place === "string") throw new PosixError("EINVAL", { call, path, why: place });
    return place;
  }

  #placeOrReason(path: string): Place | string {
    const absolute = this.#own.resolvePath("/", path);
    if (OWN.test(absolute)) return { isOwn: true, path: absolute };
    const parsed = parseVirtualPath(absolute.replace(/^\/workspace(?=\/|$)/, "") || "/");
    return parsed.kind === "parsed" ? { isOwn: false, path: parsed.path } : parsed.detail;
  }
}

type Write = { readonly bytes: Uint8Array; readonly isOpening: boolean };

function isOpening(content: string | Uint8Array, options: EncodingOption | undefined): boolean {
  return content === "" && options === "binary";
}

/** Its library gives it no name that could be imported. */
type DirectoryEntry = Awaited<ReturnType<NonNullable<IFileSystem["readdirWithFileTypes"]>>>[number];

type RemoveOptions = { readonly recursive?: boolean; readonly force?: boolean };

const NO_LINKS = "links are not possible here, copy the file instead";

function statOf(node: TreeNode, path: VirtualPath): FsStat {
  const isFile = node.kind === "file";
  return {
    isFile,
    isDirectory: !isFile,
    isSymbolicLink: false,
    mode: isFile && node.isReadonly ? 0o555 : 0o755,
    size: isFile ? sizeOf(node) : 0,
    mtime: new Date(node.modifiedMs),
    identity: path,
  };
}
