/** The changes of a session as a diff that can be read and commented on (C4). Git makes it; here it is taken apart by file. */
import type { Checkout, CheckoutOutcome, FileDiff } from "../core/ports/checkouts.ts";
import { git, runGit } from "../lib/git.ts";
import { branchCommit, splitNul, writeWholeTree } from "./plumbing.ts";
import { done, no } from "./refusals.ts";

/** More of one file, or of all together, is told by its size and not shown. */
const MOST_PATCH_CHARACTERS = 256 * 1024;
const MOST_CHARACTERS = 4 * 1024 * 1024;
const PLAIN = ["--no-ext-diff", "--no-textconv", "--no-color", "--find-renames", "--full-index"] as const;

export async function readDiff(
  checkout: Checkout,
  of: "all" | "uncommitted",
): Promise<CheckoutOutcome<readonly FileDiff[]>> {
  const { path } = checkout;
  const head = await runGit({ folder: path, args: ["rev-parse", "--verify", "HEAD"] });
  if (head.code !== 0) return no({ kind: "tree_missing", path });
  const from = of === "uncommitted" ? head.stdout.trim() : await beginningOf(checkout);
  const to = await writeWholeTree(path);
  const named = splitNul(await git(path, "diff", ...PLAIN, "--raw", "-z", "--abbrev=40", from, to));
  const counted = splitNul(await git(path, "diff", ...PLAIN, "--numstat", "-z", from, to));
  const patches = splitPatches(await git(path, "diff", ...PLAIN, from, to));
  return done(join(readNames(named), readCounts(counted), patches));
}

/** Where the branch left its base: what came from the base since is not the session's work. */
async function beginningOf({ path, base, baseCommit }: Checkout): Promise<string> {
  const commit = base === null ? null : await branchCommit(path, base);
  if (commit === null) return baseCommit;
  const { code, stdout } = await runGit({ folder: path, args: ["merge-base", commit, "HEAD"] });
  return code === 0 ? stdout.trim() : baseCommit;
}

type Named = Pick<FileDiff, "path" | "status" | "from">;
type Counted = Pick<FileDiff, "additions" | "deletions" | "isBinary">;

const STATUSES: Readonly<Record<string, FileDiff["status"]>> = {
  A: "added",
  D: "deleted",
  R: "renamed",
  C: "added",
  M: "modified",
  T: "modified",
};

/** `:mode mode hash hash R100`, then one path or two. */
function readNames(parts: readonly string[]): readonly Named[] {
  const files: Named[] = [];
  for (let at = 0; at < parts.length;) {
    const letter = parts[at]?.split(" ").at(-1)?.charAt(0) ?? "M";
    const isTwo = letter === "R" || letter === "C";
    const [first = "", second = ""] = parts.slice(at + 1, at + 3);
    const status = STATUSES[letter] ?? "modified";
    files.push(letter === "R" ? { path: second, from: first, status } : { path: isTwo ? second : first, status });
    at += isTwo ? 3 : 2;
  }
  return files;
}

/** `added<TAB>removed<TAB>path`; of a rename the path is empty and two paths follow. */
function readCounts(parts: readonly string[]): readonly Counted[] {
  const counts: Counted[] = [];
  for (let at = 0; at < parts.length;) {
    const [added = "", removed = "", path = ""] = (parts[at] ?? "").split("\t");
    const isBinary = added === "-";
    counts.push({ additions: isBinary ? 0 : Number(added), deletions: isBinary ? 0 : Number(removed), isBinary });
    at += path === "" ? 3 : 1;
  }
  return counts;
}

/** Every line of a patch's body begins with a space, a sign, `@` or `\`, so this one can only be a header. */
function splitPatches(text: string): readonly string[] {
  return text === "" ? [] : text.split(/^(?=diff --git )/m);
}

/** Git says all three in one order. */
function join(names: readonly Named[], counts: readonly Counted[], patches: readonly string[]): readonly FileDiff[] {
  let left = MOST_CHARACTERS;
  return names.map((named, index) => {
    const counted = counts[index] ?? { additions: 0, deletions: 0, isBinary: false };
    const patch = patches[index] ?? "";
    const fits = patch.length <= Math.min(left, MOST_PATCH_CHARACTERS);
    if (fits) left -= patch.length;
    const isShown = fits && !counted.isBinary;
    return { ...named, ...counted, patch: isShown ? patch : null, isCut: !fits };
  });
}
