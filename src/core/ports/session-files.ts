/** Files as tools see them, whatever they are made of: contents under paths, read in ranges and written whole. */
import type { BlobHash } from "./files.ts";

/** The files of one session as its tools see them: reads see this call's own writes. */
export interface SessionFiles {
  stat(path: string): Promise<ToolFile | undefined>;
  list(directory: string, isRecursive: boolean): Promise<readonly ToolFile[]>;
  /** Bytes from `start` to `end`; throws `FileMissing` for an absent file or a directory. */
  read(path: string, range?: { readonly start: number; readonly end: number }): AsyncIterable<Uint8Array>;
  write(path: string, content: FileContent, options?: WriteOptions): Promise<FileOutcome>;
  /** What a file holds at this moment, to be written anywhere later in the call; nothing for an absent file. */
  hold(path: string): Promise<HeldContent | undefined>;
  /** With the directories above it; one that is there already is no refusal. */
  makeDirectory(path: string): Promise<FileOutcome>;
  remove(path: string, isRecursive: boolean): Promise<FileOutcome>;
}

export type FileContent = AsyncIterable<Uint8Array> | Uint8Array | HeldContent;

/** A content by its name: files are copied and moved without their bytes. */
export interface HeldContent {
  readonly hash: BlobHash;
  readonly sizeBytes: number;
}

export interface WriteOptions {
  readonly maxBytes?: number;
}

export interface ToolFile {
  readonly path: string;
  readonly isDirectory: boolean;
  readonly isReadonly: boolean;
  readonly sizeBytes: number;
  readonly updatedAt: string;
}

export type FileOutcome =
  | { readonly ok: true; readonly file: ToolFile }
  | { readonly ok: false; readonly reason: string };

export class FileMissing extends Error {
  override readonly name = "FileMissing";
}
