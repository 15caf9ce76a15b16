/**
 * What has to be read of a message of the Model Context Protocol to pass it on: whether somebody waits for an answer, and
 * what its HTTP headers repeat of it. Nothing of it is changed.
 */
export type McpId = string | number;

export interface McpMessage {
  readonly json: string;
  /** Null: nobody waits for an answer. */
  readonly id: McpId | null;
  /** Null for an answer to the server. */
  readonly method: string | null;
  readonly params: Readonly<Record<string, unknown>>;
}

/** Nothing for what is none. */
export function readMcpMessage(line: string): McpMessage | undefined {
  const fields = fieldsOf(parsed(line));
  if (fields === undefined) return undefined;
  const { id, method, params } = fields;
  return {
    json: line,
    id: typeof id === "string" || typeof id === "number" ? id : null,
    method: typeof method === "string" ? method : null,
    params: fieldsOf(params) ?? {},
  };
}

const VERSION = "io.modelcontextprotocol/protocolVersion";
const CLIENT = "io.modelcontextprotocol/clientInfo";

/** What the message says of itself, as versions from 2026 on do with each. */
export function versionIn({ params }: McpMessage): string | undefined {
  return textIn(fieldsOf(params["_meta"]), VERSION);
}

export function clientNameIn({ method, params }: McpMessage): string | undefined {
  const told = method === "initialize" ? params["clientInfo"] : fieldsOf(params["_meta"])?.[CLIENT];
  return textIn(fieldsOf(told), "name");
}

/** Of the answer to `initialize`. */
export function agreedVersionIn(answer: string): string | undefined {
  return textIn(fieldsOf(fieldsOf(parsed(answer))?.["result"]), "protocolVersion");
}

/** Which call the client no longer waits for. */
export function cancelledIn({ method, params }: McpMessage): McpId | undefined {
  const id = params["requestId"];
  return method === "notifications/cancelled" && (typeof id === "string" || typeof id === "number") ? id : undefined;
}

const NAMED_BY: Readonly<Record<string, string>> = {
  "tools/call": "name",
  "prompts/get": "name",
  "resources/read": "uri",
};

export function standardHeaders(message: McpMessage): Readonly<Record<string, string>> {
  const { method, params } = message;
  if (method === null || versionIn(message) === undefined) return {};
  const name = textIn(params, NAMED_BY[method] ?? "");
  return { "mcp-method": method, ...(name === undefined ? {} : { "mcp-name": encodeName(name) }) };
}

function encodeName(name: string): string {
  const isPlain = /^[!-~](?:[ -~\t]*[!-~])?$/.test(name) && !(name.startsWith("=?base64?") && name.endsWith("?="));
  return isPlain ? name : `=?base64?${Buffer.from(name, "utf8").toString("base64")}?=`;
}

/** As one line, under the id of the call that it answers, whatever came before the server could know it. */
export function answerLine(json: string, id: McpId | null): string | undefined {
  const fields = fieldsOf(parsed(json));
  if (fields === undefined) return undefined;
  const isOurs = id === null || (fields["id"] !== null && fields["id"] !== undefined) || "method" in fields;
  return JSON.stringify(isOurs ? fields : { ...fields, id });
}

export function errorLine(id: McpId, message: string): string {
  return JSON.stringify({ jsonrpc: "2.0", id, error: { code: -32_000, message } });
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function fieldsOf(value: unknown): Readonly<Record<string, unknown>> | undefined {
  // Any object has string keys and unknown values.
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? (value as Readonly<Record<string, unknown>>)
    : undefined;
}

function textIn(fields: Readonly<Record<string, unknown>> | undefined, name: string): string | undefined {
  const value = fields?.[name];
  return typeof value === "string" && value !== "" ? value : undefined;
}
