/** What a command that cannot be carried out says, and the code it ends with: 2 for how it was called, 1 for the rest. */
import { CommanderError } from "commander";
import { SeraiConnectionError, SeraiError } from "../client/errors.ts";
import { plain } from "./screen.ts";
import type { Shell } from "./shell.ts";

export const EXIT_OK = 0;
export const EXIT_FAILED = 1;
export const EXIT_USAGE = 2;
/** 128 + SIGINT, as a shell has it. */
export const EXIT_INTERRUPTED = 130;

/** The command was called in a way that cannot work; the message says how to call it. */
export class UsageFault extends Error {
  override readonly name = "UsageFault";
}

/** It was called well and cannot be done; the message says what to do about it. */
export class CommandFault extends Error {
  override readonly name = "CommandFault";
}

export function reportFault(error: unknown, { screen, environment }: Shell): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT_OK : EXIT_USAGE;
  screen.note(`${screen.paintNote("red", "serai:")} ${plain(sentencesOf(error).join("\n       "))}`);
  const isTraced = environment["SERAI_LOG"] === "debug" || environment["SERAI_LOG"] === "trace";
  if (isTraced && error instanceof Error) screen.note(error.stack ?? "");
  return error instanceof UsageFault ? EXIT_USAGE : EXIT_FAILED;
}

function sentencesOf(error: unknown): readonly string[] {
  if (error instanceof SeraiError) return [error.message, ...wayOutOf(error)];
  if (error instanceof SeraiConnectionError)
    return [`${error.message}; start a server with: serai serve`, ...causeOf(error)];
  if (error instanceof Error) return [error.message, ...causeOf(error)];
  return [String(error)];
}

const WAYS_OUT: Readonly<Record<string, string>> = {
  unauthenticated: "Give a key with --key or SERAI_API_KEY; the server wrote one to admin.key in its data folder",
  turn_running:
    "With this command: --queue lets it wait, --steer gives it to the running turn, serai sessions cancel ends that",
};

function wayOutOf({ code, requestId }: SeraiError): readonly string[] {
  if (code === "internal_error" && requestId !== null) return [`The request id is ${requestId}`];
  const way = WAYS_OUT[code];
  return way === undefined ? [] : [way];
}

function causeOf({ cause }: Error): readonly string[] {
  if (!(cause instanceof Error)) return [];
  // `fetch failed` says nothing; what it was caused by does.
  const text = cause.cause instanceof Error ? cause.cause.message : cause.message;
  return text === "" ? [] : [text];
}
