/**
 * The bell of a single process. A ring wakes the ears of its key in the next microtask; memory is O(ears) (B6).
 */
import type { Bell, Ear } from "../core/ports/bell.ts";

class LocalEar implements Ear {
  #isRung = false;
  #wake: (() => void) | null = null;
  readonly #onClose: () => void;

  constructor(onClose: (ear: LocalEar) => void) {
    this.#onClose = () => onClose(this);
  }

  clear(): void {
    this.#isRung = false;
  }

  ring(): void {
    this.#isRung = true;
    this.#wake?.();
    this.#wake = null;
  }

  rung(): Promise<void> {
    if (this.#isRung) return Promise.resolve();
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }

  [Symbol.dispose](): void {
    this.#onClose();
    this.ring();
  }
}

export function openLocalBell(): Bell {
  const ears = new Map<string, Set<LocalEar>>();
  return {
    ring(key) {
      for (const ear of ears.get(key) ?? []) ear.ring();
    },
    listen(key) {
      const listening = ears.get(key) ?? new Set<LocalEar>();
      ears.set(key, listening);
      const ear = new LocalEar((closed) => {
        listening.delete(closed);
        if (listening.size === 0 && ears.get(key) === listening) ears.delete(key);
      });
      listening.add(ear);
      return Promise.resolve(ear);
    },
  };
}
