/** The words about those who stand in the way, for who has only their reservations (R5). */
import type { WorkspaceId } from "../../core/ids.ts";
import type { Clock } from "../../core/ports/clock.ts";
import { agentNameOf } from "../../core/team/agent-names.ts";
import { briefDeny, longDeny, violation, warning } from "../../core/team/hold-text.ts";
import type { Overlap } from "../../core/team/reservation.ts";
import type { HoldWords } from "../observe/told.ts";
import { describeHolders, tellHolders } from "./describe-holders.ts";
import type { DescribeHoldersDeps } from "./describe-holders.ts";

export interface HoldWordsDeps extends DescribeHoldersDeps {
  readonly clock: Pick<Clock, "now">;
}

export function makeHoldWords(deps: HoldWordsDeps): HoldWords {
  const told = async (overlaps: readonly Overlap[]) => {
    const workspaceId = workspaceOf(overlaps);
    return workspaceId === undefined ? [] : tellHolders(deps, workspaceId, overlaps);
  };
  return {
    async deny(overlaps) {
      const holders = await told(overlaps);
      const nowMs = deps.clock.now();
      return { reason: longDeny(holders, nowMs), brief: briefDeny(holders, nowMs) };
    },
    warn: async (overlaps) => warning(await told(overlaps), deps.clock.now()),
    async violated(overlaps, { session, presence }) {
      const writers = await describeHolders(deps, session.workspaceId, [session.id]);
      const agent = agentNameOf(session.harness, presence.agentType);
      const writer = writers.get(session.id) ?? { name: "another agent", agent, task: presence.task };
      return violation(await told(overlaps), writer);
    },
  };
}

function workspaceOf(overlaps: readonly Overlap[]): WorkspaceId | undefined {
  return overlaps[0]?.reservation.workspaceId;
}
