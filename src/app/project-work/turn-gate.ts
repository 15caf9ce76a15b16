/**
 * How many turns of a project's spawned agents run at once. Who comes over the limit waits in line, in the order of
 * coming; a limit that was raised counts from the next coming or going on.
 */
export interface GateOf {
  readonly key: string;
  readonly limit: number;
}

interface Waiter {
  readonly limit: number;
  readonly enter: () => void;
}

interface Line {
  running: number;
  readonly waiting: Set<Waiter>;
}

export class TurnGate {
  readonly #lines = new Map<string, Line>();

  /** Contract: null when the signal aborted before there was a place; else call what is given once, when it is free. */
  async enter({ key, limit }: GateOf, signal: AbortSignal): Promise<(() => void) | null> {
    if (signal.aborted) return null;
    const line = this.#lines.get(key) ?? { running: 0, waiting: new Set<Waiter>() };
    this.#lines.set(key, line);
    if (line.running < limit && line.waiting.size === 0) line.running++;
    else if (!(await this.#wait(line, limit, signal))) return null;
    let isIn = true;
    return () => {
      if (isIn) this.#leave(key, line);
      isIn = false;
    };
  }

  #wait(line: Line, limit: number, signal: AbortSignal): Promise<boolean> {
    return new Promise((resolve) => {
      const onAbort = () => {
        line.waiting.delete(waiter);
        resolve(false);
      };
      const waiter: Waiter = {
        limit,
        enter: () => {
          signal.removeEventListener("abort", onAbort);
          resolve(true);
        },
      };
      line.waiting.add(waiter);
      signal.addEventListener("abort", onAbort, { once: true });
    });
  }

  #leave(key: string, line: Line): void {
    line.running--;
    for (const waiter of line.waiting) {
      if (line.running >= waiter.limit) break;
      line.waiting.delete(waiter);
      line.running++;
      waiter.enter();
    }
    if (line.running === 0 && line.waiting.size === 0) this.#lines.delete(key);
  }
}
