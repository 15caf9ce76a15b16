/**
 * Which files a shell command writes, read from its text (R6): redirections, `tee`, `sed -i`, `mv cp rm …`, git, patches.
 *
 * Invariant: never runs anything, never reads a file, never throws for a command. `certain` are paths that the command
 * itself names, relative to where it starts or absolute; each may be a directory, with all below it. `isUncertain`
 * says that it may write more: by a variable, a glob, a program that is not known.
 */
import { Found } from "./found.ts";
import { walkScript } from "./walk.ts";

export interface ShellWrites {
  readonly certain: readonly string[];
  readonly isUncertain: boolean;
}

/**
 * The parser holds up the thread that calls it, and some signs cost it the square of their number: 10,000 braces took a
 * second, 2,000 signs of any kind take less than 50 ms. Of what is more, only the first line is read.
 */
export const MAX_COMMAND_CHARS = 32_768;
const MAX_SIGNS = 2_000;
const SIGNS = /[{}[\]*?`$()\\;|&'"<>]/g;
const MAX_HEAD_CHARS = 2_048;

const unknown: ShellWrites = { certain: [], isUncertain: true };

export async function readShellWrites(command: string): Promise<ShellWrites> {
  if (command.trim() === "") return { certain: [], isUncertain: false };
  const text = isHeavy(command) ? headOf(command) : command;
  if (text === undefined) return unknown;
  // Loaded by the first command: 25 MB that a server without agents in a shell never needs.
  const { parse } = await import("just-bash");
  const found = new Found();
  if (text !== command) found.doubt();
  try {
    walkScript({ found, parse, depth: 0 }, parse(text), "");
  } catch {
    // Its parser throws many things for text that is no command; what cannot be read is uncertain.
    return unknown;
  }
  return { certain: found.paths, isUncertain: found.isUncertain };
}

function isHeavy(command: string): boolean {
  return command.length > MAX_COMMAND_CHARS || (command.match(SIGNS)?.length ?? 0) > MAX_SIGNS;
}

/** Where a long text is a here-document, which most are, the first line names the file it goes into. */
function headOf(command: string): string | undefined {
  const end = command.slice(0, MAX_HEAD_CHARS).indexOf("\n");
  return end <= 0 ? undefined : command.slice(0, end);
}
