/** Harnesses (ruling 18). Those that are built in are read-only. */
import { answer, empty, json, refused, route } from "../../http/route.ts";
import type { Route } from "../../http/route.ts";
import { encodeHarness } from "./encode-record.ts";
import { archivedQuery, envelopeOf, listQueryOf } from "./record-page.ts";
import { harnessPath } from "./record-params.ts";
import { etagOf, readVersion, versionHeaders } from "./record-version.ts";
import { createHarnessBody, editHarnessBody, harness, harnessList } from "./schema/agent.ts";
import type { RecordUseCases } from "./use-cases-records.ts";

type Uses = Pick<RecordUseCases, "harnesses">;

const group = "harnesses";
const one = { description: "The harness", schema: harness, headers: versionHeaders } as const;

export function harnessRoutes(uses: Uses): readonly Route[] {
  return [createRoute(uses), listRoute(uses), getRoute(uses), editRoute(uses), archiveRoute(uses)];
}

function createRoute({ harnesses }: Uses): Route {
  return route(
    {
      method: "post",
      path: "/harnesses",
      id: "createHarness",
      group,
      summary: "Create a harness",
      body: { kind: "json", schema: createHarnessBody },
      responses: { 201: one },
      refusals: ["already_exists", "not_found", "too_large"],
    },
    async ({ principal, body: { name, ...body } }) =>
      answer(await harnesses.create(principal, { name, body }), (made) =>
        json(201, encodeHarness(made), { ...etagOf(made), Location: `/api/v1/harnesses/${made.id}` }),
      ),
  );
}

function listRoute({ harnesses }: Uses): Route {
  return route(
    {
      method: "get",
      path: "/harnesses",
      id: "listHarnesses",
      group,
      summary: "List harnesses, newest first, then those that are built in",
      query: archivedQuery,
      responses: { 200: { description: "A page of harnesses", schema: harnessList } },
    },
    async ({ principal, query }) =>
      json(200, envelopeOf(await harnesses.list(principal, listQueryOf(query)), query, encodeHarness)),
  );
}

function getRoute({ harnesses }: Uses): Route {
  return route(
    {
      method: "get",
      path: "/harnesses/{harness_id}",
      id: "getHarness",
      group,
      summary: "Get a harness",
      params: harnessPath,
      responses: { 200: one },
      refusals: ["not_found"],
    },
    async ({ principal, params }) =>
      answer(await harnesses.get(principal, params.harness_id), (found) =>
        json(200, encodeHarness(found), etagOf(found)),
      ),
  );
}

function editRoute({ harnesses }: Uses): Route {
  return route(
    {
      method: "patch",
      path: "/harnesses/{harness_id}",
      id: "editHarness",
      group,
      summary: "Change a harness",
      params: harnessPath,
      body: { kind: "json", schema: editHarnessBody },
      responses: { 200: one },
      refusals: ["not_found", "already_exists", "version_conflict", "read_only", "too_large"],
    },
    async (request) => {
      const version = readVersion(request);
      if (!version.ok) return refused(version.refusal);
      const { name, status, ...patch } = request.body;
      const change = {
        id: request.params.harness_id,
        patch,
        ...version.value,
        ...(name === undefined ? {} : { name }),
        ...(status === undefined ? {} : { isArchived: status === "archived" }),
      };
      return answer(await harnesses.update(request.principal, change), (changed) =>
        json(200, encodeHarness(changed), etagOf(changed)),
      );
    },
  );
}

function archiveRoute({ harnesses }: Uses): Route {
  return route(
    {
      method: "delete",
      path: "/harnesses/{harness_id}",
      id: "archiveHarness",
      group,
      summary: "Archive a harness",
      description: "What builds on it goes on; its name is free.",
      params: harnessPath,
      responses: { 204: { description: "Archived" } },
      refusals: ["not_found", "read_only"],
    },
    async ({ principal, params }) => answer(await harnesses.remove(principal, params.harness_id), () => empty(204)),
  );
}
