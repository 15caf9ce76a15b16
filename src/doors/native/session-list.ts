/** The list of sessions, and how many there are of each kind. */
import { z } from "zod";
import type { ListSessionsQuery } from "../../app/list-sessions.ts";
import type { SessionStats } from "../../app/session-stats.ts";
import { needNames } from "../../core/session-words.ts";
import { boolParam, idParam, listParam, textParam, timeParam } from "../../http/input.ts";
import { encodeCursor, keysetPage } from "../../http/paging.ts";
import { answer, json, refused, route } from "../../http/route.ts";
import type { Route } from "../../http/route.ts";
import { nativeStatus, sessionList, sessionStats } from "./schema/session.ts";
import type { SessionStats as WireStats } from "./schema/session.ts";
import { showSessions } from "./show-session.ts";
import type { SessionUseCases } from "./use-cases.ts";
import type { SurroundingUseCases } from "./use-cases-sessions.ts";

export interface ListRouteDeps {
  readonly uses: Pick<SessionUseCases, "listSessions"> &
    Pick<SurroundingUseCases, "describeSessions" | "readSessionStats">;
  readonly now: () => number;
}

export function sessionListRoutes(deps: ListRouteDeps): readonly Route[] {
  return [listRoute(deps), statsRoute(deps)];
}

const listQuery = z.object({
  ...keysetPage("session"),
  status: nativeStatus.optional(),
  agent_id: idParam("agent").optional(),
  project_id: idParam("project").optional(),
  task_id: textParam().optional(),
  parent_id: idParam("session").optional().describe("Sessions that this one has started"),
  root_id: idParam("session").optional().describe("All sessions below this one"),
  tags: listParam(textParam(), 25).optional().describe("Sessions that have all of them"),
  search: textParam().optional().describe("A part of the title, ignoring case"),
  needs: listParam(z.enum(needNames), needNames.length).optional().describe("Sessions that wait for one of them"),
  mine: boolParam().optional(),
  pinned: boolParam().optional().describe("Only those that you have pinned"),
  deleted: boolParam().optional().describe("The trash, from which sessions can be restored"),
  created_after: timeParam().optional(),
  created_before: timeParam().optional(),
  order: z.enum(["created_at", "last_activity"]).optional(),
});

function listRoute(deps: ListRouteDeps): Route {
  return route(
    {
      method: "get",
      path: "/sessions",
      id: "listSessions",
      group: "sessions",
      summary: "List sessions, newest first",
      description: "Page by `offset`, or by `cursor` with the `next_cursor` of the page before.",
      query: listQuery,
      responses: { 200: { description: "A page of sessions", schema: sessionList } },
    },
    async (request) => {
      const { query, principal } = request;
      const listed = await deps.uses.listSessions(principal, listCommandOf(query));
      if (!listed.ok) return refused(listed.refusal);
      const page = listed.value;
      const last = page.sessions.at(-1);
      const at = query.order === "last_activity" ? last?.lastActiveAt : last?.createdAt;
      const next = page.hasMore && last !== undefined && at !== undefined ? encodeCursor({ at, id: last.id }) : null;
      const sessions = await showSessions(deps, request, page.sessions);
      return json(200, {
        data: sessions,
        sessions,
        total: page.total,
        ...(page.isTotalCapped ? { total_capped: true } : {}),
        offset: query.offset,
        limit: query.limit,
        has_more: page.hasMore,
        next_cursor: next,
      });
    },
  );
}

function listCommandOf(query: z.output<typeof listQuery>): ListSessionsQuery {
  const { status, agent_id, tags, search, needs, mine, pinned, deleted, order, cursor, offset, limit } = query;
  const { created_after, created_before, parent_id, root_id, project_id, task_id } = query;
  return {
    limit,
    ...(cursor === undefined ? { offset } : { cursor }),
    ...(status === undefined ? {} : { status }),
    ...(agent_id === undefined ? {} : { agentId: agent_id }),
    ...(project_id === undefined ? {} : { projectId: project_id }),
    ...(task_id === undefined ? {} : { taskId: task_id }),
    ...(parent_id === undefined ? {} : { parentId: parent_id }),
    ...(root_id === undefined ? {} : { rootId: root_id }),
    ...(tags === undefined ? {} : { tags }),
    ...(search === undefined ? {} : { search }),
    ...(needs === undefined ? {} : { needs }),
    ...(mine === undefined ? {} : { mine }),
    ...(pinned === undefined ? {} : { isPinned: pinned }),
    ...(deleted === undefined ? {} : { isDeleted: deleted }),
    ...(created_after === undefined ? {} : { createdAfter: created_after }),
    ...(created_before === undefined ? {} : { createdBefore: created_before }),
    ...(order === undefined ? {} : { order }),
  };
}

function statsRoute({ uses }: ListRouteDeps): Route {
  return route(
    {
      method: "get",
      path: "/sessions/stats",
      id: "getSessionStats",
      group: "sessions",
      summary: "How many sessions are in which state",
      responses: { 200: { description: "Counts over the workspace", schema: sessionStats } },
    },
    async ({ principal }) => answer(await uses.readSessionStats(principal), (stats) => json(200, encodeStats(stats))),
  );
}

function encodeStats(stats: SessionStats): WireStats {
  const { isTotalCapped, waitingForToolResults, waitingForApproval, ...counts } = stats;
  return {
    ...counts,
    total_capped: isTotalCapped,
    waiting_for_tool_results: waitingForToolResults,
    waiting_for_approval: waitingForApproval,
  };
}
