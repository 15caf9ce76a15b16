/** Who is at work, what an agent is told of it, and a place among them for those whose agent does not report. */
import type { Briefing as WireBriefing } from "../doors/native/schema/team.ts";
import type { JoinedTeam as WireJoinedTeam, TeamList as WireTeamList } from "../doors/native/schema/team-member.ts";
import type { JoinTeam, TeamMember } from "./team-shapes.ts";
import type { Transport } from "./transport.ts";

export interface Team {
  /** Latest first. */
  list(): Promise<readonly TeamMember[]>;
  /** The session to act for: made once for each name. */
  join(as: JoinTeam): Promise<{ readonly sessionId: string }>;
  brief(sessionId?: string): Promise<string>;
}

export function makeTeam({ json }: Transport): Team {
  return {
    list: async () => (await json<WireTeamList>({ method: "GET", path: "/team" })).data,
    join: (as) => json<WireJoinedTeam>({ method: "POST", path: "/team", json: as }),
    async brief(sessionId) {
      const query = sessionId === undefined ? {} : { sessionId };
      return (await json<WireBriefing>({ method: "GET", path: "/brief", query })).text;
    },
  };
}
