/** Trees on disk that no session names: litter of crashes. Removed where nothing is lost with them, else left and named. */
import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { git, runGit } from "../lib/git.ts";
import { lossOf } from "./undo.ts";

export interface Collected {
  readonly removed: readonly string[];
  readonly kept: readonly string[];
}

export async function collectLitter(
  folder: string,
  isWanted: (sessionId: string) => Promise<boolean>,
): Promise<Collected> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  const removed: string[] = [];
  const kept: string[] = [];
  for (const entry of entries) {
    // A second tree of one session has a number after the id.
    const [sessionId = entry.name] = entry.name.split(".");
    if (!entry.isDirectory() || (await isWanted(sessionId))) continue;
    const path = join(folder, entry.name);
    ((await isRemoved(path)) ? removed : kept).push(path);
  }
  return { removed, kept };
}

async function isRemoved(path: string): Promise<boolean> {
  const loss = await lossOf({ path }).catch(() => null);
  if (loss === null || loss.changes.length > 0 || loss.commits > 0) return false;
  const [own, common] = (await git(path, "rev-parse", "--path-format=absolute", "--git-dir", "--git-common-dir"))
    .trim()
    .split("\n");
  // A repository of its own is not a tree beside its repository: what was committed goes with it.
  if (own === common || common === undefined) return false;
  const { code } = await runGit({ folder: common, args: ["worktree", "remove", "--", path] });
  if (code !== 0) return false;
  await rm(path, { recursive: true, force: true });
  return true;
}
