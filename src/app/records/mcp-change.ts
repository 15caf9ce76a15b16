/**
 * What becomes of an MCP server's record when somebody makes or changes it: the body to be kept and the values to be
 * sealed beside it, or why not. Writes nothing.
 */
import type { McpServerBody } from "../../core/records/mcp-server.ts";
import { accept, refuse } from "../../core/refusal.ts";
import type { Outcome } from "../../core/refusal.ts";
import type { Secrets } from "../secrets.ts";
import { checkReach } from "./base-url.ts";
import type { LookupAddresses } from "./base-url.ts";
import { checkCommand, checkHeaders, checkMcpUrl, checkVariables } from "./mcp-settings.ts";
import type { Values } from "./mcp-settings.ts";
import { isEmpty, namesOf, noValues, readValues } from "./mcp-values.ts";
import type { McpValues } from "./mcp-values.ts";
import type { Resource, Writer } from "./resource.ts";

/** What is left out stays; null takes it away. Headers and variables are given as a whole. */
export interface McpChange {
  readonly description?: string | null;
  readonly url?: string | null;
  readonly command?: string | null;
  readonly args?: readonly string[] | null;
  readonly apiKey?: string | null;
  readonly headers?: Values | null;
  readonly env?: Values | null;
}

export interface McpChangeDeps {
  readonly secrets: Pick<Secrets, "read">;
  readonly lookup: LookupAddresses;
  readonly randomBytes: (count: number) => Uint8Array;
}

export interface Settling {
  readonly change: McpChange;
  readonly before: Resource<McpServerBody> | null;
  readonly transport_type: McpServerBody["transport_type"];
}

export interface Settled {
  readonly body: McpServerBody;
  readonly values: McpValues;
}

export async function settleMcpServer(
  deps: McpChangeDeps,
  writer: Writer,
  settling: Settling,
): Promise<Outcome<Settled>> {
  const place = await settlePlace(deps, writer, settling);
  if (!place.ok) return place;
  const values = await settleValues(deps, settling);
  if (!values.ok) return values;
  const { change, before, transport_type } = settling;
  const isKept = before !== null && !hasNewValues(change);
  const seal = isEmpty(values.value) ? null : Buffer.from(deps.randomBytes(12)).toString("hex");
  const named = isKept ? namesIn(before.body) : { ...namesOf(values.value), seal };
  const description = change.description === undefined ? before?.body.description : change.description;
  return accept({ body: { transport_type, description, ...place.value, ...named }, values: values.value });
}

type Place = Pick<McpServerBody, "url" | "is_private_allowed" | "command" | "args">;

async function settlePlace(
  { lookup }: McpChangeDeps,
  writer: Writer,
  { change, before, transport_type }: Settling,
): Promise<Outcome<Place>> {
  if (transport_type === "stdio") {
    const command = change.command === undefined ? before?.body.command : change.command;
    const args = [...(change.args === undefined ? (before?.body.args ?? []) : (change.args ?? []))];
    const checked = checkCommand(command, args);
    return checked.ok ? accept({ url: null, is_private_allowed: false, command, args }) : checked;
  }
  const none = { command: null, args: [] };
  if (change.url === undefined && before !== null) {
    const { url, is_private_allowed } = before.body;
    return accept({ url, is_private_allowed, ...none });
  }
  const url = checkMcpUrl(change.url);
  if (!url.ok) return url;
  if (before !== null && url.value !== before.body.url) {
    const kept = checkMove(writer, change, before.body);
    if (!kept.ok) return kept;
  }
  const reach = await checkReach(writer, url.value, lookup);
  if (!reach.ok) return atUrl(reach);
  return accept({ url: url.value, is_private_allowed: writer.role === "owner", ...none });
}

/** The rule is shared with providers, whose address stands in another place. */
function atUrl(refused: Outcome<unknown> & { readonly ok: false }) {
  const { refusal } = refused;
  if (refusal.code === "invalid_input") return refuse({ ...refusal, path: "/url" });
  return refuse({ code: "forbidden", reason: "only an owner may name an MCP server at a private address" });
}

function checkMove(writer: Writer, change: McpChange, before: McpServerBody): Outcome<null> {
  if (writer.role === "owner") return accept(null);
  const reason = "must be given again with a new URL";
  if (before.has_api_key && change.apiKey === undefined)
    return refuse({ code: "invalid_input", path: "/api_key", reason });
  if (before.header_names.length > 0 && change.headers === undefined)
    return refuse({ code: "invalid_input", path: "/headers", reason });
  return accept(null);
}

async function settleValues({ secrets }: McpChangeDeps, { change, before, transport_type }: Settling) {
  const misplaced = misplacedValue(change, transport_type);
  if (misplaced !== undefined) return misplaced;
  const headers = checkHeaders(change.headers ?? {});
  if (!headers.ok) return headers;
  const env = checkVariables(change.env ?? {});
  if (!env.ok) return env;
  const apiKey = checkHeaders({ "x-key": change.apiKey?.trim() ?? "" });
  if (!apiKey.ok)
    return refuse({ code: "invalid_input", path: "/api_key", reason: "must have printable ASCII characters" });
  const kept = before === null ? noValues : await keptValues(secrets, before);
  return accept<McpValues>({
    apiKey: change.apiKey === undefined ? kept.apiKey : change.apiKey?.trim() || null,
    headers: change.headers === undefined ? kept.headers : headers.value,
    env: change.env === undefined ? kept.env : env.value,
  });
}

function misplacedValue(change: McpChange, transport_type: McpServerBody["transport_type"]) {
  const foreign =
    transport_type === "http" ? (["command", "args", "env"] as const) : (["url", "headers", "apiKey"] as const);
  const given = foreign.find((name) => change[name] !== undefined && change[name] !== null);
  if (given === undefined) return undefined;
  const path = given === "apiKey" ? "/api_key" : `/${given}`;
  return refuse({ code: "invalid_input", path, reason: `is not for servers of the transport ${transport_type}` });
}

/** Those that cannot be opened any more are lost; what is given anew takes their place. */
async function keptValues(secrets: Pick<Secrets, "read">, before: Resource<McpServerBody>): Promise<McpValues> {
  const read = await readValues(secrets, before);
  return read.kind === "set" ? read.values : noValues;
}

function hasNewValues({ apiKey, headers, env }: McpChange): boolean {
  return [apiKey, headers, env].some((given) => given !== undefined);
}

function namesIn({ has_api_key, header_names, env_names, seal }: McpServerBody) {
  return { has_api_key, header_names, env_names, seal };
}
