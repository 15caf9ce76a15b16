/** The use cases of working beside others, with their dependencies given. */
import type { CommitWrite } from "../app/commit.ts";
import type { Records } from "../app/records/records.ts";
import { makeBriefs } from "../app/team/brief.ts";
import { makeConventions } from "../app/team/conventions.ts";
import { makeDecisions } from "../app/team/decisions.ts";
import { makeJoinTeam } from "../app/team/join-team.ts";
import { makeListTeam } from "../app/team/list-team.ts";
import { readUserNames } from "../app/team/user-names.ts";
import type { MintId } from "../core/ids.ts";
import type { Clock } from "../core/ports/clock.ts";
import type { Store } from "../core/ports/store.ts";
import type { TeamUseCases } from "../doors/native/use-cases-team.ts";

export interface TeamUsesDeps {
  readonly store: Store;
  readonly commit: CommitWrite;
  readonly clock: Clock;
  readonly mint: MintId;
  readonly records: Pick<Records, "kinds">;
}

export function makeTeamUses(deps: TeamUsesDeps): Omit<TeamUseCases, "readFeed" | "followFeed"> {
  const { store, commit, mint, clock, records } = deps;
  const { kinds } = records;
  const now = () => clock.now();
  const decisions = makeDecisions({ store, commit, mint, kinds, now });
  const conventions = makeConventions(kinds);
  return {
    decisions,
    conventions,
    briefs: makeBriefs({ store, kinds, decisions, conventions, now }),
    joinTeam: makeJoinTeam({ store, commit, mint, clock }),
    listTeam: makeListTeam({
      store,
      clock,
      userNames: (workspaceId, ids) => readUserNames(records, { workspaceId }, ids),
    }),
  };
}
