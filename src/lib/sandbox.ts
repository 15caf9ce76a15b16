/**
 * Runs a program in a sandbox of bubblewrap, where that is there and works: a process namespace of its own, which ends
 * with this process whatever happens; the whole machine readable but for what is hidden, writable only what is named;
 * a temporary folder of its own; the network on or off.
 *
 * Never claims what is not so: where no sandbox can be had, `open` says why, and the caller has to say "none".
 */
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import type { HeldTree } from "./held-names.ts";

export interface SandboxPlan {
  readonly folder: string;
  /** Files and folders that may be changed; those that are not there are left out. */
  readonly writable: readonly string[];
  /** Within what may be changed, what may not; what is not there is left out, and may be made. */
  readonly protected: readonly string[];
  /** Names that are to stay what they are, or nothing (`held-names.ts`); without any of these no sandbox is made. */
  readonly held?: Pick<HeldTree, "covers" | "pins">;
  /** Folders that look empty. */
  readonly hidden: readonly string[];
  /** Files that show what another file holds. */
  readonly shown?: readonly { readonly path: string; readonly source: string }[];
  /** Within what is hidden, or in the machine's temporary folder: what has to be seen all the same. */
  readonly readable?: readonly string[];
  readonly hasNetwork: boolean;
}

export interface CommandLine {
  readonly command: string;
  readonly args: readonly string[];
}

export type SandboxState =
  | { readonly kind: "bubblewrap"; readonly command: string }
  | { readonly kind: "none"; readonly why: string };

const run = promisify(execFile);
const TRY_MS = 5_000;

const NAMESPACES = ["--unshare-pid", "--unshare-ipc", "--unshare-uts", "--die-with-parent"] as const;

/**
 * Who may mount may also unmount what lies over a file, and bubblewrap leaves root its privileges. Of those only the one
 * is kept without which root could not work on files of other users.
 */
const PRIVILEGES = ["--cap-drop", "ALL", ...(process.getuid?.() === 0 ? ["--cap-add", "CAP_DAC_OVERRIDE"] : [])];

/** Tries it out for real: a bubblewrap that is installed but may not make namespaces is of no use. */
export async function findSandbox(command = "bwrap"): Promise<SandboxState> {
  if (process.platform !== "linux") return { kind: "none", why: "Bubblewrap exists on Linux only" };
  const plan: SandboxPlan = { folder: "/", writable: [], protected: [], hidden: [], hasNetwork: true };
  const { args } = sandboxed(command, plan, { command: "true", args: [] });
  try {
    await run(command, args, { timeout: TRY_MS });
    return { kind: "bubblewrap", command };
  } catch (cause) {
    const { code, stderr } = cause as NodeJS.ErrnoException & { readonly stderr?: string };
    if (String(code) === "ENOENT") return { kind: "none", why: "Bubblewrap is not installed" };
    const said = stderr?.trim().split("\n")[0] ?? "";
    return {
      kind: "none",
      why: said === "" ? "Bubblewrap does not work here" : `Bubblewrap does not work here: ${said}`,
    };
  }
}

/**
 * The later of two mounts lies over the earlier: first what is hidden, then what may be changed, then what may not. What
 * holds something that may not is a mount itself, since all others can be renamed with what lies on them.
 */
export function sandboxed(sandbox: string, plan: SandboxPlan, { command, args }: CommandLine): CommandLine {
  const mounts = [
    ["--ro-bind", "/", "/"],
    ["--dev", "/dev"],
    ["--proc", "/proc"],
    ["--tmpfs", "/tmp"],
    ...plan.hidden.map((path) => ["--tmpfs", path]),
    ...(plan.readable ?? []).map((path) => ["--ro-bind-try", path, path]),
    ...plan.writable.map((path) => ["--bind-try", path, path]),
    ...(plan.held?.pins ?? []).map((path) => ["--bind", path, path]),
    ...plan.protected.map((path) => ["--ro-bind-try", path, path]),
    ...[...(plan.held?.covers ?? []), ...(plan.shown ?? [])].map(({ path, source }) => ["--ro-bind", source, path]),
  ];
  const network = plan.hasNetwork ? [] : ["--unshare-net"];
  const line = [
    ...NAMESPACES,
    ...PRIVILEGES,
    ...network,
    ...mounts.flat(),
    "--chdir",
    plan.folder,
    "--",
    command,
    ...args,
  ];
  return { command: sandbox, args: line };
}
