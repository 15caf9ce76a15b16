/** What may be said of how an MCP server is reached: where it is, what it is started with, what is sent to it. */
import { accept, refuse } from "../../core/refusal.ts";
import type { Outcome } from "../../core/refusal.ts";

export type Values = Readonly<Record<string, string>>;

const MAX_URL_LENGTH = 2_000;
const MAX_VALUES = 50;
const MAX_VALUE_LENGTH = 8_192;
const HEADER_NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,100}$/;
const HEADER_VALUE = /^[\x20-\x7e]*$/;
const VARIABLE_NAME = /^[A-Za-z_][A-Za-z0-9_]{0,99}$/;
/** HTTP's and the protocol's own. */
const TAKEN_HEADERS: readonly string[] = [
  "accept",
  "connection",
  "content-length",
  "content-type",
  "host",
  "last-event-id",
  "mcp-protocol-version",
  "mcp-session-id",
  "transfer-encoding",
  "upgrade",
];

export function checkMcpUrl(text: string | null | undefined): Outcome<string> {
  const url = text === undefined || text === null || text.length > MAX_URL_LENGTH ? null : URL.parse(text);
  if (url === null) return invalid("/url", "must be an absolute URL, such as https://mcp.example.com/mcp");
  if (url.protocol !== "https:" && url.protocol !== "http:") return invalid("/url", "must begin with https: or http:");
  if (url.username !== "" || url.password !== "") return invalid("/url", "must not hold a user name or a password");
  if (url.hash !== "") return invalid("/url", "must not have a fragment");
  return accept(url.href);
}

export function checkCommand(command: string | null | undefined, args: readonly string[]): Outcome<null> {
  if (command === undefined || command === null || command.trim() === "")
    return invalid("/command", "is needed: the program to run, by its name on the PATH or its whole path");
  const held = args.findIndex((arg) => arg.includes("\0"));
  if (command.includes("\0") || held !== -1) return invalid(held === -1 ? "/command" : `/args/${held}`, "holds a NUL");
  return accept(null);
}

/** The value is in no refusal. */
export function checkHeaders(headers: Values): Outcome<Values> {
  for (const [name, value] of Object.entries(headers)) {
    const path = `/headers/${name}`;
    if (!HEADER_NAME.test(name)) return invalid(path, "is no name of a header");
    if (TAKEN_HEADERS.includes(name.toLowerCase())) return invalid(path, "is set by the protocol itself");
    if (!HEADER_VALUE.test(value)) return invalid(path, "must have printable ASCII characters");
  }
  return checkSizes("/headers", headers);
}

export function checkVariables(env: Values): Outcome<Values> {
  for (const [name, value] of Object.entries(env)) {
    if (!VARIABLE_NAME.test(name)) return invalid(`/env/${name}`, "is no name of a variable");
    if (value.includes("\0")) return invalid(`/env/${name}`, "holds a NUL");
  }
  return checkSizes("/env", env);
}

function checkSizes(path: string, values: Values): Outcome<Values> {
  if (Object.keys(values).length > MAX_VALUES) return invalid(path, `must have at most ${MAX_VALUES} members`);
  const long = Object.entries(values).find(([, value]) => value.length > MAX_VALUE_LENGTH);
  if (long === undefined) return accept(values);
  return invalid(`${path}/${long[0]}`, `must have at most ${MAX_VALUE_LENGTH} characters`);
}

function invalid(path: string, reason: string) {
  return refuse({ code: "invalid_input", path, reason });
}
