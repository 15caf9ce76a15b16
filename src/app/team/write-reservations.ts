/** One write about what a session holds, made again for as long as somebody else is faster. */
import { draft } from "../../core/decide/plan.ts";
import type { Fact } from "../../core/events/envelope.ts";
import { encodeDraft } from "../../core/events/envelope.ts";
import type { MintId, SessionId } from "../../core/ids.ts";
import type { TeamResult, TeamWrite } from "../../core/ports/team.ts";
import { accept, refuse } from "../../core/refusal.ts";
import type { Outcome } from "../../core/refusal.ts";
import type { CommitWrite } from "../commit.ts";
import { notFound } from "../read-session.ts";

export interface WriteReservationsDeps {
  readonly commit: CommitWrite;
  readonly mint: MintId;
}

export interface Written {
  readonly facts: readonly Fact[];
  readonly team: TeamWrite;
}

const ATTEMPTS = 100;

/** `decide` reads and says what to write; nothing: there is nothing to do. */
export async function writeReservations(
  { commit, mint }: WriteReservationsDeps,
  sessionId: SessionId,
  decide: () => Promise<Outcome<Written | null>>,
): Promise<Outcome<TeamResult>> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const decided = await decide();
    if (!decided.ok) return decided;
    if (decided.value === null) return accept({ granted: [], warnings: [], freed: [] });
    const { facts, team } = decided.value;
    const events = facts.map((fact) => encodeDraft(draft(mint, {}, fact)));
    const result = await commit({ sessionId, events, team });
    if (result.kind === "committed") return accept(result.team ?? { granted: [], warnings: [], freed: [] });
    if (result.kind === "absent") return notFound(sessionId);
    if (result.kind !== "reservations_moved") throw new Error(`A write about reservations was answered ${result.kind}`);
  }
  throw new Error(`Reservations of session ${sessionId} moved ${ATTEMPTS} times while they were changed`);
}

export function reservationNotFound(id: string) {
  return refuse({ code: "not_found", kind: "reservation", id });
}
