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

export function within<T>(work: Promise<T>, { ms, onLateFault }: Patience): Promise<T | typeof late> {
  return new Promise((resolve, reject) => {
    let isLate = false;
    const timer = setTimeout(() => {
      isLate = true;
      resolve(late);
    }, ms);
    work.then(
      (value) => {
        clearTimeout(timer);
        resolve(value);
      },
      (fault: unknown) => {
        clearTimeout(timer);
        if (isLate) onLateFault(fault);
        else reject(fault);
      },
    );
  });
}
