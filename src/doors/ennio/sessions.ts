/** Ennio's six routes. Every answer that succeeds is a 200 with `data`. */
import { z } from "zod";
import type { Principal } from "../../app/principal.ts";
import { parseId } from "../../core/ids.ts";
import type { Limits } from "../../core/limits.ts";
import { refuse } from "../../core/refusal.ts";
import type { Outcome } from "../../core/refusal.ts";
import type { SessionRecord } from "../../core/session.ts";
import { intParam } from "../../http/input.ts";
import { cursorParam, nextPageLink } from "../../http/paging.ts";
import { answer, json, refused, route } from "../../http/route.ts";
import type { Route } from "../../http/route.ts";
import { nameId, sendBody, sessionAnswer, sessionListAnswer, spawnBody, wordAnswer } from "./schema.ts";
import { showSessions } from "./show-session.ts";
import { ennioStatusOf, isOver, listedWhere } from "./statuses.ts";
import type { EnnioUseCases } from "./use-cases.ts";

export interface EnnioDeps {
  readonly uses: EnnioUseCases;
  readonly limits: Limits;
  readonly now: () => number;
}

const sessionPath = z.object({ id: nameId() });

export function ennioRoutes(deps: EnnioDeps): readonly Route[] {
  return [healthRoute(), listRoute(deps), getRoute(deps), spawnRoute(deps), killRoute(deps), sendRoute(deps)];
}

async function findSession({ uses }: EnnioDeps, principal: Principal, text: string): Promise<Outcome<SessionRecord>> {
  const id = parseId("session", text);
  return id === undefined ? refuse({ code: "not_found", kind: "session", id: text }) : uses.getSession(principal, id);
}

function healthRoute(): Route {
  return route(
    {
      method: "get",
      path: "/health",
      id: "getEnnioHealth",
      group: "health",
      summary: "Whether the server is there",
      access: "public",
      responses: { 200: { description: "It is", schema: wordAnswer("ok") } },
    },
    () => json(200, { data: "ok" as const }),
  );
}

const PAGE = 1_000;
const listQuery = z.object({
  project_id: nameId().optional(),
  limit: intParam({ min: 1, max: PAGE, clamp: true }).default(PAGE),
  cursor: cursorParam("session").optional(),
});

function listRoute(deps: EnnioDeps): Route {
  return route(
    {
      method: "get",
      path: "/sessions",
      id: "listEnnioSessions",
      group: "sessions",
      summary: "List the sessions that are not over, newest first",
      query: listQuery,
      responses: {
        200: {
          description: "The sessions; those that are merged, done or killed are left out",
          schema: sessionListAnswer,
          headers: { Link: "The next page, where there is one" },
        },
      },
      refusals: ["not_found"],
    },
    async ({ principal, query, origin, path, search }) => {
      const { project_id, limit, cursor } = query;
      const project = project_id === undefined ? null : await deps.uses.projects.get(principal, project_id);
      if (project?.ok === false) return refused(project.refusal);
      const listed = await deps.uses.listSessions(principal, {
        limit,
        where: listedWhere,
        ...(project === null ? {} : { projectId: project.value.id }),
        ...(cursor === undefined ? {} : { cursor }),
      });
      if (!listed.ok) return refused(listed.refusal);
      const going = listed.value.sessions.filter((session) => !isOver(session));
      const data = await showSessions(deps, principal, going);
      return json(200, { data }, nextPageLink({ origin, path, search }, listed.value));
    },
  );
}

function getRoute(deps: EnnioDeps): Route {
  return route(
    {
      method: "get",
      path: "/sessions/{id}",
      id: "getEnnioSession",
      group: "sessions",
      summary: "Get a session",
      params: sessionPath,
      responses: { 200: { description: "The session", schema: sessionAnswer } },
      refusals: ["not_found"],
    },
    async ({ principal, params }) => answerSession(deps, principal, await findSession(deps, principal, params.id)),
  );
}

async function answerSession(deps: EnnioDeps, principal: Principal, found: Outcome<SessionRecord>) {
  if (!found.ok) return refused(found.refusal);
  const [data] = await showSessions(deps, principal, [found.value]);
  if (data === undefined) throw new Error(`Session ${found.value.id} was shown as none`);
  return json(200, { data });
}

function spawnRoute(deps: EnnioDeps): Route {
  return route(
    {
      method: "post",
      path: "/sessions",
      id: "spawnEnnioSession",
      group: "sessions",
      summary: "Set an agent to work in a project",
      description: "Answered when its issue was read and its working tree is there; then its agent starts.",
      body: { kind: "json", schema: spawnBody(deps.limits) },
      responses: { 200: { description: "The session", schema: sessionAnswer } },
      refusals: ["not_found", "project_budget_exhausted", "branch_in_use", "repository_unusable", "timed_out"],
    },
    async ({ principal, body }) => {
      const { project_id, issue_id = null, prompt = null, branch = null, role = null } = body;
      const wish = { projectId: project_id, issueId: issue_id, prompt, branch, role, origin: "api" } as const;
      return answerSession(deps, principal, await deps.uses.spawnSession(principal, wish));
    },
  );
}

function killRoute(deps: EnnioDeps): Route {
  return route(
    {
      method: "delete",
      path: "/sessions/{id}",
      id: "killEnnioSession",
      group: "sessions",
      summary: "End a session and its agent",
      params: sessionPath,
      responses: { 200: { description: "It is over, now or before", schema: wordAnswer("killed") } },
      refusals: ["not_found", "not_allowed"],
    },
    async ({ principal, params }) => {
      const found = await findSession(deps, principal, params.id);
      if (!found.ok) return refused(found.refusal);
      const action = endOf(found.value);
      const done = action === null ? found : await deps.uses.controlSession(principal, found.value.id, { action });
      return answer(done, () => json(200, { data: "killed" as const }));
    },
  );
}

/** An end stays what it is (ruling 25); of a session that was merged the agent may still be there. */
function endOf(session: SessionRecord): "kill" | "complete" | null {
  if (!isOver(session)) return "kill";
  return ennioStatusOf(session) === "Merged" && session.facts.lifecycle === "open" ? "complete" : null;
}

function sendRoute(deps: EnnioDeps): Route {
  return route(
    {
      method: "post",
      path: "/sessions/{id}/send",
      id: "sendEnnioMessage",
      group: "sessions",
      summary: "Send a message to a session's agent; it waits for the turn that runs",
      params: sessionPath,
      body: { kind: "json", schema: sendBody(deps.limits) },
      responses: { 200: { description: "Sent", schema: wordAnswer("sent") } },
      refusals: ["not_found", "not_allowed", "budget_exhausted", "quota_exceeded"],
    },
    async ({ principal, params, body }) => {
      const id = parseId("session", params.id);
      if (id === undefined) return refused({ code: "not_found", kind: "session", id: params.id });
      const sent = await deps.uses.sendText(principal, { id, text: body.message });
      return answer(sent, () => json(200, { data: "sent" as const }));
    },
  );
}
