/**
 * What is stored about a session, as facts. Statuses are computed from these (S4, S7), never stored.
 *
 * Every fact has one class, and the class says who may write it (C2 of the engine page):
 *   turn  set by fenced writes only          edit  set alone by its own use case          sum  added to by anybody
 *   work  set by whoever looks at the checkout, the delivery by merging
 */
import type { Delivery } from "./delivery.ts";
import type {
  AgentId,
  EventId,
  HarnessId,
  KeyId,
  ModelId,
  NodeId,
  ProjectId,
  SessionId,
  TurnId,
  UserId,
  WorkspaceId,
} from "./ids.ts";
import type { NetworkRules } from "./network-rules.ts";
import type { Checkout } from "./ports/checkouts.ts";
import type { ClientTool, ToolPolicies } from "./records/client-tool.ts";
import type { HarnessName, Hold, Isolation, Lifecycle, Need, Origin, TurnPhase, WhenBusy } from "./session-words.ts";
import type { SessionState } from "./state.ts";

export * from "./session-words.ts";

export interface CapabilityRef {
  readonly ref: string;
  readonly config?: Readonly<Record<string, unknown>>;
}

/** Class `turn`. */
export interface TurnFacts {
  readonly lifecycle: Lifecycle;
  readonly hold: Hold;
  readonly turn: TurnPhase;
  readonly turnId: TurnId | null;
  readonly needs: readonly Need[];
  readonly stopReason: string | null;
  /** How its agent's program was held when it was last started; null: none was started here (C6). */
  readonly isolation: Isolation | null;
  readonly turnCount: number;
  readonly queuedCount: number;
  /** Its agent works elsewhere and reads its queue itself: nobody here owes it a turn (H4). */
  readonly isObserved?: true;
  /** First words of the first input and of the last answer, for lists. */
  readonly preview: string | null;
  readonly outputPreview: string | null;
}

/** Class `edit`. */
export interface EditFacts {
  readonly title: string | null;
  readonly tags: readonly string[];
  readonly agentId: AgentId | null;
  readonly harnessId: HarnessId | null;
  readonly modelId: ModelId | null;
  readonly projectId: ProjectId | null;
  /** Free text: names a piece of work outside of here (ruling 2). */
  readonly taskId: string | null;
  readonly settings: SessionSettings;
}

/** What is configured but never filtered by; one JSON column. */
export interface SessionSettings {
  readonly capabilities?: readonly CapabilityRef[];
  readonly systemPrompt?: string | null;
  readonly maxIterations?: number | null;
  readonly locale?: string | null;
  readonly whenBusy?: WhenBusy;
  readonly origin?: Origin;
  /** Of an observed session: with which its agent's hooks came when they last told of a prompt. */
  readonly hookKeyId?: KeyId;
  readonly networkAccess?: NetworkRules | null;
  /** Of the session that started it, as they were then; nobody can change them. */
  readonly inheritedNetwork?: readonly NetworkRules[];
  /** Carried out by the client; beside the agent's. */
  readonly tools?: readonly ClientTool[];
  /** Override the agent's. */
  readonly toolPolicies?: ToolPolicies;
  /** Tools that a person has allowed for the rest of the session. */
  readonly allowedTools?: readonly string[];
  /** Words of the client to itself and to its agent's tools; nobody here reads them. */
  readonly hints?: Readonly<Record<string, unknown>> | null;
  /** What was written with the session; its files are its own from then on. */
  readonly initialFiles?: readonly { readonly path: string; readonly isReadonly: boolean }[];
  /** The first events of the log are copies of the other's, seq by seq. */
  readonly forkedFrom?: { readonly sessionId: SessionId; readonly seq: number };
  /** Picks nothing by itself; which agent and rules it means is the project's. */
  readonly role?: string | null;
  /** Of the project's tracker. */
  readonly issueId?: string | null;
  readonly deepWorkId?: string | null;
  /** Commit the checkout after each turn that changed it. */
  readonly autoCommit?: boolean;
  /** As it was wished for; without one it is made from the title. The checkout knows the one that it is. */
  readonly branchName?: string | null;
  /** The vendor's code of a model, for an agent that is a program of its own. */
  readonly modelCode?: string | null;
  /** What the first turn is to be about, as long as there was none. */
  readonly initialPrompt?: string | null;
  /** Facts that only one door shows; doors store nothing themselves (ruling 5). */
  readonly data?: Readonly<Record<string, unknown>>;
}

/** Class `sum`. Money is in millionths of a US dollar, so sums are exact. */
export interface SumFacts {
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly cacheReadTokens: number;
  readonly cacheCreationTokens: number;
  readonly costMicroUsd: number;
  readonly messageCount: number;
}

/** Class `work`: set by whoever makes, looks at or removes the checkout. */
export interface WorkFacts {
  readonly checkout: Checkout | null;
  readonly delivery: Delivery | null;
}

/** The fence and the end of the log; one row, written by every commit. */
export interface Head {
  readonly sessionId: SessionId;
  readonly seq: number;
  readonly epoch: number;
  readonly owner: NodeId | null;
  /** Take-overs since the last committed step (A11). */
  readonly takes: number;
  readonly deletedAt: string | null;
}

export interface SessionRecord {
  readonly id: SessionId;
  readonly workspaceId: WorkspaceId;
  readonly createdBy: UserId | null;
  readonly harness: HarnessName;
  readonly conversationId: string | null;
  /** The session that started this one; nothing for one of its own. */
  readonly parentId: SessionId | null;
  /** The session above all of its parents; nothing for one that has none. */
  readonly rootId: SessionId | null;
  readonly createdAt: string;
  readonly updatedAt: string;
  readonly lastActiveAt: string;
  readonly head: Head;
  readonly facts: TurnFacts;
  readonly edit: EditFacts;
  readonly sums: SumFacts;
  readonly work: WorkFacts;
  /** The fold of the log's control events through `foldedSeq`; continue it from there. */
  readonly state: SessionState;
  readonly foldedSeq: number;
}

/** A message that waits for its turn; its `input.message` comes when it starts (ruling 9). */
export interface QueuedMessage {
  readonly messageId: string;
  readonly sessionId: SessionId;
  readonly position: number;
  /** The stored Message as JSON text. */
  readonly messageJson: string;
  readonly queuedEventId: EventId;
  readonly createdAt: string;
}
