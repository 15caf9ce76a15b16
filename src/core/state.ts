/**
 * The fold of a session's control events: what every decision needs to know, and no more. Small enough to be stored
 * beside the session and continued from there. `fold.ts` makes it.
 */
import type { Usage } from "./events/content.ts";
import type { SessionId } from "./ids.ts";
import type { ApprovalAnswer, Hold, Isolation, Lifecycle, Need } from "./session-words.ts";

/** A tool call without its result. Its arguments stand in the answer that asked for it. */
export interface OpenCall {
  readonly id: string;
  readonly name: string;
  /** Of name and arguments; see `repeat`. */
  readonly signature: number;
  /** Committed as started: after a crash it may have run (T4). */
  readonly started: boolean;
  /** The session's client was asked to carry it out. */
  readonly isRequested: boolean;
  /** It ends when all of these sessions have come to rest. */
  readonly awaits?: readonly string[];
}

/** A question to a person about a call, and what was said. */
export interface Approval {
  readonly id: string;
  /** Nothing: the question is about no call. */
  readonly callId: string | null;
  /** Nothing: nobody has answered yet. */
  readonly answer: ApprovalAnswer | null;
  /** What an answer holds for; absent: nobody said. */
  readonly scope?: string;
}

export interface TurnState {
  readonly id: string;
  readonly inputMessageId: string;
  readonly startedAt: string;
  readonly phase: "reasoning" | "acting" | "waiting" | "cancelling";
  readonly execId: string | null;
  readonly iteration: number;
  /** `reason.started` without its `reason.completed`. */
  readonly isReasonOpen: boolean;
  readonly openMessageId: string | null;
  /** `act.started` without its `act.completed`. */
  readonly isActOpen: boolean;
  readonly openCalls: readonly OpenCall[];
  readonly toolCallCount: number;
  readonly failedCallCount: number;
  /** Calls of the act that began last; absent in a fold that an older program has stored. */
  readonly actCallCount?: number;
  /** Identical (tool, arguments, result) in a row; see T7. */
  readonly repeat: { readonly signature: number; readonly count: number };
  /** Inputs that no model call has seen yet; a turn does not end over them. */
  readonly unreadCount: number;
  readonly needs: readonly Need[];
  /** Those of the calls that are being made, answered ones too, and whatever else is unanswered. */
  readonly approvals: readonly Approval[];
  readonly usage: Usage;
  /** First characters of the last answer, for lists. */
  readonly lastText: string;
}

export interface SessionState {
  readonly lifecycle: Lifecycle;
  readonly hold: Hold;
  readonly isDeleted: boolean;
  /** The session that started this one, which is told of its turns. */
  readonly parentId?: SessionId;
  /** An agent elsewhere does the work and reports it: nobody here may take its turns or its queue. */
  readonly isObserved?: true;
  readonly turn: TurnState | null;
  readonly turnCount: number;
  readonly queuedCount: number;
  /** How the last turn ended; `agent_gone` is a failure that left no program of the agent's. */
  readonly stopReason: string | null;
  /** What somebody has to see to in its work, whether a turn runs or not. */
  readonly workNeeds?: readonly Need[];
  /** How its agent's program was held when it was last started; absent: none was. */
  readonly isolation?: Isolation;
}

export function pendingApprovals({ approvals }: Pick<TurnState, "approvals">): readonly Approval[] {
  return approvals.filter(({ answer }) => answer === null);
}

export const initialState: SessionState = {
  lifecycle: "open",
  hold: "none",
  isDeleted: false,
  turn: null,
  turnCount: 0,
  queuedCount: 0,
  stopReason: null,
};
