/** Looks up who stands in the way, and says it in the words of the house (R5). */
import type { Clock } from "../../core/ports/clock.ts";
import type { SessionReads } from "../../core/ports/store.ts";
import type { TeamReads } from "../../core/ports/team.ts";
import { agentNameOf } from "../../core/team/agent-names.ts";
import { briefDeny, longDeny, violation, warning } from "../../core/team/hold-text.ts";
import type { Holder, Told } from "../../core/team/hold-text.ts";
import type { Overlap } from "../../core/team/reservation.ts";
import type { SessionRecord } from "../../core/session.ts";
import type { WorkspaceId } from "../../core/ids.ts";
import type { HoldWords } from "./told.ts";

export interface HoldWordsDeps {
  readonly store: Pick<SessionReads, "readSession"> & Pick<TeamReads, "readPresence">;
  readonly clock: Pick<Clock, "now">;
  /** Who is not known is left out. */
  readonly userNames: (
    workspaceId: WorkspaceId,
    ids: readonly (string | null)[],
  ) => Promise<ReadonlyMap<string, string>>;
}

const SOMEBODY = "Somebody";

export function makeHoldWords(deps: HoldWordsDeps): HoldWords {
  const tell = (overlaps: readonly Overlap[]): Promise<readonly Told[]> =>
    Promise.all(overlaps.map(async (overlap) => ({ overlap, holder: await holderOf(deps, overlap) })));
  return {
    async deny(overlaps) {
      const told = await tell(overlaps);
      const nowMs = deps.clock.now();
      return { reason: longDeny(told, nowMs), brief: briefDeny(told, nowMs) };
    },
    warn: async (overlaps) => warning(await tell(overlaps), deps.clock.now()),
    violated: async (overlaps, { session }) => violation(await tell(overlaps), await describe(deps, session)),
  };
}

async function holderOf(deps: HoldWordsDeps, { reservation }: Overlap): Promise<Holder> {
  const session = await deps.store.readSession(reservation.sessionId);
  return session === undefined ? { name: SOMEBODY, agent: "an agent", task: null } : describe(deps, session);
}

async function describe({ store, userNames }: HoldWordsDeps, session: SessionRecord): Promise<Holder> {
  const [presence, names] = await Promise.all([
    store.readPresence(session.id),
    userNames(session.workspaceId, [session.createdBy]),
  ]);
  return {
    name: names.get(session.createdBy ?? "") ?? SOMEBODY,
    agent: agentNameOf(session.harness, presence?.agentType ?? null),
    task: presence?.task ?? session.edit.title,
  };
}
