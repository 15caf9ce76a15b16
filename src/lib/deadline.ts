/**
 * Waiting with an end: a sleep that an abort cuts short, a signal that aborts by itself after a time, and how long to
 * wait before trying again.
 *
 * Invariant: nothing here outlives its use; timers and listeners go with the wait or with the disposal.
 * Never reads a clock and never draws a random number: randomness is passed in.
 */

/** The abort reason of a signal of `withDeadline` whose time has passed. */
export class DeadlinePassed extends Error {
  override readonly name = "DeadlinePassed";
  readonly afterMs: number;

  constructor(afterMs: number) {
    super(`Deadline of ${afterMs} ms passed`);
    this.afterMs = afterMs;
  }
}

/** Why `signal` aborted, as something that may be thrown: its reason, or an Error whose cause the reason is. */
export function abortReason(signal: AbortSignal): Error {
  const reason: unknown = signal.reason;
  return reason instanceof Error ? reason : new Error("Aborted", { cause: reason });
}

/** Contract: resolves after `ms`; rejects with the signal's `abortReason` as soon as it aborts. */
export function sleep(ms: number, signal?: AbortSignal): Promise<void> {
  if (signal === undefined) return new Promise((resolve) => void setTimeout(resolve, ms));
  if (signal.aborted) return Promise.reject(abortReason(signal));
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      signal.removeEventListener("abort", giveUp);
      resolve();
    }, ms);
    function giveUp(): void {
      clearTimeout(timer);
      reject(abortReason(signal as AbortSignal)); // Narrowed above; a hoisted function does not see it.
    }
    signal.addEventListener("abort", giveUp, { once: true });
  });
}

export type Deadline = Disposable & { readonly signal: AbortSignal };

/**
 * A signal that aborts when `signal` does (with its reason) or after `ms` (with `DeadlinePassed`), whichever is first.
 *
 * Contract: dispose it when the work is done; its signal then never aborts. `AbortSignal.any` with
 * `AbortSignal.timeout` cannot be called off, and keeps timer and listeners until the time is up.
 */
export function withDeadline(signal: AbortSignal | undefined, ms: number): Deadline {
  const controller = new AbortController();
  const timer = setTimeout(() => abort(new DeadlinePassed(ms)), ms);
  const follow = (event: Event): void => abort(abortReason(event.target as AbortSignal)); // Only ever listens to `signal`.

  function stop(): void {
    clearTimeout(timer);
    signal?.removeEventListener("abort", follow);
  }
  function abort(reason: Error): void {
    stop();
    controller.abort(reason);
  }

  if (signal?.aborted) abort(abortReason(signal));
  else signal?.addEventListener("abort", follow);
  return { signal: controller.signal, [Symbol.dispose]: stop };
}

export type Backoff = {
  /** 0 for the first wait. */
  readonly attempt: number;
  readonly baseMs: number;
  readonly capMs: number;
  /** Contract: in [0, 1), such as `Math.random`. */
  readonly random: () => number;
};

/**
 * Full jitter: a time drawn evenly from 0 to `min(capMs, baseMs × 2^attempt)`. The whole range and not a part of it,
 * because callers that failed together must not come back together.
 */
export function backoffMs({ attempt, baseMs, capMs, random }: Backoff): number {
  return Math.floor(random() * Math.min(capMs, baseMs * 2 ** Math.min(attempt, 60)));
}
