/** Sessions: make, list, get, change. What ends or holds them is in `session-actions.ts`. */
import { z } from "zod";
import type { CreateSessionCommand } from "../../app/create-session.ts";
import type { ListSessionsQuery } from "../../app/list-sessions.ts";
import type { EditSessionCommand } from "../../app/edit-session.ts";
import type { Limits } from "../../core/limits.ts";
import { boolParam, idParam, listParam, textParam, timeParam } from "../../http/input.ts";
import { encodeCursor, keysetPage } from "../../http/paging.ts";
import { answer, json, refused, route } from "../../http/route.ts";
import type { Route, RouteRequest } from "../../http/route.ts";
import { hashBody, readIdempotencyKey } from "./idempotency.ts";
import { encodeSession } from "./encode-session.ts";
import type { SessionView } from "./encode-session.ts";
import { sessionPath } from "./params.ts";
import { clientToolsOf, warningHeader, warningOf } from "./schema/tool.ts";
import { createSessionBody, editSessionBody, nativeStatus, session, sessionList } from "./schema/session.ts";
import type { SessionUseCases } from "./use-cases.ts";

export interface SessionRouteDeps {
  readonly uses: Pick<SessionUseCases, "createSession" | "getSession" | "listSessions" | "editSession">;
  readonly limits: Limits;
  readonly now: () => number;
}

export function viewOf({ now }: Pick<SessionRouteDeps, "now">, { origin }: Pick<RouteRequest, "origin">): SessionView {
  return { nowMs: now(), origin };
}

const listQuery = z.object({
  ...keysetPage("session"),
  status: nativeStatus.optional(),
  agent_id: idParam("agent").optional(),
  tags: listParam(textParam(), 25).optional(),
  search: textParam().optional(),
  mine: boolParam().optional(),
  created_after: timeParam().optional(),
  created_before: timeParam().optional(),
  order: z.enum(["created_at", "last_activity"]).optional(),
});

export function sessionRoutes(deps: SessionRouteDeps): readonly Route[] {
  return [createRoute(deps), listRoute(deps), getRoute(deps), editRoute(deps)];
}

function createRoute(deps: SessionRouteDeps): Route {
  return route(
    {
      method: "post",
      path: "/sessions",
      id: "createSession",
      group: "sessions",
      summary: "Create a session",
      description: "With an `Idempotency-Key` header, the same key and body answer with the same session.",
      body: { kind: "json", schema: createSessionBody(deps.limits) },
      responses: { 201: { description: "The session", schema: session, headers: warningHeader } },
      refusals: ["not_found", "idempotency_mismatch"],
    },
    async (request) => {
      const key = readIdempotencyKey(request);
      if (!key.ok) return refused(key.refusal);
      const idempotency =
        key.value === undefined ? {} : { idempotency: { key: key.value, bodyHash: hashBody(request.body) } };
      const command = { ...createCommandOf(request.body), ...idempotency };
      return answer(await deps.uses.createSession(request.principal, command), (made) =>
        json(201, encodeSession(made, viewOf(deps, request)), {
          ...warningOf(request.body.tools),
          Location: `/api/v1/sessions/${made.id}`,
        }),
      );
    },
  );
}

function createCommandOf(body: z.output<ReturnType<typeof createSessionBody>>): CreateSessionCommand {
  const { agent_id: agentId, harness_id: harnessId, capabilities } = body;
  const { whenBusy, toolPolicies: _, ...settings } = editCommandOf(body);
  return {
    origin: "api",
    ...settings,
    ...(whenBusy === undefined ? {} : { whenBusy }),
    ...(typeof agentId === "string" ? { agentId } : {}),
    ...(typeof harnessId === "string" ? { harnessId } : {}),
    ...(capabilities === undefined
      ? {}
      : { capabilities: capabilities.map(({ ref, config }) => (config === undefined ? { ref } : { ref, config })) }),
    ...(body.tool_policies === undefined ? {} : { toolPolicies: body.tool_policies }),
  };
}

