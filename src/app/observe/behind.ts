/**
 * Work that goes on when its caller has been answered: what is recorded behind an answer, and hooks that nobody waits for
 * any longer. Whoever closes the store waits for it first.
 */
export interface Behind extends AsyncDisposable {
  /** Contract: a fault of the work is reported, never thrown. */
  readonly run: (work: () => Promise<unknown>) => void;
  /** The work itself, waited for at the end too. */
  readonly keep: <T>(work: Promise<T>) => Promise<T>;
}

export function makeBehind(onFault: (fault: unknown) => void): Behind {
  const running = new Set<Promise<unknown>>();
  const hold = (work: Promise<unknown>) => {
    const settled: Promise<unknown> = work.then(
      () => running.delete(settled),
      () => running.delete(settled),
    );
    running.add(settled);
  };
  return {
    // What it costs to begin, a tenth of a millisecond, is not to stand before the answer either.
    run: (work) => hold(nextTurn().then(work).catch(onFault)),
    keep: (work) => {
      hold(work);
      return work;
    },
    async [Symbol.asyncDispose]() {
      // What runs may leave something behind itself.
      while (running.size > 0) await Promise.all(running);
    },
  };
}

/** The answer has been written by then, and no later request has been read. */
function nextTurn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
