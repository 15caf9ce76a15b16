/**
 * Pages of logs, shared by readers who come back to the same place: a thousand viewers of one session who were cut off
 * together read its last page once, and so its frames are made once (they are kept by page).
 *
 *   read ──▶ kept page? ──▶ where does the log end now? ──nothing is missing──▶ the very same lines
 *                └──────────────────────┴──no──▶ read the store, keep it if it is worth it
 *
 * Invariant: a page is what a read of the store would give at that moment: lines never change and are never put in
 * between, and every reader asks for itself where the log ends. Who has committed sees it. A page of a session that is
 * being erased is never shared.
 * Holds at most MAX_PAGES pages, each bounded by its reader's limits.
 */
import type { LogPage, LogRead, SessionReads } from "../core/ports/store.ts";

export type ReadLog = SessionReads["readLog"];

export interface SharedPagesDeps {
  readonly store: Pick<SessionReads, "readLog" | "readHead">;
  /** Milliseconds that never step. */
  readonly monotonic: () => number;
}

/** With their frames up to 0.7 MB each. */
const MAX_PAGES = 8;
/** Reading fewer takes no longer than asking where the log ends. */
const LEAST_LINES = 20;
/** Who was cut off together comes back within this. */
const KEPT_MS = 5_000;

interface Kept {
  readonly since: number;
  readonly page: Promise<LogPage>;
}

export function makeSharedPages({ store, monotonic }: SharedPagesDeps): ReadLog {
  const kept = new Map<string, Kept>();

  function forgetOld(): void {
    for (const [key, { since }] of kept) {
      if (kept.size <= MAX_PAGES && monotonic() - since < KEPT_MS) return;
      kept.delete(key);
    }
  }

  async function readAnew(read: LogRead, key: string): Promise<LogPage> {
    const mine: Kept = { since: monotonic(), page: store.readLog(read) };
    // Put behind those that are there: the first is always the oldest.
    kept.delete(key);
    kept.set(key, mine);
    forgetOld();
    let isWorthIt = false;
    try {
      const page = await mine.page;
      isWorthIt = page.lines.length >= LEAST_LINES;
      return page;
    } finally {
      if (!isWorthIt && kept.get(key) === mine) kept.delete(key);
    }
  }

  return async (read) => {
    const key = keyOf(read);
    const found = kept.get(key);
    if (found === undefined || monotonic() - found.since >= KEPT_MS) return readAnew(read, key);
    const page = await found.page;
    const head = await store.readHead(read.sessionId);
    if (head === undefined || head.deletedAt !== null) return readAnew(read, key);
    // A page that ended before the end of the log has all that belongs in it, however the log has grown.
    const isWhole = page.through < page.headSeq || head.seq === page.headSeq;
    return isWhole ? { ...page, headSeq: head.seq } : readAnew(read, key);
  };
}

function keyOf({ sessionId, after, limit, maxBytes, types, exclude }: LogRead): string {
  return JSON.stringify([sessionId, after, limit, maxBytes ?? null, types ?? null, exclude ?? null]);
}