function editCommandOf(body: z.output<ReturnType<typeof editSessionBody>>): EditSessionCommand {
  const { title, tags, model_id, system_prompt, max_iterations, locale, when_busy } = body;
  const { tools, tool_policies, allowed_tools } = body;
  return {
    ...(title === undefined ? {} : { title }),
    ...(tags === undefined ? {} : { tags }),
    ...(model_id === undefined ? {} : { modelId: model_id }),
    ...(system_prompt === undefined ? {} : { systemPrompt: system_prompt }),
    ...(max_iterations === undefined ? {} : { maxIterations: max_iterations }),
    ...(locale === undefined ? {} : { locale }),
    ...(when_busy === undefined ? {} : { whenBusy: when_busy }),
    ...(tools === undefined ? {} : { tools: clientToolsOf(tools) }),
    ...(tool_policies === undefined ? {} : { toolPolicies: tool_policies }),
    ...(allowed_tools === undefined ? {} : { allowedTools: allowed_tools }),
  };
}

function listRoute(deps: SessionRouteDeps): Route {
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
      const { query } = request;
      return answer(await deps.uses.listSessions(request.principal, listCommandOf(query)), (page) => {
        const last = page.sessions.at(-1);
        const at = query.order === "last_activity" ? last?.lastActiveAt : last?.createdAt;
        const next = page.hasMore && last !== undefined && at !== undefined ? encodeCursor({ at, id: last.id }) : null;
        return json(200, {
          data: page.sessions.map((record) => encodeSession(record, viewOf(deps, request))),
          total: page.total,
          ...(page.isTotalCapped ? { total_capped: true } : {}),
          offset: query.offset,
          limit: query.limit,
          has_more: page.hasMore,
          next_cursor: next,
        });
      });
    },
  );
}

function listCommandOf(query: z.output<typeof listQuery>): ListSessionsQuery {
  const { status, agent_id, tags, search, mine, created_after, created_before, order, cursor, offset, limit } = query;
  return {
    limit,
    ...(cursor === undefined ? { offset } : { cursor }),
    ...(status === undefined ? {} : { status }),
    ...(agent_id === undefined ? {} : { agentId: agent_id }),
    ...(tags === undefined ? {} : { tags }),
    ...(search === undefined ? {} : { search }),
    ...(mine === undefined ? {} : { mine }),
    ...(created_after === undefined ? {} : { createdAfter: created_after }),
    ...(created_before === undefined ? {} : { createdBefore: created_before }),
    ...(order === undefined ? {} : { order }),
  };
}

function getRoute(deps: SessionRouteDeps): Route {
  return route(
    {
      method: "get",
      path: "/sessions/{session_id}",
      id: "getSession",
      group: "sessions",
      summary: "Get a session",
      params: sessionPath,
      responses: { 200: { description: "The session", schema: session } },
      refusals: ["not_found"],
    },
    async (request) =>
      answer(await deps.uses.getSession(request.principal, request.params.session_id), (record) =>
        json(200, encodeSession(record, viewOf(deps, request))),
      ),
  );
}

function editRoute(deps: SessionRouteDeps): Route {
  return route(
    {
      method: "patch",
      path: "/sessions/{session_id}",
      id: "editSession",
      group: "sessions",
      summary: "Change title, tags or settings of a session",
      params: sessionPath,
      body: { kind: "json", schema: editSessionBody(deps.limits) },
      responses: { 200: { description: "The session", schema: session, headers: warningHeader } },
      refusals: ["not_found"],
    },
    async (request) => {
      const command = editCommandOf(request.body);
      return answer(await deps.uses.editSession(request.principal, request.params.session_id, command), (record) =>
        json(200, encodeSession(record, viewOf(deps, request)), warningOf(request.body.tools)),
      );
    },
  );
}
