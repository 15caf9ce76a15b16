/**
 * What an MCP server is given and nobody is shown: its API key, and the values of its headers and variables, sealed
 * together in one record beside the server's.
 *
 * Invariant: values are used only with the body that names their seal. Body and values are written one after the other;
 * whoever reads between the two, or after two changes that crossed, is told to set them anew, and none is sent anywhere.
 */
import type { McpServerBody } from "../../core/records/mcp-server.ts";
import type { Secrets, SecretPlace } from "../secrets.ts";
import type { Values } from "./mcp-settings.ts";
import type { Resource } from "./resource.ts";

export interface McpValues {
  readonly apiKey: string | null;
  readonly headers: Values;
  readonly env: Values;
}

export const noValues: McpValues = { apiKey: null, headers: {}, env: {} };

export type ReadValues = { readonly kind: "set"; readonly values: McpValues } | { readonly kind: "needs_key" };

type Server = Pick<Resource<McpServerBody>, "id" | "workspaceId" | "body">;

export function valuesPlace({ id, workspaceId }: Pick<Server, "id" | "workspaceId">): SecretPlace {
  return { workspaceId, kind: "mcp_server", id };
}

export async function readValues(secrets: Pick<Secrets, "read">, server: Server): Promise<ReadValues> {
  const { seal } = server.body;
  if (seal === null || seal === undefined) return { kind: "set", values: noValues };
  const found = await secrets.read(valuesPlace(server));
  if (found.kind !== "set") return { kind: "needs_key" };
  // Only `putValues` writes it.
  const kept = JSON.parse(found.text) as { readonly seal: string; readonly values: McpValues };
  return kept.seal === seal ? { kind: "set", values: kept.values } : { kind: "needs_key" };
}

export async function putValues(secrets: Pick<Secrets, "put">, server: Server, values: McpValues): Promise<void> {
  await secrets.put(valuesPlace(server), JSON.stringify({ seal: server.body.seal, values }));
}

/** What a body says of values, without telling them. */
export function namesOf({ apiKey, headers, env }: McpValues) {
  return { has_api_key: apiKey !== null, header_names: Object.keys(headers), env_names: Object.keys(env) };
}

export function isEmpty({ apiKey, headers, env }: McpValues): boolean {
  return apiKey === null && Object.keys(headers).length === 0 && Object.keys(env).length === 0;
}

/**
 * What must appear nowhere. Paths and addresses among the variables are settings and no secrets, and stand in much that
 * such a server says; of a header that names a scheme, what follows it is secret too.
 */
export function secretsOf({ apiKey, headers, env }: McpValues): readonly string[] {
  const variables = Object.values(env).filter((value) => !/^(?:\/|https?:)/.test(value));
  const sent = Object.values(headers).flatMap((value) => [value, value.replace(/^\S+\s+/, "")]);
  return [...(apiKey === null ? [] : [apiKey]), ...sent, ...variables];
}
