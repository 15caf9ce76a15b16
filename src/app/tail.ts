/**
 * The last lines of the sessions that are followed on this node (B5): filled by this node's own commits, so a thousand
 * viewers of one session cost one list and no database. A reader whose cursor is older than the list reads the log.
 *
 * Holds nothing for a session that nobody follows; holds at most MAX_LINES lines of one that somebody does.
 */
import type { LogLine } from "../core/events/envelope.ts";
import type { SessionId } from "../core/ids.ts";

const MAX_LINES = 512;

interface Kept {
  followers: number;
  /** Everything up to here is older than `lines`; nothing while it is not known where the log stands. */
  base: number | null;
  lines: LogLine[];
}

export class Tail {
  readonly #bySession = new Map<SessionId, Kept>();

  follow(sessionId: SessionId): Disposable {
    const kept = this.#bySession.get(sessionId) ?? { followers: 0, base: null, lines: [] };
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

  /** Lines of one commit, in order. A gap (another node wrote in between) starts the list anew. */
  push(sessionId: SessionId, lines: readonly LogLine[]): void {
    const kept = this.#bySession.get(sessionId);
    const first = lines[0];
    if (kept === undefined || first === undefined) return;
    const known = kept.base === null ? null : kept.base + kept.lines.length;
    if (known !== null && first.seq <= known) return;
    if (known === null || first.seq > known + 1) {
      kept.base = first.seq - 1;
      kept.lines = [];
    }
    kept.lines.push(...lines);
    if (kept.lines.length > MAX_LINES) shorten(kept);
  }

  /** A reader found the log to end here: a list that knows nothing yet begins behind it. */
  seed(sessionId: SessionId, headSeq: number): void {
    const kept = this.#bySession.get(sessionId);
    if (kept !== undefined && kept.base === null) kept.base = headSeq;
  }

  /** The lines after a seq, or nothing when the list does not reach back that far. */
  after(sessionId: SessionId, seq: number): readonly LogLine[] | null {
    const kept = this.#bySession.get(sessionId);
    if (kept === undefined || kept.base === null || seq < kept.base) return null;
    // Always a copy: the list grows while its readers still write what they were given.
    return kept.lines.slice(seq - kept.base);
  }

  /** The sessions that are followed here, with the last seq that this node knows of each. */
  followed(): ReadonlyMap<SessionId, { readonly seq: number; readonly epoch: number }> {
    const epoch = Number.MAX_SAFE_INTEGER;
    return new Map(
      [...this.#bySession].map(([id, { base, lines }]) => [id, { seq: (base ?? 0) + lines.length, epoch }]),
    );
  }
}

/** Cut in halves, so that the cost of cutting is constant per line. */
function shorten(kept: Kept): void {
  const lines = kept.lines.slice(-MAX_LINES / 2);
  kept.base = (lines[0]?.seq ?? 1) - 1;
  kept.lines = lines;
}
