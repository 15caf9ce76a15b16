/**
 * Runs shell commands over files that are not on a disk.
 *
 *   command ──▶ thread with a list of the files ──▶ contents on demand ──▶ output, exit code, changes
 *
 * Invariant: nothing is changed here; what a command changed is given back as a list, and only when it is done. A command
 * that takes too long or too much memory is ended with its thread. No process is started. Never knows whose files they are.
 */
import { openJobThreads } from "../threads/job-threads.ts";
import type { JobThreads } from "../threads/job-threads.ts";
import type { Movable } from "../threads/messages.ts";
import type {
  FetchAnswer,
  ReadAnswer,
  ShellFile,
  ShellInput,
  ShellQuestion,
  ShellRequest,
  ShellResult,
} from "./messages.ts";

export type { FetchAnswer, ShellChange, ShellFile, ShellRequest, ShownOutput } from "./messages.ts";

export interface ShellSource {
  /** Everything below the root. Contract: directories come before what is in them. */
  readonly files: readonly ShellFile[];
  read(path: string): AsyncIterable<Uint8Array>;
  /** Where the bytes are on this machine, if they are in a file: the thread then reads them itself. */
  fileOf?(path: string): Promise<string | undefined>;
}

/** Contract: a "no" of any kind is an answer; a rejection is a fault. */
export type ShellFetch = (request: ShellRequest, signal: AbortSignal) => Promise<FetchAnswer>;

export type ShellCommand = Omit<ShellInput, "files" | "hasNetwork"> & {
  readonly source: ShellSource;
  /** Without it there is no network. */
  readonly fetch?: ShellFetch | undefined;
  readonly deadlineMs: number;
  readonly signal?: AbortSignal;
};

export type ShellOutcome = ShellResult | { readonly kind: "overdue" } | { readonly kind: "out_of_memory" };

export interface Shell extends AsyncDisposable {
  /** Contract: rejects only for a fault (a source that fails, a thread that dies) or with the reason of an abort. */
  run(command: ShellCommand): Promise<ShellOutcome>;
}

const HEAP_MB = 512;

export function openShell({ maxThreads = 4 }: { readonly maxThreads?: number } = {}): Shell {
  const threads = openJobThreads({ maxThreads, heapMb: HEAP_MB });
  return {
    run: (command) => runOn(threads, command),
    [Symbol.asyncDispose]: () => threads[Symbol.asyncDispose](),
  };
}

async function runOn(threads: JobThreads, given: ShellCommand): Promise<ShellOutcome> {
  const { source, fetch, deadlineMs, signal, ...rest } = given;
  const input: ShellInput = { ...rest, files: source.files, hasNetwork: fetch !== undefined };
  const outcome = await threads.run<ShellResult, ShellQuestion>({
    // Sources run as they are, the built package has JavaScript beside it.
    program: new URL(import.meta.url.endsWith(".ts") ? "./shell-worker.ts" : "./shell-worker.js", import.meta.url),
    input,
    deadlineMs,
    signal,
    answer: (question, over) => answer({ source, fetch }, question, over),
  });
  return outcome.kind === "done" ? outcome.result : outcome;
}

async function answer(
  { source, fetch }: Pick<ShellCommand, "source" | "fetch">,
  question: ShellQuestion,
  over: AbortSignal,
): Promise<Movable<ReadAnswer | FetchAnswer>> {
  if (question.kind === "read") return readAll(source, question.path);
  if (fetch === undefined) return { value: { kind: "refused", detail: "There is no network" } };
  const value = await fetch(question.request, over);
  return { value };
}

/** Contract: the thread has looked at the file's size before it asks. */
async function readAll(source: ShellSource, path: string): Promise<Movable<ReadAnswer>> {
  const file = await source.fileOf?.(path);
  if (file !== undefined) return { value: { file } };
  const chunks: Uint8Array[] = [];
  for await (const chunk of source.read(path)) chunks.push(chunk);
  const bytes = new Uint8Array(chunks.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.length;
  }
  return { value: { bytes }, transfer: [bytes.buffer] };
}
