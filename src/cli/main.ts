/** The command line. Resolves with the exit code and never ends the process itself, so that what was written gets out. */
import { EXIT_OK, reportFault } from "./faults.ts";
import { makeProgram } from "./program.ts";
import { openShell } from "./shell.ts";
import type { Shell } from "./shell.ts";

export function main(argv: readonly string[]): Promise<number> {
  return runCommand(argv, openShell());
}

export async function runCommand(argv: readonly string[], shell: Shell): Promise<number> {
  let exitCode = EXIT_OK;
  const program = makeProgram({
    shell,
    setExitCode: (code) => {
      exitCode = code;
    },
  });
  try {
    await program.parseAsync(argv, { from: "user" });
    return exitCode;
  } catch (error) {
    shell.screen.live(null);
    return reportFault(error, shell);
  }
}
