/** What holds, ends and brings back a session: pause, resume, complete, kill, delete, restore; and cancel of its turn. */
import { z } from "zod";
import { boolParam } from "../../http/input.ts";
import { answer, empty, json, route } from "../../http/route.ts";
import type { Route } from "../../http/route.ts";
import { sessionPath } from "./params.ts";
import { cancelBody, cancelled } from "./schema/event.ts";
import { endSessionBody, session } from "./schema/session.ts";
import { answerSession } from "./show-session.ts";
import type { SessionUseCases } from "./use-cases.ts";
import type { SurroundingUseCases } from "./use-cases-sessions.ts";

export interface ActionRouteDeps {
  readonly uses: Pick<SessionUseCases, "controlSession" | "cancelTurn"> & Pick<SurroundingUseCases, "describeSessions">;
  readonly now: () => number;
}

const VERBS = {
  pause: "Hold a session: its turn stops at the next step and its queue waits",
  resume: "Let a held session go on, or open a completed one again",
  complete: "End a session; a new message opens it again",
  kill: "End a session for good",
  restore: "Bring a deleted session back out of the trash",
} as const;

export function sessionActionRoutes(deps: ActionRouteDeps): readonly Route[] {
  const verbs = (Object.keys(VERBS) as (keyof typeof VERBS)[]).map((verb) => verbRoute(verb, deps));
  return [...verbs, deleteRoute(deps), cancelRoute(deps)];
}

function verbRoute(verb: keyof typeof VERBS, deps: ActionRouteDeps): Route {
  return route(
    {
      method: "post",
      path: `/sessions/{session_id}/${verb}`,
      id: `${verb}Session`,
      group: "sessions",
      summary: VERBS[verb],
      params: sessionPath,
      body: { kind: "json", schema: endSessionBody, isOptional: true },
      responses: { 200: { description: "The session", schema: session } },
      refusals: ["not_found", "not_allowed"],
    },
    async (request) => {
      const reason = request.body?.reason;
      const control = { action: verb, ...(reason === undefined ? {} : { reason }) };
      const { principal, params } = request;
      return answerSession(deps, request, await deps.uses.controlSession(principal, params.session_id, control));
    },
  );
}

function deleteRoute({ uses }: ActionRouteDeps): Route {
  return route(
    {
      method: "delete",
      path: "/sessions/{session_id}",
      id: "deleteSession",
      group: "sessions",
      summary: "Delete a session",
      description: "It can be restored for 7 days, unless `permanent=true`.",
      params: sessionPath,
      query: z.object({ permanent: boolParam().optional() }),
      responses: { 204: { description: "Deleted" } },
      refusals: ["not_found"],
    },
    async ({ principal, params, query }) => {
      const control = { action: "delete", isPermanent: query.permanent ?? false } as const;
      return answer(await uses.controlSession(principal, params.session_id, control), () => empty(204));
    },
  );
}

const CANCEL_WORDS = {
  cancelled: "Turn cancelled successfully",
  no_op: "There is no turn to cancel",
} as const;

function cancelRoute({ uses }: ActionRouteDeps): Route {
  return route(
    {
      method: "post",
      path: "/sessions/{session_id}/cancel",
      id: "cancelTurn",
      group: "messages",
      summary: "Cancel the running turn",
      description: "The turn ends with `session.idled`; the queue goes on afterwards unless it is cleared.",
      params: sessionPath,
      body: { kind: "json", schema: cancelBody, isOptional: true },
      responses: { 200: { description: "Cancelled, or nothing was running", schema: cancelled } },
      refusals: ["not_found"],
    },
    async ({ principal, params, body }) => {
      const options = { clearsQueue: body?.queue === "clear" };
      return answer(await uses.cancelTurn(principal, params.session_id, options), ({ status }) =>
        json(200, { status, message: CANCEL_WORDS[status] }),
      );
    },
  );
}
