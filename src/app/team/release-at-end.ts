/** A session that ends holds nothing any more, nor do those that it is the root of: in the commit of its end (R11). */
import { draft } from "../../core/decide/plan.ts";
import type { Plan } from "../../core/decide/plan.ts";
import type { MintId } from "../../core/ids.ts";
import type { TeamReads } from "../../core/ports/team.ts";
import type { SessionRecord } from "../../core/session.ts";
import { releasedFacts } from "../../core/team/reservation-facts.ts";
import { readHeld } from "./release-reservations.ts";

export interface ReleaseAtEndDeps {
  readonly store: Pick<TeamReads, "listReservations">;
  readonly mint: MintId;
}

const ENDS: ReadonlySet<string> = new Set(["session.completed", "session.failed", "session.killed", "session.deleted"]);

/** The plan as it is, unless it ends the session. */
export async function releaseAtEnd(
  { store, mint }: ReleaseAtEndDeps,
  { id, workspaceId }: Pick<SessionRecord, "id" | "workspaceId">,
  plan: Plan,
): Promise<Plan> {
  if (!plan.events.some(({ type }) => ENDS.has(type))) return plan;
  const own = await readHeld({ store }, { id, workspaceId });
  const childrens = await readHeld({ store }, { id, workspaceId }, "holderId");
  const rows = [...new Map([...own, ...childrens].map((row) => [row.id, row])).values()];
  const events = releasedFacts(rows, "session_ended").map((fact) => draft(mint, {}, fact));
  return {
    ...plan,
    // The end stays the last that a follower sees.
    events: [...events, ...plan.events],
    team: { ...plan.team, reservations: [...(plan.team?.reservations ?? []), { kind: "release_all" }] },
  };
}
