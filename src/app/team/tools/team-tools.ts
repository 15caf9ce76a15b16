/** The whole table, and the one way to call a tool of it. */
import { makeFileTools } from "./file-tools.ts";
import type { FileToolsDeps, ReportOf } from "./file-tools.ts";
import { makeTalkTools } from "./talk-tools.ts";
import type { TalkToolsDeps } from "./talk-tools.ts";
import { BadInput, ToolInput } from "./team-tool.ts";
import type { TeamAnswer, TeamCaller, TeamTool } from "./team-tool.ts";

export interface TeamToolsDeps extends FileToolsDeps, TalkToolsDeps {}

export interface TeamTools {
  readonly tools: readonly TeamTool[];
  /** Contract: a "no" and bad input are answers, unknown names too; a throw is a fault. */
  call(caller: TeamCaller, name: string, input: unknown): Promise<TeamAnswer>;
}

/** `reportOf`: what the door knows of the caller's working tree. */
export function makeTeamTools(deps: TeamToolsDeps, reportOf: ReportOf = () => undefined): TeamTools {
  const tools = [...makeTalkTools(deps), ...makeFileTools(deps, reportOf)];
  const byName = new Map(tools.map((tool) => [tool.name, tool]));
  return {
    tools,
    async call(caller, name, input) {
      const tool = byName.get(name);
      if (tool === undefined) return { text: `There is no tool "${name}" here`, isError: true };
      try {
        return await tool.run(caller, new ToolInput(input));
      } catch (error) {
        if (!(error instanceof BadInput)) throw error;
        return { text: error.message, isError: true };
      }
    },
  };
}
