/**
 * Everything outside the program that a command may touch: streams, environment, folder, clock, interrupts. Made once by
 * `main` from the process; commands get it handed in.
 */
import { once } from "node:events";
import { createInterface } from "node:readline";
import type { Environment } from "../main/config.ts";
import { makeScreen } from "./screen.ts";
import type { Screen } from "./screen.ts";

export interface Shell {
  readonly screen: Screen;
  /** As they are, to standard output; resolves when there is room for more. */
  readonly outBytes: (bytes: Uint8Array) => Promise<void>;
  readonly environment: Environment;
  readonly cwd: string;
  readonly now: () => number;
  /** All that is piped in; null when standard input is a keyboard. */
  readonly readInput: () => Promise<string | null>;
  /** Standard input line by line, as it comes. */
  readonly inputLines: () => AsyncIterable<string>;
  /**
   * Asks the person at the keyboard and gives what they type before Enter; null when they close the input or the signal
   * takes the question back. Null itself where nobody can be asked.
   */
  readonly askLine: ((prompt: string, taken: AbortSignal) => Promise<string | null>) | null;
  /** Calls back for each Ctrl-C until the answer is called, and keeps it from ending the process. */
  readonly onInterrupt: (handler: () => void) => () => void;
}

export function openShell(): Shell {
  const { stdin, stdout, stderr } = process;
  for (const stream of [stdout, stderr]) {
    stream.on("error", (error: NodeJS.ErrnoException) => {
      // Whoever read us (`| head`) has enough.
      if (error.code === "EPIPE") process.exit(0);
      throw error;
    });
  }
  return {
    screen: makeScreen(stdout, stderr, process.env),
    outBytes: async (bytes) => {
      if (!stdout.write(bytes)) await once(stdout, "drain");
    },
    environment: process.env,
    cwd: process.cwd(),
    now: () => Date.now(),
    readInput: async () => (stdin.isTTY ? null : readAll(stdin)),
    inputLines: () => createInterface({ input: stdin, terminal: false }),
    askLine: stdin.isTTY && stderr.isTTY ? askLine : null,
    onInterrupt: (handler) => {
      process.on("SIGINT", handler);
      return () => process.off("SIGINT", handler);
    },
  };
}

/** Contract: Ctrl-C has a handler as long as somebody is asked. The terminal edits the line and turns Ctrl-C into a signal, as always: it is not taken over. */
function askLine(prompt: string, taken: AbortSignal): Promise<string | null> {
  const { stdin, stderr } = process;
  const { promise, resolve } = Promise.withResolvers<string | null>();
  if (taken.aborted) return Promise.resolve(null);
  const lines = createInterface({ input: stdin, output: stderr, terminal: false });
  const takeBack = () => lines.close();
  let isBehindPrompt = true;
  const endLine = () => {
    if (isBehindPrompt) stderr.write("\n");
    isBehindPrompt = false;
  };
  taken.addEventListener("abort", takeBack, { once: true });
  // Before whoever else hears the Ctrl-C says something about it.
  process.prependListener("SIGINT", endLine);
  lines.once("close", () => {
    taken.removeEventListener("abort", takeBack);
    process.off("SIGINT", endLine);
    endLine();
    resolve(null);
  });
  lines.question(prompt, (text) => {
    isBehindPrompt = false;
    resolve(text);
    lines.close();
  });
  return promise;
}

async function readAll(stream: AsyncIterable<Uint8Array | string>): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of stream) chunks.push(typeof chunk === "string" ? Buffer.from(chunk) : chunk);
  return Buffer.concat(chunks).toString("utf8");
}
