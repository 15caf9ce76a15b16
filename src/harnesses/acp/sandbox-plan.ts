/**
 * What an agent's sandbox may write: its checkout, its own state, and of the repository that the checkout belongs to
 * what commits need. The repository's settings and hooks, and files in the checkout that other programs take orders
 * from, stay as they are, and those that are not there do not come to be (C6).
 */
import { access, mkdir, readFile, realpath, rm, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { dirname, isAbsolute, join, resolve } from "node:path";
import { ORDER_FILES, ORDER_FOLDERS, ORDER_FOLDERS_OF_USERS } from "../../core/project-work/orders.ts";
import type { HeldLook, HeldNames, HeldTree, NameToHold } from "../../lib/held-names.ts";
import type { SandboxPlan } from "../../lib/sandbox.ts";
import type { ShownFile } from "./options.ts";

/** Of a repository: objects and refs are added to, the rest is read. */
const WRITTEN_BY_GIT = ["objects", "refs", "logs"] as const;

/** In a worktree's own part of the repository: where its settings are. Other settings could run something in any git. */
const POINTERS: readonly (readonly [string, HeldLook])[] = [
  ["commondir", "nothing"],
  ["gitdir", "nothing"],
  ["config.worktree", { text: "" }],
];

/** In a repository of its own. `commondir` names the folder with the settings, and would be believed here too. */
const OF_REPOSITORY: readonly (readonly [string, HeldLook])[] = [
  ["config", { text: "" }],
  ["hooks", "folder"],
  ["commondir", { text: ".\n" }],
  ["config.worktree", { text: "" }],
];

/** In the user's own home: keys of other things than the agent's. */
const HIDDEN_AT_HOME = [".ssh", ".gnupg", ".aws", ".kube", ".config/gh", ".config/gcloud"] as const;

/** Where services listen on sockets (containers, the session bus), by which others can be told to run something outside. */
const OF_SERVICES = "/run";

/** Of those: how names are looked up, and programs on systems that keep them there. */
const SEEN_OF_SERVICES = [
  ...["systemd/resolve", "resolvconf", "NetworkManager/resolv.conf"],
  ...["current-system", "opengl-driver"],
].map((name) => `${OF_SERVICES}/${name}`);

export interface SandboxWishes {
  readonly folder: string;
  readonly stateFolder: string;
  readonly hidden: readonly string[];
  readonly shown: readonly ShownFile[];
  /** The agent's own, with its arguments: each may be installed in a temporary folder or below one that is hidden. */
  readonly program: { readonly command: string; readonly args: readonly string[] };
  readonly names: HeldNames;
  readonly hasNetwork: boolean;
}

export interface PlannedSandbox {
  readonly plan: SandboxPlan;
  /** Contract: released by the caller, once everything in the sandbox has ended. */
  readonly held: HeldTree;
}

export async function planSandbox(wishes: SandboxWishes): Promise<PlannedSandbox> {
  const { folder, stateFolder, hidden, program, names, hasNetwork } = wishes;
  const shown = await writeShown(join(stateFolder, "shown"), wishes.shown);
  const gitDir = await readGitFile(folder);
  const commonDir = gitDir === null ? null : await readCommonDir(gitDir);
  const ofGit = commonDir === null ? [] : WRITTEN_BY_GIT.map((name) => join(commonDir, name));
  const atHome = HIDDEN_AT_HOME.map((name) => join(homedir(), name));
  const places = await Promise.all([OF_SERVICES, ...hidden, ...atHome].map(realPlace));
  const held = await names.hold(folder, [...(await ordersIn(folder)), ...(await ofGitIn(folder, gitDir))]);
  const plan = {
    folder,
    writable: [folder, stateFolder, ...ofGit, ...(gitDir === null ? [] : [gitDir])],
    protected: [],
    held,
    hidden: places.flatMap((place) => place ?? []),
    shown,
    readable: [...SEEN_OF_SERVICES, ...installedParts(program, hidden), ...(commonDir === null ? [] : [commonDir])],
    hasNetwork,
  };
  return { plan, held };
}

/** The agent may write there, and would deceive itself alone. */
async function writeShown(folder: string, files: readonly ShownFile[]) {
  await rm(folder, { recursive: true, force: true });
  if (files.length === 0) return [];
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const sources = files.map(({ path, text }, index) => ({ path, text, source: join(folder, String(index)) }));
  await Promise.all(sources.map(({ source, text }) => writeFile(source, text, { mode: 0o600 })));
  return sources.map(({ path, source }) => ({ path, source }));
}

async function ordersIn(folder: string): Promise<readonly NameToHold[]> {
  const isThere = await Promise.all(ORDER_FOLDERS_OF_USERS.map((name) => hasFile(join(folder, dirname(name)))));
  const folders = [...ORDER_FOLDERS, ...ORDER_FOLDERS_OF_USERS.filter((_, index) => isThere[index])];
  return [
    ...ORDER_FILES.map((name) => ({ path: join(folder, name), look: lookOf(name) })),
    ...folders.map((name) => ({ path: join(folder, name), look: "folder" as const })),
  ];
}

/** As what a program reads that finds no settings. */
function lookOf(name: string): HeldLook {
  return /[.]jsonc?$/.test(name) ? "json" : "nothing";
}

/** Of a repository of its own, `.git` is a folder that is written to; of that only its settings are kept. */
async function ofGitIn(folder: string, gitDir: string | null): Promise<readonly NameToHold[]> {
  const git = join(folder, ".git");
  const within = (at: string, names: typeof POINTERS) => names.map(([name, look]) => ({ path: join(at, name), look }));
  if (gitDir !== null) return [{ path: git, look: "nothing" }, ...within(gitDir, POINTERS)];
  return (await hasFile(git)) ? within(git, OF_REPOSITORY) : [{ path: git, look: "folder" }];
}

async function hasFile(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
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
