/** Agen's sessions: the route of its page, and list, get, messages, cancel and merge in the same style (ruling 24). */
import { z } from "zod";
import type { CreateSessionCommand } from "../../app/create-session.ts";
import type { Principal } from "../../app/principal.ts";
import type { SessionId } from "../../core/ids.ts";
import type { Limits } from "../../core/limits.ts";
import { accept } from "../../core/refusal.ts";
import type { Outcome } from "../../core/refusal.ts";
import type { SessionRecord } from "../../core/session.ts";
import { wherePredicate } from "../../core/status.ts";
import { isSpawned } from "../../core/project-work/spawned.ts";
import { anySessionPath, sessionIdOf } from "../../http/dialect-input.ts";
import { intParam } from "../../http/input.ts";
import { cursorParam, nextPageLink } from "../../http/paging.ts";
import { answer, json, refused, route } from "../../http/route.ts";
import type { Route } from "../../http/route.ts";
import { showSessions } from "./encode-session.ts";
import { createBody, mergeBody, messageBody, sentMessage, session, sessionList } from "./schema.ts";
import { agenStatuses, agenWords } from "./statuses.ts";
import type { AgenUseCases } from "./use-cases.ts";

export interface AgenDeps {
  readonly uses: AgenUseCases;
  readonly limits: Limits;
  readonly now: () => number;
}

export function agenRoutes(deps: AgenDeps): readonly Route[] {
  return [createRoute(deps), listRoute(deps), getRoute(deps), messageRoute(deps), cancelRoute(deps), mergeRoute(deps)];
}

async function shown(deps: AgenDeps, record: SessionRecord) {
  const [found] = await showSessions(deps, [record]);
  if (found === undefined) throw new Error(`Session ${record.id} was shown as none`);
  return found;
}

async function answerSession(deps: AgenDeps, principal: Principal, id: Outcome<SessionId>) {
  const found = id.ok ? await deps.uses.getSession(principal, id.value) : id;
  return found.ok ? json(200, await shown(deps, found.value)) : refused(found.refusal);
}

function createRoute(deps: AgenDeps): Route {
  return route(
    {
      method: "post",
      path: "/sessions",
      id: "createAgenSession",
      group: "sessions",
      summary: "Create a session",
      description: "In the workspace's project, with its agent. Branch and working tree are made with the first turn.",
      body: { kind: "json", schema: createBody(deps.limits) },
      responses: { 201: { description: "The session", schema: session } },
      refusals: ["not_found", "project_budget_exhausted", "branch_in_use", "repository_unusable", "timed_out"],
    },
    async ({ principal, body }) => {
      const command = await commandOf(deps.uses, principal, body);
      if (!command.ok) return refused(command.refusal);
      const made = await deps.uses.beginSession(principal, command.value);
      return made.ok ? json(201, await shown(deps, made.value)) : refused(made.refusal);
    },
  );
}

type CreateBody = z.output<ReturnType<typeof createBody>>;

async function commandOf(
  uses: AgenUseCases,
  principal: Principal,
  { branch_name, auto_commit, model, prompt }: CreateBody,
): Promise<Outcome<CreateSessionCommand>> {
  const { projectId, agentId, harness } = await uses.readSessionDefaults(principal);
  // A project says itself who works in it.
  const worker = projectId !== null || agentId === null ? {} : { agentId };
  const found = model === undefined || isSpawned(harness) ? accept(null) : await uses.findModelByCode(principal, model);
  if (!found.ok) return found;
  return accept({
    origin: "api",
    branchName: branch_name,
    autoCommit: auto_commit,
    ...worker,
    ...(projectId === null ? {} : { projectId }),
    ...(found.value === null ? {} : { modelId: found.value.modelId }),
    ...(model === undefined ? {} : { modelCode: model }),
    ...(typeof prompt === "string" ? { initialPrompt: prompt } : {}),
  });
}

const PAGE = 1_000;
const listQuery = z.object({
  status: z.enum(agenWords).optional(),
  limit: intParam({ min: 1, max: PAGE, clamp: true }).default(PAGE),
  cursor: cursorParam("session").optional(),
});

function listRoute(deps: AgenDeps): Route {
  return route(
    {
      method: "get",
      path: "/sessions",
      id: "listAgenSessions",
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
    async ({ principal, query: { status, limit, cursor }, origin, path, search }) => {
      const listed = await deps.uses.listSessions(principal, {
        limit,
        ...(cursor === undefined ? {} : { cursor }),
        ...(status === undefined ? {} : { where: wherePredicate(agenStatuses, status) }),
      });
      if (!listed.ok) return refused(listed.refusal);
      const sessions = await showSessions(deps, listed.value.sessions);
      return json(200, { sessions }, nextPageLink({ origin, path, search }, listed.value));
    },
  );
}

function getRoute(deps: AgenDeps): Route {
  return route(
    {
      method: "get",
      path: "/sessions/{id}",
      id: "getAgenSession",
      group: "sessions",
      summary: "Get a session",
      params: anySessionPath,
      responses: { 200: { description: "The session", schema: session } },
      refusals: ["not_found"],
    },
    ({ principal, params }) => answerSession(deps, principal, sessionIdOf(params.id)),
  );
}

function messageRoute({ uses, limits }: AgenDeps): Route {
  return route(
    {
      method: "post",
      path: "/sessions/{id}/messages",
      id: "sendAgenMessage",
      group: "sessions",
      summary: "Send a message; it waits for the turn that runs",
      params: anySessionPath,
      body: { kind: "json", schema: messageBody(limits) },
      responses: { 201: { description: "The message", schema: sentMessage } },
      refusals: ["not_found", "not_allowed", "budget_exhausted", "quota_exceeded"],
    },
    async ({ principal, params, body }) => {
      const id = sessionIdOf(params.id);
      if (!id.ok) return refused(id.refusal);
      const sent = await uses.sendText(principal, { id: id.value, text: body.content });
      return answer(sent, ({ message, createdAt }) =>
        json(201, { id: message.id, session_id: id.value, content: body.content, created_at: createdAt }),
      );
    },
  );
}

function cancelRoute(deps: AgenDeps): Route {
  return route(
    {
      method: "post",
      path: "/sessions/{id}/cancel",
      id: "cancelAgenTurn",
      group: "sessions",
      summary: "Cancel the running turn, if there is one",
      params: anySessionPath,
      responses: { 200: { description: "The session", schema: session } },
      refusals: ["not_found"],
    },
    async ({ principal, params }) => {
      const id = sessionIdOf(params.id);
      if (!id.ok) return refused(id.refusal);
      const done = await deps.uses.cancelTurn(principal, id.value, { clearsQueue: false });
      return done.ok ? answerSession(deps, principal, id) : refused(done.refusal);
    },
  );
}

function mergeRoute(deps: AgenDeps): Route {
  return route(
    {
      method: "post",
      path: "/sessions/{id}/merge",
      id: "mergeAgenSession",
      group: "sessions",
      summary: "Merge the session's branch into its base",
      params: anySessionPath,
      body: { kind: "json", schema: mergeBody, isOptional: true },
      responses: { 200: { description: "The session, with `merged_at`", schema: session } },
      refusals: ["not_found", "no_checkout", "merge_refused", "timed_out"],
    },
    async ({ principal, params, body }) => {
      const id = sessionIdOf(params.id);
      if (!id.ok) return refused(id.refusal);
      const how = body?.strategy === undefined ? {} : { strategy: body.strategy };
      const done = await deps.uses.mergeCheckout(principal, id.value, how);
      return done.ok ? answerSession(deps, principal, id) : refused(done.refusal);
    },
  );
}
