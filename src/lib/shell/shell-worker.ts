/**
 * The thread of one command: a simulated bash over the files it was told of. Nothing here reaches the machine's own
 * programs, files or network; what is not in the tree is asked for.
 *
 * Invariant: the limits below bound memory, the thread's deadline bounds time. What the command changed is given back when
 * it is done, and is nothing if it never is.
 */
import { readFileSync } from "node:fs";

import { Bash, getCommandNames, InMemoryFs } from "just-bash";
import type { BashOptions, SecureFetch } from "just-bash";

import { makeRedactor } from "../redact.ts";
import { doJob } from "../threads/job-side.ts";
import type { Ask } from "../threads/job-side.ts";
import type { Movable } from "../threads/messages.ts";
import { parseVirtualPath } from "../virtual-path.ts";
import type { VirtualPath } from "../virtual-path.ts";
import { FileTree } from "./file-tree.ts";
import type {
  FetchAnswer,
  ReadAnswer,
  ShellChange,
  ShellFile,
  ShellInput,
  ShellQuestion,
  ShellResult,
} from "./messages.ts";
import { PosixError } from "./posix-error.ts";
import { ShellFiles } from "./shell-files.ts";
import { showOutput } from "./shown-output.ts";
import { TreeFiles } from "./tree-files.ts";

const MIB = 1024 * 1024;

const FILE_LIMITS = { readBytes: 64 * MIB, heldBytes: 192 * MIB };

/** Counts that only guard time are out of the way: time has its own limit. */
const UNCOUNTED = 1_000_000_000;
const EXECUTION_LIMITS: NonNullable<BashOptions["executionLimits"]> = {
  maxCommandCount: UNCOUNTED,
  maxLoopIterations: UNCOUNTED,
  maxAwkIterations: UNCOUNTED,
  maxSedIterations: UNCOUNTED,
  maxJqIterations: UNCOUNTED,
  maxWorkUnits: UNCOUNTED,
  maxStringLength: 64 * MIB,
  maxOutputSize: 64 * MIB,
  maxLiveBytes: 256 * MIB,
};

/** Its queries run in memory that no limit of a thread reaches. */
const LEFT_OUT: ReadonlySet<string> = new Set(["sqlite3"]);

async function run(input: ShellInput, ask: Ask<ShellQuestion>): Promise<Movable<ShellResult>> {
  const tree = new FileTree(input.files.flatMap(inTree));
  const readStored = (path: VirtualPath) => readFrom(ask, path);
  const files = new TreeFiles({ tree, readStored, limits: FILE_LIMITS, isGiven: (path) => ShellFiles.isGiven(path) });
  const shellFiles = new ShellFiles(files, new InMemoryFs());
  const cwd = await directoryAt(shellFiles, input.cwd);
  if (cwd === null) return { value: { kind: "refused", detail: `there is no directory ${input.cwd}` } };
  const bash = new Bash({
    fs: shellFiles,
    cwd,
    commands: getCommandNames().filter((name) => !LEFT_OUT.has(name)) as NonNullable<BashOptions["commands"]>, // Some of its own names.
    executionLimits: EXECUTION_LIMITS,
    defenseInDepth: true,
    env: { ...input.env },
    ...(input.hasNetwork ? { fetch: makeFetch(ask) } : {}),
  });
  // Raw: otherwise the white space at the beginning of lines is taken away, from here-documents too.
  const result = await bash.exec(input.command, { rawScript: true }).catch(givenUp);
  const stderr = [result.stderr, ...shellFiles.notes].join("");
  const exitCode = result.exitCode === 0 && shellFiles.notes.length > 0 ? 1 : result.exitCode;
  return resultOf(input, { stdout: result.stdout, stderr, exitCode }, tree.changes());
}

type Ended = { readonly stdout: string; readonly stderr: string; readonly exitCode: number };

/** The script went on until a file could not be written; what it had printed is lost. */
function givenUp(cause: unknown): Ended {
  if (!(cause instanceof PosixError)) throw cause;
  return { stdout: "", stderr: `bash: ${cause.message}\n`, exitCode: 1 };
}

function resultOf(
  { shownBytes, hidden = [] }: ShellInput,
  { stdout, stderr, exitCode }: Ended,
  changes: readonly ShellChange[],
): Movable<ShellResult> {
  const clean = makeRedactor(hidden);
  const value: ShellResult = {
    kind: "ran",
    exitCode,
    stdout: showOutput(clean.text(stdout), shownBytes.stdout),
    stderr: showOutput(clean.text(stderr), shownBytes.stderr),
    changes,
  };
  return { value, transfer: wholeBuffersOf(changes) };
}

/** Memory that holds one content and nothing else, each once; copies of a file may share it. */
function wholeBuffersOf(changes: readonly ShellChange[]): readonly ArrayBuffer[] {
  const whole = new Set<ArrayBuffer>();
  for (const change of changes) {
    if (change.kind !== "write") continue;
    const { buffer, byteLength } = change.bytes;
    if (buffer instanceof ArrayBuffer && buffer.byteLength === byteLength) whole.add(buffer);
  }
  return [...whole];
}

/** A path that nobody could name here is left alone. */
function inTree(file: ShellFile): readonly (ShellFile & { readonly path: VirtualPath })[] {
  const parsed = parseVirtualPath(file.path);
  if (parsed.kind === "refused" || parsed.path !== file.path || /^\/(?:workspace|dev|proc)(?:\/|$)/.test(file.path))
    return [];
  return [{ ...file, path: parsed.path }];
}

async function readFrom(ask: Ask<ShellQuestion>, path: VirtualPath): Promise<Uint8Array> {
  const answer = await ask<ReadAnswer>({ kind: "read", path });
  return "bytes" in answer ? answer.bytes : readFileSync(answer.file);
}

async function directoryAt(files: ShellFiles, path: string): Promise<string | null> {
  const absolute = files.resolvePath("/", path);
  if (!(await files.exists(absolute))) return null;
  return (await files.stat(absolute)).isDirectory ? absolute : null;
}

function makeFetch(ask: Ask<ShellQuestion>): SecureFetch {
  return async (url, options = {}) => {
    const { method = "GET", headers = {}, body = null, followRedirects = true, maxRedirects = 5, timeoutMs } = options;
    const request = {
      url,
      method,
      headers: headers instanceof Headers ? Object.fromEntries(headers) : { ...headers },
      body,
      maxRedirects: followRedirects ? maxRedirects : 0,
      timeoutMs: timeoutMs ?? null,
    };
    const answer = await ask<FetchAnswer>({ kind: "fetch", request });
    if (answer.kind === "refused") throw new Error(answer.detail);
    const { kind: _, ...response } = answer;
    return { ...response, headers: { ...response.headers } };
  };
}

await doJob(run);
