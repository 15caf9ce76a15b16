/**
 * What a commit has to tell other sessions (P10, C4), read off its own events and the states before and after it, so
 * that no use case can forget it. Each becomes a row of the outbox in the same commit; the relay delivers them.
 *
 * Pure; delivers nothing and reads nothing.
 */
import type { Usage } from "../events/content.ts";
import type { EventDraft } from "../events/envelope.ts";
import type { SessionId, WorkspaceId } from "../ids.ts";
import type { OutboxBodies, OutboxDraft, OutboxKind } from "../outbox.ts";
import type { SumFacts, TurnFacts } from "../session.ts";
import type { SessionState, TurnState } from "../state.ts";
import { factsOf } from "../status.ts";
import { addUsage, sumsOf } from "../usage.ts";
import type { Plan } from "./plan.ts";

/** Nothing of it runs or is owed, as far as what waits for it is concerned; a turn that is held is still to end. */
export function isAtRest({ turn, hold, queuedCount, lifecycle }: RestFacts): boolean {
  return lifecycle !== "open" || (turn === "none" && (queuedCount === 0 || hold !== "none"));
}

type RestFacts = Pick<TurnFacts, "turn" | "hold" | "queuedCount" | "lifecycle">;

export interface Commit {
  readonly sessionId: SessionId;
  /** Of a decision; a step of a turn stops nobody. */
  readonly workspaceId?: WorkspaceId;
  readonly plan: Plan;
  readonly before: SessionState;
  readonly after: SessionState;
  /** The turn as it stood right before its end, if the commit ends one. */
  readonly ended: TurnState | null;
}

export function tellOthers(commit: Commit): readonly OutboxDraft[] {
  return [
    ...tellParent(commit),
    ...tellItself(commit),
    ...commit.plan.events.flatMap((event) => ofEvent(commit, event)),
  ];
}

export function outboxDraft<Kind extends OutboxKind>(
  kind: Kind,
  { eventId, target }: Pick<OutboxDraft, "eventId" | "target">,
  body: OutboxBodies[Kind],
): OutboxDraft {
  return { kind, eventId, target, bodyJson: JSON.stringify(body) };
}

function tellParent({ plan, before, after, ended }: Commit): readonly OutboxDraft[] {
  const { parentId } = after;
  const last = plan.events.at(-1);
  if (parentId === undefined || last === undefined) return [];
  const isNewRest = !rests(before) && rests(after);
  if (ended === null && !isNewRest) return [];
  const turn = ended === null ? null : turnOf(ended, plan);
  return [outboxDraft("turn_ended", { eventId: last.id, target: parentId }, { turn })];
}

function rests(state: SessionState): boolean {
  return state.isDeleted || isAtRest(factsOf(state));
}

function turnOf(turn: TurnState, { events }: Plan): OutboxBodies["turn_ended"]["turn"] {
  const failed = events.find((event) => event.type === "turn.failed");
  const error = failed?.type === "turn.failed" ? failed.data.error : null;
  const isCompleted = events.some(({ type }) => type === "turn.completed");
  const outcome = isCompleted ? "completed" : error === null ? "cancelled" : "failed";
  return { turnId: turn.id, outcome, text: turn.lastText, error, usage: turn.usage };
}

const STOPS = { "turn.cancelled": "cancel", "session.killed": "kill", "session.deleted": "delete" } as const;

/** The last one says it: a kill and a delete end their turn first. */
function tellItself({ sessionId, workspaceId, plan }: Commit): readonly OutboxDraft[] {
  const stop = plan.events.findLast(({ type }) => Object.hasOwn(STOPS, type));
  if (stop === undefined) return [];
  const action = STOPS[stop.type as keyof typeof STOPS];
  const isPermanent = plan.timers?.some(({ kind, dueInMs }) => kind === "purge" && dueInMs === 0) ?? false;
  const row = outboxDraft(
    "stop_children",
    { eventId: stop.id, target: sessionId },
    { action, isPermanent, workspaceId: workspaceId ?? null },
  );
  return [{ ...row, isForChildren: true }];
}

function ofEvent({ sessionId, after }: Commit, event: EventDraft): readonly OutboxDraft[] {
  const place = { eventId: event.id, target: sessionId };
  if (event.type === "subagent.awaited") return [outboxDraft("awaiting", place, {})];
  if (after.parentId === undefined) return [];
  const usage = usedBelow(event);
  if (usage !== null) return [outboxDraft("usage_added", { ...place, target: after.parentId }, usage)];
  if (event.type !== "input.message" && event.type !== "message.queued") return [];
  const turnId = event.data.message.metadata?.[ASKED_BY_TURN];
  return typeof turnId === "string" ? [outboxDraft("asked_by_parent", place, { turnId })] : [];
}

/** In the metadata of a message: the turn of the parent in which it was sent. */
export const ASKED_BY_TURN = "asked_by_turn_id";

function usedBelow(event: EventDraft): OutboxBodies["usage_added"] | null {
  switch (event.type) {
    case "subagent.completed":
    case "subagent.failed":
    case "subagent.cancelled":
    case "subagent.usage": {
      const { subagent_session_id: usedBy, usage } = event.data;
      return usage === undefined ? null : { usedBy, usage };
    }
    default:
      return null;
  }
}

/** What the commit adds to the sums of its session: its messages, what its turn used, and of sessions below that it tells of (C4). */
export function sumsOfCommit({ plan, ended }: Pick<Commit, "plan" | "ended">): SumFacts | null {
  const below = plan.events.flatMap((event) => usedBelow(event)?.usage ?? []);
  const messageCount = plan.events.filter(({ type }) => COUNTED.has(type)).length;
  if (ended === null && below.length === 0 && messageCount === 0) return null;
  const none: Usage = { input_tokens: 0, output_tokens: 0 };
  return sumsOf(below.reduce(addUsage, ended?.usage ?? none), messageCount);
}

/** Ruling 23: messages are counted as they come, not at the end of their turn. */
const COUNTED: ReadonlySet<string> = new Set(["input.message", "output.message.completed"]);
