/**
 * The environment that a thread of ours starts with: nothing of the process's own but where compiled code is kept, which
 * Node passes on only this way. With it a thread starts in 35 ms instead of 100, and in a clone without the 25 MB that
 * Node's compiler of TypeScript takes in each thread that uses it.
 */
import { getCompileCacheDir } from "node:module";
import { dirname } from "node:path";

export function threadEnvironment(): Readonly<Record<string, string>> {
  // The folder of this version of Node, in the one that was named.
  const folder = getCompileCacheDir();
  return folder === undefined ? {} : { NODE_COMPILE_CACHE: dirname(folder) };
}
