/** What is said of those who stand in the way (R5): who they are is looked up, the words are the house's. */
import type { Clock } from "../../core/ports/clock.ts";
import { briefDeny, longDeny, violation, warning } from "../../core/team/hold-text.ts";
import type { Holder } from "../../core/team/hold-text.ts";
import { describeHolders, tellHolders } from "../team/describe-holders.ts";
import type { DescribeHoldersDeps } from "../team/describe-holders.ts";
import type { HoldWords } from "./told.ts";

export interface HoldWordsDeps extends DescribeHoldersDeps {
  readonly clock: Pick<Clock, "now">;
}

const SOMEBODY: Holder = { name: "Somebody", agent: "an agent", task: null };

export function makeHoldWords(deps: HoldWordsDeps): HoldWords {
  return {
    async deny(workspaceId, overlaps) {
      const told = await tellHolders(deps, workspaceId, overlaps);
      const nowMs = deps.clock.now();
      return { reason: longDeny(told, nowMs), brief: briefDeny(told, nowMs) };
    },
    warn: async (workspaceId, overlaps) => warning(await tellHolders(deps, workspaceId, overlaps), deps.clock.now()),
    async violated(overlaps, { session: { id, workspaceId } }) {
      const writer = (await describeHolders(deps, workspaceId, [id])).get(id) ?? SOMEBODY;
      return violation(await tellHolders(deps, workspaceId, overlaps), writer);
    },
  };
}
