/** One command with its words expanded, as the rules about commands are given it. */
import type { Argument } from "./arguments.ts";
import type { Found, Place } from "./found.ts";

export interface Call {
  readonly name: string;
  readonly args: readonly Argument[];
  readonly place: Place;
  readonly found: Found;
  /** What it is given on standard input, where the command's text tells. */
  readonly stdin: string | undefined;
}
