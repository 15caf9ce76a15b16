/** Notes when a key was last used: at most once a minute each, beside the request and never instead of it. */
import type { KeyId } from "../../core/ids.ts";
import type { Clock } from "../../core/ports/clock.ts";
import type { KeyStore } from "../../core/ports/keys.ts";
import { RecentMap } from "../recent-map.ts";

const TOUCH_EVERY_MS = 60_000;
const REMEMBERED_KEYS = 10_000;

export interface LastUseDeps {
  readonly store: Pick<KeyStore, "touchKey">;
  readonly clock: Pick<Clock, "monotonic">;
  readonly onFault: (error: Error) => void;
}

export function makeLastUse({ store, clock, onFault }: LastUseDeps): (id: KeyId) => void {
  const touched = new RecentMap<KeyId, true>({ capacity: REMEMBERED_KEYS, lifeMs: TOUCH_EVERY_MS, clock });
  return (id) => {
    if (touched.get(id) !== undefined) return;
    touched.set(id, true);
    store.touchKey(id).catch((cause: unknown) => {
      onFault(new Error(`Cannot note that the key "${id}" was used`, { cause }));
    });
  };
}
