/**
 * What an agent's sandbox may write: its checkout, its own state, and of the repository that the checkout belongs to
 * what commits need. The repository's settings and hooks, and files in the checkout that other programs take orders
 * from, stay as they are.
 */
import { readFile, realpath } from "node:fs/promises";
import { homedir } from "node:os";
import { dirname, isAbsolute, join, resolve } from "node:path";
import type { SandboxPlan } from "../../lib/sandbox.ts";

/** In a checkout: what an editor, an agent or git would carry out without asking. */
const TAKEN_AS_ORDERS = [
  ".git",
  ".claude/settings.json",
  ".claude/settings.local.json",
  ".codex/config.toml",
  ".codex/hooks.json",
  ".cursor/hooks.json",
  ".gemini/settings.json",
  ".mcp.json",
  ".vscode/settings.json",
  ".vscode/tasks.json",
  "opencode.json",
] as const;

/** Of a repository: objects and refs are added to, the rest is read. */
const WRITTEN_BY_GIT = ["objects", "refs", "logs"] as const;

/** In a worktree's own part of the repository. */
const POINTERS = ["commondir", "gitdir", "config.worktree"] as const;

/** In the user's own home: keys of other things than the agent's. */
const HIDDEN_AT_HOME = [".ssh", ".gnupg", ".aws", ".kube", ".config/gh", ".config/gcloud"] as const;

export interface SandboxWishes {
  readonly folder: string;
  readonly stateFolder: string;
  readonly hidden: readonly string[];
  /** The agent's own, with its arguments: each may be installed in a temporary folder or below one that is hidden. */
  readonly program: { readonly command: string; readonly args: readonly string[] };
}

export async function planSandbox({ folder, stateFolder, hidden, program }: SandboxWishes): Promise<SandboxPlan> {
  const gitDir = await readGitFile(folder);
  const commonDir = gitDir === null ? null : await readCommonDir(gitDir);
  const ofGit = commonDir === null ? [] : WRITTEN_BY_GIT.map((name) => join(commonDir, name));
  const atHome = HIDDEN_AT_HOME.map((name) => join(homedir(), name));
  const places = await Promise.all([...hidden, ...atHome].map(realPlace));
  const isRepository = gitDir === null;
  return {
    folder,
    writable: [folder, stateFolder, ...ofGit, ...(gitDir === null ? [] : [gitDir])],
    // A repository of its own has its `.git` as a folder, which is written to; of that only these are kept.
    protected: [
      ...TAKEN_AS_ORDERS.filter((name) => name !== ".git" || !isRepository).map((name) => join(folder, name)),
      // Where its settings are: another place could have settings that run something in the server's own git.
      ...(gitDir === null ? [] : POINTERS.map((name) => join(gitDir, name))),
      ...(isRepository ? [join(folder, ".git/config"), join(folder, ".git/hooks")] : []),
    ],
    hidden: places.flatMap((place) => place ?? []),
    readable: [...installedParts(program, hidden), ...(commonDir === null ? [] : [commonDir])],
    hasNetwork: true,
  };
}

/**
 * What a program was installed with: all of its packages, or what stands beside it and beside the scripts that it is given.
 * Of a folder that holds something hidden only the file itself.
 */
function installedParts({ command, args }: SandboxWishes["program"], hidden: readonly string[]): readonly string[] {
  return [command, ...args].filter(isAbsolute).map((path) => {
    const packages = /^.*?[/]node_modules(?=[/])/.exec(path)?.[0];
    const folder = packages ?? dirname(path);
    const holdsHidden = folder === "/" || hidden.some((place) => `${place}/`.startsWith(`${folder}/`));
    return holdsHidden ? path : folder;
  });
}

/** Where a linked worktree's own part of the repository is; nothing where `.git` is a folder or is not. */
async function readGitFile(folder: string): Promise<string | null> {
  const text = await readSmall(join(folder, ".git"));
  const found = /^gitdir: (.+)$/m.exec(text ?? "")?.[1];
  return found === undefined ? null : resolve(folder, found.trim());
}

async function readCommonDir(gitDir: string): Promise<string> {
  const text = await readSmall(join(gitDir, "commondir"));
  return text === null ? dirname(dirname(gitDir)) : resolve(gitDir, text.trim());
}

async function readSmall(path: string): Promise<string | null> {
  try {
    return await readFile(path, "utf8");
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "EISDIR" || code === "ENOTDIR") return null;
    throw cause;
  }
}

/** Nothing can be laid over what is not there. */
async function realPlace(path: string): Promise<string | null> {
  try {
    return await realpath(path);
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "EACCES") return null;
    throw cause;
  }
}
