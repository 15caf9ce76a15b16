/**
 * What a command has been found to write so far, and from where its relative paths count.
 *
 * Invariant: a path is one that the command names for writing; whatever else may be written makes the whole uncertain.
 * Whether a name is a file's or a directory's is often not to be seen; one that ends in a slash is surely a directory's.
 */
import { posix } from "node:path";

/** A directory relative to where the command began, or absolute; null when nobody can tell. */
export type Place = string | null;

/** More than this from one command is not looked at one by one by anybody. */
const MAX_PATHS = 1_000;

/** Written to and gone, or not in any tree. */
const NOWHERE = /^\/(?:dev|proc|sys)\//;

export class Found {
  readonly #paths = new Set<string>();
  #isUncertain = false;

  get paths(): readonly string[] {
    return [...this.#paths];
  }

  get isUncertain(): boolean {
    return this.#isUncertain;
  }

  doubt(): void {
    this.#isUncertain = true;
  }

  /** `path` as written; undefined when it depends on what only the shell knows. */
  write(path: string | undefined, place: Place): void {
    const at = path === undefined || path === "" ? null : resolve(path, place);
    if (at === null || this.#paths.size >= MAX_PATHS) return this.doubt();
    if (!NOWHERE.test(at)) this.#paths.add(withSlash(at));
  }

  /** For what is certainly a directory: all below it. */
  writeTree(path: string | undefined, place: Place): void {
    this.write(path === undefined ? undefined : `${path}/`, place);
  }
}

export function resolve(path: string, place: Place): Place {
  if (path.includes("\0")) return null;
  if (path.startsWith("/")) return posix.normalize(path);
  return place === null ? null : posix.join(place, path);
}

/** `.` and `..` are directories whatever else they are. */
function withSlash(path: string): string {
  return /(?:^|\/)\.{1,2}$/.test(path) ? `${path}/` : path;
}
