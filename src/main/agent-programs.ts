/** Which programs of agents this machine has: looked for whenever somebody asks, because people install things. */
import type { AgentPrograms, Isolation } from "../core/ports/agent-programs.ts";
import type { Environment } from "./config.ts";
import { agentFolders, isIsolationOn, programOf } from "./spawned-agents.ts";

export function makeAgentPrograms(environment: Environment): AgentPrograms {
  let isolation: Promise<Isolation> | undefined;
  return {
    async list() {
      const { findAgents } = await import("../harnesses/acp/find-agents.ts");
      const places = { path: environment["PATH"] ?? "", folders: agentFolders() };
      return findAgents(places, (harness) => programOf(environment, harness));
    },
    isolation: () => (isolation ??= findIsolation(environment)),
  };
}

async function findIsolation(environment: Environment): Promise<Isolation> {
  if (!isIsolationOn(environment)) return { kind: "none", why: "SERAI_ISOLATION is off" };
  const { findSandbox } = await import("../lib/sandbox.ts");
  const found = await findSandbox();
  return found.kind === "none" ? found : { kind: found.kind, why: null };
}
