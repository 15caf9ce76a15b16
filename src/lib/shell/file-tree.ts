/**
 * A tree of files in the shell's thread: what the files were when the command began, and what it has made of them.
 *
 * Invariant: every file is below directories up to the root. A file that nobody has written here is known by where it is
 * stored, and costs no more than its row; only what the command wrote is held. Never reads anything.
 */
import { ancestorsOf, nameOf, parentOf } from "../virtual-path.ts";
import type { VirtualPath } from "../virtual-path.ts";
import type { ShellChange, ShellFile } from "./messages.ts";

export type FileNode = {
  readonly kind: "file";
  readonly isReadonly: boolean;
  readonly content: { readonly stored: VirtualPath; readonly sizeBytes: number } | { readonly held: HeldBytes };
  modifiedMs: number;
};

export type DirectoryNode = {
  readonly kind: "directory";
  readonly children: Map<string, TreeNode>;
  modifiedMs: number;
};

export type TreeNode = FileNode | DirectoryNode;

/** What was written, in the pieces in which it came: appending a line to a long file does not copy it. */
export class HeldBytes {
  #pieces: Uint8Array[];
  #sizeBytes: number;

  constructor(pieces: readonly Uint8Array[]) {
    this.#pieces = [...pieces];
    this.#sizeBytes = pieces.reduce((sum, { length }) => sum + length, 0);
  }

  get sizeBytes(): number {
    return this.#sizeBytes;
  }

  append(piece: Uint8Array): void {
    this.#pieces.push(piece);
    this.#sizeBytes += piece.length;
  }

  whole(): Uint8Array {
    const [first, ...more] = this.#pieces;
    if (first !== undefined && more.length === 0) return first;
    const whole = Buffer.concat(this.#pieces);
    this.#pieces = [whole];
    return whole;
  }
}

export class FileTree {
  readonly root: DirectoryNode = { kind: "directory", children: new Map(), modifiedMs: 0 };
  /** Of the files as they were: is it a directory. */
  readonly #before = new Map<VirtualPath, boolean>();
  #heldBytes = 0;

  /** Contract: each directory comes before what is below it. */
  constructor(files: readonly (ShellFile & { readonly path: VirtualPath })[]) {
    for (const { path, isDirectory, isReadonly, sizeBytes, modifiedMs } of files) {
      this.#before.set(path, isDirectory);
      if (isDirectory) this.put(path, { kind: "directory", children: new Map(), modifiedMs });
      else this.put(path, { kind: "file", isReadonly, content: { stored: path, sizeBytes }, modifiedMs });
    }
  }

  /** Bytes that the files of this tree hold in memory. */
  get heldBytes(): number {
    return this.#heldBytes;
  }

  find(path: VirtualPath): TreeNode | undefined {
    if (path === "/") return this.root;
    let node: TreeNode | undefined = this.root;
    for (const name of path.slice(1).split("/")) {
      if (node?.kind !== "directory") return undefined;
      node = node.children.get(name);
    }
    return node;
  }

  /** Puts a node where it belongs, in place of what is there. Contract: nothing above the path is a file. */
  put(path: VirtualPath, node: TreeNode): void {
    let above = this.root;
    for (const ancestor of ancestorsOf(path).slice(1)) above = this.#directoryIn(above, nameOf(ancestor));
    this.#heldBytes += heldIn(node) - heldIn(above.children.get(nameOf(path)));
    above.children.set(nameOf(path), node);
  }

  append(node: FileNode & { readonly content: { readonly held: HeldBytes } }, piece: Uint8Array): void {
    node.content.held.append(piece);
    this.#heldBytes += piece.length;
  }

  remove(path: VirtualPath): void {
    const above = this.find(parentOf(path) ?? path);
    if (above?.kind !== "directory") return;
    this.#heldBytes -= heldIn(above.children.get(nameOf(path)));
    above.children.delete(nameOf(path));
  }

  /** From what the files were to what they are. */
  changes(): readonly ShellChange[] {
    const removed: ShellChange[] = [];
    const gone = new Set<VirtualPath>();
    for (const [path, wasDirectory] of this.#before) {
      const node = this.find(path);
      if (node !== undefined && (node.kind === "directory") === wasDirectory) continue;
      if (ancestorsOf(path).some((ancestor) => gone.has(ancestor))) continue;
      removed.push({ kind: "remove", path });
      gone.add(path);
    }
    const made: ShellChange[] = [];
    for (const [path, node] of nodesBelow(this.root, "")) {
      const change = this.#made(path, node);
      if (change !== null) made.push(change);
    }
    return [...removed, ...made];
  }

  #made(path: VirtualPath, node: TreeNode): ShellChange | null {
    const wasDirectory = this.#before.get(path);
    if (node.kind === "directory") return wasDirectory === true ? null : { kind: "make_directory", path };
    if ("held" in node.content) return { kind: "write", path, bytes: node.content.held.whole() };
    return node.content.stored === path ? null : { kind: "copy", path, from: node.content.stored };
  }

  #directoryIn(above: DirectoryNode, name: string): DirectoryNode {
    const found = above.children.get(name);
    if (found?.kind === "directory") return found;
    if (found !== undefined) throw new Error(`Cannot put anything below "${name}", it is a file`);
    const made: DirectoryNode = { kind: "directory", children: new Map(), modifiedMs: Date.now() };
    above.children.set(name, made);
    return made;
  }
}

/** The same again, for a copy: files written here do not share what they hold. */
export function copyOf(node: TreeNode): TreeNode {
  const modifiedMs = Date.now();
  if (node.kind === "directory") {
    const children = new Map([...node.children].map(([name, child]) => [name, copyOf(child)]));
    return { kind: "directory", children, modifiedMs };
  }
  const { content } = node;
  const copied = "held" in content ? { held: new HeldBytes([content.held.whole()]) } : content;
  return { kind: "file", isReadonly: false, content: copied, modifiedMs };
}

export function sizeOf({ content }: FileNode): number {
  return "held" in content ? content.held.sizeBytes : content.sizeBytes;
}

/** Depth first, directories before what is in them. */
export function* nodesBelow(directory: DirectoryNode, prefix: string): Generator<[VirtualPath, TreeNode], undefined> {
  for (const [name, node] of directory.children) {
    const path = `${prefix}/${name}` as VirtualPath; // Names in the tree are segments of paths.
    yield [path, node];
    if (node.kind === "directory") yield* nodesBelow(node, path);
  }
}

function heldIn(node: TreeNode | undefined): number {
  if (node === undefined) return 0;
  if (node.kind === "file") return "held" in node.content ? node.content.held.sizeBytes : 0;
  return node.children.values().reduce((sum, child) => sum + heldIn(child), 0);
}

export function isHeld(node: FileNode): node is FileNode & { readonly content: { readonly held: HeldBytes } } {
  return "held" in node.content;
}
