/** How long to wait before a stream is opened again: what the server asked for, else 1 s, 2 s, 4 s … 30 s with jitter. */

export interface RetryTimes {
  readonly firstMs: number;
  readonly maxMs: number;
}

/** A server that asks for more is not believed. */
const MAX_TOLD_MS = 300_000;

export class RetryWait {
  readonly #times: RetryTimes;
  readonly #random: () => number;
  #failures = 0;

  constructor(times: RetryTimes, random: () => number) {
    this.#times = times;
    this.#random = random;
  }

  /** The server was there and let us in. */
  succeeded(): void {
    this.#failures = 0;
  }

  /** After an orderly end, which names the time itself and is no failure. */
  told(ms: number): number {
    return Math.min(Math.max(ms, 0), MAX_TOLD_MS);
  }

  /** Half of it is chance, so that the readers of a server that was away do not all come back at once. */
  failed(atLeastMs: number): number {
    const { firstMs, maxMs } = this.#times;
    const base = Math.min(maxMs, firstMs * 2 ** this.#failures);
    this.#failures = Math.min(this.#failures + 1, 30);
    return Math.max(base * (0.5 + 0.5 * this.#random()), this.told(atLeastMs));
  }
}

/** Resolves early, without an error, when the signal is aborted. */
export function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const done = () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal.addEventListener("abort", done);
  });
}
