/**
 * Runs the system's git (C2). Nothing of a repository's or a user's configuration can make it start something else: no
 * hooks, no prompt, no editor, no pager, no `ext` transport, and nothing of this process's environment but where
 * programs and the home folder are. It ends by a deadline and with an abort.
 */
import { execFile } from "node:child_process";
import type { ExecFileException } from "node:child_process";

export interface GitCall {
  readonly folder: string;
  /** Whatever comes from outside stands after `--`, or was checked. */
  readonly args: readonly string[];
  readonly input?: string;
  readonly timeoutMs?: number;
  readonly maxBytes?: number;
  readonly signal?: AbortSignal;
  readonly env?: Readonly<Record<string, string>>;
}

export interface GitResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** It was not there, did not end in time, said too much, or was stopped; its exit code is a result instead. */
export class GitUnavailable extends Error {
  override readonly name = "GitUnavailable";
  readonly why: "missing" | "timeout" | "too_large" | "aborted" | "failed";
  readonly afterMs: number;

  constructor(message: string, { why, afterMs, cause }: Pick<GitUnavailable, "why" | "afterMs" | "cause">) {
    super(message, { cause });
    this.why = why;
    this.afterMs = afterMs;
  }
}

const TIMEOUT_MS = 30_000;
const MAX_BYTES = 64 * 1024 * 1024;

const QUIET = [
  "core.hooksPath=/dev/null",
  "core.fsmonitor=false",
  "core.pager=cat",
  "core.editor=true",
  "protocol.ext.allow=never",
  "credential.interactive=false",
  "advice.detachedHead=false",
  "gc.auto=0",
  "maintenance.auto=false",
] as const;

/**
 * What is not committed, untracked files one by one. Never what is going on within repositories in this one: git would
 * look there with their own settings, which whoever made them has written, and which can name programs to run.
 */
export const STATUS = [
  ...["status", "--porcelain=v1", "-z", "--untracked-files=all", "--no-renames"],
  "--ignore-submodules=dirty",
] as const;

/** Errors: throws `GitUnavailable`. An exit code other than zero is no error. */
export async function runGit(call: GitCall): Promise<GitResult> {
  // No argument of a program can hold one; git would say no to the name, too.
  if (call.args.some((arg) => arg.includes("\0"))) return { code: 128, stdout: "", stderr: "A name holds a NUL" };
  const args = [...QUIET.flatMap((setting) => ["-c", setting]), ...call.args];
  return new Promise((resolve, reject) => {
    const child = execFile("git", args, optionsOf(call), (error, stdout, stderr) => {
      if (error === null) resolve({ code: 0, stdout, stderr });
      else if (typeof error.code === "number" && error.killed !== true) resolve({ code: error.code, stdout, stderr });
      else reject(unavailable(call, error));
    });
    // A git that ends without reading its input must not end this process.
    child.stdin?.on("error", () => child.stdin?.destroy());
    child.stdin?.end(call.input ?? "");
  });
}

/** As `runGit`, for a call that must succeed. Errors: also throws with what git said. */
export async function git(folder: string, ...args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await runGit({ folder, args });
  if (code === 0) return stdout;
  throw new Error(`Git ${args[0] ?? ""} failed in "${folder}" with code ${code}: ${stderr.trim()}`);
}

function optionsOf({ folder, timeoutMs = TIMEOUT_MS, maxBytes = MAX_BYTES, signal, env }: GitCall) {
  return {
    cwd: folder,
    encoding: "utf8",
    env: { ...environment(), ...env },
    timeout: timeoutMs,
    killSignal: "SIGKILL",
    maxBuffer: maxBytes,
    windowsHide: true,
    ...(signal === undefined ? {} : { signal }),
  } as const;
}

function environment(): Record<string, string> {
  const kept = ["PATH", "HOME", "USERPROFILE", "SYSTEMROOT", "TMPDIR", "SSH_AUTH_SOCK"].flatMap((name) => {
    const value = process.env[name];
    return value === undefined ? [] : [[name, value] as const];
  });
  return { ...Object.fromEntries(kept), LC_ALL: "C", GIT_TERMINAL_PROMPT: "0", GIT_OPTIONAL_LOCKS: "0" };
}

function unavailable(
  { args, folder, timeoutMs: afterMs = TIMEOUT_MS }: GitCall,
  cause: ExecFileException,
): GitUnavailable {
  const what = `git ${args[0] ?? ""} in "${folder}"`;
  const because = (message: string, why: GitUnavailable["why"]) => new GitUnavailable(message, { why, afterMs, cause });
  if (cause.code === "ENOENT") return because(`Cannot run ${what}: git or the folder is missing`, "missing");
  if (cause.name === "AbortError") return because(`Stopped ${what}`, "aborted");
  if (cause.code === "ERR_CHILD_PROCESS_STDIO_MAXBUFFER")
    return because(`Stopped ${what}: it said too much`, "too_large");
  if (cause.killed === true) return because(`Stopped ${what} after ${afterMs} ms`, "timeout");
  return because(`Cannot run ${what}`, "failed");
}
