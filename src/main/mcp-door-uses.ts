/** What the MCP door calls, over one engine: the team's tools, for whoever is found to call them. */
import { listPresentAgents } from "../app/observe/hook-uses.ts";
import type { CommitWrite } from "../app/commit.ts";
import type { Records } from "../app/records/records.ts";
import { sayRefusal } from "../app/say-refusal.ts";
import { makeFindCaller } from "../app/team/tools/find-caller.ts";
import { makeCallTeamTool } from "../app/team/tools/team-tools.ts";
import type { CallTeamTool, TeamToolsDeps } from "../app/team/tools/team-tools.ts";
import { makeReadTranscript } from "../app/team/transcript.ts";
import { withinBounds } from "../app/team/bound-reads.ts";
import { readUserNames } from "../app/team/user-names.ts";
import type { MintId } from "../core/ids.ts";
import type { Clock } from "../core/ports/clock.ts";
import type { Store } from "../core/ports/store.ts";
import type { McpUseCases } from "../doors/mcp/use-cases.ts";

export interface TeamToolParts extends Omit<TeamToolsDeps, "store" | "now" | "listAgents" | "agents"> {
  readonly store: Store;
  readonly clock: Clock;
  readonly records: Pick<Records, "kinds" | "agents" | "harnesses" | "workspaces">;
}

export function makeTeamToolCalls(parts: TeamToolParts): CallTeamTool {
  const { clock, records } = parts;
  const present: Parameters<typeof listPresentAgents>[0] = {
    ...parts,
    userNames: (workspaceId, ids) => readUserNames(records, { workspaceId }, ids),
  };
  return makeCallTeamTool({
    ...parts,
    agents: records.agents,
    now: () => clock.now(),
    listAgents: (principal) => listPresentAgents(present, principal),
  });
}

export interface McpDoorParts extends TeamToolParts, Pick<McpUseCases, "listSessions" | "readFile"> {
  readonly commit: CommitWrite;
  readonly mint: MintId;
}

export function makeMcpDoorUses(parts: McpDoorParts): McpUseCases {
  const { store, commit, mint, clock, listSessions, readFile } = parts;
  return {
    callTool: makeTeamToolCalls(parts),
    findCaller: makeFindCaller({ store, commit, mint, clock }),
    ...withinBounds(store, { listSessions, readFile, readTranscript: makeReadTranscript({ store }) }),
    sayRefusal,
  };
}
