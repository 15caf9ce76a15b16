/**
 * Runs one command to its end, its deadline or an abort, whichever is first, and leaves nothing of it running: when this
 * resolves, everything that it has started has ended, also what went into the background. Its output is passed on as it
 * comes and kept in parts; nothing is written to its input.
 */
import { spawn } from "node:child_process";
import type { ChildProcess, ChildProcessByStdio } from "node:child_process";
import type { Readable } from "node:stream";
import { abortReason, DeadlinePassed, sleep, withDeadline } from "./deadline.ts";
import { KeptOutput } from "./kept-output.ts";
import type { ShownParts } from "./kept-output.ts";
import { ProcessTree } from "./process-tree.ts";
import type { CommandLine } from "./sandbox.ts";

export interface ConfinedCommand {
  readonly line: CommandLine;
  readonly folder: string;
  readonly env: Readonly<Record<string, string>>;
  /** One of `env` that nobody else has, as `NAME=value`. */
  readonly mark: string;
  readonly deadlineMs: number;
  readonly signal: AbortSignal;
  readonly shownBytes: { readonly stdout: number; readonly stderr: number };
  readonly onOutput?: (stream: Stream, delta: string) => void;
}

type Stream = "stdout" | "stderr";

export type CommandEnd =
  | { readonly by: "exit"; readonly code: number }
  | { readonly by: "signal"; readonly signal: string }
  | { readonly by: "deadline" };

export interface RanCommand {
  readonly how: CommandEnd;
  readonly stdout: ShownParts;
  readonly stderr: ShownParts;
}

/** Of each stream: more than anybody follows as it comes. */
const PASSED_ON_CHARS = 256 * 1024;
/** After all that could hold them have ended, the pipes are read to their end. */
const LAST_WORDS_MS = 500;

/** Errors: throws where the program cannot be started; rejects with the signal's reason. */
export async function runConfined(command: ConfinedCommand): Promise<RanCommand> {
  const { line, folder, env, mark, signal } = command;
  signal.throwIfAborted();
  const child = spawn(line.command, line.args, {
    cwd: folder,
    env,
    detached: true,
    stdio: ["ignore", "pipe", "pipe"],
    windowsHide: true,
  });
  const kept = keep(child, command);
  const closed = closedOf(child);
  const pid = await started(child);
  const tree = new ProcessTree({ pid, mark });
  try {
    const how = await untilEnd(child, command);
    return { how, ...(await finish(tree, closed, kept)) };
  } catch (cause) {
    await finish(tree, closed, kept);
    throw cause;
  } finally {
    child.stdout.destroy();
    child.stderr.destroy();
  }
}

interface Kept {
  readonly stdout: KeptOutput;
  readonly stderr: KeptOutput;
}

function keep(child: ChildProcessByStdio<null, Readable, Readable>, { shownBytes, onOutput }: ConfinedCommand): Kept {
  const kept = { stdout: new KeptOutput(shownBytes.stdout), stderr: new KeptOutput(shownBytes.stderr) };
  for (const stream of ["stdout", "stderr"] as const) {
    let left = PASSED_ON_CHARS;
    child[stream].on("data", (bytes: Buffer) => {
      const text = kept[stream].add(bytes).slice(0, left);
      left -= text.length;
      if (text !== "") onOutput?.(stream, text);
    });
  }
  return kept;
}

async function started(child: ChildProcess): Promise<number> {
  const spawned = Promise.withResolvers<void>();
  child.once("spawn", () => spawned.resolve());
  child.once("error", (cause) => spawned.reject(cause));
  await spawned.promise;
  child.on("error", () => undefined);
  if (child.pid === undefined) throw new Error("A command that was started has no process id");
  return child.pid;
}

/** By a deadline it has ended, too; by an abort this rejects. */
async function untilEnd(child: ChildProcess, { deadlineMs, signal }: ConfinedCommand): Promise<CommandEnd> {
  using deadline = withDeadline(signal, deadlineMs);
  const end = Promise.withResolvers<CommandEnd>();
  const onAbort = () => {
    const reason = abortReason(deadline.signal);
    if (reason instanceof DeadlinePassed && !signal.aborted) end.resolve({ by: "deadline" });
    else end.reject(reason);
  };
  deadline.signal.addEventListener("abort", onAbort, { once: true });
  child.once("exit", (code, killed) =>
    end.resolve(code === null ? { by: "signal", signal: killed ?? "SIGKILL" } : { by: "exit", code }),
  );
  if (deadline.signal.aborted) onAbort();
  return await end.promise;
}

function closedOf(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => void child.once("close", () => resolve()));
}

async function finish(tree: ProcessTree, closed: Promise<void>, kept: Kept) {
  const left = await tree.end();
  if (left.length > 0) throw new Error(`Processes of a command cannot be ended: ${left.join(", ")}`);
  await Promise.race([closed, sleep(LAST_WORDS_MS)]);
  kept.stdout.end();
  kept.stderr.end();
  return { stdout: kept.stdout.shown(), stderr: kept.stderr.shown() };
}
