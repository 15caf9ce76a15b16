/**
 * Reading a session for somebody: unknown, foreign and deleted are the same "not found". Deciding needs the fold to
 * the end of the log; what was committed since the stored fold is read and folded here.
 */
import { foldEvents } from "../core/fold.ts";
import { parseLine } from "../core/events/envelope.ts";
import type { LogLine } from "../core/events/envelope.ts";
import type { SessionId } from "../core/ids.ts";
import type { SessionReads } from "../core/ports/store.ts";
import { accept, refuse } from "../core/refusal.ts";
import type { Outcome } from "../core/refusal.ts";
import type { Head, SessionRecord } from "../core/session.ts";
import type { SessionState } from "../core/state.ts";
import type { Principal } from "./principal.ts";

export type ReadableStore = Pick<SessionReads, "readSession" | "readLog">;

const PAGE = 500;

export function notFound(id: string) {
  return refuse({ code: "not_found", kind: "session", id });
}

export async function readOwnSession(
  store: Pick<SessionReads, "readSession">,
  principal: Pick<Principal, "workspaceId">,
  id: SessionId,
): Promise<Outcome<SessionRecord>> {
  const record = await store.readSession(id);
  if (record === undefined || record.workspaceId !== principal.workspaceId) return notFound(id);
  return record.head.deletedAt === null ? accept(record) : notFound(id);
}

/** Every line after a place, page by page. */
export async function* readLines(
  store: Pick<SessionReads, "readLog">,
  {
    sessionId,
    after,
    types,
  }: { readonly sessionId: SessionId; readonly after: number; readonly types?: readonly string[] },
): AsyncIterable<readonly LogLine[]> {
  let from = after;
  for (;;) {
    const page = await store.readLog({
      sessionId,
      after: from,
      limit: PAGE,
      ...(types === undefined ? {} : { types }),
    });
    if (page.lines.length > 0) yield page.lines;
    from = page.through;
    if (page.through >= page.headSeq) return;
  }
}

export interface CurrentSession {
  readonly record: SessionRecord;
  readonly head: Head;
  /** Folded to the end of the log as of `head` or later. */
  readonly state: SessionState;
  readonly foldedSeq: number;
}

/**
 * The session as a decision needs it. The head was read first: lines committed after it may be in the fold, and then
 * the decision's write finds a newer epoch and is made again. Never the other way round.
 */
export async function foldCurrent(store: ReadableStore, record: SessionRecord): Promise<CurrentSession> {
  let { state, foldedSeq } = record;
  // Both were read in one moment: there is nothing to fold, and asking costs a third of a decision.
  if (foldedSeq === record.head.seq) return { record, head: record.head, state, foldedSeq };
  for await (const lines of readLines(store, { sessionId: record.id, after: foldedSeq })) {
    state = foldEvents(state, lines.map(parseLine));
    foldedSeq = lines.at(-1)?.seq ?? foldedSeq;
  }
  return { record, head: record.head, state, foldedSeq };
}
