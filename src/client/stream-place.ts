/**
 * Where a stream is in the log, and what it has let out already.
 *
 * The id names the resume point for the server; the seq tells repeats, and after a reset, when it counts anew, the ids of
 * what came out do. These are remembered for the last 10,000 events: a replaced log is rare and a long memory is not free.
 */
import type { SeenEvent } from "./seen-events.ts";

const MAX_REMEMBERED = 10_000;

export interface StreamStart {
  readonly afterSeq: number | undefined;
  readonly sinceId: string | undefined;
  readonly seen: SeenEvent | undefined;
}

export class StreamPlace {
  readonly #out = new Set<string>();
  #id: string | null;
  #seq: number;
  /** What the caller does not want to see, whatever the log. */
  readonly #floor: number;
  /** Asked for by the caller, and theirs to get an error about. */
  #sinceId: string | undefined;

  constructor({ afterSeq, sinceId, seen }: StreamStart) {
    const start = sinceId !== undefined || afterSeq !== undefined ? undefined : seen;
    this.#sinceId = sinceId;
    this.#floor = afterSeq ?? 0;
    this.#seq = afterSeq ?? start?.seq ?? 0;
    this.#id = start?.id ?? null;
  }

  /** A header rather than a query: an id that the server does not know is then answered by a reset and not by a 400. */
  request(afterName: string): {
    readonly query: Record<string, string | number>;
    readonly headers: Record<string, string>;
  } {
    if (this.#id !== null) return { query: {}, headers: { "last-event-id": this.#id } };
    if (this.#seq > 0) return { query: { [afterName]: this.#seq }, headers: {} };
    return { query: this.#sinceId === undefined ? {} : { sinceId: this.#sinceId }, headers: {} };
  }

  /** False: it was out already. */
  take({ id, seq }: { readonly id: string; readonly seq: number }): boolean {
    if (seq <= this.#seq) return false;
    this.#seq = seq;
    this.#id = id;
    if (this.#out.has(id)) return false;
    this.#out.add(id);
    if (this.#out.size > MAX_REMEMBERED) this.#forgetOldest();
    return true;
  }

  /** The server says that everything up to this event was passed over by the filter. */
  passed(id: string | undefined): void {
    if (id !== undefined && id !== "") this.#id = id;
  }

  reset(): void {
    this.#id = null;
    this.#sinceId = undefined;
    this.#seq = this.#floor;
  }

  #forgetOldest(): void {
    const [oldest] = this.#out;
    if (oldest !== undefined) this.#out.delete(oldest);
  }
}
