/** Viben's sessions: list, create, get, delete, and a message to one. What PATCH does is in `patch-session.ts`. */
import { z } from "zod";
import type { Principal } from "../../app/principal.ts";
import type { CreateSessionCommand } from "../../app/create-session.ts";
import type { ListSessionsQuery } from "../../app/list-sessions.ts";
import { parseId } from "../../core/ids.ts";
import type { Limits } from "../../core/limits.ts";
import { wherePredicate } from "../../core/status.ts";
import { anySessionPath, sessionIdOf } from "../../http/dialect-input.ts";
import { intParam, textParam } from "../../http/input.ts";
import { cursorParam, nextPageLink } from "../../http/paging.ts";
import { answer, json, refused, route } from "../../http/route.ts";
import type { Route } from "../../http/route.ts";
import { harnessOf } from "./capitals.ts";
import { encodeCreated, encodeListed, encodeSession } from "./encode-session.ts";
import {
  createBody,
  createdSession,
  deletedSession,
  messageBody,
  sentMessage,
  session,
  sessionList,
} from "./schema.ts";
import { vibenStatuses, vibenWords } from "./statuses.ts";
import type { VibenUseCases } from "./use-cases.ts";

export interface VibenDeps {
  readonly uses: VibenUseCases;
  readonly limits: Limits;
}

export function sessionRoutes(deps: VibenDeps): readonly Route[] {
  return [listRoute(deps), createRoute(deps), getRoute(deps), deleteRoute(deps), messageRoute(deps)];
}

const PAGE = 1_000;

const listQuery = z.object({
  task_id: textParam(255).optional(),
  agent_id: textParam(255).optional().describe("An agent's id, or a harness in capitals"),
  status: z.enum(vibenWords).optional(),
  limit: intParam({ min: 1, max: PAGE, clamp: true }).default(PAGE),
  cursor: cursorParam("session").optional(),
});

function listRoute({ uses }: VibenDeps): Route {
  return route(
    {
      method: "get",
      path: "",
      id: "listVibenSessions",
      group: "sessions",
      summary: "List sessions, newest first",
      query: listQuery,
      responses: {
        200: {
          description: "The sessions",
          schema: sessionList,
          headers: { Link: "The next page, where there is one" },
        },
      },
    },
    async ({ principal, query, origin, path, search }) =>
      answer(await uses.listSessions(principal, listQueryOf(query)), (page) =>
        json(200, { sessions: page.sessions.map(encodeListed) }, nextPageLink({ origin, path, search }, page)),
      ),
  );
}

function listQueryOf({ task_id, agent_id, status, limit, cursor }: z.output<typeof listQuery>): ListSessionsQuery {
  return {
    limit,
    ...(cursor === undefined ? {} : { cursor }),
    ...(task_id === undefined ? {} : { taskId: task_id }),
    ...(agent_id === undefined ? {} : workerFilter(agent_id)),
    ...(status === undefined ? {} : { where: wherePredicate(vibenStatuses, status) }),
  };
}

function workerFilter(agentId: string): Pick<ListSessionsQuery, "harness" | "agentId"> {
  const harness = harnessOf(agentId);
  return harness === undefined ? { agentId: parseId("agent", agentId) ?? agentId } : { harness };
}

function createRoute({ uses, limits }: VibenDeps): Route {
  return route(
    {
      method: "post",
      path: "",
      id: "createVibenSession",
      group: "sessions",
      summary: "Create a session",
      description: "With a prompt its first turn begins at once; the answer is the session as it was made.",
      body: { kind: "json", schema: createBody(limits) },
      responses: { 201: { description: "The session", schema: createdSession } },
      refusals: ["not_found", "budget_exhausted", "timed_out"],
    },
    async ({ principal, body }) => {
      const { agent_id, task_id, prompt } = body;
      const made = await uses.beginSession(principal, {
        origin: "api",
        ...(await workerOf(uses, principal, agent_id)),
        ...(typeof task_id === "string" ? { taskId: task_id } : {}),
        ...(typeof prompt === "string" ? { initialPrompt: prompt } : {}),
      });
      return answer(made, (record) => json(201, encodeCreated(record)));
    },
  );
}

type Worker = Pick<CreateSessionCommand, "agentId" | "harness" | "projectId">;

/** The page names no project, and HOSTED no agent: the workspace's are used (ruling 4). */
async function workerOf(
  { readSessionDefaults }: VibenUseCases,
  principal: Principal,
  agentId: string,
): Promise<Worker> {
  const defaults = await readSessionDefaults(principal);
  const project = defaults.projectId === null ? {} : { projectId: defaults.projectId };
  const harness = harnessOf(agentId);
  if (harness === undefined) return { ...project, agentId };
  if (harness !== "hosted") return { ...project, harness };
  return defaults.agentId === null ? { ...project, harness } : { ...project, agentId: defaults.agentId };
}

function getRoute({ uses }: VibenDeps): Route {
  return route(
    {
      method: "get",
      path: "/{id}",
      id: "getVibenSession",
      group: "sessions",
      summary: "Get a session",
      params: anySessionPath,
      responses: { 200: { description: "The session", schema: session } },
      refusals: ["not_found"],
    },
    async ({ principal, params }) => {
      const id = sessionIdOf(params.id);
      if (!id.ok) return refused(id.refusal);
      const found = await uses.getSession(principal, id.value);
      if (!found.ok) return refused(found.refusal);
      const modelOf = await uses.readModelCodes([found.value]);
      return json(200, encodeSession(found.value, modelOf(found.value)));
    },
  );
}

function deleteRoute({ uses }: VibenDeps): Route {
  return route(
    {
      method: "delete",
      path: "/{id}",
      id: "deleteVibenSession",
      group: "sessions",
      summary: "Delete a session",
      params: anySessionPath,
      responses: { 200: { description: "Deleted", schema: deletedSession } },
      refusals: ["not_found"],
    },
    async ({ principal, params }) => {
      const id = sessionIdOf(params.id);
      if (!id.ok) return refused(id.refusal);
      const done = await uses.controlSession(principal, id.value, { action: "delete" });
      return answer(done, () => json(200, { deleted: id.value }));
    },
  );
}

function messageRoute({ uses, limits }: VibenDeps): Route {
  return route(
    {
      method: "post",
      path: "/{id}/message",
      id: "sendVibenMessage",
      group: "sessions",
      summary: "Send a message; it waits for the turn that runs",
      params: anySessionPath,
      body: { kind: "json", schema: messageBody(limits) },
      responses: { 200: { description: "Sent", schema: sentMessage } },
      refusals: ["not_found", "not_allowed", "budget_exhausted", "quota_exceeded"],
    },
    async ({ principal, params, body }) => {
      const id = sessionIdOf(params.id);
      if (!id.ok) return refused(id.refusal);
      const sent = await uses.sendText(principal, { id: id.value, text: body.content });
      return answer(sent, ({ message, createdAt }) =>
        json(200, { message_id: message.id, status: "sent" as const, timestamp: createdAt }),
      );
    },
  );
}
