/** Taking changes away, and taking that back: before anything goes, everything is kept as a snapshot (C3). */
import type { Checkout, CheckoutOutcome, CheckoutState } from "../core/ports/checkouts.ts";
import { git, runGit } from "../lib/git.ts";
import { snapshotsOf, takeSnapshot } from "./commit.ts";
import { commitOf } from "./plumbing.ts";
import { done, no } from "./refusals.ts";
import { changedPaths, readState } from "./state.ts";

export async function discardChanges(
  checkout: Checkout,
  name: string,
): Promise<CheckoutOutcome<{ readonly snapshot: string }>> {
  const kept = await takeSnapshot(checkout, name);
  if (!kept.ok) return kept;
  await git(checkout.path, "reset", "--quiet", "--hard", "HEAD");
  // Ignored files are caches and settings, and stay.
  await git(checkout.path, "clean", "--quiet", "-d", "--force");
  return done({ snapshot: kept.value.ref });
}

/** The files as they were; what is there now is kept as a snapshot first. No branch moves. */
export async function restoreSnapshot(
  checkout: Checkout,
  snapshot: string,
  name: string,
): Promise<CheckoutOutcome<CheckoutState>> {
  const { path, sessionId } = checkout;
  const isOwn = snapshot.startsWith(`${snapshotsOf(sessionId)}/`);
  const commit = isOwn ? await commitOf(path, snapshot) : null;
  if (commit === null) return no({ kind: "base_missing", base: snapshot });
  const kept = await takeSnapshot(checkout, name);
  if (!kept.ok) return kept;
  await git(path, "clean", "--quiet", "-d", "--force");
  await git(path, "restore", `--source=${commit}`, "--worktree", "--no-overlay", "--", ":/");
  return readState(checkout);
}

export interface Loss {
  readonly changes: readonly string[];
  /** Commits that no branch, tag or remote branch has. */
  readonly commits: number;
}

export async function lossOf({ path }: Pick<Checkout, "path">): Promise<Loss | null> {
  const head = await runGit({ folder: path, args: ["rev-parse", "--verify", "HEAD"] });
  if (head.code !== 0) return null;
  const unreached = ["rev-list", "--count", "HEAD", "--not", "--branches", "--tags", "--remotes"];
  return { changes: await changedPaths(path), commits: Number((await git(path, ...unreached)).trim()) };
}

export async function removeTree(
  checkout: Checkout,
  { keep, name }: { readonly keep: "refuse" | "snapshot"; readonly name: string },
): Promise<CheckoutOutcome<{ readonly snapshot: string | null }>> {
  const loss = await lossOf(checkout);
  if (loss === null) return no({ kind: "tree_missing", path: checkout.path });
  const isLossless = loss.changes.length === 0 && loss.commits === 0;
  if (!isLossless && keep === "refuse") return no({ kind: "would_lose", ...loss });
  const isScratch = checkout.repository === checkout.path;
  // A scratch repository is all there is of its commits.
  if (isScratch) return no({ kind: "would_lose", changes: loss.changes, commits: 1 });
  const kept = isLossless ? null : await takeSnapshot(checkout, name);
  if (kept !== null && !kept.ok) return kept;
  await git(checkout.repository, "worktree", "remove", "--force", "--", checkout.path);
  return done({ snapshot: kept?.value.ref ?? null });
}
