/**
 * What the main thread and the writer thread say to each other. A job is a tuple, because the structured clone of a
 * tuple costs 0.6 µs where that of an object with the same values costs 1 to 1.5; everything in it is plain data.
 */
import type { QueueChange, TimerChange } from "../../core/decide/plan.ts";
import type { EventId, KeyId, NodeId, SessionId, WorkspaceId } from "../../core/ids.ts";
import type { HoldWish, Spending } from "../../core/ports/budgets.ts";
import type { FileChange } from "../../core/ports/files.ts";
import type { KeyRow } from "../../core/ports/keys.ts";
import type { RecordResult, RecordWrite } from "../../core/ports/records.ts";
import type { DueTimer, MessageKey, WriteResult } from "../../core/ports/store.ts";
import type { OutboxDraft } from "../../core/outbox.ts";
import type { Value } from "./statement.ts";

export interface TurnValues {
  /** In the order of `FACT_COLUMNS`. */
  readonly facts: readonly Value[];
  readonly stateJson: string;
  /** The fold is kept when the log ended here right before the write. */
  readonly through: number;
}

export interface CreateValues {
  /** In the order of `CREATE_COLUMNS`. */
  readonly columns: readonly Value[];
  readonly workspaceId: string;
  readonly harness: string;
  readonly conversationId: string | null;
  readonly tags: readonly string[];
  readonly titleKey: string | null;
  readonly idempotency: { readonly principal: string; readonly key: string; readonly bodyHash: string } | null;
}

export interface EditValues {
  readonly title?: { readonly text: string | null; readonly key: string | null };
  readonly tags?: readonly string[];
  /** Columns that nothing else follows from, by their name in `EDIT_COLUMNS`. */
  readonly plain: readonly (readonly [column: string, value: Value])[];
}

export interface WorkValues {
  readonly checkoutJson?: string | null;
  /** Merged with what is there (RFC 7396). */
  readonly deliveryJson?: string;
}

export type QueueStep =
  | { readonly kind: "add"; readonly messageId: string; readonly messageJson: string; readonly eventId: string }
  | { readonly kind: "replace"; readonly messageId: string; readonly messageJson: string }
  | Extract<QueueChange, { kind: "remove" }>;

export interface FileStep {
  readonly changes: readonly FileChange[];
  readonly turnId: string | null;
  readonly limitBytes: number;
}

/** `isForChildren`: kept only if the target has children. */
export type OutboxStep = Required<OutboxDraft> & { readonly sourceId: SessionId };

/** What a write has beside its events; absent for most steps inside a turn. */
export interface SessionRest {
  readonly create?: CreateValues;
  readonly turn?: TurnValues;
  readonly isDeleted?: boolean;
  readonly previews?: readonly [input: string | null, output: string | null];
  readonly edit?: EditValues;
  /** In the order of `SUM_COLUMNS`. */
  readonly sum?: readonly number[];
  readonly work?: WorkValues;
  readonly spend?: Spending;
  /** Places in `events` of those that the feed points at. */
  readonly feed?: readonly number[];
  readonly records?: readonly RecordWrite[];
  readonly key?: MessageKey;
  readonly queue?: readonly QueueStep[];
  readonly timers?: readonly TimerChange[];
  readonly files?: FileStep;
  readonly outbox?: readonly OutboxStep[];
  /** The other session's event that this write makes known here. */
  readonly source?: EventId;
  /** A `TeamWrite`: as text it crosses in half the time that its many small objects take. */
  readonly teamJson?: string;
}

/** Four strings an event: id, type, context, data. */
export type EventStrings = readonly string[];

export type SessionJob = readonly [
  op: "session",
  sessionId: SessionId,
  epoch: number | null,
  raises: 0 | 1,
  /** Undefined: unchanged. */
  owner: string | null | undefined,
  takes: "same" | "reset" | "count",
  events: EventStrings,
  rest: SessionRest | undefined,
];

/** The head after the commit, and where its events stand: from `firstSeq` on, all at `ts`. */
export type CommitPlace = readonly [
  seq: number,
  epoch: number,
  takes: number,
  owner: string | null,
  deletedAt: number | null,
  firstSeq: number,
  ts: number,
];

/** With a `TeamResult`, where the write was about the team. */
export type Committed = readonly [...CommitPlace, teamJson?: string];

export type SessionAnswer = Committed | Exclude<WriteResult, { kind: "committed" }>;

export interface JobTypes {
  readonly session: { readonly job: SessionJob; readonly answer: SessionAnswer };
  readonly record: { readonly job: readonly ["record", RecordWrite]; readonly answer: RecordResult };
  readonly create_key: {
    readonly job: readonly ["create_key", Omit<KeyRow, "createdAt" | "revokedAt" | "lastUsedAt">];
    readonly answer: KeyRow;
  };
  readonly revoke_key: { readonly job: readonly ["revoke_key", KeyId, WorkspaceId]; readonly answer: boolean };
  readonly touch_key: { readonly job: readonly ["touch_key", KeyId]; readonly answer: null };
  readonly renew_node: { readonly job: readonly ["renew_node", NodeId, lifeMs: number]; readonly answer: null };
  readonly take_timer: { readonly job: readonly ["take_timer", DueTimer]; readonly answer: boolean };
  readonly drop_outbox: { readonly job: readonly ["drop_outbox", places: readonly number[]]; readonly answer: null };
  readonly hold_budget: { readonly job: readonly ["hold_budget", HoldWish]; readonly answer: boolean };
  readonly free_budget: { readonly job: readonly ["free_budget", Spending]; readonly answer: null };
  readonly purge_slice: { readonly job: readonly ["purge_slice", SessionId, rows: number]; readonly answer: boolean };
}

export type Op = keyof JobTypes;
export type Job<K extends Op = Op> = JobTypes[K]["job"];
export type Answer<K extends Op = Op> = JobTypes[K]["answer"];

/** Carries out one job inside the open transaction. Contract: throws for a fault, never answers one. */
export type Handlers = { readonly [K in Op]: (job: Job<K>, nowMs: number) => Answer<K> };

export interface Post {
  readonly nowMs: number;
  readonly jobs: readonly Job[];
}

/**
 * full      nothing of the job was kept (P3)
 * unknown   the disk failed; the job may have been kept or not
 * error     nothing of the job was kept; the store goes on
 */
export interface Failure {
  readonly index: number;
  readonly kind: "full" | "unknown" | "error";
  readonly message: string;
}

/** One answer for each job, in order; where a job failed the answer is null and a failure says why. */
export interface Reply {
  readonly answers: readonly (Answer | null)[];
  readonly failures: readonly Failure[];
  /** The disk is broken: the writer will write no more. */
  readonly fault?: string;
}

export interface WriterData {
  readonly file: string;
}

export type ToWriter = Post | "close";
export type FromWriter = Reply | "open" | "closed";
