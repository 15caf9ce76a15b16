/** One call of a command: its words and flags, and what the command works with. */
import type { Command } from "commander";
import type { Serai } from "../client/serai.ts";
import { toWire } from "../client/wire-case.ts";
import { connect } from "./connect.ts";
import type { ConnectionFlags } from "./connect.ts";
import { EXIT_OK } from "./faults.ts";
import type { Screen } from "./screen.ts";
import type { Shell } from "./shell.ts";

export interface GlobalFlags extends ConnectionFlags {
  readonly output: "text" | "json";
}

export interface Invocation<Flags = object> {
  readonly args: readonly string[];
  readonly flags: Flags & GlobalFlags;
  readonly shell: Shell;
  readonly screen: Screen;
  readonly isJson: boolean;
  /** Made at the first use: a command that fails before needs no server. */
  readonly serai: Serai;
  /** The result of the command, as one JSON document in the words of the wire or as the text that is given. */
  show(result: unknown, text: (screen: Screen) => string): void;
}

/** What commands are built from. */
export interface CommandSite {
  readonly shell: Shell;
  readonly setExitCode: (code: number) => void;
}

/** Contract: the work resolves with the exit code, or with nothing for success. */
export function act<Flags extends object = object>(
  command: Command,
  { shell, setExitCode }: CommandSite,
  work: (call: Invocation<Flags>) => Promise<number | void>,
): Command {
  return command.action(async () => {
    // What commander collected, by the options that the caller declares beside this call.
    const flags = command.optsWithGlobals<Flags & GlobalFlags>();
    setExitCode((await work(makeInvocation(flags, command.args, shell))) ?? EXIT_OK);
  });
}

function makeInvocation<Flags>(flags: Flags & GlobalFlags, args: readonly string[], shell: Shell): Invocation<Flags> {
  const isJson = flags.output === "json";
  let made: Serai | undefined;
  return {
    args,
    flags,
    shell,
    isJson,
    screen: shell.screen,
    get serai() {
      return (made ??= connect(flags, shell));
    },
    show(result, text) {
      shell.screen.out(isJson ? `${JSON.stringify(toWire(result), null, 2)}\n` : text(shell.screen));
    },
  };
}

/** An argument that commander has seen to be there. */
export function argument({ args }: Pick<Invocation, "args">, at: number): string {
  const text = args[at];
  if (text === undefined) throw new Error(`Argument ${at} is missing although it is required`);
  return text;
}
