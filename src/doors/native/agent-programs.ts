/** Which programs of agents are installed where the server runs. What they are run with stays with the server. */
import type { AgentProgram, AgentPrograms } from "../../core/ports/agent-programs.ts";
import { json, route } from "../../http/route.ts";
import type { Route } from "../../http/route.ts";
import { agentProgramList } from "./schema/agent-program.ts";
import type { AgentProgram as WireProgram } from "./schema/agent-program.ts";

export interface AgentProgramUseCases {
  readonly agentPrograms: AgentPrograms;
}

export function agentProgramsRoute({ agentPrograms }: AgentProgramUseCases): Route {
  return route(
    {
      method: "get",
      path: "/agent-programs",
      id: "listAgentPrograms",
      group: "agents",
      summary: "List the agents that are programs of their own: which are installed, and how to install the others",
      responses: { 200: { description: "All of them, and how they are isolated", schema: agentProgramList } },
    },
    async () => {
      const [programs, isolation] = await Promise.all([agentPrograms.list(), agentPrograms.isolation()]);
      return json(200, { data: programs.map(encodeProgram), isolation: { ...isolation } });
    },
  );
}

function encodeProgram({ harness, title, path, version, isConfigured, missing, install }: AgentProgram): WireProgram {
  return { harness, title, path, version, configured: isConfigured, missing, install };
}
