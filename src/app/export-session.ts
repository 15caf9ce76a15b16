/**
 * A session's log as a stream, page by page, as it was when the export began: what is said while it runs is not in it.
 * Holds one page at a time, and reads the next when it is asked for.
 */
import type { LogLine } from "../core/events/envelope.ts";
import type { SessionId } from "../core/ids.ts";
import type { SessionReads } from "../core/ports/store.ts";
import { accept } from "../core/refusal.ts";
import type { Outcome } from "../core/refusal.ts";
import type { Principal } from "./principal.ts";
import { readOwnSession } from "./read-session.ts";

export interface ExportedSession {
  /**
   * Oldest first; `types` narrows. Contract: throws when the session is deleted under way, so that nobody takes the half
   * for the whole.
   */
  pages(types?: readonly string[]): AsyncIterable<readonly LogLine[]>;
}

export interface ExportSessionDeps {
  readonly store: Pick<SessionReads, "readSession" | "readHead" | "readLog">;
}

export type ExportSession = (principal: Principal, id: SessionId) => Promise<Outcome<ExportedSession>>;

const PAGE_LINES = 200;
const PAGE_BYTES = 256 * 1024;

export function makeExportSession({ store }: ExportSessionDeps): ExportSession {
  return async (principal, id) => {
    const found = await readOwnSession(store, principal, id);
    if (!found.ok) return found;
    const { seq } = found.value.head;
    return accept({ pages: (types) => readPages(store, { sessionId: id, through: seq, types }) });
  };
}

async function* readPages(
  store: ExportSessionDeps["store"],
  {
    sessionId,
    through,
    types,
  }: { readonly sessionId: SessionId; readonly through: number; readonly types: readonly string[] | undefined },
): AsyncGenerator<readonly LogLine[], undefined> {
  const narrowed = types === undefined ? {} : { types };
  for (let after = 0; after < through;) {
    const page = await store.readLog({ sessionId, after, limit: PAGE_LINES, maxBytes: PAGE_BYTES, ...narrowed });
    const head = await store.readHead(sessionId);
    if (head === undefined || head.deletedAt !== null)
      throw new Error(`Session ${sessionId} was deleted in its export`);
    const lines = page.lines.filter(({ seq }) => seq <= through);
    if (lines.length > 0) yield lines;
    after = page.through;
  }
}
