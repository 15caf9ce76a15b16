/**
 * Approvals as the log tells of them: what was asked, and what was said. The fold knows which are open; everything else
 * about them is read from the events themselves, latest first, so an open one is found at once.
 */
import type { ToolCall } from "../core/events/content.ts";
import { parseLine } from "../core/events/envelope.ts";
import type { KnownEvent } from "../core/events/envelope.ts";
import type { SessionId } from "../core/ids.ts";
import type { SessionReads } from "../core/ports/store.ts";
import type { ApprovalAnswer, SessionRecord } from "../core/session.ts";
import { pendingApprovals } from "../core/state.ts";
import { foldCurrent } from "./read-session.ts";
import type { ReadableStore } from "./read-session.ts";

export interface ApprovalView {
  readonly id: string;
  readonly sessionId: SessionId;
  readonly turnId: string | null;
  readonly question: string;
  readonly toolCall: ToolCall | null;
  readonly requestedAt: string;
  readonly expiresAt: string | null;
  readonly settled: Settled | null;
}

export interface Settled {
  readonly answer: ApprovalAnswer;
  /** What an allow holds for. */
  readonly scope: string | null;
  /** The user who said so; nobody, where it expired or went with its turn. */
  readonly by: string | null;
  readonly reason: string | null;
  readonly at: string;
}

type EventOf<T extends KnownEvent["type"]> = Extract<KnownEvent, { type: T }>;

const TYPES = ["approval.requested", "approval.answered", "approval.expired"] as const;
const PAGE = 200;

function viewOf({ data, ...event }: EventOf<"approval.requested">, settled: Settled | null): ApprovalView {
  return {
    id: data.approval_id,
    sessionId: event.sessionId,
    turnId: event.context.turn_id ?? null,
    question: data.question,
    toolCall: data.tool_call ?? null,
    requestedAt: event.ts,
    expiresAt: data.expires_at ?? null,
    settled,
  };
}

function settledBy(event: EventOf<"approval.answered" | "approval.expired">): Settled {
  if (event.type === "approval.expired")
    return { answer: "expired", scope: null, by: null, reason: null, at: event.ts };
  const { answer, scope = null, by = null, reason = null } = event.data;
  return { answer, scope, by, reason, at: event.ts };
}

/** In any state, also of turns that are long over. */
export async function findApproval(
  store: Pick<SessionReads, "readLogBack">,
  sessionId: SessionId,
  id: string,
): Promise<ApprovalView | undefined> {
  let settled: Settled | null = null;
  let before: number | undefined;
  for (;;) {
    const at = before === undefined ? {} : { before };
    const lines = await store.readLogBack({ sessionId, limit: PAGE, types: TYPES, ...at });
    for (const event of lines.map(parseLine).toReversed()) {
      if (!event.known) continue;
      if (event.type === "approval.requested" && event.data.approval_id === id) return viewOf(event, settled);
      const isAnswer = event.type === "approval.answered" || event.type === "approval.expired";
      if (isAnswer && event.data.approval_id === id) settled = settledBy(event);
    }
    before = lines[0]?.seq;
    if (before === undefined) return undefined;
  }
}

/** Those of a session that nobody has answered yet, in the order in which they were asked. */
export async function findPending(
  store: ReadableStore & Pick<SessionReads, "readLogBack">,
  record: SessionRecord,
): Promise<readonly ApprovalView[]> {
  const { turn } = (await foldCurrent(store, record)).state;
  const pending = new Set(turn === null ? [] : pendingApprovals(turn).map(({ id }) => id));
  if (turn === null || pending.size === 0) return [];
  // All that the fold knows of were asked last.
  const limit = turn.approvals.length;
  const lines = await store.readLogBack({ sessionId: record.id, limit, types: ["approval.requested"] });
  return lines.map(parseLine).flatMap((event) => {
    const isOpen = event.known && event.type === "approval.requested" && pending.has(event.data.approval_id);
    return isOpen ? [viewOf(event, null)] : [];
  });
}
