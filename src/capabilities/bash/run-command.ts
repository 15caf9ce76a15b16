/** Runs a shell command over the session's files. What it changes is committed with its result, as with every file tool. */
import { z } from "zod";

import type { SessionFiles, ToolContext, ToolResult } from "../../core/ports/tools.ts";
import type { Shell, ShellFetch, ShellFile, ShellOutcome, ShellSource, ShownOutput } from "../../lib/shell/shell.ts";
import { defineTool } from "../define-tool.ts";
import { FILES_CLASS } from "../session-file-system/hints.ts";
import type { LocalFiles } from "../session-file-system/grep-files.ts";
import { countOf, fail, say } from "../tool-results.ts";
import { secretsFor } from "./shell-secrets.ts";
import { applyChanges } from "./apply-changes.ts";

export type BashConfig = {
  readonly timeout_seconds: number;
  readonly network: boolean;
  readonly secret_values: boolean;
  readonly allowed_domains?: readonly string[] | undefined;
};

/** Of each stream, in the log; together they leave room for the words around them. */
const SHOWN_BYTES = { stdout: 36 * 1024, stderr: 10 * 1024 };
const NAMED_FAILURES = 10;

export type MakeFetch = (context: ToolContext) => ShellFetch;

export function makeBash(shell: Shell, config: BashConfig, makeFetch: MakeFetch) {
  const { timeout_seconds: maxSeconds, network } = config;
  return defineTool({
    name: "bash",
    description:
      "Runs a bash command over the session's files: pipes, redirects, loops, functions, and the usual programs (ls, cat, " +
      "grep, rg, find, sed, awk, jq, yq, sort, diff, tar, gzip …; help lists them). Each call begins anew in cwd: only " +
      "files stay, no variables and no background jobs. There is no python, node, git or compiler" +
      `${network ? "; the network is reached with curl" : ", and no network"}. The session's secrets are variables` +
      `${config.secret_values && !network ? "" : " that hold placeholders, which curl fills in as a request leaves"}. A command that takes longer than ` +
      `${maxSeconds} s is stopped, and then none of its changes to files are kept. Of long output only beginning and end ` +
      "are shown.",
    input: z.object({
      command: z.string().min(1).describe("The command, or a script of several lines"),
      timeout_ms: z
        .number()
        .int()
        .min(1)
        .optional()
        .describe(`Stop after so many milliseconds; ${maxSeconds * 1000} if absent, and at most`),
      cwd: z.string().default("/").describe("Directory to begin in; / is the top of the session's files"),
    }),
    hints: { isRepeatable: !network, isReadonly: false, concurrencyClass: FILES_CLASS },
    async run({ command, timeout_ms: timeoutMs = maxSeconds * 1000, cwd }, context) {
      const { ports, signal, onOutput } = context;
      const deadlineMs = Math.min(timeoutMs, maxSeconds * 1000);
      const outcome = await shell.run({
        command,
        cwd,
        deadlineMs,
        signal,
        source: await sourceOf(ports.files),
        shownBytes: SHOWN_BYTES,
        fetch: network ? makeFetch(context) : undefined,
        ...(await secretsFor(ports.secrets, config.secret_values && !network)),
      });
      if (outcome.kind !== "ran") return notRun(outcome, deadlineMs);
      const failures = await applyChanges(ports.files, outcome.changes);
      const [stdout, stderr] = [textOf(outcome.stdout), textOf(outcome.stderr)];
      // The shell gives its output when it is done: this is early only by the commit.
      if (stdout !== "") onOutput?.("stdout", stdout);
      if (stderr !== "") onOutput?.("stderr", stderr);
      return resultOf({ stdout, stderr, exitCode: outcome.exitCode, failures });
    },
  });
}

async function sourceOf(files: SessionFiles & LocalFiles): Promise<ShellSource> {
  const { fileOf } = files;
  return {
    files: (await files.list("/", true)).map(({ path, isDirectory, isReadonly, sizeBytes, updatedAt }): ShellFile => ({
      path,
      isDirectory,
      isReadonly,
      sizeBytes,
      modifiedMs: Date.parse(updatedAt) || 0,
    })),
    read: (path) => files.read(path),
    ...(fileOf === undefined ? {} : { fileOf: (path) => fileOf(path) }),
  };
}

function notRun(outcome: Exclude<ShellOutcome, { kind: "ran" }>, deadlineMs: number): ToolResult {
  if (outcome.kind === "refused") return fail(`Argument "cwd": ${outcome.detail}`);
  if (outcome.kind === "out_of_memory")
    return fail("The command needed too much memory and was stopped; none of its changes to files were kept");
  const error =
    `The command was stopped after ${deadlineMs / 1000} s; none of its changes to files were kept. Do less at a time, ` +
    "or give it longer with timeout_ms if that is less than it may have";
  return { status: "timeout", content: [{ type: "text", text: error }], error };
}

interface Ran {
  readonly stdout: string;
  readonly stderr: string;
  readonly exitCode: number;
  readonly failures: readonly string[];
}

/** An exit code is what the command says, not whether the tool worked: `grep` says 1 when it finds nothing. */
function resultOf({ stdout, stderr, exitCode, failures }: Ran): ToolResult {
  const parts = [
    ...(stdout === "" ? [] : [withoutLastBreak(stdout)]),
    ...(stderr === "" ? [] : [`[stderr]\n${withoutLastBreak(stderr)}`]),
    ...(stdout === "" && stderr === "" ? ["[no output]"] : []),
    `[exit code ${exitCode}]`,
  ];
  if (failures.length === 0) return say(parts.join("\n"));
  const more = failures.length - NAMED_FAILURES;
  const error = `The command ran, but ${countOf(failures.length, "of its changes", "of its changes")} could not be kept`;
  const named = [...failures.slice(0, NAMED_FAILURES), ...(more > 0 ? [`and ${more} more`] : [])];
  const text = [...parts, `[${error}]`, ...named].join("\n");
  return { status: "error", content: [{ type: "text", text }], error: `${error}: ${failures[0]}` };
}

function textOf({ head, omittedChars, tail }: ShownOutput): string {
  if (omittedChars === 0) return head;
  const note = `[… ${countOf(omittedChars, "character")} left out; write the output to a file and read parts of it …]`;
  return `${head}${head.endsWith("\n") ? "" : "\n"}${note}\n${tail}`;
}

function withoutLastBreak(text: string): string {
  return text.endsWith("\n") ? text.slice(0, -1) : text;
}
