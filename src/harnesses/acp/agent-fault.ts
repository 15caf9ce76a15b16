/**
 * What went wrong with an agent, as a value: a code for programs and a sentence for people that names the thing and the
 * way out. Made from what the agent answered, what it wrote to its standard error, and how it ended.
 */
import { RequestError } from "@agentclientprotocol/sdk";

export const agentFaultCodes = [
  "agent_not_installed",
  "agent_not_started",
  "agent_exited",
  "agent_auth",
  "agent_timeout",
  "agent_protocol",
  "agent_error",
] as const;
export type AgentFaultCode = (typeof agentFaultCodes)[number];

/** Thrown inside this folder only; a run makes an item of it. */
export class AgentFault extends Error {
  override readonly name = "AgentFault";
  readonly code: AgentFaultCode;

  constructor(code: AgentFaultCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

const AUTH_REQUIRED = -32000;
const MAX_DETAIL = 500;

/** What a request came to that was answered with an error. */
export function faultOfError(what: string, cause: unknown): AgentFault {
  if (cause instanceof AgentFault) return cause;
  if (!(cause instanceof RequestError)) {
    const said = cause instanceof Error ? cause.message : String(cause);
    return new AgentFault("agent_protocol", `The agent could not be talked to: ${cut(said)}`, { cause });
  }
  const detail = cut(detailOf(cause));
  if (cause.code === AUTH_REQUIRED || cause.code === 401 || cause.code === 403) {
    return new AgentFault(
      "agent_auth",
      `The agent is not signed in: give it an API key, or sign in with it (${detail})`,
      {
        cause,
      },
    );
  }
  return new AgentFault("agent_error", `The agent answered ${what} with an error: ${detail}`, { cause });
}

/** Agents put what happened in different places: the message, or `details`, `message`, `error` of the data. */
function detailOf({ message, data, code }: RequestError): string {
  const told = typeof data === "string" ? data : firstText(data);
  const parts = [message, told === message ? undefined : told].filter((part) => part !== undefined && part !== "");
  return parts.length === 0 ? `code ${code}` : parts.join(": ");
}

function firstText(data: unknown): string | undefined {
  if (typeof data !== "object" || data === null) return undefined;
  for (const key of ["details", "message", "error", "reason"]) {
    const value: unknown = Reflect.get(data, key);
    if (typeof value === "string" && value !== "") return value;
  }
  return undefined;
}

export function cut(text: string): string {
  const line = text.trim().replace(/\s+/g, " ").toWellFormed();
  return line.length > MAX_DETAIL ? `${line.slice(0, MAX_DETAIL).toWellFormed()}…` : line;
}
