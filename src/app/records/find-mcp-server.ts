/** A workspace's MCP server by its name or id, with all that is needed to reach it. */
import type { WorkspaceId } from "../../core/ids.ts";
import type { FindMcpServer, FoundMcpServer, ListMcpServers, McpLine, McpTransport } from "../../core/ports/mcp.ts";
import type { McpServerBody } from "../../core/records/mcp-server.ts";
import type { Secrets } from "../secrets.ts";
import { findRecord, getRecord } from "./get-record.ts";
import type { Kinds } from "./kinds.ts";
import { eachRecord } from "./list-records.ts";
import { readValues, secretsOf } from "./mcp-values.ts";
import type { McpValues } from "./mcp-values.ts";
import type { Resource } from "./resource.ts";

export interface FindMcpDeps {
  readonly kinds: Pick<Kinds, "mcpServer">;
  readonly secrets: Pick<Secrets, "read">;
}

export function makeFindMcpServer(deps: FindMcpDeps): FindMcpServer {
  return async (workspaceId, named) => {
    const server = await findByNameOrId(deps, workspaceId, named);
    return server === undefined ? { kind: "absent" } : targetOf(deps, server);
  };
}

export function makeListMcpServers({ kinds }: Pick<FindMcpDeps, "kinds">): ListMcpServers {
  return async (workspaceId) => {
    const lines: McpLine[] = [];
    for await (const server of eachRecord(kinds.mcpServer, { workspaceId })) lines.push(lineOf(server));
    return lines;
  };
}

function lineOf({ id, version, name, body }: Resource<McpServerBody>): McpLine {
  return { id, version, name, description: body.description ?? "" };
}

export async function findByNameOrId(
  { kinds }: Pick<FindMcpDeps, "kinds">,
  workspaceId: WorkspaceId,
  named: string,
): Promise<Resource<McpServerBody> | undefined> {
  const byName = await findRecord(kinds.mcpServer, { workspaceId }, named);
  if (byName !== undefined) return byName;
  const byId = await getRecord(kinds.mcpServer, { workspaceId }, named);
  return byId.ok ? byId.value : undefined;
}

export async function targetOf(
  { secrets }: Pick<FindMcpDeps, "secrets">,
  server: Resource<McpServerBody>,
): Promise<FoundMcpServer> {
  const read = await readValues(secrets, server);
  if (read.kind === "needs_key") return read;
  const transport = transportOf(server.body, read.values);
  return { kind: "found", target: { ...lineOf(server), transport, secrets: secretsOf(read.values) } };
}

function transportOf(body: McpServerBody, { apiKey, headers, env }: McpValues): McpTransport {
  if (body.transport_type === "stdio") return { kind: "stdio", command: body.command ?? "", args: body.args, env };
  const hasOwn = Object.keys(headers).some((name) => name.toLowerCase() === "authorization");
  const authorization = apiKey === null || hasOwn ? {} : { Authorization: `Bearer ${apiKey}` };
  return {
    kind: "http",
    url: body.url ?? "",
    headers: { ...authorization, ...headers },
    isPrivateAllowed: body.is_private_allowed,
  };
}
