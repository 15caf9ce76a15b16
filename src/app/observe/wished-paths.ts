/** Which files of its tree a tool use is about to write, or has written (R6, R7). */
import type { HookEvent } from "../../core/team/hook-event.ts";
import { nodeOf } from "../../core/team/path-keys.ts";
import type { TreePath } from "../../core/team/tree.ts";
import type { Place } from "./told.ts";

export interface ShellWrites {
  readonly certain: readonly string[];
  /** It may write more than what is certain. */
  readonly isUncertain: boolean;
}

/** Contract: bounded in time; what it cannot read is uncertain. Paths are relative to where the command starts. */
export type ReadShellWrites = (command: string) => Promise<ShellWrites>;

export interface WishedPaths {
  /** Each once; those outside of the tree are left out. */
  readonly paths: readonly TreePath[];
  readonly isUncertain: boolean;
}

/** What one tool use may name: each is looked up before it runs. */
const MOST_PATHS = 2_000;

export async function wishedPaths(
  event: Pick<HookEvent, "tool" | "files" | "command" | "cwd">,
  place: Place,
  readShell: ReadShellWrites,
): Promise<WishedPaths> {
  const shell =
    event.tool?.kind === "shell" && event.command !== undefined
      ? await readShell(event.command)
      : { certain: [], isUncertain: false };
  const named = event.files.flatMap(({ path, from }) => (from === undefined ? [path] : [path, from]));
  const paths = await resolveAll([...named, ...shell.certain], place);
  return { paths, isUncertain: shell.isUncertain };
}

export async function resolveAll(names: readonly string[], place: Place): Promise<readonly TreePath[]> {
  const paths = new Map<string, TreePath>();
  for (const name of names.slice(0, MOST_PATHS)) {
    const path = await place.resolve(name);
    // `a` and `a/` are one place, and the directory says more.
    if (path !== null && paths.get(nodeOf(path.key))?.isDirectory !== true) paths.set(nodeOf(path.key), path);
  }
  return [...paths.values()];
}
