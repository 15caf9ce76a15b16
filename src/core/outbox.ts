/**
 * What sessions have to tell one another (P10, C4): the kinds of it, and how it is kept until the relay has delivered it.
 *
 *   child_made       to the parent    a session was started by it
 *   turn_ended       to the parent    a turn of the child ended, or it came to rest: usage, and an end of waiting
 *   usage_added      to the parent    what a session further below has used
 *   awaiting         to itself        the turn waits for sessions: those that ended before it did are not missed
 *   stop_children    to itself        it was cancelled, killed or deleted, and so are those it started
 *   asked_by_parent  to itself        a message of the parent went in: if the parent was stopped meanwhile, it stops too
 */
import type { Usage } from "./events/content.ts";
import type { EventId, SessionId, WorkspaceId } from "./ids.ts";

export type OutboxKind = "child_made" | "turn_ended" | "usage_added" | "awaiting" | "stop_children" | "asked_by_parent";

export interface OutboxBodies {
  readonly child_made: {
    readonly name: string | null;
    readonly task: string;
    readonly callId: string;
  };
  readonly turn_ended: {
    /** Nothing: it came to rest without a turn. */
    readonly turn: {
      readonly turnId: string;
      readonly outcome: "completed" | "failed" | "cancelled";
      /** First characters of its last words. */
      readonly text: string;
      readonly error: string | null;
      readonly usage: Usage;
    } | null;
  };
  readonly usage_added: { readonly usedBy: string; readonly usage: Usage };
  readonly awaiting: Readonly<Record<string, never>>;
  readonly stop_children: {
    readonly action: "cancel" | "kill" | "delete";
    readonly isPermanent: boolean;
    /** The session itself may be erased by the time its children are looked for. */
    readonly workspaceId: WorkspaceId | null;
  };
  readonly asked_by_parent: { readonly turnId: string };
}

/** Given to the other session by the relay, at least once; `SessionWrite.source` makes it once. */
export interface OutboxDraft {
  /** Of this write, or of an earlier one; it tells this row from all others for the same target. */
  readonly eventId: EventId;
  readonly kind: OutboxKind;
  readonly target: SessionId;
  readonly bodyJson: string;
  /** Kept only if the target has children; an adapter whose commits may overlap keeps it always. */
  readonly isForChildren?: boolean;
}

export interface OutboxRow extends Omit<OutboxDraft, "isForChildren"> {
  readonly place: number;
  readonly sourceId: SessionId;
}
