/**
 * The main thread's side of the writer thread. Jobs of one tick go over in one message; answers come back in the order
 * of the jobs. Once the disk has failed, or the thread is gone, every job is answered "unknown" and none is sent (A10).
 */
import type { Worker } from "node:worker_threads";
import { StorageFull } from "../../core/ports/store.ts";
import type { Answer, Failure, FromWriter, Job, Op, Reply, ToWriter } from "./jobs.ts";

export interface WriteChannelDeps {
  readonly worker: Worker;
  readonly now: () => number;
  /** Contract: called at most once. From then on the store only reads. */
  readonly onFault: (error: Error) => void;
}

interface Waiting {
  // Method syntax: the writer answers a job with the answer of its kind, which TypeScript cannot follow through a list.
  resolve(answer: Answer): void;
  readonly reject: (error: Error) => void;
}

export class WriteChannel {
  readonly #deps: WriteChannelDeps;
  readonly #waiting: Waiting[] = [];
  readonly #opened = Promise.withResolvers<void>();
  readonly #closed = Promise.withResolvers<void>();
  #jobs: Job[] = [];
  #fault: Error | undefined;
  #isOpen = false;
  #isClosing = false;

  constructor(deps: WriteChannelDeps) {
    this.#deps = deps;
    deps.worker.on("message", (message: FromWriter) => this.#receive(message));
    deps.worker.on("error", (cause: unknown) => this.#fail(new Error("The writer thread has failed", { cause })));
    deps.worker.on("exit", () => {
      if (!this.#isClosing || this.#waiting.length > 0) this.#fail(new Error("The writer thread has ended"));
      this.#closed.resolve();
    });
  }

  /** Resolves once the writer is ready; rejects when it could not open the database. */
  opened(): Promise<void> {
    return this.#opened.promise;
  }

  send<K extends Op>(job: Job<K>): Promise<Answer<K>> {
    if (this.#isClosing) return Promise.reject(new Error("The store is closed"));
    if (this.#fault !== undefined) return Promise.reject(unknownOutcome(this.#fault));
    // After the microtasks of this tick: whoever was just answered has then sent its next job.
    if (this.#jobs.length === 0) process.nextTick(() => this.#post());
    this.#jobs.push(job);
    const { promise, resolve, reject } = Promise.withResolvers<Answer<K>>();
    this.#waiting.push({ resolve, reject });
    return promise;
  }

  /** Contract: what was sent before is committed first. Twice is once. */
  async close(): Promise<void> {
    if (!this.#isClosing) {
      this.#post();
      this.#isClosing = true;
      this.#tell("close");
    }
    await this.#closed.promise;
  }

  #post(): void {
    const jobs = this.#jobs;
    if (jobs.length === 0 || this.#fault !== undefined) return;
    this.#jobs = [];
    this.#tell({ nowMs: this.#deps.now(), jobs });
  }

  #tell(message: ToWriter): void {
    this.#deps.worker.postMessage(message);
  }

  #receive(message: FromWriter): void {
    if (message === "open") {
      this.#isOpen = true;
      this.#opened.resolve();
    } else if (message !== "closed") this.#settle(message);
  }

  #settle({ answers, failures, fault }: Reply): void {
    const settled = this.#waiting.splice(0, answers.length);
    const failed = new Map(failures.map((failure) => [failure.index, failure]));
    for (const [index, { resolve, reject }] of settled.entries()) {
      const failure = failed.get(index);
      const answer = answers[index];
      if (failure !== undefined) reject(errorOf(failure));
      else if (answer !== undefined) resolve(answer);
    }
    if (fault !== undefined) this.#fail(new Error(`The disk failed: ${fault}`));
  }

  #fail(fault: Error): void {
    if (this.#fault !== undefined) return;
    this.#fault = fault;
    this.#jobs = [];
    for (const { reject } of this.#waiting.splice(0)) reject(unknownOutcome(fault));
    if (this.#isOpen) this.#deps.onFault(fault);
    else this.#opened.reject(fault);
  }
}

function errorOf({ kind, message }: Failure): Error {
  if (kind === "full") return new StorageFull(`The disk is full: ${message}`);
  if (kind === "unknown") return unknownOutcome(new Error(message));
  return new Error(`The write failed and nothing of it was kept: ${message}`);
}

/** The one thing that may not be said after a fault is "not written". */
function unknownOutcome(cause: Error): Error {
  return new Error("The store has stopped writing; whether this write was kept is unknown", { cause });
}
