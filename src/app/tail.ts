/**
 * The last lines of the sessions that are followed on this node (B5): filled by this node's own commits, so a thousand
 * viewers of one session cost one list and no database. A reader whose cursor is older than the list reads the log.
 *
 * Holds nothing for a session that nobody follows; holds at most MAX_LINES lines of one that somebody does.
 */
import type { LogLine } from "../core/events/envelope.ts";
import type { SessionId } from "../core/ids.ts";

const MAX_LINES = 512;

export class Tail {
  readonly #bySession = new Map<SessionId, { followers: number; lines: LogLine[] }>();

  follow(sessionId: SessionId): Disposable {
    const kept = this.#bySession.get(sessionId) ?? { followers: 0, lines: [] };
    kept.followers++;
    this.#bySession.set(sessionId, kept);
    let isOpen = true;
    return {
      [Symbol.dispose]: () => {
        if (!isOpen) return;
        isOpen = false;
        kept.followers--;
        if (kept.followers === 0) this.#bySession.delete(sessionId);
      },
    };
  }

  /** Lines of one commit, in order. A gap to what is kept (another node wrote in between) starts the list anew. */
  push(sessionId: SessionId, lines: readonly LogLine[]): void {
    const kept = this.#bySession.get(sessionId);
    const first = lines[0];
    if (kept === undefined || first === undefined) return;
    const last = kept.lines.at(-1);
    if (last !== undefined && first.seq !== last.seq + 1) {
      if (first.seq <= last.seq) return;
      kept.lines = [];
    }
    kept.lines.push(...lines);
    // Cut in halves, so that the cost of cutting is constant per line.
    if (kept.lines.length > MAX_LINES) kept.lines = kept.lines.slice(-MAX_LINES / 2);
  }

  /** The lines after a seq, or nothing when the list does not reach back that far. */
  after(sessionId: SessionId, seq: number): readonly LogLine[] | null {
    const lines = this.#bySession.get(sessionId)?.lines;
    const first = lines?.[0];
    if (lines === undefined || first === undefined || first.seq > seq + 1) return null;
    return seq + 1 === first.seq ? lines : lines.slice(seq + 1 - first.seq);
  }

  /** The sessions that are followed here, with the last seq that this node knows of each. */
  followed(): ReadonlyMap<SessionId, { readonly seq: number; readonly epoch: number }> {
    const epoch = Number.MAX_SAFE_INTEGER;
    return new Map([...this.#bySession].map(([id, { lines }]) => [id, { seq: lines.at(-1)?.seq ?? 0, epoch }]));
  }
}
