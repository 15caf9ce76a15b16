/**
 * Makes a session's working tree on its own branch (C1). Each step that leaves something behind says how to take it away
 * again, and a failure takes all of it away; a branch goes only if it was made here and nothing was committed to it.
 */
import { copyFile, mkdir, rm, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Checkout, CheckoutOutcome, CheckoutRefusal, MakeCheckout } from "../core/ports/checkouts.ts";
import { git, runGit } from "../lib/git.ts";
import { compileGlob } from "../lib/glob.ts";
import { authored, branchCommit, commitOf, listWorktrees, must, OWN_NAME, splitNul } from "./plumbing.ts";
import { done, no } from "./refusals.ts";
import { defaultBranch } from "./repositories.ts";
import type { Repository } from "./repositories.ts";
import { runSetup } from "./run-setup.ts";

export interface Making {
  readonly request: MakeCheckout;
  /** Where the tree comes to stand; nothing is there yet. */
  readonly path: string;
  readonly signal: AbortSignal;
}

/** A copied tree is for settings and caches, not for another repository's worth of bytes. */
const MOST_COPIED = 2_000;
const ADD_MS = 300_000;

/** The tree with its branch; `furnish` makes it ready to work in. */
export async function addWorktree(repository: Repository, making: Making): Promise<CheckoutOutcome<Checkout>> {
  const { request, path, signal } = making;
  const planned = await plan(repository, making);
  if (!planned.ok) return planned;
  const { args, ...rest } = planned.value;
  await mkdir(dirname(path), { recursive: true });
  const checkout: Checkout = { sessionId: request.sessionId, path, repository: repository.folder, ...rest };
  try {
    const added = await runGit({ folder: repository.folder, args, signal, timeoutMs: ADD_MS });
    if (added.code === 0) return done(checkout);
    const refusal = await whyNotAdded(repository, checkout, added.stderr);
    await undoMaking(checkout);
    return no(refusal);
  } catch (fault) {
    await undoMaking(checkout);
    throw fault;
  }
}

type Planned = Pick<Checkout, "branch" | "base" | "baseCommit" | "hasMadeBranch"> & {
  readonly args: readonly string[];
};

async function plan(repository: Repository, { request, path }: Making): Promise<CheckoutOutcome<Planned>> {
  const { folder } = repository;
  const { branch } = request;
  const unusable = await whyNotBranch(folder, branch);
  if (unusable !== null) return no(unusable);
  const base = request.base ?? (await defaultBranch(repository));
  const baseCommit = base === null ? null : ((await branchCommit(folder, base)) ?? (await commitOf(folder, base)));
  if (base === null || baseCommit === null) return no({ kind: "base_missing", base: base ?? "the default branch" });
  const known = await branchCommit(folder, branch);
  if (known === null) {
    const args = ["worktree", "add", "--quiet", "--no-track", "-b", branch, "--", path, baseCommit];
    return done({ branch, base, baseCommit, hasMadeBranch: true, args });
  }
  const isHere = (await commitOf(folder, `refs/heads/${branch}`)) !== null;
  const named = isHere ? [] : ["-b", branch];
  const args = ["worktree", "add", "--quiet", ...named, "--", path, isHere ? branch : known];
  return done({ branch, base, baseCommit: known, hasMadeBranch: !isHere, args });
}

/** Why no tree of this branch can be made, which is there or not. */
export async function whyNotBranch(folder: string, branch: string): Promise<CheckoutRefusal | null> {
  const unusable = await whyUnusable(folder, branch);
  if (unusable !== null) return unusable;
  const taken = await whoHas(folder, branch);
  if (taken !== undefined) return { kind: "branch_in_use", branch, path: taken };
  const beside = (await branchCommit(folder, branch)) === null ? await whoIsInTheWay(folder, branch) : null;
  return beside === null ? null : { kind: "branch_invalid", branch, reason: besideWords(beside) };
}

function besideWords(beside: string): string {
  return `git cannot keep it beside the branch "${beside}"; name another`;
}

/** `@{-1}` and its like are names of other branches, which git would expand. */
async function whyUnusable(folder: string, branch: string): Promise<CheckoutRefusal | null> {
  const { code, stdout } = await runGit({ folder, args: ["check-ref-format", "--branch", branch] });
  if (code === 0 && stdout.trim() === branch) return null;
  const reason = "use letters, digits, - _ . and /, without spaces, .., or a / at either end";
  return { kind: "branch_invalid", branch, reason };
}

