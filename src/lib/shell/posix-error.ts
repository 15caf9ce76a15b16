/** Errors as a POSIX system gives them: the shell's programs turn them into what they print. */

const WORDS = {
  EACCES: "permission denied",
  EEXIST: "file already exists",
  EFBIG: "file too large",
  EINVAL: "invalid argument",
  EISDIR: "illegal operation on a directory",
  ENOENT: "no such file or directory",
  ENOSPC: "no space left on device",
  ENOTDIR: "not a directory",
  ENOTEMPTY: "directory not empty",
  ENOTSUP: "operation not supported",
  EPERM: "operation not permitted",
} as const;

export type PosixCode = keyof typeof WORDS;

/** Message: `ENOENT: no such file or directory, open '/a'`. */
export class PosixError extends Error {
  override readonly name = "PosixError";
  readonly code: PosixCode;
  /** A sentence without its end. */
  readonly why: string;

  constructor(code: PosixCode, { call, path, why = WORDS[code] }: { call: string; path: string; why?: string }) {
    super(`${code}: ${why}, ${call} '${path}'`);
    this.code = code;
    this.why = why;
  }
}
