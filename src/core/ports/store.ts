/**
 * The store: logs, the facts beside them, and what must be committed with them.
 *
 * A write is a value for ONE session (P2), so no adapter can be asked to hold a transaction open across an await and
 * many writes can share one fsync. It begins with one conditional statement on the session's head; no row means
 * refused, with nothing changed. There is one fence, `epoch` (A1).
 *
 * Contract, for every method: rejects only for a fault (a broken disk, a lost connection), never for a "no"; a read
 * sees every commit whose write has resolved before the read was called; nothing waits for anything but the database.
 */
import type { EventId, NodeId, ProjectId, SessionId, UserId, WorkspaceId } from "../ids.ts";
import type { DraftLine, LogLine } from "../events/envelope.ts";
import type { QueueChange, TimerChange, TimerKind } from "../decide/plan.ts";
import type { OutboxDraft, OutboxRow } from "../outbox.ts";
import type { DeliveryChange } from "../delivery.ts";
import type { EditFacts, HarnessName, Head, Need, QueuedMessage, SessionRecord, SumFacts } from "../session.ts";
import type { Checkout } from "./checkouts.ts";
import type { SessionState } from "../state.ts";
import type { FactPredicate } from "../status.ts";
import type { BudgetStore, Spending } from "./budgets.ts";
import type { FileChange, FileReads } from "./files.ts";
import type { KeyStore } from "./keys.ts";
import type { RecordStore, RecordWrite } from "./records.ts";
import type { FeedReads, TeamReads, TeamResult, TeamWrite } from "./team.ts";
import type { Overlap } from "../team/reservation.ts";

/** Makes the session with this write; the write's events begin its log at seq 1 and its epoch is 1. */
export interface NewSession {
  readonly workspaceId: WorkspaceId;
  readonly createdBy: UserId | null;
  readonly harness: HarnessName;
  readonly conversationId: string | null;
  /** The session that starts it, and the one above all of those. */
  readonly parent?: { readonly id: SessionId; readonly rootId: SessionId };
  readonly edit: EditFacts;
  /** Unique per (workspace, principal); see `SessionWrite.key` for how a repeat is answered. */
  readonly idempotency: { readonly principal: string; readonly key: string; readonly bodyHash: string } | null;
}

/** T2: lives on the message it made, unique per session. */
export interface MessageKey {
  readonly clientMessageId: string;
  /** SHA-256 of the decoded command, hex. */
  readonly bodyHash: string;
  readonly messageId: string;
}

/**
 * The fold of the log through `through`, then of the write's own events. The fact columns are set to `factsOf(state)`
 * always. `state` and `foldedSeq` of the record are replaced only when the log ended at `through` right before this
 * write: facts are committed beside decisions without raising the epoch, and a fold that misses some must not be kept.
 */
export interface FoldWrite {
  readonly state: SessionState;
  readonly through: number;
}

export interface SessionWrite {
  readonly sessionId: SessionId;
  readonly create?: NewSession;
  /**
   * The epoch the decision was made at. Absent for facts from outside a turn (a title, a notice), which need no fence
   * and may not carry `fold`, `owner`, `raises` or `queue`.
   */
  readonly epoch?: number;
  readonly raises?: boolean;
  readonly owner?: NodeId | null;
  readonly takes?: "reset" | "count";
  /** In order; may be empty (a take, a park). Ids were minted before the first attempt (A8). */
  readonly events: readonly DraftLine[];
  /** Class `turn`. */
  readonly fold?: FoldWrite;
  readonly preview?: string;
  readonly outputPreview?: string;
  /** Class `edit`: only what is present is set. */
  readonly edit?: Partial<EditFacts>;
  /** Class `sum`: added to what is there. */
  readonly sum?: Partial<SumFacts>;
  /** Class `work`: the checkout is replaced, the delivery merged with what is there. */
  readonly work?: { readonly checkout?: Checkout | null; readonly delivery?: DeliveryChange };
  readonly key?: MessageKey;
  readonly queue?: readonly QueueChange[];
  readonly timers?: readonly TimerChange[];
  /** Made with this write; their ids are new and they have no names, so nothing can stand in the way. */
  readonly records?: readonly Extract<RecordWrite, { kind: "create" }>[];
  /** All or none, each against the version it was based on (E1 of the engine page). */
  readonly files?: readonly FileChange[];
  /** What must be known in a second session (P10). */
  readonly outbox?: readonly OutboxDraft[];
  /** The event of another session that this write makes known here: a second such write is answered `duplicate`. */
  readonly source?: EventId;
  /** Of a project's budget; ends what the run held of it. */
  readonly spend?: Spending;
  /** Who works on what: presence, reservations, hook facts, notices. Needs no fence. */
  readonly team?: TeamWrite;
}

