/** The few questions and steps of git that several parts of this room share. Paths come NUL-separated, never quoted. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { git, runGit } from "../lib/git.ts";

export function splitNul(text: string): readonly string[] {
  return text.split("\0").filter((part) => part !== "");
}

/** The commit that a name stands for; nothing when there is none. */
export async function commitOf(folder: string, name: string): Promise<string | null> {
  const args = ["rev-parse", "--verify", "--quiet", "--end-of-options", `${name}^{commit}`];
  const { code, stdout } = await runGit({ folder, args });
  return code === 0 ? stdout.trim() : null;
}

/** A branch by its short name, here or at the origin. */
export async function branchCommit(folder: string, branch: string): Promise<string | null> {
  return (await commitOf(folder, `refs/heads/${branch}`)) ?? (await commitOf(folder, `refs/remotes/origin/${branch}`));
}

export async function treeOf(folder: string, commit: string): Promise<string> {
  return (await git(folder, "rev-parse", "--verify", "--end-of-options", `${commit}^{tree}`)).trim();
}

export interface WorktreeEntry {
  readonly path: string;
  /** Short name; null when detached. */
  readonly branch: string | null;
  readonly isPrunable: boolean;
}

export async function listWorktrees(repository: string): Promise<readonly WorktreeEntry[]> {
  const text = await git(repository, "worktree", "list", "--porcelain", "-z");
  return text
    .split("\0\0")
    .map((block) => splitNul(block))
    .flatMap((lines) => {
      const path = lines.find((line) => line.startsWith("worktree "))?.slice("worktree ".length);
      if (path === undefined || lines.includes("bare")) return [];
      const ref = lines.find((line) => line.startsWith("branch "))?.slice("branch refs/heads/".length);
      return [{ path, branch: ref ?? null, isPrunable: lines.some((line) => line.startsWith("prunable")) }];
    });
}

/** The tree of everything in a working tree as it is, untracked files too. Neither the index nor a ref is touched. */
export async function writeWholeTree(path: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "serai-index-"));
  try {
    const env = { GIT_INDEX_FILE: join(folder, "index") };
    await must({ folder: path, args: ["read-tree", "HEAD"], env });
    await addAll(path, env);
    return (await must({ folder: path, args: ["write-tree"], env })).trim();
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/**
 * Everything as it is, without a look into repositories within this one: git would look with their settings, which
 * whoever made them has written, and which can name programs to run. Of those only the commit is taken.
 */
export async function addAll(path: string, env: Readonly<Record<string, string>> = {}): Promise<void> {
  const entries = splitNul(await must({ folder: path, args: ["ls-files", "--stage", "-z"], env }));
  const inner = entries.filter((entry) => entry.startsWith("160000 ")).map((entry) => entry.replace(/^[^\t]*\t/, ""));
  const all = [".", ...inner.map((name) => `:(exclude,literal)${name}`)];
  const listed = ["--pathspec-from-file=-", "--pathspec-file-nul"];
  await must({ folder: path, args: ["add", "--all", ...listed], input: all.join("\0"), env });
  if (inner.length === 0) return;
  await must({
    folder: path,
    args: ["update-index", "--remove", "-z", "--stdin"],
    input: `${inner.join("\0")}\0`,
    env,
  });
}

export async function must(call: Parameters<typeof runGit>[0]): Promise<string> {
  const { code, stdout, stderr } = await runGit(call);
  if (code === 0) return stdout;
  throw new Error(`Git ${call.args[0] ?? ""} failed in "${call.folder}" with code ${code}: ${stderr.trim()}`);
}

export interface Author {
  readonly name: string;
  readonly email: string;
}

/** Who commits here when nobody in particular does. */
export const OWN_NAME: Author = { name: "Serai", email: "serai@localhost" };

export function authored({ name, email }: Author): Readonly<Record<string, string>> {
  return {
    GIT_AUTHOR_NAME: name,
    GIT_AUTHOR_EMAIL: email,
    GIT_COMMITTER_NAME: name,
    GIT_COMMITTER_EMAIL: email,
  };
}

export interface NewCommit {
  readonly tree: string;
  readonly parents: readonly string[];
  readonly message: string;
  readonly author?: Author;
}

/** Makes a commit out of a tree; no ref and no working tree is touched. */
export async function commitTree(
  folder: string,
  { tree, parents, message, author = OWN_NAME }: NewCommit,
): Promise<string> {
  const from = parents.flatMap((parent) => ["-p", parent]);
  const args = ["commit-tree", "--no-gpg-sign", ...from, "-F", "-", tree];
  return (await must({ folder, args, input: message, env: authored(author) })).trim();
}

export type MergedTree =
  | { readonly kind: "clean"; readonly tree: string }
  | { readonly kind: "conflicts"; readonly paths: readonly string[] };

/** What merging two commits would give, without touching anything. */
export async function mergeTrees(folder: string, ours: string, theirs: string): Promise<MergedTree> {
  const args = ["merge-tree", "--write-tree", "-z", "--name-only", "--no-messages", ours, theirs];
  const { code, stdout, stderr } = await runGit({ folder, args });
  const [tree = "", ...paths] = splitNul(stdout);
  if (code === 0) return { kind: "clean", tree };
  if (code === 1) return { kind: "conflicts", paths: [...new Set(paths)] };
  throw new Error(`Git merge-tree failed in "${folder}" with code ${code}: ${stderr.trim()}`);
}
