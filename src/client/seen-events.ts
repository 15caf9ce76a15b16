/**
 * The last event that a client has seen of each session: where its next stream of that session begins (ruling 12). Else
 * a second turn would be ended by the `turn.completed` of the first. Moves forward only; bounded, oldest use first out.
 */

export interface SeenEvent {
  readonly seq: number;
  /** Unknown when only the place is, as after sending a message. */
  readonly id: string | null;
}

const MAX_SESSIONS = 10_000;

export class SeenEvents {
  readonly #bySession = new Map<string, SeenEvent>();

  last(sessionId: string): SeenEvent | undefined {
    return this.#bySession.get(sessionId);
  }

  saw(sessionId: string, event: SeenEvent): void {
    const before = this.#bySession.get(sessionId);
    if (before !== undefined && before.seq >= event.seq) return;
    this.#bySession.delete(sessionId);
    this.#bySession.set(sessionId, event);
    if (this.#bySession.size <= MAX_SESSIONS) return;
    const [oldest] = this.#bySession.keys();
    if (oldest !== undefined) this.#bySession.delete(oldest);
  }

  forget(sessionId: string): void {
    this.#bySession.delete(sessionId);
  }
}
