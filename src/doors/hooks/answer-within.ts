/**
 * Work whose caller does not wait for ever: an editor stands still while a hook is out (R9). The work itself goes on.
 *
 * Contract: settles with the work or, after `ms`, with `late`. What breaks after that goes to `onLateFault`.
 */
export const late = Symbol("late");

export interface Patience {
  readonly ms: number;
  readonly onLateFault: (fault: unknown) => void;
}

export async function within<T>(work: Promise<T>, { ms, onLateFault }: Patience): Promise<T | typeof late> {
  const tooLate = Promise.withResolvers<typeof late>();
  let [isLate, isDone] = [false, false];
  let timer: NodeJS.Timeout | undefined;
  const beLate = () => {
    isLate = true;
    tooLate.resolve(late);
  };
  // Most work is done before the loop turns, and needs no timer.
  setImmediate(() => {
    if (!isDone) timer = setTimeout(beLate, ms);
  });
  const watched = work.catch((fault: unknown): T => {
    if (isLate) onLateFault(fault);
    throw fault;
  });
  try {
    return await Promise.race([watched, tooLate.promise]);
  } finally {
    isDone = true;
    clearTimeout(timer);
  }
}