export type WriteResult =
  | {
      readonly kind: "committed";
      readonly head: Head;
      readonly lines: readonly LogLine[];
      /** Present if the write had reservation steps. */
      readonly team?: TeamResult;
    }
  /** The epoch has moved on. Read the tail and decide again. */
  | { readonly kind: "stale"; readonly head: Head }
  /** No such session, or an un-fenced write to a deleted one. */
  | { readonly kind: "absent" }
  /** The key of `key` or `create.idempotency` was used before, or `source` was told; nothing was changed. */
  | { readonly kind: "duplicate"; readonly bodyHash: string; readonly madeId: string }
  | { readonly kind: "file_conflict"; readonly path: string }
  | { readonly kind: "files_full"; readonly usedBytes: number }
  /** Somebody else's reservations are in the way of `team`; at least one overlap, each a denial. */
  | { readonly kind: "held"; readonly overlaps: readonly Overlap[] }
  /** The reservations that `team` names are not as the caller read them: read again and decide again. */
  | { readonly kind: "reservations_moved" }
  /** The hook was told before, or its tool use is closed (R8, D6). */
  | { readonly kind: "hook_known" }
  /** Nothing is granted to a session that has ended (D6). */
  | { readonly kind: "session_over" };

/** The disk is full (P3): nothing of the write was kept, reads go on, later writes are tried again. */
export class StorageFull extends Error {
  override readonly name = "StorageFull";
}

export interface LogRead {
  readonly sessionId: SessionId;
  /** Strictly after this seq; 0 for the start. */
  readonly after: number;
  readonly limit: number;
  /** Stops before a page grows over this (B8); at least one line is returned if there is one. */
  readonly maxBytes?: number;
  readonly types?: readonly string[];
  readonly exclude?: readonly string[];
}

export interface LogPage {
  readonly lines: readonly LogLine[];
  /** The last seq that was looked at, matching or not (B4). Equal to `headSeq`: at the end. */
  readonly through: number;
  readonly headSeq: number;
}

export interface LogReadBack {
  readonly sessionId: SessionId;
  /** Strictly before this seq; absent: from the end. */
  readonly before?: number;
  readonly limit: number;
  readonly types?: readonly string[];
  readonly exclude?: readonly string[];
}

export type SessionOrder = "created_at" | "last_activity";

export interface SessionQuery {
  readonly workspaceId: WorkspaceId;
  /** Only these; some hundreds at most. */
  readonly ids?: readonly SessionId[];
  readonly where?: FactPredicate;
  readonly agentId?: string;
  readonly projectId?: string;
  readonly taskId?: string;
  /** Its children. */
  readonly parentId?: SessionId;
  /** All below it. */
  readonly rootId?: SessionId;
  readonly harness?: HarnessName;
  /** All of them. */
  readonly tags?: readonly string[];
  /** Part of the title, ignoring case. */
  readonly search?: string;
  readonly createdBy?: UserId;
  readonly createdAfter?: string;
  readonly createdBefore?: string;
  readonly isDeleted?: boolean;
  readonly order: SessionOrder;
  /** Newest first, strictly after this place. */
  readonly cursor?: { readonly at: string; readonly id: SessionId };
  readonly offset?: number;
  readonly limit: number;
}

export interface SessionPage {
  readonly sessions: readonly SessionRecord[];
  readonly hasMore: boolean;
}

