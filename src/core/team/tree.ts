/** A working tree: what a reservation's path is a path in (R1). */
export interface Tree {
  /** The normalised origin; without one the host and the common directory. One per repository in a workspace. */
  readonly repository: string;
  /** Host and top level: exclusivity holds within one. */
  readonly tree: string;
  readonly host: string;
  /** Absolute, slashes, as the agent's machine writes it. */
  readonly root: string;
  readonly ignoresCase: boolean;
}

export interface TreePath {
  /** Relative to the top level, slashes, NFC, case folded where the tree ignores case; a directory ends in a slash. */
  readonly key: string;
  /** The same as it was written, for people. */
  readonly path: string;
  readonly isDirectory: boolean;
}
