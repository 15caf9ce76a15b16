/** Erases what is left of a deleted session, slice by slice, so that no other write waits long (B12). */
import type { SessionId } from "../core/ids.ts";
import type { PulseStore } from "../core/ports/store.ts";

const SLICE_ROWS = 1_000;

export function makePurge({
  store,
}: {
  readonly store: Pick<PulseStore, "purgeSlice">;
}): (id: SessionId) => Promise<void> {
  return async (id) => {
    while (!(await store.purgeSlice(id, SLICE_ROWS))) {
      // The next slice is a write of its own; others come in between.
    }
  };
}
