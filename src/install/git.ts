/** What git says about a place: asked with `git` itself, which knows its own rules best. Never changes anything. */
import { spawnSync } from "node:child_process";
import { resolve } from "node:path";

/** Null where there is no repository, or no git. */
export function askGit(folder: string, args: readonly string[]): string | null {
  const { status, stdout } = spawnSync("git", ["-C", folder, ...args], { encoding: "utf8", timeout: 10_000 });
  return status === 0 ? stdout.replace(/\r?\n$/, "") : null;
}

export function repositoryRootOf(folder: string): string | null {
  return askGit(folder, ["rev-parse", "--show-toplevel"]);
}

export function isTracked(folder: string, path: string): boolean {
  return askGit(folder, ["ls-files", "--error-unmatch", "--", path]) !== null;
}

export function isIgnored(folder: string, path: string): boolean {
  return askGit(folder, ["check-ignore", "--quiet", "--", path]) !== null;
}

/** The repository's own list of what is not to be committed, which is itself never committed. */
export function excludeFileOf(root: string): string | null {
  return gitPathOf(root, ["--git-path", "info/exclude"]);
}

/**
 * Asked at the top, where hooks run: a relative `core.hooksPath` means that place. Made absolute here, because git before
 * 2.31 cannot.
 */
export function gitPathOf(root: string, asked: readonly string[]): string | null {
  const path = askGit(root, ["rev-parse", ...asked]);
  return path === null ? null : resolve(root, path);
}
