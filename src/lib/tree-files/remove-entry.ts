/** Takes a file, a link or an empty folder away. What a link leads to stays. */
import { lstat, rmdir, unlink } from "node:fs/promises";
import { inFolder } from "./open-folder.ts";

/** Errors: throws what the file system says. */
export function removeEntry(root: string, segments: readonly string[]): Promise<void> {
  const name = segments.at(-1) ?? "";
  return inFolder({ root, segments: segments.slice(0, -1) }, async (folder) => {
    const path = folder.at(name);
    await ((await lstat(path)).isDirectory() ? rmdir(path) : unlink(path));
    await folder.sync();
  });
}
