/** What the MCP door may call: the table of tools, and for whom one is called. */
import type { FindCaller } from "../../app/team/tools/find-caller.ts";
import type { TeamTools } from "../../app/team/tools/team-tools.ts";

export interface McpUseCases extends TeamTools {
  readonly findCaller: FindCaller;
}
