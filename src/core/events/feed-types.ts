/**
 * Which events a workspace's feed points at: what a team wants to hear of, and rare by nature. A turn adds its beginning
 * and its end; what happens inside one (models, tools, texts) never does, so a feed grows by turns and not by steps.
 */
import type { EventType } from "./envelope.ts";

export const feedTypes = [
  "session.created",
  "session.updated",
  "session.title.updated",
  "session.activated",
  "session.idled",
  "session.paused",
  "session.resumed",
  "session.completed",
  "session.failed",
  "session.killed",
  "session.reopened",
  "session.deleted",
  "session.restored",
  "turn.failed",
  "approval.requested",
  "approval.answered",
  "approval.expired",
  "reservation.acquired",
  "reservation.denied",
  "reservation.released",
  "reservation.expired",
  "reservation.violated",
  "decision.recorded",
  "hook.faulted",
  "checkout.created",
  "checkout.removed",
  "delivery.updated",
  "budget.exhausted",
] as const satisfies readonly EventType[];

const FEED_TYPES: ReadonlySet<string> = new Set(feedTypes);

export function isFeedType(type: string): boolean {
  return FEED_TYPES.has(type);
}
