/**
 * Which files a shell command writes, read from its text (R6): redirections, `tee`, `sed -i`, `mv cp rm …`, git, patches.
 *
 * Invariant: never runs anything, never reads a file, never throws for a command. `certain` are paths that the command
 * itself names, relative to where it starts or absolute; one that ends in a slash is all that is below. `isUncertain`
 * says that it may write more: by a variable, a glob, a program that is not known.
 */
import { Found } from "./found.ts";
import { walkScript } from "./walk.ts";

export interface ShellWrites {
  readonly certain: readonly string[];
  readonly isUncertain: boolean;
}

/** Parsing takes about a millisecond per kilobyte of dense commands, and holds up the thread that does it. */
export const MAX_COMMAND_CHARS = 32_768;

const unknown: ShellWrites = { certain: [], isUncertain: true };

export async function readShellWrites(command: string): Promise<ShellWrites> {
  if (command.trim() === "") return { certain: [], isUncertain: false };
  if (command.length > MAX_COMMAND_CHARS) return unknown;
  // Loaded by the first command: 25 MB that a server without agents in a shell never needs.
  const { parse } = await import("just-bash");
  const found = new Found();
  try {
    walkScript({ found, parse, depth: 0 }, parse(command), "");
  } catch {
    // Its parser throws many things for text that is no command; what cannot be read is uncertain.
    return unknown;
  }
  return { certain: found.paths, isUncertain: found.isUncertain };
}
