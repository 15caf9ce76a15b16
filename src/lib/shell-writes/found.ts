/**
 * What a command has been found to write so far, and from where its relative paths count.
 *
 * Invariant: a path is one that the command names for writing; whatever else may be written makes the whole uncertain. A
 * path that ends in a slash is everything below it.
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
    if (!NOWHERE.test(at)) this.#paths.add(at);
  }

  /** A file by its look, otherwise the path itself and all below it: a name with an ending is seldom a directory's. */
  writeNamed(path: string | undefined, place: Place): void {
    if (path !== undefined && /[^/.][^/]*\.\w{1,8}$/.test(path)) this.write(path, place);
    else this.writeTree(path, place);
  }

  /** The path itself and, should it be a directory, all below it. */
  writeTree(path: string | undefined, place: Place): void {
    const bare = path === undefined ? undefined : path.replace(/(?<=.)\/+$/, "");
    const isPlace = bare === "." || bare === "..";
    if (!isPlace) this.write(bare, place);
    this.write(bare === undefined || bare === "/" ? bare : `${bare}/`, place);
  }
}

export function resolve(path: string, place: Place): Place {
  if (path.includes("\0")) return null;
  if (path.startsWith("/")) return posix.normalize(path);
  return place === null ? null : posix.join(place, path);
}
