/**
 * A server of the Model Context Protocol for one request: the team's tools and what can be read of sessions, for whoever
 * asked. What does not depend on the request is made once; a request costs the registrations.
 */
import { McpServer } from "@modelcontextprotocol/server";
import type { StandardSchemaWithJSON } from "@modelcontextprotocol/server";
import type { Principal } from "../../app/principal.ts";
import { OWN_SESSION } from "../../app/team/tools/find-caller.ts";
import type { TeamCaller } from "../../app/team/tools/team-tool.ts";
import type { Outcome } from "../../core/refusal.ts";
import { listTeamTools } from "../../core/team/tool-words.ts";
import type { TeamTool } from "../../core/team/tool-words.ts";
import { addResources } from "./resources.ts";
import type { McpServerDeps } from "./use-cases.ts";

/** Whoever asks, with what is known of where they are. */
export interface McpCaller {
  readonly principal: Principal;
  /** `sessionId` where the model said its own. */
  readonly find: (sessionId: string | undefined) => Promise<Outcome<TeamCaller>>;
}

export type MakeMcpServer = (caller: McpCaller) => McpServer;

export const INSTRUCTIONS =
  "Other agents work in the same repositories. Call brief before you begin, reserve files before you write them, release " +
  `them when you are done, and record decisions that others should know. Pass ${OWN_SESSION} if you were told your session.`;

const BROKEN = "Something broke on the server; it was written to its log. Go on without this tool.";

export function makeMcpServers(deps: McpServerDeps): MakeMcpServer {
  const tools = listTeamTools().map((tool) => ({ name: tool.name, config: configOf(tool) }));
  return (caller) => {
    const server = new McpServer(
      { name: "serai", title: "Serai", version: deps.version },
      { instructions: INSTRUCTIONS },
    );
    for (const { name, config } of tools) {
      server.registerTool(name, config, (input) => callTool(deps, { name, caller, input }));
    }
    addResources(server, deps, caller.principal);
    return server;
  };
}

function configOf({ title, description, isReadonly, parameters }: TeamTool) {
  const annotations = { title, readOnlyHint: isReadonly, destructiveHint: false, openWorldHint: false };
  return { title, description, annotations, inputSchema: shownSchema(withOwnSession(parameters)) };
}

/** Shown to the client, held by the tool: its own sentences tell a model more than a schema's would. */
function shownSchema(schema: Readonly<Record<string, unknown>>): StandardSchemaWithJSON<unknown> {
  return {
    "~standard": {
      version: 1,
      vendor: "serai",
      jsonSchema: { input: () => schema, output: () => schema },
      validate: (value) => ({ value }),
    },
  };
}

function withOwnSession(parameters: TeamTool["parameters"]) {
  // Every tool of the table takes an object.
  const properties = parameters["properties"] as Readonly<Record<string, unknown>>;
  const own = { type: "string", description: "Your own session, if you were told its id" };
  return { ...parameters, properties: { ...properties, [OWN_SESSION]: own } };
}

interface ToolCall {
  readonly name: string;
  readonly caller: McpCaller;
  readonly input: unknown;
}

async function callTool({ uses, onFault }: McpServerDeps, { name, caller, input }: ToolCall) {
  const own = ownSessionIn(input);
  try {
    const found = await caller.find(own);
    if (!found.ok) return answerOf(`${OWN_SESSION}: ${uses.sayRefusal(found.refusal)}`, true);
    const { text, isError = false } = await uses.callTool(found.value, name, input);
    return answerOf(text, isError);
  } catch (fault) {
    onFault(fault);
    return answerOf(BROKEN, true);
  }
}

function answerOf(text: string, isError: boolean) {
  return { content: [{ type: "text" as const, text }], isError };
}

function ownSessionIn(input: unknown): string | undefined {
  if (typeof input !== "object" || input === null || !(OWN_SESSION in input)) return undefined;
  const own = input[OWN_SESSION];
  return typeof own === "string" && own.trim() !== "" ? own : undefined;
}
