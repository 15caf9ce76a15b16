/** A server of the Model Context Protocol for one request: the team's tools, called for whoever asked. */
import { fromJsonSchema, McpServer } from "@modelcontextprotocol/server";
import type { FoundCaller } from "../../app/team/tools/find-caller.ts";
import type { TeamTool } from "../../app/team/tools/team-tool.ts";
import type { McpUseCases } from "./use-cases.ts";

export interface McpServerDeps {
  readonly uses: McpUseCases;
  readonly version: string;
  /** Contract: never throws. */
  readonly onFault: (fault: unknown) => void;
}

/** For whom a tool is called; `sessionId` where the model said its own. */
export type CallerOf = (sessionId: string | undefined) => Promise<FoundCaller>;

const OWN_SESSION = "as_session_id";

export const INSTRUCTIONS =
  "Other agents work in the same repositories. Call brief before you begin, reserve files before you write them, release " +
  `them when you are done, and record decisions that others should know. Pass ${OWN_SESSION} if you were told your session.`;

const BROKEN = "Something broke on the server; it was written to its log. Go on without this tool.";

export function makeMcpServer(deps: McpServerDeps, callerOf: CallerOf): McpServer {
  const server = new McpServer(
    { name: "serai", title: "Serai", version: deps.version },
    { instructions: INSTRUCTIONS },
  );
  for (const tool of deps.uses.tools) {
    const { title, description, isReadonly } = tool;
    const annotations = { readOnlyHint: isReadonly, destructiveHint: false, openWorldHint: false };
    const inputSchema = fromJsonSchema<Readonly<Record<string, unknown>>>(withOwnSession(tool.parameters));
    server.registerTool(tool.name, { title, description, annotations, inputSchema }, (input) =>
      callTool(deps, { tool, callerOf, input }),
    );
  }
  return server;
}

function withOwnSession(parameters: TeamTool["parameters"]) {
  const properties = parameters["properties"] as Readonly<Record<string, unknown>>;
  const own = { type: "string", description: "Your own session, if you were told its id" };
  return { ...parameters, properties: { ...properties, [OWN_SESSION]: own } };
}

interface ToolCall {
  readonly tool: TeamTool;
  readonly callerOf: CallerOf;
  readonly input: Readonly<Record<string, unknown>>;
}

async function callTool({ uses, onFault }: McpServerDeps, { tool, callerOf, input }: ToolCall) {
  const { [OWN_SESSION]: own, ...rest } = input;
  try {
    const caller = await callerOf(typeof own === "string" ? own : undefined);
    const { text, isError = false } = await uses.call(caller, tool.name, rest);
    return { content: [{ type: "text" as const, text }], isError };
  } catch (fault) {
    onFault(fault);
    return { content: [{ type: "text" as const, text: BROKEN }], isError: true };
  }
}
