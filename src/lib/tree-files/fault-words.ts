/** What a file system says "no" with, as a sentence for whoever named the path. Anything else is a fault and thrown on. */

const WORDS: Readonly<Record<string, (path: string) => string>> = {
  ENOENT: (path) => `${path} does not exist`,
  ENOTDIR: (path) => `a part of ${path} is no directory`,
  ELOOP: (path) => `there is a link on the way to ${path} that cannot be followed`,
  EISDIR: (path) => `${path} is a directory`,
  ENOTEMPTY: (path) => `${path} is a directory and not empty`,
  EEXIST: (path) => `${path} is there already`,
  EACCES: (path) => `${path} may not be touched by the server`,
  EPERM: (path) => `${path} may not be touched by the server`,
  EROFS: (path) => `${path} is on a disk that cannot be written`,
  EBUSY: (path) => `${path} is in use`,
  ENAMETOOLONG: (path) => `${path} is longer than a path may be here`,
  ENXIO: (path) => `${path} is no file`,
  ENOSPC: () => "there is no space left on the disk",
  EDQUOT: () => "there is no space left on the disk",
};

export function sayFault(cause: unknown, path: string): string {
  const code = cause instanceof Error && "code" in cause ? String(cause.code) : "";
  const words = WORDS[code];
  if (words === undefined) throw cause;
  return words(path);
}
