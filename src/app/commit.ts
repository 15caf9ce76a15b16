/**
 * The one way into the store for session writes: turns plans into writes, and tells those who follow the log what came
 * of it. Lines of a local commit go to the tail before the bell rings, so a follower on this node reads no database.
 */
import type { Plan } from "../core/decide/plan.ts";
import { foldDrafts } from "../core/decide/fold-drafts.ts";
import { sumsOfCommit, tellOthers } from "../core/decide/tell.ts";
import { encodeDraft } from "../core/events/envelope.ts";
import type { LogLine } from "../core/events/envelope.ts";
import type { SessionId, WorkspaceId } from "../core/ids.ts";
import { StorageFull } from "../core/ports/store.ts";
import type { SessionWrite, SessionWrites, WriteResult } from "../core/ports/store.ts";
import type { SessionState } from "../core/state.ts";
import { factsOf } from "../core/status.ts";

export type CommitWrite = (write: SessionWrite) => Promise<WriteResult>;

export interface CommitDeps {
  readonly store: SessionWrites;
  /** Contract: cheap, never throws. */
  readonly onCommitted: (sessionId: SessionId, lines: readonly LogLine[]) => void;
  /** The commit has something to tell another session. Contract: as above. */
  readonly onOutbox?: () => void;
}

const WRITE_ATTEMPTS = 3;

export function makeCommit({ store, onCommitted, onOutbox }: CommitDeps): CommitWrite {
  return async (write) => {
    const result = await writeAgain(store, write);
    if (result.kind === "committed" && result.lines.length > 0) onCommitted(write.sessionId, result.lines);
    if (result.kind === "committed" && (write.outbox?.length ?? 0) > 0) onOutbox?.();
    return result;
  };
}

/** A write of unknown outcome is given again and finds itself (A8); a full disk is an answer, not an unknown. */
async function writeAgain(store: SessionWrites, write: SessionWrite): Promise<WriteResult> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await store.write(write);
    } catch (cause) {
      if (cause instanceof StorageFull || attempt === WRITE_ATTEMPTS || write.events.length === 0) throw cause;
    }
  }
}

export interface PlannedWrite {
  readonly sessionId: SessionId;
  readonly workspaceId?: WorkspaceId;
  readonly epoch: number;
  readonly state: SessionState;
  /** How far `state` has folded the log. */
  readonly foldedSeq: number;
  readonly nowMs: number;
}

/**
 * The write that carries out a plan, fenced at the epoch that the plan was made at. The session's row is touched only
 * when a fact of it changes; the steps inside a turn do not (C2).
 */
export function planWrite(
  plan: Plan,
  { sessionId, workspaceId, epoch, state, foldedSeq, nowMs }: PlannedWrite,
): SessionWrite & { readonly after: SessionState } {
  const after = foldDrafts(state, plan.events, nowMs);
  const isChanged = JSON.stringify(factsOf(state)) !== JSON.stringify(factsOf(after));
  const isStored = isChanged || plan.raises;
  const ended = state.turn !== null && after.turn?.id !== state.turn.id ? lastOf(state, plan, nowMs) : null;
  const sum = sumsOfCommit({ plan, ended });
  const where = workspaceId === undefined ? { sessionId } : { sessionId, workspaceId };
  const outbox = tellOthers({ ...where, plan, before: state, after, ended });
  return {
    sessionId,
    epoch,
    raises: plan.raises,
    events: plan.events.map(encodeDraft),
    after,
    ...(plan.owner === undefined ? {} : { owner: plan.owner }),
    ...(plan.takes === undefined ? {} : { takes: plan.takes }),
    ...(plan.queue === undefined ? {} : { queue: plan.queue }),
    ...(plan.timers === undefined ? {} : { timers: plan.timers }),
    ...(plan.edit === undefined ? {} : { edit: plan.edit }),
    ...(plan.spend === undefined ? {} : { spend: plan.spend }),
    ...(plan.work === undefined ? {} : { work: plan.work }),
    ...(plan.team === undefined ? {} : { team: plan.team }),
    ...(isStored ? { fold: { state: after, through: foldedSeq } } : {}),
    ...previewsOf(plan, ended),
    ...(plan.source === undefined ? {} : { source: plan.source }),
    ...(sum === null ? {} : { sum }),
    ...(outbox.length === 0 ? {} : { outbox }),
  };
}

/** The turn as it stood just before the event that ended it, so that its sums are complete. */
function lastOf(state: SessionState, plan: Plan, nowMs: number) {
  let folded = state;
  for (const event of plan.events) {
    const next = foldDrafts(folded, [event], nowMs);
    if (next.turn?.id !== state.turn?.id) return folded.turn;
    folded = next;
  }
  return folded.turn;
}

function previewsOf(plan: Plan, ended: { readonly lastText: string } | null) {
  const input = plan.events.find((event) => event.type === "input.message" && event.data.starts_turn !== false);
  const text = input?.type === "input.message" ? firstText(input.data.message.content) : "";
  return {
    ...(text === "" ? {} : { preview: text }),
    ...(ended === null || ended.lastText === "" ? {} : { outputPreview: ended.lastText }),
  };
}

function firstText(content: readonly { readonly type: string; readonly text?: string }[]): string {
  return content.find((part) => part.type === "text" && (part.text ?? "") !== "")?.text?.slice(0, 200) ?? "";
}
