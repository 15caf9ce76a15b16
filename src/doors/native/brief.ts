/** What an agent should know of the others, as text for a model. */
import { z } from "zod";
import { idParam } from "../../http/input.ts";
import { answer, json, route } from "../../http/route.ts";
import type { Route } from "../../http/route.ts";
import { briefing } from "./schema/team.ts";
import type { TeamUseCases } from "./use-cases-team.ts";

export function briefRoute({ briefs }: Pick<TeamUseCases, "briefs">): Route {
  return route(
    {
      method: "get",
      path: "/brief",
      id: "readBriefing",
      group: "feed",
      summary: "Read what an agent is told as it begins",
      description:
        "Who is at work, which files are locked, recent decisions, conventions that are a must. With `session_id` as that session's agent is told, " +
        "and with what waits for it; reading tells it nothing.",
      query: z.object({ session_id: idParam("session").optional() }),
      responses: { 200: { description: "Lines of text, at most 8,000 characters", schema: briefing } },
      refusals: ["not_found"],
    },
    async ({ principal, query: { session_id: sessionId } }) => {
      const options = sessionId === undefined ? {} : { sessionId, withMessages: true };
      return answer(await briefs.brief(principal, options), (text) => json(200, { text }));
    },
  );
}
