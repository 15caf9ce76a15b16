/** The tools for working beside others, and the one way to call one. What models are told of them is `core/team/tool-words`. */
import { teamTools } from "../../../core/team/tool-words.ts";
import type { TeamToolName } from "../../../core/team/tool-words.ts";
import { makeFileTools } from "./file-tools.ts";
import type { FileToolsDeps } from "./file-tools.ts";
import { makeKnowledgeTools } from "./knowledge-tools.ts";
import type { KnowledgeToolsDeps } from "./knowledge-tools.ts";
import { makeSessionTools } from "./session-tools.ts";
import type { SessionToolsDeps } from "./session-tools.ts";
import { BadInput, refusedWith, ToolInput } from "./team-tool.ts";
import type { RunTeamTool, TeamAnswer, TeamCaller } from "./team-tool.ts";

export interface TeamToolsDeps extends HostedToolsDeps, SessionToolsDeps {}
export interface HostedToolsDeps extends FileToolsDeps, KnowledgeToolsDeps {}

/** Contract: a "no" and bad input are answers, unknown names too; a throw is a fault. */
export type CallTeamTool = (caller: TeamCaller, name: string, input: unknown) => Promise<TeamAnswer>;

export function makeCallTeamTool(deps: TeamToolsDeps): CallTeamTool {
  const runs: Readonly<Record<TeamToolName, RunTeamTool>> = { ...hostedRuns(deps), ...makeSessionTools(deps) };
  return callerOf(runs);
}

/** Those that are `forHosted`; the others are unknown here. */
export function makeCallHostedTool(deps: HostedToolsDeps): CallTeamTool {
  return callerOf(hostedRuns(deps));
}

function hostedRuns(deps: HostedToolsDeps) {
  return { ...makeKnowledgeTools(deps), ...makeFileTools(deps) };
}

function callerOf(runs: Readonly<Partial<Record<TeamToolName, RunTeamTool>>>): CallTeamTool {
  return async (caller, name, input) => {
    const run = isTool(name) ? runs[name] : undefined;
    if (!isTool(name) || run === undefined) return { text: `There is no tool "${name}" here`, isError: true };
    if (caller.principal.role === "viewer" && !teamTools[name].isReadonly) {
      return refusedWith({ code: "forbidden", reason: "your key is a viewer's, which only reads" });
    }
    try {
      return await run(caller, new ToolInput(input));
    } catch (error) {
      if (!(error instanceof BadInput)) throw error;
      return { text: error.message, isError: true };
    }
  };
}

function isTool(name: string): name is TeamToolName {
  return Object.hasOwn(teamTools, name);
}
