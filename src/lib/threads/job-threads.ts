/**
 * Threads that do one job each and are gone: for work that may not end, may not be trusted with the event loop, or may
 * need more memory than it should get.
 *
 *   run ──▶ a free slot ──▶ thread starts with its input ──▶ it asks, we answer ──▶ it is done ──▶ ended
 *                                     └── deadline, abort, out of memory ──▶ ended, wherever it stands
 *
 * Invariant: no more than `maxThreads` at once, the others wait in line; no thread outlives its job or the closing.
 * Cost: some 35 ms of another core for a start; the event loop pays a millisecond.
 */
import { Worker } from "node:worker_threads";

import { abortReason, withDeadline } from "../deadline.ts";
import type { FromThread, Movable, ToThread } from "./messages.ts";
import { Slots } from "./slots.ts";
import { threadEnvironment } from "./thread-environment.ts";

export type Job<Question> = {
  /** The thread's program; named both ways, so that it runs from sources and from the build. */
  readonly program: URL;
  readonly input: unknown;
  /** Counts from the thread's start, not while the job waits for a slot. */
  readonly deadlineMs: number;
  readonly signal?: AbortSignal | undefined;
  /** Contract: a rejection is a fault and ends the job; `signal` aborts when the job is over, however it ended. */
  readonly answer?: (question: Question, signal: AbortSignal) => Promise<Movable<unknown>>;
};

export type JobOutcome<Result> =
  | { readonly kind: "done"; readonly result: Result }
  | { readonly kind: "overdue" }
  | { readonly kind: "out_of_memory" };

export interface JobThreads extends AsyncDisposable {
  /** Contract: rejects only for a fault, or with the reason of an abort. */
  run<Result, Question = never>(job: Job<Question>): Promise<JobOutcome<Result>>;
}

export type JobThreadsOptions = { readonly maxThreads: number; readonly heapMb: number };

export function openJobThreads({ maxThreads, heapMb }: JobThreadsOptions): JobThreads {
  const slots = new Slots(maxThreads);
  const running = new Map<AbortController, Promise<void>>();
  return {
    async run<Result, Question = never>(job: Job<Question>) {
      const { signal } = job;
      const stop = new AbortController();
      const follow = () => stop.abort(signal === undefined ? undefined : abortReason(signal));
      const ended = Promise.withResolvers<void>();
      running.set(stop, ended.promise);
      if (signal?.aborted === true) follow();
      signal?.addEventListener("abort", follow, { once: true });
      try {
        const giveBack = await slots.take(stop.signal);
        return await runThread<Result, Question>({ ...job, signal: stop.signal, heapMb }).finally(giveBack);
      } finally {
        signal?.removeEventListener("abort", follow);
        running.delete(stop);
        ended.resolve();
      }
    },
    async [Symbol.asyncDispose]() {
      for (const stop of running.keys()) stop.abort(new Error("The threads are closed"));
      await Promise.all(running.values());
    },
  };
}

type Started<Question> = Job<Question> & { readonly signal: AbortSignal; readonly heapMb: number };

async function runThread<Result, Question>(job: Started<Question>): Promise<JobOutcome<Result>> {
  const { signal, heapMb } = job;
  if (signal.aborted) throw abortReason(signal);
  const over = new AbortController();
  const outcome = Promise.withResolvers<JobOutcome<Result>>();
  const worker = new Worker(job.program, {
    workerData: job.input,
    // Neither the flags of the process's own entry nor its secrets are the thread's.
    execArgv: [],
    env: threadEnvironment(),
    resourceLimits: { maxOldGenerationSizeMb: heapMb },
  });
  worker.on("error", (cause: Error & { readonly code?: unknown }) => {
    if (cause.code === "ERR_WORKER_OUT_OF_MEMORY") outcome.resolve({ kind: "out_of_memory" });
    else outcome.reject(new Error("A thread failed in its job", { cause }));
  });
  worker.on("exit", (code) => outcome.reject(new Error(`A thread ended with code ${code} before its job was done`)));
  worker.on("message", (message: FromThread) => {
    // The thread's program and whoever starts it agree on these types.
    if (message.kind === "done") outcome.resolve({ kind: "done", result: message.result as Result });
    else answer(worker, job, { ...message, over: over.signal }).catch(outcome.reject);
  });
  using deadline = withDeadline(signal, job.deadlineMs);
  deadline.signal.addEventListener("abort", () => {
    if (signal.aborted) outcome.reject(abortReason(signal));
    else outcome.resolve({ kind: "overdue" });
  });
  try {
    return await outcome.promise;
  } finally {
    over.abort(new Error("The job is over"));
    await worker.terminate();
  }
}

type Asked = { readonly id: number; readonly question: unknown; readonly over: AbortSignal };

async function answer<Question>(worker: Worker, job: Job<Question>, { id, question, over }: Asked): Promise<void> {
  if (job.answer === undefined) throw new Error("A thread asked where nobody answers");
  // As above: one program.
  const { value, transfer = [] } = await job.answer(question as Question, over);
  if (over.aborted) return;
  const message: ToThread = { id, answer: value };
  worker.postMessage(message, [...transfer]);
}
