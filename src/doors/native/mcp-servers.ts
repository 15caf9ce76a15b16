/** MCP servers of a workspace. Who may set up which is decided in `app/records/mcp-servers`. */
import type { z } from "zod";
import type { McpServerRecord, UpdateMcpServer } from "../../app/records/mcp-servers.ts";
import { answer, empty, json, refused, route } from "../../http/route.ts";
import type { Route } from "../../http/route.ts";
import { recordOf } from "./encode-record.ts";
import { envelopeOf, listQueryOf, recordQuery } from "./record-page.ts";
import { mcpServerPath } from "./record-params.ts";
import { etagOf, readVersion, versionHeaders } from "./record-version.ts";
import {
  createMcpServerBody,
  editMcpServerBody,
  mcpServer,
  mcpServerList,
  mcpServerTest,
} from "./schema/mcp-server.ts";
import type { McpServer } from "./schema/mcp-server.ts";
import type { RecordUseCases } from "./use-cases-records.ts";

type Uses = Pick<RecordUseCases, "mcpServers">;

const base = "/mcp-servers";
const one = { description: "The MCP server", schema: mcpServer, headers: versionHeaders } as const;
const group = "mcp servers";

export function mcpServerRoutes(uses: Uses): readonly Route[] {
  return [createRoute(uses), listRoute(uses), getRoute(uses), editRoute(uses), deleteRoute(uses), testRoute(uses)];
}

function createRoute({ mcpServers }: Uses): Route {
  return route(
    {
      method: "post",
      path: base,
      id: "createMcpServer",
      group,
      summary: "Add an MCP server",
      description: "Only an owner may add one that is run as a program, or one at a private address.",
      body: { kind: "json", schema: createMcpServerBody },
      responses: { 201: one },
      refusals: ["already_exists"],
    },
    async ({ principal, body: { name, transport_type, ...change } }) =>
      answer(await mcpServers.create(principal, { name, transport_type, ...changeOf(change) }), (made) =>
        json(201, encodeMcpServer(made), { ...etagOf(made), Location: `/api/v1${base}/${made.id}` }),
      ),
  );
}

function listRoute({ mcpServers }: Uses): Route {
  return route(
    {
      method: "get",
      path: base,
      id: "listMcpServers",
      group,
      summary: "List MCP servers, newest first",
      query: recordQuery,
      responses: { 200: { description: "A page of MCP servers", schema: mcpServerList } },
    },
    async ({ principal, query }) =>
      json(200, envelopeOf(await mcpServers.list(principal, listQueryOf(query)), query, encodeMcpServer)),
  );
}

function getRoute({ mcpServers }: Uses): Route {
  return route(
    {
      method: "get",
      path: `${base}/{mcp_server_id}`,
      id: "getMcpServer",
      group,
      summary: "Get an MCP server",
      params: mcpServerPath,
      responses: { 200: one },
      refusals: ["not_found"],
    },
    async ({ principal, params }) =>
      answer(await mcpServers.get(principal, params.mcp_server_id), (found) =>
        json(200, encodeMcpServer(found), etagOf(found)),
      ),
  );
}

function editRoute({ mcpServers }: Uses): Route {
  return route(
    {
      method: "patch",
      path: `${base}/{mcp_server_id}`,
      id: "editMcpServer",
      group,
      summary: "Change an MCP server",
      description: "Whoever is no owner gives the key and the headers again with a new URL.",
      params: mcpServerPath,
      body: { kind: "json", schema: editMcpServerBody },
      responses: { 200: one },
      refusals: ["not_found", "already_exists", "version_conflict"],
    },
    async (request) => {
      const version = readVersion(request);
      if (!version.ok) return refused(version.refusal);
      const { name, ...change } = request.body;
      const named = name === undefined ? {} : { name };
      const command = { id: request.params.mcp_server_id, ...named, ...version.value, ...changeOf(change) };
      return answer(await mcpServers.update(request.principal, command), (changed) =>
        json(200, encodeMcpServer(changed), etagOf(changed)),
      );
    },
  );
}

function deleteRoute({ mcpServers }: Uses): Route {
  return route(
    {
      method: "delete",
      path: `${base}/{mcp_server_id}`,
      id: "deleteMcpServer",
      group,
      summary: "Delete an MCP server and what it is given",
      description: "Agents that have it keep the reference and go on without its tools.",
      params: mcpServerPath,
      responses: { 204: { description: "Deleted" } },
      refusals: ["not_found"],
    },
    async ({ principal, params }) => answer(await mcpServers.remove(principal, params.mcp_server_id), () => empty(204)),
  );
}

function testRoute({ mcpServers }: Uses): Route {
  return route(
    {
      method: "post",
      path: `${base}/{mcp_server_id}/test`,
      id: "testMcpServer",
      group,
      summary: "Ask an MCP server for its tools",
      params: mcpServerPath,
      responses: { 200: { description: "Its tools, or why there are none", schema: mcpServerTest } },
      refusals: ["not_found"],
    },
    async ({ principal, params }) =>
      answer(await mcpServers.test(principal, params.mcp_server_id), (test) =>
        json(200, { ok: test.ok, tools: test.ok ? [...test.tools] : [], error: test.ok ? null : test.error }),
      ),
  );
}

type WireChange = Omit<z.output<typeof editMcpServerBody>, "name">;

/** What is left out is left out; `undefined` would not be the same as nothing. */
function changeOf({ api_key: apiKey, ...rest }: WireChange): Omit<UpdateMcpServer, "id"> {
  const given = Object.entries({ ...rest, apiKey }).filter(([, value]) => value !== undefined);
  return Object.fromEntries(given);
}

export function encodeMcpServer(server: McpServerRecord): McpServer {
  const { body, name } = server;
  return {
    ...recordOf(server),
    transport_type: body.transport_type,
    description: body.description ?? null,
    url: body.url ?? null,
    command: body.command ?? null,
    args: body.args,
    api_key_set: body.has_api_key,
    header_names: body.header_names,
    env_names: body.env_names,
    capability: `mcp:${name}`,
    status: server.state,
  };
}