export interface SessionReads {
  /** Deleted sessions come too, with `head.deletedAt`; the caller says what they are to its user. */
  readSession(id: SessionId): Promise<SessionRecord | undefined>;
  readHead(id: SessionId): Promise<Head | undefined>;
  listSessions(query: SessionQuery): Promise<SessionPage>;
  /** What sessions below these need, by root; roots under which nothing is needed are left out. */
  needsBelow(roots: readonly SessionId[]): Promise<ReadonlyMap<SessionId, ReadonlySet<Need>>>;
  /** All that have a checkout, or those of one project; deleted ones too. */
  listCheckouts(projectId?: ProjectId): Promise<readonly SessionRecord[]>;
  /** Exact up to `cap`, then `cap`. */
  countSessions(query: Omit<SessionQuery, "order" | "cursor" | "offset" | "limit">, cap: number): Promise<number>;
  readLog(read: LogRead): Promise<LogPage>;
  /** The last lines before a place, oldest first. */
  readLogBack(read: LogReadBack): Promise<readonly LogLine[]>;
  countEvents(id: SessionId, filter: Pick<LogRead, "types" | "exclude">): Promise<number>;
  /** Types that no event has are left out. */
  countEventTypes(id: SessionId): Promise<ReadonlyMap<string, number>>;
  findEvent(id: SessionId, eventId: EventId): Promise<number | undefined>;
  /** In the order in which they will start. */
  readQueue(id: SessionId): Promise<readonly QueuedMessage[]>;
  findMessageKey(id: SessionId, clientMessageId: string): Promise<MessageKey | undefined>;
  findSessionKey(
    workspaceId: WorkspaceId,
    principal: string,
    key: string,
  ): Promise<{ readonly bodyHash: string; readonly sessionId: SessionId } | undefined>;
}

export interface DueTimer {
  readonly kind: TimerKind;
  readonly sessionId: SessionId;
  readonly dueAt: string;
}

/** What the pulse asks, each one statement (A3, P6). */
export interface PulseStore {
  /** Makes this node's life known until `lifeMs` from now, by the store's clock. */
  renewNode(node: NodeId, lifeMs: number): Promise<void>;
  /** Turns and queues that need an owner and have no live one, oldest first. */
  findOwnerless(node: NodeId, limit: number): Promise<readonly SessionId[]>;
  /** Of these sessions, the ones whose head has a larger seq or a larger epoch than the caller thinks. */
  findMoved(known: ReadonlyMap<SessionId, { readonly seq: number; readonly epoch: number }>): Promise<readonly Head[]>;
  dueTimers(limit: number): Promise<readonly DueTimer[]>;
  /** Removes the timer if it still stands at `dueAt`; false when somebody else was first. */
  takeTimer(timer: DueTimer): Promise<boolean>;
  /** Erases at most `rows` rows of a deleted session's events, files and queue; true when none is left (B12). */
  purgeSlice(id: SessionId, rows: number): Promise<boolean>;
}

export interface OutboxStore {
  /** In the order of their commits, strictly after a place (0: from the first). */
  readOutbox(after: number, limit: number): Promise<readonly OutboxRow[]>;
  /** They are delivered; those that are gone already are no fault. */
  dropOutbox(places: readonly number[]): Promise<void>;
}

export interface SessionWrites {
  /**
   * Contract: resolves after the commit is durable. A refusal changed nothing. Rejects with `StorageFull` when the
   * disk is full; any other rejection means "unknown": the same write may be given again, and finds itself by the id
   * of its first event.
   */
  write(write: SessionWrite): Promise<WriteResult>;
}

export interface Store
  extends
    SessionReads,
    SessionWrites,
    PulseStore,
    OutboxStore,
    FileReads,
    RecordStore,
    KeyStore,
    TeamReads,
    FeedReads,
    BudgetStore,
    AsyncDisposable {
  /** Every session owned by a node other than this one has lost its owner (a held folder lock proves it). */
  readonly isAlone: boolean;
}
