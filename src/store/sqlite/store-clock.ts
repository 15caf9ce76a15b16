/**
 * The store's clock (D5): wall time as it was when the store was opened, moved on by the steady clock. Setting the
 * machine's clock moves no deadline and no time goes back; the next start of the program takes up the new wall time.
 */
import type { Clock } from "../../core/ports/clock.ts";

export function anchorClock(clock: Clock): () => number {
  const anchor = clock.now() - clock.monotonic();
  return () => Math.floor(anchor + clock.monotonic());
}
