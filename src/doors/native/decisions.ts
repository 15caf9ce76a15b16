/** Decisions of a team: what its agents should know, found by words, files and tags. */
import { z } from "zod";
import type { DecisionQuery } from "../../app/team/list-decisions.ts";
import { parseId } from "../../core/ids.ts";
import { decisionTypes } from "../../core/records/team.ts";
import { boolParam, idParam, textParam } from "../../http/input.ts";
import { offsetPage } from "../../http/paging.ts";
import { answer, empty, json, refused, route } from "../../http/route.ts";
import type { Route } from "../../http/route.ts";
import { given } from "../../lib/given.ts";
import { encodeDecision } from "./encode-team.ts";
import { envelopeOf } from "./record-page.ts";
import { etagOf, readVersion, versionHeaders } from "./record-version.ts";
import {
  decision,
  decisionList,
  editDecisionBody,
  foundDecisions,
  recordDecisionBody,
  searchDecisionsBody,
} from "./schema/team.ts";
import type { TeamUseCases } from "./use-cases-team.ts";

type Uses = Pick<TeamUseCases, "decisions">;

const base = "/decisions";
const group = "decisions";
const one = { description: "The decision", schema: decision, headers: versionHeaders } as const;
const path = z.object({ decision_id: idParam("decision") });
const DEFAULT_FOUND = 10;

export function decisionRoutes(uses: Uses): readonly Route[] {
  return [
    listRoute(uses),
    recordRoute(uses),
    searchRoute(uses),
    getRoute(uses),
    editRoute(uses),
    deleteRoute(uses),
    reaffirmRoute(uses),
  ];
}

const listQuery = z.object({
  ...offsetPage,
  q: textParam(1_000).optional().describe("Words, or beginnings of words, that all are in it; best first"),
  file: textParam(1_000)
    .optional()
    .describe("About this file, a directory above it, or below it if it ends in a slash"),
  tag: textParam(100).optional(),
  type: z.enum(decisionTypes).optional(),
  session_id: idParam("session").optional(),
  made_by: idParam("user").optional(),
  stale: boolParam().optional(),
});

function queryOf(query: z.output<typeof listQuery>): DecisionQuery {
  const { q, file, tag, type, session_id: sessionId, made_by: madeBy, stale: isStale, offset, limit } = query;
  const match = q === undefined || q === "" ? undefined : ({ text: q, needs: "all" } as const);
  return { offset, limit, ...given({ match, file, tag, type, sessionId, madeBy, isStale }) };
}

function listRoute({ decisions }: Uses): Route {
  return route(
    {
      method: "get",
      path: base,
      id: "listDecisions",
      group,
      summary: "List decisions, newest first",
      query: listQuery,
      responses: { 200: { description: "A page of decisions", schema: decisionList } },
    },
    async ({ principal, query }) =>
      json(200, envelopeOf(await decisions.list(principal, queryOf(query)), query, encodeDecision)),
  );
}

function recordRoute({ decisions }: Uses): Route {
  return route(
    {
      method: "post",
      path: base,
      id: "recordDecision",
      group,
      summary: "Record a decision",
      description:
        "With `session_id` its log tells of it (`decision.recorded`), and its files are those of the session's repository.",
      body: { kind: "json", schema: recordDecisionBody },
      responses: { 201: one },
      refusals: ["not_found"],
    },
    async ({ principal, body: { session_id, supersedes, ...body } }) => {
      const sessionId = session_id === undefined || session_id === null ? undefined : parseId("session", session_id);
      if (session_id !== undefined && session_id !== null && sessionId === undefined) {
        return refused({ code: "not_found", kind: "session", id: session_id });
      }
      const { title, ...rest } = body;
      const named = given({ ...rest, sessionId, supersedes: supersedes ?? undefined });
      return answer(await decisions.record(principal, { title, ...named }), (made) =>
        json(201, encodeDecision(made), { ...etagOf(made), Location: `/api/v1${base}/${made.id}` }),
      );
    },
  );
}

function searchRoute({ decisions }: Uses): Route {
  return route(
    {
      method: "post",
      path: `${base}/search`,
      id: "searchDecisions",
      group,
      summary: "Find decisions by their words",
      access: "read",
      body: { kind: "json", schema: searchDecisionsBody },
      responses: { 200: { description: "The best first", schema: foundDecisions } },
    },
    async ({ principal, body: { query, limit = DEFAULT_FOUND } }) => {
      const { items } = await decisions.list(principal, { match: { text: query, needs: "any" }, limit });
      return json(200, { data: items.map(encodeDecision) });
    },
  );
}

function getRoute({ decisions }: Uses): Route {
  return route(
    {
      method: "get",
      path: `${base}/{decision_id}`,
      id: "getDecision",
      group,
      summary: "Get a decision",
      params: path,
      responses: { 200: one },
      refusals: ["not_found"],
    },
    async ({ principal, params }) =>
      answer(await decisions.get(principal, params.decision_id), (found) =>
        json(200, encodeDecision(found), etagOf(found)),
      ),
  );
}

function editRoute({ decisions }: Uses): Route {
  return route(
    {
      method: "patch",
      path: `${base}/{decision_id}`,
      id: "editDecision",
      group,
      summary: "Change a decision",
      params: path,
      body: { kind: "json", schema: editDecisionBody },
      responses: { 200: one },
      refusals: ["not_found", "version_conflict"],
    },
    async (request) => {
      const version = readVersion(request);
      if (!version.ok) return refused(version.refusal);
      const change = { id: request.params.decision_id, ...version.value, ...given(request.body) };
      return answer(await decisions.update(request.principal, change), (changed) =>
        json(200, encodeDecision(changed), etagOf(changed)),
      );
    },
  );
}

function deleteRoute({ decisions }: Uses): Route {
  return route(
    {
      method: "delete",
      path: `${base}/{decision_id}`,
      id: "deleteDecision",
      group,
      summary: "Delete a decision",
      description: "Where it was recorded by a session, that session's log keeps telling of it.",
      params: path,
      responses: { 204: { description: "Deleted" } },
      refusals: ["not_found"],
    },
    async ({ principal, params }) => answer(await decisions.remove(principal, params.decision_id), () => empty(204)),
  );
}

function reaffirmRoute({ decisions }: Uses): Route {
  return route(
    {
      method: "post",
      path: `${base}/{decision_id}/reaffirm`,
      id: "reaffirmDecision",
      group,
      summary: "Say that a decision still holds",
      description: "Edits of its files are counted from now on.",
      params: path,
      responses: { 200: one },
      refusals: ["not_found"],
    },
    async ({ principal, params }) =>
      answer(await decisions.reaffirm(principal, params.decision_id), (found) =>
        json(200, encodeDecision(found), etagOf(found)),
      ),
  );
}
