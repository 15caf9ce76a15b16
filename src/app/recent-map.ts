/** A map that forgets: each entry after its life, and the one set longest ago when there are too many. */
import type { Clock } from "../core/ports/clock.ts";

export interface RecentMapOptions {
  readonly capacity: number;
  readonly lifeMs: number;
  readonly clock: Pick<Clock, "monotonic">;
}

export class RecentMap<Key, Value> {
  readonly #options: RecentMapOptions;
  readonly #entries = new Map<Key, { readonly value: Value; readonly until: number }>();

  constructor(options: RecentMapOptions) {
    this.#options = options;
  }

  get size(): number {
    return this.#entries.size;
  }

  get(key: Key): Value | undefined {
    const entry = this.#entries.get(key);
    if (entry === undefined) return undefined;
    if (entry.until > this.#options.clock.monotonic()) return entry.value;
    this.#entries.delete(key);
    return undefined;
  }

  set(key: Key, value: Value): void {
    // Deleted first, so that a Map's order of insertion is the order of age.
    this.#entries.delete(key);
    const [oldest] = this.#entries.keys();
    if (oldest !== undefined && this.#entries.size >= this.#options.capacity) this.#entries.delete(oldest);
    this.#entries.set(key, { value, until: this.#options.clock.monotonic() + this.#options.lifeMs });
  }

  delete(key: Key): void {
    this.#entries.delete(key);
  }
}
