/**
 * What can be done to the files of a tree, with the rules and the errors of a POSIX file system.
 *
 * Invariant: a read-only file is neither written nor removed nor moved; what is written fits into the room for it, and a
 * file that is too large to read is refused by its size, before a byte of it is asked for. Moving and copying files that
 * are stored elsewhere touches no bytes.
 */
import { isWithin, parentOf } from "../virtual-path.ts";
import type { VirtualPath } from "../virtual-path.ts";
import { copyOf, HeldBytes, isHeld, nodesBelow, sizeOf } from "./file-tree.ts";
import type { DirectoryNode, FileNode, FileTree, TreeNode } from "./file-tree.ts";
import { PosixError } from "./posix-error.ts";

export type TreeFilesDeps = {
  readonly tree: FileTree;
  readonly readStored: (path: VirtualPath) => Promise<Uint8Array>;
  /** Of one file that is read, and of all that is written. */
  readonly limits: { readonly readBytes: number; readonly heldBytes: number };
  /** Directories that are there even if the tree does not have them. */
  readonly isGiven: (path: VirtualPath) => boolean;
};

export class TreeFiles {
  readonly #deps: TreeFilesDeps;
  readonly #tree: FileTree;

  constructor(deps: TreeFilesDeps) {
    this.#deps = deps;
    this.#tree = deps.tree;
  }

  find(path: VirtualPath): TreeNode | undefined {
    return this.#tree.find(path);
  }

  async read(path: VirtualPath): Promise<Uint8Array> {
    const node = this.#existing(path, "open");
    if (node.kind === "directory") throw new PosixError("EISDIR", { call: "read", path });
    const { content } = node;
    if ("held" in content) return content.held.whole();
    if (content.sizeBytes > this.#deps.limits.readBytes) {
      const why = `file too large for the shell (${content.sizeBytes} bytes, it reads up to ${this.#deps.limits.readBytes})`;
      throw new PosixError("EFBIG", { call: "read", path, why });
    }
    return this.#deps.readStored(content.stored);
  }

  write(path: VirtualPath, bytes: Uint8Array): void {
    this.#writable(path);
    this.#putFile(path, [bytes]);
  }

  async append(path: VirtualPath, bytes: Uint8Array): Promise<void> {
    const node = this.#writable(path);
    if (node === undefined) return this.#putFile(path, [bytes]);
    if (!isHeld(node)) return this.#putFile(path, [await this.read(path), bytes]);
    this.#checkRoom(bytes.length, path);
    node.modifiedMs = Date.now();
    this.#tree.append(node, bytes);
  }

  list(path: VirtualPath): readonly (readonly [name: string, node: TreeNode])[] {
    const node = this.#existing(path, "scandir");
    if (node.kind === "file") throw new PosixError("ENOTDIR", { call: "scandir", path });
    return [...node.children].toSorted(([left], [right]) => (left < right ? -1 : 1));
  }

  makeDirectory(path: VirtualPath, isRecursive: boolean): void {
    const node = this.find(path);
    if (node?.kind === "directory" && isRecursive) return;
    if (node !== undefined) throw new PosixError("EEXIST", { call: "mkdir", path });
    this.#checkParents(path, { call: "mkdir", isMade: isRecursive });
    this.#tree.put(path, { kind: "directory", children: new Map(), modifiedMs: Date.now() });
  }

  remove(path: VirtualPath, isRecursive: boolean): void {
    const node = this.#existing(path, "rm");
    if (path === "/") throw new PosixError("EPERM", { call: "rm", path });
    if (node.kind === "directory" && node.children.size > 0 && !isRecursive)
      throw new PosixError("ENOTEMPTY", { call: "rm", path });
    checkNoneReadonly(path, node, "rm");
    this.#tree.remove(path);
  }

