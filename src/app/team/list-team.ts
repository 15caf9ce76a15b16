/** Who is at work in a workspace, and on what: sessions of every harness that work or were heard of lately (ruling 29). */
import type { SessionId } from "../../core/ids.ts";
import type { Clock } from "../../core/ports/clock.ts";
import type { Present, TeamReads } from "../../core/ports/team.ts";
import type { HarnessName, Need } from "../../core/session-words.ts";
import { agentNameOf } from "../../core/team/agent-names.ts";
import { PRESENT_MS } from "../observe/hook-uses.ts";
import type { Principal } from "../principal.ts";
import type { DescribeHoldersDeps } from "./describe-holders.ts";

export interface TeamMember {
  readonly sessionId: SessionId;
  readonly userName: string | null;
  /** `Cursor`. */
  readonly agentName: string;
  readonly harness: HarnessName;
  readonly task: string | null;
  readonly repository: string | null;
  readonly branch: string | null;
  readonly currentFile: string | null;
  readonly heldPaths: readonly string[];
  /** What its turn waits for. */
  readonly needs: readonly Need[];
  readonly isWorking: boolean;
  readonly heardAt: string;
}

export type ListTeam = (principal: Principal) => Promise<readonly TeamMember[]>;

export interface ListTeamDeps extends Pick<DescribeHoldersDeps, "userNames"> {
  readonly store: Pick<TeamReads, "listPresent">;
  readonly clock: Pick<Clock, "now">;
}

const MOST_PRESENT = 1_000;

export function makeListTeam({ store, clock, userNames }: ListTeamDeps): ListTeam {
  return async ({ workspaceId }) => {
    const present = await store.listPresent({ workspaceId, sinceMs: clock.now() - PRESENT_MS, limit: MOST_PRESENT });
    const names = await userNames(
      workspaceId,
      present.map(({ session }) => session.createdBy),
    );
    return present.map((one) => memberOf(one, names));
  };
}

function memberOf({ session, presence, heldPaths }: Present, names: ReadonlyMap<string, string>): TeamMember {
  const { id, harness, edit, facts, lastActiveAt } = session;
  const heardAt = presence?.heardAt ?? lastActiveAt;
  return {
    sessionId: id,
    userName: names.get(session.createdBy ?? "") ?? null,
    agentName: agentNameOf(harness, presence?.agentType ?? null),
    harness,
    task: presence?.task ?? edit.title ?? facts.preview,
    repository: presence?.tree?.repository ?? null,
    branch: presence?.branch ?? null,
    currentFile: presence?.currentFile ?? null,
    heldPaths,
    needs: facts.needs,
    isWorking: facts.turn === "active",
    heardAt: heardAt > lastActiveAt ? heardAt : lastActiveAt,
  };
}
