/**
 * The searching threads of a process: started when one is needed, lent to one search at a time, ended when idle.
 *
 * Invariant: never more than `maxThreads` at once; who finds none free waits in line. A thread that died is replaced when
 * the next search wants one.
 */
import { GrepThread } from "./grep-thread.ts";

export class ThreadPool {
  readonly #maxThreads: number;
  readonly #idleMs: number;
  readonly #idle: GrepThread[] = [];
  readonly #waiting: ((thread: GrepThread) => void)[] = [];
  #threads = 0;
  #isClosed = false;
  #timer: NodeJS.Timeout | undefined;
  #ending: Promise<unknown> = Promise.resolve();

  constructor(maxThreads: number, idleMs: number) {
    this.#maxThreads = maxThreads;
    this.#idleMs = idleMs;
  }

  take(): Promise<GrepThread> {
    for (let thread = this.#idle.pop(); thread !== undefined; thread = this.#idle.pop()) {
      if (!thread.isDead) return Promise.resolve(thread);
      this.#threads--;
    }
    if (this.#threads >= this.#maxThreads) return new Promise((resolve) => this.#waiting.push(resolve));
    this.#threads++;
    return Promise.resolve(new GrepThread());
  }

  giveBack(thread: GrepThread): void {
    const next = this.#waiting.shift();
    if (next !== undefined) return next(thread.isDead ? new GrepThread() : thread);
    this.#idle.push(thread);
    if (this.#isClosed) return this.#endIdle();
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#endIdle(), this.#idleMs).unref();
  }

  /** Contract: ends the threads that are free; one that still searches ends when it is given back. */
  async close(): Promise<void> {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    this.#endIdle();
    await this.#ending;
  }

  #endIdle(): void {
    const idle = this.#idle.splice(0);
    this.#threads -= idle.length;
    this.#ending = Promise.all([this.#ending, ...idle.map((thread) => thread.end())]);
  }
}
