/** Runs a command in the checkout: a real shell, held in a sandbox. */
import { z } from "zod";

import type { CommandOutcome, ShownText } from "../../core/ports/checkout-tools.ts";
import type { NetworkAccess, Tool, ToolResult } from "../../core/ports/tools.ts";
import { defineTool } from "../define-tool.ts";
import { countOf, fail, say } from "../tool-results.ts";
import { NO_CHECKOUT, runningHints } from "./hints.ts";

/** Of each stream, in the log; together they leave room for the words around them. */
const SHOWN_BYTES = { stdout: 34 * 1024, stderr: 10 * 1024 };

export interface RunConfig {
  readonly maxSeconds: number;
  readonly mayBeUnisolated: boolean;
}

export function makeRunCommand({ maxSeconds, mayBeUnisolated }: RunConfig): Tool {
  const maxMs = maxSeconds * 1000;
  return defineTool({
    name: "run_command",
    description:
      "Runs a shell command in the checkout, with the programs of this machine: builds, tests, linters. Only the checkout " +
      "can be written, and /tmp, which is empty at each call; git's own folder is read-only (commit with git_commit), and " +
      "the network is what the rules of the session name: nothing, some hosts by HTTP, or all. Each call begins anew in cwd, gets no input, and what " +
      `it leaves running is ended with it. It is stopped after ${maxSeconds} s. Of long output only beginning and end are ` +
      "shown. Change files with write_file and edit_file and not through the shell.",
    input: z.object({
      command: z.string().min(1).max(100_000).describe("The command, or a script of several lines"),
      timeout_ms: z
        .number()
        .int()
        .min(1)
        .optional()
        .describe(`Stop after so many milliseconds; ${maxMs} if absent, and at most`),
      cwd: z.string().default("/").describe("Directory to begin in; / is the top of the checkout"),
    }),
    hints: runningHints,
    async run({ command, timeout_ms: timeoutMs = maxMs, cwd }, { callId, ports, signal, onOutput }) {
      if (ports.checkout === undefined) return fail(NO_CHECKOUT);
      if (command.includes("\0")) return fail('Argument "command" contains a NUL');
      const deadlineMs = Math.min(timeoutMs, maxMs);
      const outcome = await ports.checkout.shell.run(
        {
          ...{ callId, command, cwd, deadlineMs, mayBeUnisolated },
          ...networkOf(ports.network),
          shownBytes: SHOWN_BYTES,
          ...(onOutput === undefined ? {} : { onOutput }),
        },
        signal,
      );
      return resultOf(outcome, deadlineMs);
    },
  });
}

function networkOf(network: NetworkAccess | undefined) {
  if (network?.isNamed !== true || network.isOpen === true) return { hasNetwork: network?.isOpen === true };
  return { hasNetwork: false, network };
}

/** An exit code is what the command says, not whether the tool worked: `grep` says 1 when it finds nothing. */
function resultOf(outcome: CommandOutcome, deadlineMs: number): ToolResult {
  if (outcome.kind === "refused") return fail(outcome.reason);
  const { how, isolation, notes } = outcome;
  const [stdout, stderr] = [textOf(outcome.stdout), textOf(outcome.stderr)];
  const parts = [
    ...(stdout === "" ? [] : [withoutLastBreak(stdout)]),
    ...(stderr === "" ? [] : [`[stderr]\n${withoutLastBreak(stderr)}`]),
    ...(stdout === "" && stderr === "" ? ["[no output]"] : []),
    ...notes.map((note) => `[${note}]`),
    ...(isolation === "none" ? ["[isolation: none]"] : []),
  ];
  if (how.by !== "deadline") {
    const end = how.by === "exit" ? `exit code ${how.code}` : `ended by ${how.signal}`;
    return say([...parts, `[${end}]`].join("\n"));
  }
  const error =
    `The command was stopped after ${deadlineMs / 1000} s, with all that it had started; what it had written stays. Do ` +
    "less at a time, or give it longer with timeout_ms if that is less than it may have";
  return { status: "timeout", content: [{ type: "text", text: [...parts, `[${error}]`].join("\n") }], error };
}

function textOf({ head, omittedChars, tail }: ShownText): string {
  if (omittedChars === 0) return head;
  const note = `[… ${countOf(omittedChars, "character")} left out; send the output to a file in /tmp and look at parts of it …]`;
  return `${head}${head.endsWith("\n") ? "" : "\n"}${note}\n${tail}`;
}

function withoutLastBreak(text: string): string {
  return text.endsWith("\n") ? text.slice(0, -1) : text;
}