  copy(from: VirtualPath, to: VirtualPath, isRecursive: boolean): void {
    const node = this.#existing(from, "cp");
    if (from === to) return;
    if (node.kind === "file") {
      this.#writable(to);
      const held = isHeld(node) ? sizeOf(node) : 0;
      this.#checkRoom(held, to);
      return this.#tree.put(to, copyOf(node));
    }
    if (!isRecursive) throw new PosixError("EISDIR", { call: "cp", path: from });
    if (isWithin(to, from)) throw new PosixError("EINVAL", { call: "cp", path: to, why: "cannot copy into itself" });
    this.makeDirectory(to, true);
    for (const name of node.children.keys()) this.copy(below(from, name), below(to, name), true);
  }

  move(from: VirtualPath, to: VirtualPath): void {
    const node = this.#existing(from, "mv");
    if (from === to) return;
    if (from === "/" || isWithin(to, from))
      throw new PosixError("EINVAL", { call: "mv", path: to, why: "cannot move into itself" });
    checkNoneReadonly(from, node, "mv");
    const target = this.find(to);
    if (target?.kind === "directory" && node.kind === "file") throw new PosixError("EISDIR", { call: "mv", path: to });
    if (target?.kind === "file" && node.kind === "directory") throw new PosixError("ENOTDIR", { call: "mv", path: to });
    if (target?.kind === "directory" && target.children.size > 0)
      throw new PosixError("ENOTEMPTY", { call: "mv", path: to });
    if (target !== undefined) checkNoneReadonly(to, target, "mv");
    this.#checkParents(to, { call: "mv", isMade: false });
    this.#tree.remove(from);
    this.#tree.put(to, node);
  }

  touch(path: VirtualPath, modifiedMs: number): void {
    this.#existing(path, "utime").modifiedMs = modifiedMs;
  }

  #existing(path: VirtualPath, call: string): TreeNode {
    const node = this.find(path);
    if (node === undefined) throw new PosixError("ENOENT", { call, path });
    return node;
  }

  /** The file that may be written, nothing where there may be one. */
  #writable(path: VirtualPath): FileNode | undefined {
    const node = this.find(path);
    if (node?.kind === "directory") throw new PosixError("EISDIR", { call: "open", path });
    if (node?.isReadonly === true) throw new PosixError("EACCES", { call: "open", path, why: "file is read-only" });
    // The shell's programs count on it that the directories above a new file are made.
    if (node === undefined) this.#checkParents(path, { call: "open", isMade: true });
    return node;
  }

  #checkParents(path: VirtualPath, { call, isMade }: { readonly call: string; readonly isMade: boolean }): void {
    for (let above = parentOf(path); above !== undefined; above = parentOf(above)) {
      const node = this.find(above);
      if (node?.kind === "directory") return;
      if (node?.kind === "file") throw new PosixError("ENOTDIR", { call, path });
      if (!isMade && !this.#deps.isGiven(above)) throw new PosixError("ENOENT", { call, path });
    }
  }

  #putFile(path: VirtualPath, pieces: readonly Uint8Array[]): void {
    const held = new HeldBytes(pieces);
    this.#checkRoom(held.sizeBytes, path);
    this.#tree.put(path, { kind: "file", isReadonly: false, content: { held }, modifiedMs: Date.now() });
  }

  #checkRoom(bytes: number, path: VirtualPath): void {
    const { heldBytes } = this.#deps.limits;
    if (this.#tree.heldBytes + bytes <= heldBytes) return;
    const why = `no space left, one command may write ${heldBytes} bytes`;
    throw new PosixError("ENOSPC", { call: "write", path, why });
  }
}

function checkNoneReadonly(path: VirtualPath, node: TreeNode, call: string): void {
  const fixed = node.kind === "file" ? (node.isReadonly ? path : undefined) : readonlyBelow(path, node);
  if (fixed !== undefined) throw new PosixError("EACCES", { call, path: fixed, why: "file is read-only" });
}

function readonlyBelow(path: VirtualPath, directory: DirectoryNode): VirtualPath | undefined {
  for (const [found, node] of nodesBelow(directory, path === "/" ? "" : path)) {
    if (node.kind === "file" && node.isReadonly) return found;
  }
  return undefined;
}

function below(path: VirtualPath, name: string): VirtualPath {
  return `${path === "/" ? "" : path}/${name}` as VirtualPath; // Names in the tree are segments of paths.
}
