/**
 * From where a project says its repository is to a folder that worktrees can be made from. A URL is cloned once into a
 * bare repository that all checkouts share; a path is the repository itself, and stays its owner's.
 */
import { mkdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import type { CheckoutOutcome, RepositorySource } from "../core/ports/checkouts.ts";
import { git, runGit } from "../lib/git.ts";
import type { KeyedQueue } from "../lib/keyed-queue.ts";
import { sha256Hex } from "../lib/sha256.ts";
import { commitOf } from "./plumbing.ts";
import { done, no } from "./refusals.ts";

export interface Repository {
  /** Where git is run. */
  readonly folder: string;
  /** Its own working tree; null for a clone of ours. */
  readonly ownTree: string | null;
}

const FETCH_MS = 120_000;
/** As git reads a URL; nothing in here starts a program. */
const ALLOWED_URL = /^(?:https?|ssh|git|file):\/\/[^\s]+$|^[A-Za-z0-9._-]+@[A-Za-z0-9.-]+:[^\s]+$/;

export async function openRepository(
  source: Exclude<RepositorySource, { kind: "scratch" }>,
  { folder, queue }: { readonly folder: string; readonly queue: KeyedQueue },
): Promise<CheckoutOutcome<Repository>> {
  return source.kind === "path" ? openPath(source.path) : openClone(source.url, { folder, queue });
}

async function openPath(path: string): Promise<CheckoutOutcome<Repository>> {
  const args = ["rev-parse", "--path-format=absolute", "--is-bare-repository", "--git-common-dir"];
  const found = await runGit({ folder: path, args }).catch(() => null);
  if (found === null) return missing(`there is no folder "${path}", or git is not installed`);
  const [isBare, common = ""] = found.stdout.trim().split("\n");
  if (found.code !== 0) return missing(`"${path}" is no git repository: make one with git init, or name another path`);
  if (isBare === "true") return withCommit({ folder: common, ownTree: null }, path);
  const top = await git(path, "rev-parse", "--path-format=absolute", "--show-toplevel");
  return withCommit({ folder: top.trim(), ownTree: top.trim() }, path);
}

async function withCommit(repository: Repository, name: string): Promise<CheckoutOutcome<Repository>> {
  if ((await commitOf(repository.folder, "HEAD")) !== null) return done(repository);
  const any = await git(repository.folder, "for-each-ref", "--count=1", "refs/heads", "refs/remotes");
  return any === "" ? missing(`"${name}" has no commit yet: make the first one`) : done(repository);
}

/** Made under another name and renamed, so that a clone that is there is whole. */
async function openClone(
  url: string,
  { folder, queue }: { readonly folder: string; readonly queue: KeyedQueue },
): Promise<CheckoutOutcome<Repository>> {
  if (!ALLOWED_URL.test(url)) return missing(`"${url}" is no URL of a repository (https, ssh, git or file)`);
  const clone = join(folder, sha256Hex(url).slice(0, 32));
  return queue.run(clone, async () => {
    const known = await runGit({ folder: clone, args: ["rev-parse", "--is-bare-repository"] }).catch(() => null);
    const failed = known?.code === 0 ? await fetchInto(clone) : await cloneInto(url, clone);
    // An origin that is away for the moment does not keep anybody from working on what is here.
    if (failed !== null && known?.code !== 0) return missing(`"${url}" could not be cloned: ${failed}`);
    return withCommit({ folder: clone, ownTree: null }, url);
  });
}

async function cloneInto(url: string, clone: string): Promise<string | null> {
  const making = `${clone}.making`;
  await rm(making, { recursive: true, force: true });
  await mkdir(making, { recursive: true });
  await git(making, "init", "--quiet", "--bare");
  // A bare repository begins without it, and an agent in a sandbox may only write to what is there.
  await mkdir(join(making, "logs"));
  await git(making, "remote", "add", "origin", url);
  const failed = await fetchInto(making);
  if (failed !== null) {
    await rm(making, { recursive: true, force: true });
    return failed;
  }
  await rename(making, clone);
  return null;
}

/** What git said when it could not; nothing when it could. */
async function fetchInto(folder: string): Promise<string | null> {
  const args = ["fetch", "--quiet", "--prune", "origin", "+refs/heads/*:refs/remotes/origin/*"];
  const fetched = await runGit({ folder, args, timeoutMs: FETCH_MS });
  if (fetched.code !== 0) return fetched.stderr.trim();
  await runGit({ folder, args: ["remote", "set-head", "origin", "--auto"], timeoutMs: FETCH_MS });
  return null;
}

/** The branch that work begins from when nobody names one. */
export async function defaultBranch({ folder, ownTree }: Repository): Promise<string | null> {
  const name = ownTree === null ? "refs/remotes/origin/HEAD" : "HEAD";
  const { code, stdout } = await runGit({ folder, args: ["symbolic-ref", "--quiet", "--short", name] });
  if (code === 0) return stdout.trim().replace(/^origin\//, "");
  const heads = await git(
    folder,
    "for-each-ref",
    "--count=1",
    "--format=%(refname:lstrip=-1)",
    "refs/heads",
    "refs/remotes",
  );
  return heads.trim() === "" ? null : heads.trim();
}

function missing(reason: string) {
  return no({ kind: "repository_missing", reason });
}
