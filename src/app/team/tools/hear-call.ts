/**
 * A call of a tool is a sign of life of the session that it is made for (R3): it is seen at work, and what it holds lasts
 * on. Written only when it makes a difference.
 */
import type { SessionId } from "../../../core/ids.ts";
import type { Clock } from "../../../core/ports/clock.ts";
import type { SessionReads } from "../../../core/ports/store.ts";
import type { TeamReads } from "../../../core/ports/team.ts";
import { slid } from "../../../core/team/deadlines.ts";
import type { CommitWrite } from "../../commit.ts";
import { holderIdOf } from "../take-reservations.ts";

export interface HearCallDeps {
  readonly store: Pick<SessionReads, "readSession"> & Pick<TeamReads, "readPresence" | "listReservations">;
  readonly commit: CommitWrite;
  readonly clock: Pick<Clock, "now">;
}

const HEARD_EVERY_MS = 30_000;
const MOST_HELD = 200;

export async function hearCall(deps: HearCallDeps, sessionId: SessionId): Promise<void> {
  const { store, clock, commit } = deps;
  const session = await store.readSession(sessionId);
  if (session === undefined || session.facts.lifecycle !== "open") return;
  const presence = await store.readPresence(sessionId);
  const isSilent = presence !== undefined && clock.now() - Date.parse(presence.heardAt) >= HEARD_EVERY_MS;
  const holderId = holderIdOf(session);
  const { workspaceId } = session;
  const held = isSilent ? [] : await store.listReservations({ workspaceId, holderId, limit: MOST_HELD });
  if (!isSilent && !held.some((row) => slid(row, clock.now()) !== undefined)) return;
  const reservations = [{ kind: "slide", holderId } as const];
  const team = { reservations, ...(presence === undefined ? {} : { presence: {} }) };
  await commit({ sessionId, events: [], team });
}
