/**
 * The relay: one per node, for all sessions (P10, C4). Woken by every commit that has something to tell and by the pulse,
 * it reads the outbox from its beginning, delivers what is there and drops what was delivered. At least once: a crash in
 * between leaves the row to the next pass, and the target makes it once.
 *
 * Rows for one session are delivered in their order, rows for different sessions side by side. A row that cannot be
 * delivered stays, stops only those for the same session, and is tried again at the next waking. Decides nothing.
 */
import type { SessionId } from "../core/ids.ts";
import type { OutboxStore } from "../core/ports/store.ts";
import type { OutboxRow } from "../core/outbox.ts";

export interface RelayDeps {
  readonly store: OutboxStore;
  /** Contract: twice is the same as once; rejects for a fault only. */
  readonly deliver: (row: OutboxRow) => Promise<void>;
  readonly onFault: (fault: unknown) => void;
}

const PAGE = 100;

export class Relay implements AsyncDisposable {
  readonly #deps: RelayDeps;
  #running: Promise<void> | null = null;
  #isWished = false;
  #isClosed = false;

  constructor(deps: RelayDeps) {
    this.#deps = deps;
  }

  /** There may be something to deliver. Cheap, never throws; all wishes during one pass are one more pass. */
  wake(): void {
    if (this.#isClosed) return;
    this.#isWished = true;
    this.#running ??= this.#run().finally(() => {
      this.#running = null;
      // A wish that came after the last look, and before this.
      if (this.#isWished) this.wake();
    });
  }

  /** Everything that was there when it was called, and what came of it. */
  async settle(): Promise<void> {
    this.wake();
    while (this.#running !== null) await this.#running;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true;
    while (this.#running !== null) await this.#running;
  }

  async #run(): Promise<void> {
    // After what the wish came from was answered.
    await new Promise((resolve) => setImmediate(resolve));
    while (this.#isWished && !this.#isClosed) {
      this.#isWished = false;
      await this.#pass().catch(this.#deps.onFault);
    }
  }

  async #pass(): Promise<void> {
    const { store } = this.#deps;
    const held = new Set<SessionId>();
    for (let after = 0; !this.#isClosed;) {
      const rows = await store.readOutbox(after, PAGE);
      const last = rows.at(-1);
      if (last === undefined) return;
      const free = rows.filter(({ target }) => !held.has(target));
      const lanes = Map.groupBy(free, ({ target }) => target);
      const delivered = await Promise.all([...lanes.values()].map((lane) => this.#deliver(lane, held)));
      const places = delivered.flat();
      if (places.length > 0) await store.dropOutbox(places);
      after = last.place;
    }
  }

  /** Adds the session to those that are held back when a row cannot be delivered. */
  async #deliver(lane: readonly OutboxRow[], held: Set<SessionId>): Promise<readonly number[]> {
    const places: number[] = [];
    for (const row of lane) {
      try {
        await this.#deps.deliver(row);
      } catch (cause) {
        const what = `Cannot tell ${row.target} of ${row.kind} in ${row.sourceId}`;
        this.#deps.onFault(new Error(what, { cause }));
        held.add(row.target);
        return places;
      }
      places.push(row.place);
    }
    return places;
  }
}
