/**
 * Brings a session's commits into its base. The result is made first, beside everything; only then the base moves, in one
 * step that fails if it was moved meanwhile. Where the base is checked out, git itself brings that tree along, and refuses
 * if it would write over somebody's changes. Conflicts are told by path, and leave no trace.
 */
import { rm } from "node:fs/promises";
import type { Checkout, CheckoutOutcome, MergeStrategy } from "../core/ports/checkouts.ts";
import { git, runGit } from "../lib/git.ts";
import {
  authored,
  branchCommit,
  commitOf,
  commitTree,
  listWorktrees,
  mergeTrees,
  OWN_NAME,
  splitNul,
  treeOf,
} from "./plumbing.ts";
import { done, no } from "./refusals.ts";
import { changedPaths } from "./state.ts";

export interface MergeHow {
  readonly strategy: MergeStrategy;
  readonly message: string;
}

interface Ends {
  readonly base: string;
  readonly baseTip: string;
  readonly head: string;
}

export async function mergeIntoBase(
  checkout: Checkout,
  how: MergeHow,
): Promise<CheckoutOutcome<{ readonly commit: string; readonly base: string }>> {
  const { path, repository, base } = checkout;
  if (base === null) return no({ kind: "base_missing", base: "a scratch repository has no base" });
  const [baseTip, head] = [await branchCommit(repository, base), await commitOf(path, "HEAD")];
  if (baseTip === null) return no({ kind: "base_missing", base });
  if (head === null) return no({ kind: "tree_missing", path });
  const made = await makeResult(checkout, how, { base, baseTip, head });
  if (!made.ok) return made;
  const moved = await moveBase(repository, { base, baseTip, to: made.value });
  return moved.ok ? done({ commit: made.value, base }) : moved;
}

async function makeResult(checkout: Checkout, how: MergeHow, ends: Ends): Promise<CheckoutOutcome<string>> {
  const { path, branch, baseCommit } = checkout;
  const { base, baseTip, head } = ends;
  if (await isWithin(path, head, baseTip)) {
    // What was merged before is merged: the base does not move a second time.
    return head === baseCommit ? no({ kind: "nothing_to_merge", branch, base }) : done(baseTip);
  }
  const isAhead = await isWithin(path, baseTip, head);
  if (how.strategy === "fast_forward") return isAhead ? done(head) : no({ kind: "not_fast_forward", base });
  if (how.strategy === "rebase") return isAhead ? done(head) : rebase(checkout, ends);
  const merged = await mergeTrees(path, baseTip, head);
  if (merged.kind === "conflicts") return no(merged);
  if (how.strategy === "squash" && merged.tree === (await treeOf(path, baseTip))) return done(baseTip);
  const parents = how.strategy === "squash" ? [baseTip] : [baseTip, head];
  return done(await commitTree(path, { tree: merged.tree, parents, message: how.message }));
}

async function isWithin(folder: string, commit: string, tip: string): Promise<boolean> {
  return (await runGit({ folder, args: ["merge-base", "--is-ancestor", commit, tip] })).code === 0;
}

/** In a tree of its own, so that nobody's files move under an agent that is at work. */
async function rebase({ repository, path }: Checkout, { baseTip, head }: Ends): Promise<CheckoutOutcome<string>> {
  const aside = `${path}.rebase`;
  await rm(aside, { recursive: true, force: true });
  await git(repository, "worktree", "prune");
  await git(repository, "worktree", "add", "--quiet", "--detach", "--", aside, head);
  try {
    const rebased = await runGit({ folder: aside, args: ["rebase", "--quiet", baseTip], env: authored(OWN_NAME) });
    if (rebased.code === 0) return done((await git(aside, "rev-parse", "HEAD")).trim());
    const paths = splitNul(await git(aside, "diff", "--name-only", "--diff-filter=U", "-z"));
    if (paths.length > 0) return no({ kind: "conflicts", paths });
    throw new Error(`Cannot rebase "${path}": ${rebased.stderr.trim()}`);
  } finally {
    await git(repository, "worktree", "remove", "--force", "--", aside);
  }
}

async function moveBase(
  repository: string,
  { base, baseTip, to }: { readonly base: string; readonly baseTip: string; readonly to: string },
): Promise<CheckoutOutcome<null>> {
  const tree = (await listWorktrees(repository)).find(({ branch, isPrunable }) => branch === base && !isPrunable);
  if (tree === undefined) {
    const isHere = (await commitOf(repository, `refs/heads/${base}`)) !== null;
    // Of a clone the base may be known only at its origin; an empty old value says that it must not be there yet.
    await git(repository, "update-ref", "--", `refs/heads/${base}`, to, isHere ? baseTip : "");
    return done(null);
  }
  const merged = await runGit({ folder: tree.path, args: ["merge", "--quiet", "--ff-only", to] });
  if (merged.code === 0) return done(null);
  const [changed, wanted] = [await changedPaths(tree.path), await namesBetween(repository, baseTip, to)];
  const paths = changed.filter((path) => wanted.has(path));
  if (paths.length > 0) return no({ kind: "base_dirty", base, paths });
  throw new Error(`Cannot move "${base}" to ${to}: ${merged.stderr.trim()}`);
}

async function namesBetween(repository: string, from: string, to: string): Promise<ReadonlySet<string>> {
  return new Set(splitNul(await git(repository, "diff", "--name-only", "--no-renames", "-z", from, to)));
}
