/**
 * Reads answer within the tick they are called in, so a caller that reads page after page would keep the event loop to
 * itself and even its own writes would never be answered. Once reads have been answered for a few milliseconds without
 * the loop turning, the next one lets it turn first.
 */
import { setImmediate as nextTick } from "node:timers/promises";

/** A hook call or an SSE frame waits at most about this long for other people's reads. */
const MOST_MS = 4;

type Read = (...values: never[]) => Promise<unknown>;

/** The same methods, in turn with everything else. */
export function makePace(monotonic: () => number): <Reads extends object>(reads: Reads) => Reads {
  let since: number | undefined;

  function isLong(): boolean {
    if (since !== undefined) return monotonic() - since > MOST_MS;
    since = monotonic();
    setImmediate(() => {
      since = undefined;
    });
    return false;
  }

  function pace(read: Read): Read {
    return async (...values) => {
      while (isLong()) await nextTick();
      return read(...values);
    };
  }

  return <Reads extends object>(reads: Reads): Reads => {
    const paced = Object.entries(reads).map(([name, read]) => [name, pace(read as Read)] as const);
    // Every member of a group of reads is a method that gives a promise; each keeps its name and its type.
    return Object.fromEntries(paced) as Reads;
  };
}
