/** The command line. Resolves with the exit code and never ends the process itself, so that what was written gets out. */
import { EXIT_OK, reportFault } from "./faults.ts";
import type { CommandSite } from "./invocation.ts";
import { makeProgram } from "./program.ts";
import { addServe } from "./serve.ts";
import { openShell } from "./shell.ts";
import type { Shell } from "./shell.ts";

export function main(argv: readonly string[]): Promise<number> {
  return runCommand(argv, openShell());
}

export async function runCommand(argv: readonly string[], shell: Shell): Promise<number> {
  let exitCode = EXIT_OK;
  const site: CommandSite = {
    shell,
    setExitCode: (code) => {
      exitCode = code;
    },
  };
  const program = makeProgram(site);
  try {
    addServe(program, site);
    // A server stays, and with it all that it has loaded: the other commands are 4 of 121 MB.
    if (argv[0] !== "serve") (await import("./commands.ts")).addCommands(program, site);
    await program.parseAsync(argv, { from: "user" });
    return exitCode;
  } catch (error) {
    shell.screen.live(null);
    return reportFault(error, shell);
  }
}
