/** Who is at work, and a place among them for those whose agent does not report. */
import { z } from "zod";
import { answer, json, route } from "../../http/route.ts";
import type { Route } from "../../http/route.ts";
import { placeOf } from "./encode-reservation.ts";
import { joinBody, joined, teamList } from "./schema/team-member.ts";
import type { TeamMember } from "./schema/team-member.ts";
import type { TeamMember as FoundMember } from "../../app/team/list-team.ts";
import { given } from "../../lib/given.ts";
import type { TeamUseCases } from "./use-cases-team.ts";

const group = "feed";

export function teamRoutes(uses: Pick<TeamUseCases, "listTeam" | "joinTeam">): readonly Route[] {
  return [listRoute(uses), joinRoute(uses)];
}

function listRoute({ listTeam }: Pick<TeamUseCases, "listTeam">): Route {
  return route(
    {
      method: "get",
      path: "/team",
      id: "listTeam",
      group,
      summary: "List who is at work, and on what",
      description:
        "Sessions of every harness whose turn runs or that were heard of in the last five minutes, latest first.",
      query: z.object({}),
      responses: { 200: { description: "Who is at work", schema: teamList } },
    },
    async ({ principal }) => json(200, { data: (await listTeam(principal)).map(encodeMember) }),
  );
}

function joinRoute({ joinTeam }: Pick<TeamUseCases, "joinTeam">): Route {
  return route(
    {
      method: "post",
      path: "/team",
      id: "joinTeam",
      group,
      summary: "Take part without an agent that reports",
      description:
        "Makes or finds the observed session of this user under `conversation_id`, so that a person at a terminal or a script can " +
        "reserve paths, and is seen for five minutes.",
      body: { kind: "json", schema: joinBody },
      responses: { 200: { description: "The session to act for", schema: joined } },
      refusals: ["not_found"],
    },
    async ({ principal, body }) => {
      const { conversation_id: conversationId, task, repository } = body;
      const { report = {} } = placeOf({ repository });
      const outcome = await joinTeam(principal, { conversationId, report, ...given({ task }) });
      return answer(outcome, ({ id }) => json(200, { session_id: id }));
    },
  );
}

function encodeMember(member: FoundMember): TeamMember {
  return {
    session_id: member.sessionId,
    user_name: member.userName,
    agent_name: member.agentName,
    harness: member.harness,
    task: member.task,
    repository: member.repository,
    branch: member.branch,
    current_file: member.currentFile,
    held_paths: [...member.heldPaths],
    needs: [...member.needs],
    is_working: member.isWorking,
    heard_at: member.heardAt,
  };
}
