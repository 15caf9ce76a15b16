/** Sweeps soon after the start and then once a day, one sweep at a time. A sweep that fails is reported; the next is tried. */
import type { SweepBlobs, Swept } from "./sweep-blobs.ts";

export interface SweepDailyDeps {
  readonly sweep: SweepBlobs;
  readonly onSwept: (swept: Swept) => void;
  readonly onFault: (fault: unknown) => void;
}

/** The start of a server is busy enough. */
const FIRST_MS = 5 * 60 * 1000;
const DAY_MS = 24 * 60 * 60 * 1000;

export class SweepDaily implements AsyncDisposable {
  readonly #deps: SweepDailyDeps;
  readonly #stop = new AbortController();
  #timer: NodeJS.Timeout;
  #sweeping: Promise<void> = Promise.resolve();

  constructor(deps: SweepDailyDeps) {
    this.#deps = deps;
    this.#timer = this.#after(FIRST_MS);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearTimeout(this.#timer);
    this.#stop.abort();
    await this.#sweeping;
  }

  #after(ms: number): NodeJS.Timeout {
    return setTimeout(() => {
      this.#sweeping = this.#run();
    }, ms).unref();
  }

  async #run(): Promise<void> {
    const { sweep, onSwept, onFault } = this.#deps;
    try {
      onSwept(await sweep(this.#stop.signal));
    } catch (fault) {
      onFault(fault);
    }
    if (!this.#stop.signal.aborted) this.#timer = this.#after(DAY_MS);
  }
}
