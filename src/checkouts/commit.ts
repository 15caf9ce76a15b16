/** Commits and snapshots of a working tree: the one moves its branch, the other is kept beside it under a hidden ref. */
import type { Checkout, CheckoutOutcome } from "../core/ports/checkouts.ts";
import { git, runGit } from "../lib/git.ts";
import { addAll, authored, commitTree, commitOf, must, splitNul, treeOf, writeWholeTree } from "./plumbing.ts";
import type { Author } from "./plumbing.ts";
import { done, no } from "./refusals.ts";

export async function commitAll(
  { path }: Checkout,
  { message, author }: { readonly message: string; readonly author: Author },
): Promise<CheckoutOutcome<{ readonly commit: string; readonly files: number }>> {
  await addAll(path);
  const staged = splitNul(await git(path, "diff", "--cached", "--name-only", "-z"));
  if (staged.length === 0) return no({ kind: "nothing_to_commit" });
  const args = ["commit", "--quiet", "--no-verify", "--no-gpg-sign", "--cleanup=strip", "-F", "-"];
  await must({ folder: path, args, input: message, env: authored(author) });
  return done({ commit: (await git(path, "rev-parse", "HEAD")).trim(), files: staged.length });
}

export function snapshotsOf(sessionId: string): string {
  return `refs/serai/snapshots/${sessionId}`;
}

export async function takeSnapshot(
  { path, sessionId }: Checkout,
  name: string,
): Promise<CheckoutOutcome<{ readonly ref: string; readonly commit: string }>> {
  const head = await commitOf(path, "HEAD");
  if (head === null) return no({ kind: "tree_missing", path });
  const tree = await writeWholeTree(path);
  const last = await lastSnapshot(path, sessionId);
  const isSame = last !== null && last.head === head && (await treeOf(path, last.commit)) === tree;
  if (isSame) return done({ ref: last.ref, commit: last.commit });
  const commit = await commitTree(path, { tree, parents: [head], message: `Snapshot ${name}` });
  const ref = `${snapshotsOf(sessionId)}/${name}`;
  await git(path, "update-ref", "--", ref, commit);
  return done({ ref, commit });
}

async function lastSnapshot(path: string, sessionId: string) {
  const format = "--format=%(refname) %(objectname) %(parent)";
  const args = ["for-each-ref", "--sort=-committerdate", "--count=1", format, `${snapshotsOf(sessionId)}/`];
  const { stdout } = await runGit({ folder: path, args });
  const [ref, commit, head] = stdout.trim().split(" ");
  return ref === undefined || commit === undefined || head === undefined ? null : { ref, commit, head };
}