async function whoHas(folder: string, branch: string): Promise<string | undefined> {
  return (await listWorktrees(folder)).find((tree) => tree.branch === branch && !tree.isPrunable)?.path;
}

/** Between the look and the step somebody else may have been faster; everything else is git's to explain. */
async function whyNotAdded(
  { folder }: Repository,
  { branch, path, hasMadeBranch }: Checkout,
  said: string,
): Promise<CheckoutRefusal> {
  const other = await whoHas(folder, branch);
  if (other !== undefined && other !== path) return { kind: "branch_in_use", branch, path: other };
  if (hasMadeBranch && (await commitOf(folder, `refs/heads/${branch}`)) === null) {
    const beside = await whoIsInTheWay(folder, branch);
    const reason = beside === null ? said.trim() : besideWords(beside);
    return { kind: "branch_invalid", branch, reason };
  }
  throw new Error(`Cannot add a worktree at "${path}": ${said.trim()}`);
}

/** `a` and `a/b` cannot both be branches. */
async function whoIsInTheWay(folder: string, branch: string): Promise<string | null> {
  const above = branch.split("/").map((_, at, parts) => parts.slice(0, at).join("/"));
  for (const name of above.slice(1)) if ((await commitOf(folder, `refs/heads/${name}`)) !== null) return name;
  const below = await git(folder, "for-each-ref", "--count=1", "--format=%(refname:lstrip=2)", `refs/heads/${branch}/`);
  return below.trim() === "" ? null : below.trim();
}

/** Copied files and setup commands. Contract: leaves an unfinished tree to the caller to take away. */
export async function furnish(from: string | null, { request, path, signal }: Making): Promise<CheckoutRefusal | null> {
  if (from !== null) await copyIgnored(from, path, request.copyFiles);
  return runSetup(path, { commands: request.setup, timeoutMs: request.setupTimeoutMs, signal });
}

/** Files that git does not keep (`.env`, settings of an editor): regular ones only, and none that is there already. */
async function copyIgnored(from: string, to: string, globs: readonly string[]): Promise<void> {
  const wanted = globs.flatMap((source) => {
    const compiled = compileGlob(source);
    return compiled.kind === "compiled" ? [compiled.glob] : [];
  });
  if (wanted.length === 0) return;
  const others = splitNul(await git(from, "ls-files", "--others", "-z"));
  const chosen = others.filter((path) => wanted.some((glob) => glob.matches(path))).slice(0, MOST_COPIED);
  for (const path of chosen) await copyOne(join(from, path), join(to, path));
}

async function copyOne(from: string, to: string): Promise<void> {
  const [source, target] = await Promise.all([stat(from), stat(to).catch(() => null)]);
  if (!source.isFile() || target !== null) return;
  await mkdir(dirname(to), { recursive: true });
  await copyFile(from, to);
}

export async function undoMaking({ repository, path, branch, baseCommit, hasMadeBranch }: Checkout): Promise<void> {
  await runGit({ folder: repository, args: ["worktree", "remove", "--force", "--force", "--", path] });
  await rm(path, { recursive: true, force: true });
  await runGit({ folder: repository, args: ["worktree", "prune"] });
  if (!hasMadeBranch || (await commitOf(repository, `refs/heads/${branch}`)) !== baseCommit) return;
  await runGit({ folder: repository, args: ["update-ref", "-d", `refs/heads/${branch}`, baseCommit] });
}

/** A repository of the session's own, with one empty commit to begin from. */
export async function makeScratch({ request, path }: Making): Promise<CheckoutOutcome<Checkout>> {
  const { branch, sessionId } = request;
  await mkdir(path, { recursive: true });
  const unusable = await whyUnusable(path, branch);
  if (unusable !== null) {
    await rm(path, { recursive: true, force: true });
    return no(unusable);
  }
  await git(path, "init", "--quiet", `--initial-branch=${branch}`);
  await must({ folder: path, args: ["commit", "--quiet", "--allow-empty", "-m", "Begin"], env: authored(OWN_NAME) });
  const baseCommit = await git(path, "rev-parse", "HEAD");
  return done({
    sessionId,
    path,
    repository: path,
    branch,
    base: null,
    baseCommit: baseCommit.trim(),
    hasMadeBranch: true,
  });
}
