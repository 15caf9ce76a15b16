/** The refusals about reservations, and who may speak for a session's. */
import { accept, refuse } from "../../core/refusal.ts";
import type { Outcome, Refusal } from "../../core/refusal.ts";
import type { SessionRecord } from "../../core/session.ts";
import { briefDeny, longDeny, minutesLeft } from "../../core/team/hold-text.ts";
import type { Told } from "../../core/team/hold-text.ts";
import type { Principal } from "../principal.ts";

export function reservedBy(told: readonly Told[], nowMs: number): Extract<Refusal, { code: "reserved" }> {
  return {
    code: "reserved",
    reason: briefDeny(told, nowMs),
    advice: longDeny(told, nowMs),
    holders: told.map(({ overlap: { wished, reservation }, holder }) => ({
      path: wished.path,
      reservationId: reservation.id,
      sessionId: reservation.sessionId,
      heldPath: reservation.path.path,
      userName: holder.name,
      agentName: holder.agent,
      task: holder.task,
      branch: reservation.branch,
      expiresAt: reservation.expiresAt,
      remaining: minutesLeft(reservation, nowMs),
    })),
  };
}

export function refuseEnded({ id: sessionId, facts }: SessionRecord) {
  // What is called open here and ended in the presence of its agent is over all the same.
  const state = facts.lifecycle === "open" ? "ended" : facts.lifecycle;
  return refuse({ code: "not_allowed", sessionId, action: "reserve", state, allowed: [] });
}

/** Whose session it is, or nobody's; what another user's holds is given back by them, or taken away by force. */
export function mayGiveBack({ userId }: Principal, { createdBy }: SessionRecord): Outcome<null> {
  if (createdBy === null || createdBy === userId) return accept(null);
  const reason = "the reservation is another user's; ask them, or release it by force";
  return refuse({ code: "forbidden", reason });
}
