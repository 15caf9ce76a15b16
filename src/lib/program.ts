/**
 * A program that is talked to over its standard input and output, in a process group of its own.
 *
 * Invariant: when it has ended, however that came, so has everything it started in its group. Nothing of this process's
 * environment reaches it but what it is given. Its standard error is always drained, so it never stands still on it.
 */
import { spawn } from "node:child_process";
import type { ChildProcessByStdio } from "node:child_process";
import type { Readable, Writable } from "node:stream";
import { sleep } from "./deadline.ts";

export type ProgramOptions = {
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly folder: string;
  /** How long it may take to end by itself once its input is closed, and once more when it was asked to. */
  readonly graceMs?: number;
};

export type Program = AsyncDisposable & {
  readonly pid: number;
  readonly input: Writable;
  readonly output: Readable;
  /** Of what it wrote to its standard error, the last part. */
  complaints(): string;
  readonly ended: Promise<void>;
  /** Nothing while it runs, and when a signal ended it. */
  exitCode(): number | null;
};

const GRACE_MS = 1_000;
const KEPT_CHARACTERS = 2_000;

/** Contract: rejects if the program cannot be started. */
export async function openProgram(options: ProgramOptions): Promise<Program> {
  const { command, args, env, folder, graceMs = GRACE_MS } = options;
  const child = spawn(command, args, {
    cwd: folder,
    env,
    detached: true,
    stdio: ["pipe", "pipe", "pipe"],
    windowsHide: true,
  });
  const ended = Promise.withResolvers<void>();
  const pid = await started(child);
  child.once("exit", () => {
    // Before anybody else can be given the number of the group.
    signalGroup(pid, "SIGKILL");
    ended.resolve();
  });
  // Without a listener an input that was closed from the other side would end this process.
  child.stdin.on("error", () => child.stdin.destroy());
  const complaints = keepTail(child.stderr);
  return {
    pid,
    input: child.stdin,
    output: child.stdout,
    complaints,
    ended: ended.promise,
    exitCode: () => child.exitCode,
    async [Symbol.asyncDispose]() {
      child.stdin.end();
      for (const signal of ["SIGTERM", "SIGKILL"] as const) {
        if (await isSoon(ended.promise, graceMs)) return;
        signalGroup(pid, signal);
      }
      await ended.promise;
    },
  };
}

async function started(child: ChildProcessByStdio<Writable, Readable, Readable>): Promise<number> {
  const spawned = Promise.withResolvers<void>();
  child.once("spawn", () => spawned.resolve());
  child.once("error", (cause) => spawned.reject(cause));
  await spawned.promise;
  if (child.pid === undefined) throw new Error("A program that was started has no process id");
  child.on("error", () => undefined);
  return child.pid;
}

function keepTail(stream: Readable): () => string {
  let tail = "";
  stream.setEncoding("utf8");
  stream.on("data", (text: string) => {
    tail = (tail + text).slice(-KEPT_CHARACTERS);
  });
  return () => tail;
}

async function isSoon(work: Promise<void>, ms: number): Promise<boolean> {
  const waiting = new AbortController();
  const late = sleep(ms, waiting.signal).then(
    () => false,
    () => true,
  );
  const isDone = await Promise.race([work.then(() => true), late]);
  waiting.abort();
  return isDone;
}

/** A group that is gone needs no signal. */
function signalGroup(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-pid, signal);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== "ESRCH") throw cause;
  }
}
