/**
 * Erases what is left of a deleted session, slice by slice, so that no other write waits long (B12). What is kept beside
 * it goes first.
 */
import type { SessionId } from "../core/ids.ts";
import type { PulseStore } from "../core/ports/store.ts";
import type { Images } from "./images/images.ts";
import type { SessionStorage } from "./session-storage/session-storage.ts";

const SLICE_ROWS = 1_000;

export function makePurge({
  store,
  images,
  storage,
}: {
  readonly store: Pick<PulseStore, "purgeSlice">;
  readonly images: Pick<Images, "forget">;
  readonly storage: Pick<SessionStorage, "erase">;
}): (id: SessionId) => Promise<void> {
  return async (id) => {
    await images.forget(id);
    await storage.erase(id);
    while (!(await store.purgeSlice(id, SLICE_ROWS))) {
      // The next slice is a write of its own; others come in between.
    }
  };
}
