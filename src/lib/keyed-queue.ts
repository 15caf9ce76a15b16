/**
 * Serialises asynchronous work per key: work of one key runs in the order it came, one at a time; keys do not wait for
 * each other.
 *
 * Invariant: a key without work costs no memory (its entry goes with its last piece of work).
 * Never retries, never swallows: each caller gets its own work's outcome, and a failure does not touch the next in line.
 */

export type KeyedQueue = {
  /**
   * Contract: `work` starts after all earlier work of `key` has settled, whatever came of it. A caller whose `signal`
   * aborts while it waits is rejected with the signal's reason at its turn and its work never starts.
   */
  run<T>(key: string, work: () => Promise<T>, signal?: AbortSignal): Promise<T>;
  /** Keys that have running or waiting work. */
  readonly size: number;
  /** Contract: resolves when no key has work left, work added meanwhile included; never rejects. */
  idle(): Promise<void>;
};

export function makeKeyedQueue(): KeyedQueue {
  // The tail of a key settles when its last piece of work has; it never rejects.
  const tails = new Map<string, Promise<void>>();

  async function run<T>(key: string, work: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    const before = tails.get(key);
    const { promise: tail, resolve: settle } = Promise.withResolvers<void>();
    tails.set(key, tail);
    try {
      await before;
      signal?.throwIfAborted();
      return await work();
    } finally {
      if (tails.get(key) === tail) tails.delete(key);
      settle();
    }
  }

  async function idle(): Promise<void> {
    while (tails.size > 0) await Promise.all(tails.values());
  }

  return {
    run,
    idle,
    get size() {
      return tails.size;
    },
  };
}
