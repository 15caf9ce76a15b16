/** A project's setup commands, one after the other in a new tree; the first that fails ends it, with what it said. */
import type { CheckoutRefusal } from "../core/ports/checkouts.ts";
import { withDeadline } from "../lib/deadline.ts";
import { openProgram } from "../lib/program.ts";

export interface Setup {
  readonly commands: readonly string[];
  /** For all of them together. */
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

export async function runSetup(
  folder: string,
  { commands, timeoutMs, signal }: Setup,
): Promise<CheckoutRefusal | null> {
  using deadline = withDeadline(signal, timeoutMs);
  for (const command of commands) {
    signal.throwIfAborted();
    const failed = await runCommand(folder, command, deadline.signal);
    signal.throwIfAborted();
    if (deadline.signal.aborted)
      return { kind: "timed_out", what: `the setup command "${command}"`, afterMs: timeoutMs };
    if (failed !== null) return { kind: "setup_failed", command, output: failed };
  }
  return null;
}

/** What it said when it failed; nothing when it went well. Everything that it started ends with it. */
async function runCommand(folder: string, command: string, signal: AbortSignal): Promise<string | null> {
  const env = Object.fromEntries(
    ["PATH", "HOME", "TMPDIR", "LANG"].flatMap((name) => {
      const value = process.env[name];
      return value === undefined ? [] : [[name, value] as const];
    }),
  );
  // Both streams as one, so that what failed is found where it was said.
  await using program = await openProgram({ command: "sh", args: ["-c", `{ ${command}\n} 1>&2`], env, folder });
  program.input.end();
  program.output.resume();
  const stopped = Promise.withResolvers<void>();
  signal.addEventListener("abort", () => stopped.resolve(), { once: true });
  if (signal.aborted) stopped.resolve();
  await Promise.race([program.ended, stopped.promise]);
  return program.exitCode() === 0 ? null : program.complaints();
}
