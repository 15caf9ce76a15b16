/** How a working tree stands: its branch, its changes, and how far it is from its base. */
import type { Checkout, CheckoutOutcome, CheckoutState } from "../core/ports/checkouts.ts";
import { git, runGit, STATUS } from "../lib/git.ts";
import { branchCommit, mergeTrees, splitNul, treeOf } from "./plumbing.ts";
import { done, no } from "./refusals.ts";

const MOST_CHANGED = 500;

export async function readState({ path, base, baseCommit }: Checkout): Promise<CheckoutOutcome<CheckoutState>> {
  const found = await runGit({ folder: path, args: ["rev-parse", "--verify", "HEAD"] });
  if (found.code !== 0) return no({ kind: "tree_missing", path });
  const head = found.stdout.trim();
  const branch = await runGit({ folder: path, args: ["symbolic-ref", "--quiet", "--short", "HEAD"] });
  const changed = await changedPaths(path);
  const distance = base === null ? null : await distanceOf(path, base);
  return done({
    // An agent may have left its branch.
    branch: branch.code === 0 ? branch.stdout.trim() : head,
    head,
    ahead: distance?.ahead ?? null,
    behind: distance?.behind ?? null,
    isDirty: changed.length > 0,
    changed: changed.slice(0, MOST_CHANGED),
    isMerged: base !== null && head !== baseCommit && (await isIn(path, head, base)),
  });
}

/** Uncommitted ones, untracked files too; ignored files are nobody's work. */
export async function changedPaths(path: string): Promise<readonly string[]> {
  const status = await git(path, ...STATUS);
  return splitNul(status).map((entry) => entry.slice(3));
}

async function distanceOf(path: string, base: string): Promise<{ ahead: number; behind: number } | null> {
  const commit = await branchCommit(path, base);
  if (commit === null) return null;
  const counted = await runGit({ folder: path, args: ["rev-list", "--left-right", "--count", `${commit}...HEAD`] });
  const [behind, ahead] = counted.stdout.trim().split(/\s+/).map(Number);
  return counted.code !== 0 || ahead === undefined || behind === undefined ? null : { ahead, behind };
}

/** However it got there: nothing is left that a merge would bring. */
async function isIn(path: string, head: string, base: string): Promise<boolean> {
  const commit = await branchCommit(path, base);
  if (commit === null) return false;
  const ancestor = await runGit({ folder: path, args: ["merge-base", "--is-ancestor", head, commit] });
  if (ancestor.code === 0) return true;
  const merged = await mergeTrees(path, commit, head);
  return merged.kind === "clean" && merged.tree === (await treeOf(path, commit));
}
