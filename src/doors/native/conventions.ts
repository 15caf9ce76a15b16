/** Conventions of a team: how it wants things done, and for which files. */
import { z } from "zod";
import { conventionTiers } from "../../core/records/team.ts";
import { idParam, listParam, textParam } from "../../http/input.ts";
import { offsetPage } from "../../http/paging.ts";
import { answer, empty, json, refused, route } from "../../http/route.ts";
import type { Route } from "../../http/route.ts";
import { given } from "../../lib/given.ts";
import { encodeConvention } from "./encode-team.ts";
import { cutPage, envelopeOf } from "./record-page.ts";
import { etagOf, readVersion, versionHeaders } from "./record-version.ts";
import { convention, conventionList, createConventionBody, editConventionBody } from "./schema/team.ts";
import type { TeamUseCases } from "./use-cases-team.ts";

type Uses = Pick<TeamUseCases, "conventions">;

const base = "/conventions";
const group = "conventions";
const one = { description: "The convention", schema: convention, headers: versionHeaders } as const;
const path = z.object({ convention_id: idParam("convention") });
const MOST_PATHS = 100;

export function conventionRoutes(uses: Uses): readonly Route[] {
  return [listRoute(uses), createRoute(uses), getRoute(uses), editRoute(uses), deleteRoute(uses)];
}

const listQuery = z.object({
  ...offsetPage,
  q: textParam(1_000).optional().describe("Words, or beginnings of words, that all are in it; best first"),
  tier: z.enum(conventionTiers).optional(),
  path: listParam(textParam(1_000), MOST_PATHS)
    .optional()
    .describe("Repeats: what holds for any of these files, musts first; `q` and `tier` are not looked at then"),
});

function listRoute({ conventions }: Uses): Route {
  return route(
    {
      method: "get",
      path: base,
      id: "listConventions",
      group,
      summary: "List conventions, newest first",
      query: listQuery,
      responses: { 200: { description: "A page of conventions", schema: conventionList } },
    },
    async ({ principal, query }) => {
      const { q, tier, path: paths, offset, limit } = query;
      if (paths !== undefined) {
        const found = await conventions.conventionsFor(principal, paths);
        return json(200, envelopeOf(cutPage(found, query), query, encodeConvention));
      }
      const match = q === undefined || q === "" ? undefined : ({ text: q, needs: "all" } as const);
      const filter = given({ match, terms: tier === undefined ? undefined : [[`tier:${tier}`]] });
      return json(
        200,
        envelopeOf(await conventions.list(principal, { ...filter, offset, limit }), query, encodeConvention),
      );
    },
  );
}

function createRoute({ conventions }: Uses): Route {
  return route(
    {
      method: "post",
      path: base,
      id: "createConvention",
      group,
      summary: "Make a convention",
      body: { kind: "json", schema: createConventionBody },
      responses: { 201: one },
    },
    async ({ principal, body: { title, ...body } }) =>
      answer(await conventions.create(principal, { title, ...given(body) }), (made) =>
        json(201, encodeConvention(made), { ...etagOf(made), Location: `/api/v1${base}/${made.id}` }),
      ),
  );
}

function getRoute({ conventions }: Uses): Route {
  return route(
    {
      method: "get",
      path: `${base}/{convention_id}`,
      id: "getConvention",
      group,
      summary: "Get a convention",
      params: path,
      responses: { 200: one },
      refusals: ["not_found"],
    },
    async ({ principal, params }) =>
      answer(await conventions.get(principal, params.convention_id), (found) =>
        json(200, encodeConvention(found), etagOf(found)),
      ),
  );
}

function editRoute({ conventions }: Uses): Route {
  return route(
    {
      method: "patch",
      path: `${base}/{convention_id}`,
      id: "editConvention",
      group,
      summary: "Change a convention",
      params: path,
      body: { kind: "json", schema: editConventionBody },
      responses: { 200: one },
      refusals: ["not_found", "version_conflict"],
    },
    async (request) => {
      const version = readVersion(request);
      if (!version.ok) return refused(version.refusal);
      const change = { id: request.params.convention_id, ...version.value, patch: given(request.body) };
      return answer(await conventions.update(request.principal, change), (changed) =>
        json(200, encodeConvention(changed), etagOf(changed)),
      );
    },
  );
}

function deleteRoute({ conventions }: Uses): Route {
  return route(
    {
      method: "delete",
      path: `${base}/{convention_id}`,
      id: "deleteConvention",
      group,
      summary: "Delete a convention",
      params: path,
      responses: { 204: { description: "Deleted" } },
      refusals: ["not_found"],
    },
    async ({ principal, params }) =>
      answer(await conventions.remove(principal, params.convention_id), () => empty(204)),
  );
}
