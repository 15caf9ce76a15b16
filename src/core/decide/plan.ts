/**
 * What a decision comes to: a value that says which events to commit and what becomes of the fence. Deciding is pure;
 * `app/` turns a plan into one write at the epoch the decision was made at, and decides again if that is refused.
 */
import type { EventContext, EventDraft, Fact } from "../events/envelope.ts";
import type { EventId, MessageId, MintId, NodeId, TurnId } from "../ids.ts";
import type { Message } from "../events/content.ts";
import type { DeliveryChange } from "../delivery.ts";
import type { Spending } from "../ports/budgets.ts";
import type { Checkout } from "../ports/checkouts.ts";
import type { TeamWrite } from "../ports/team.ts";
import type { EditFacts, Need } from "../session.ts";
import type { SessionState, TurnState } from "../state.ts";

/** One of a kind per session; a new one takes the place of the old. */
export type TimerKind =
  | "cancel_deadline"
  | "quota"
  | "purge"
  | "begin"
  | "approval_expiry"
  | "tool_results_expiry"
  | "sessions_expiry"
  | "silence";

export interface TimerChange {
  readonly kind: TimerKind;
  /** From the store's clock at commit; nothing removes the timer. */
  readonly dueInMs: number | null;
}

export type QueueChange =
  | { readonly kind: "add"; readonly message: Message }
  | { readonly kind: "replace"; readonly message: Message }
  | { readonly kind: "remove"; readonly messageIds: readonly string[] };

export interface Plan {
  readonly events: readonly EventDraft[];
  /** A control event: raises the epoch (A1). Facts that a runner commits do not. */
  readonly raises: boolean;
  /** Absent: unchanged. */
  readonly owner?: NodeId | null;
  readonly takes?: "reset" | "count";
  readonly queue?: readonly QueueChange[];
  readonly timers?: readonly TimerChange[];
  /** The other session's event that this makes known here; see `SessionWrite.source`. */
  readonly source?: EventId;
  /** Made from what stood there at the plan's epoch. */
  readonly edit?: Partial<EditFacts>;
  /** Who works on what, as it is with these events. */
  readonly team?: TeamWrite;
  /** Of a project's budget. */
  readonly spend?: Spending;
  /** Of the checkout and of what became of the work, as these events say. */
  readonly work?: { readonly checkout?: Checkout | null; readonly delivery?: DeliveryChange };
}

const WAIT_TIMERS: Readonly<Partial<Record<Need, TimerKind>>> = {
  quota: "quota",
  approval: "approval_expiry",
  tool_results: "tool_results_expiry",
  sessions: "sessions_expiry",
};

/** Removes the timers that end the wait for these needs. */
export function waitTimers(needs: readonly Need[]): readonly TimerChange[] {
  return needs.flatMap((need) => {
    const kind = WAIT_TIMERS[need];
    return kind === undefined ? [] : [{ kind, dueInMs: null }];
  });
}

/** What deciding may ask of the world: fresh ids, and who runs a turn that starts now (nobody: it is owed). */
export interface DecideInput {
  readonly mint: MintId;
  readonly runner: NodeId | null;
  readonly agentId: string | null;
}

export function draft(mint: MintId, context: EventContext, fact: Fact): EventDraft {
  return { ...fact, id: mint("event"), context };
}

export function turnContext(turn: TurnState): EventContext {
  // Ids inside the fold were minted by us and come back from our own log.
  return {
    turn_id: turn.id as TurnId,
    input_message_id: turn.inputMessageId as MessageId,
    trace_id: turn.id,
    ...(turn.execId === null ? {} : { exec_id: turn.execId as NonNullable<EventContext["exec_id"]> }),
  };
}

export interface Decision<Answer> {
  readonly plan: Plan | null;
  readonly answer: Answer;
}

export type Decide<Answer> = (state: SessionState) => Decision<Answer>;
