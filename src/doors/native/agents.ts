/** Agents: make, list, get, change, replace, archive (ruling 17). Each turn reads its agent as it then is. */
import type { UpdateRecord } from "../../app/records/update-record.ts";
import { parseId } from "../../core/ids.ts";
import { accept, refuse } from "../../core/refusal.ts";
import type { Outcome } from "../../core/refusal.ts";
import { answer, empty, json, refused, route } from "../../http/route.ts";
import type { Route } from "../../http/route.ts";
import { encodeAgent } from "./encode-record.ts";
import { archivedQuery, envelopeOf, listQueryOf } from "./record-page.ts";
import { agentOrNamePath, agentPath } from "./record-params.ts";
import { etagOf, readVersion, versionHeaders } from "./record-version.ts";
import { agent, agentList, createAgentBody, editAgentBody, replaceAgentBody } from "./schema/agent.ts";
import { clientToolsOf, warningHeader, warningOf } from "./schema/tool.ts";
import type { ToolEntries } from "./schema/tool.ts";
import type { RecordUseCases } from "./use-cases-records.ts";

type Uses = Pick<RecordUseCases, "agents">;

const group = "agents";
const headers = { ...versionHeaders, ...warningHeader } as const;
const one = { description: "The agent", schema: agent, headers } as const;

/** Only tools that the client carries out are kept. */
function withClientTools<Body extends { readonly tools?: ToolEntries | undefined }>({ tools, ...body }: Body) {
  return tools === undefined ? body : { ...body, tools: clientToolsOf(tools) };
}

export function agentRoutes(uses: Uses): readonly Route[] {
  return [createRoute(uses), listRoute(uses), getRoute(uses), editRoute(uses), replaceRoute(uses), archiveRoute(uses)];
}

function createRoute({ agents }: Uses): Route {
  return route(
    {
      method: "post",
      path: "/agents",
      id: "createAgent",
      group,
      summary: "Create an agent",
      body: { kind: "json", schema: createAgentBody },
      responses: { 201: one },
      refusals: ["already_exists", "not_found", "too_large"],
    },
    async ({ principal, body: { name, ...body } }) =>
      answer(await agents.create(principal, { name, body: withClientTools(body) }), (made) => {
        const headers = { ...etagOf(made), ...warningOf(body.tools), Location: `/api/v1/agents/${made.id}` };
        return json(201, encodeAgent(made), headers);
      }),
  );
}

function listRoute({ agents }: Uses): Route {
  return route(
    {
      method: "get",
      path: "/agents",
      id: "listAgents",
      group,
      summary: "List agents, newest first",
      query: archivedQuery,
      responses: { 200: { description: "A page of agents", schema: agentList } },
    },
    async ({ principal, query }) =>
      json(200, envelopeOf(await agents.list(principal, listQueryOf(query)), query, encodeAgent)),
  );
}

function getRoute({ agents }: Uses): Route {
  return route(
    {
      method: "get",
      path: "/agents/{agent_id}",
      id: "getAgent",
      group,
      summary: "Get an agent, also an archived one",
      params: agentPath,
      responses: { 200: one },
      refusals: ["not_found"],
    },
    async ({ principal, params }) =>
      answer(await agents.get(principal, params.agent_id), (found) => json(200, encodeAgent(found), etagOf(found))),
  );
}

function editRoute({ agents }: Uses): Route {
  return route(
    {
      method: "patch",
      path: "/agents/{agent_id}",
      id: "editAgent",
      group,
      summary: "Change an agent",
      description: "A JSON Merge Patch: lists are replaced as a whole. `status` archives and brings back.",
      params: agentPath,
      body: { kind: "json", schema: editAgentBody },
      responses: { 200: one },
      refusals: ["not_found", "already_exists", "version_conflict", "too_large"],
    },
    async (request) => {
      const version = readVersion(request);
      if (!version.ok) return refused(version.refusal);
      const { name, status, ...body } = request.body;
      const change = {
        id: request.params.agent_id,
        patch: withClientTools(body),
        ...version.value,
        ...(name === undefined ? {} : { name }),
        ...(status === undefined ? {} : { isArchived: status === "archived" }),
      };
      return answer(await agents.update(request.principal, change), (changed) =>
        json(200, encodeAgent(changed), { ...etagOf(changed), ...warningOf(body.tools) }),
      );
    },
  );
}

function replaceRoute({ agents }: Uses): Route {
  return route(
    {
      method: "put",
      path: "/agents/{agent_id}",
      id: "applyAgent",
      group,
      summary: "Put an agent as a whole in place of the one that is there",
      description:
        "By id: 404 when there is none. By name: made when there is none, so a folder of agents can be applied.",
      params: agentOrNamePath,
      body: { kind: "json", schema: replaceAgentBody },
      responses: { 200: one, 201: { ...one, description: "The agent, which was not there before" } },
      refusals: ["not_found", "already_exists", "version_conflict", "too_large"],
    },
    async (request) => {
      const place = placeOf(request.params.agent_id);
      const version = readVersion(request);
      if (!place.ok) return refused(place.refusal);
      if (!version.ok) return refused(version.refusal);
      const { name, ...whole } = request.body;
      const body = withClientTools(whole);
      const warning = warningOf(whole.tools);
      if (place.value.kind === "name") {
        const applied = await agents.apply(request.principal, { name: place.value.name, body });
        return answer(applied, ({ resource, isNew }) =>
          json(isNew ? 201 : 200, encodeAgent(resource), { ...etagOf(resource), ...warning }),
        );
      }
      const rename: Pick<UpdateRecord, "name"> = name === undefined ? {} : { name };
      const change = { id: place.value.id, body, ...version.value, ...rename };
      return answer(await agents.update(request.principal, change), (changed) =>
        json(200, encodeAgent(changed), { ...etagOf(changed), ...warning }),
      );
    },
  );
}

type Place = { readonly kind: "id"; readonly id: string } | { readonly kind: "name"; readonly name: string };

/** What begins like an id is meant as one; an agent of such a name is reached by its id. */
function placeOf(text: string): Outcome<Place> {
  const id = parseId("agent", text);
  if (id !== undefined) return accept({ kind: "id", id });
  if (!/^(?:agt|agent)_/.test(text)) return accept({ kind: "name", name: text });
  return refuse({ code: "invalid_input", path: "agent_id", reason: `"${text.slice(0, 80)}" is no agent id` });
}

function archiveRoute({ agents }: Uses): Route {
  return route(
    {
      method: "delete",
      path: "/agents/{agent_id}",
      id: "archiveAgent",
      group,
      summary: "Archive an agent",
      description: "Its sessions go on; new ones are refused, and its name is free.",
      params: agentPath,
      responses: { 204: { description: "Archived" } },
      refusals: ["not_found"],
    },
    async ({ principal, params }) => answer(await agents.remove(principal, params.agent_id), () => empty(204)),
  );
}
