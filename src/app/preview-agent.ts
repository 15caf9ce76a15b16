/**
 * What a turn of an agent would be given, without a session or a call: the whole of its instructions, and its tools. Made
 * by what makes them for a turn, so it cannot say anything else.
 */
import type { CapabilitySource, Capability, ToolDefinition } from "../core/ports/tools.ts";
import type { AgentBody } from "../core/records/bodies.ts";
import { accept } from "../core/refusal.ts";
import type { Outcome } from "../core/refusal.ts";
import type { AgentId } from "../core/ids.ts";
import { parseId } from "../core/ids.ts";
import { mergeCapabilityRefs } from "./capability-refs.ts";
import { permitTools } from "./permit-tools.ts";
import type { Principal } from "./principal.ts";
import type { Records } from "./records/records.ts";
import { resolveTools } from "./tool-set.ts";
import { instructionsOf, joinSetup } from "./turn-setup.ts";

export interface AgentPreview {
  readonly systemPrompt: string;
  readonly tools: readonly ToolDefinition[];
}

export interface PreviewAgentDeps {
  readonly records: Pick<Records, "agents" | "approvalRules" | "harnesses" | "workspaces">;
  readonly capabilities: readonly Capability[];
  readonly ownCapabilities: CapabilitySource;
  readonly onFault: (fault: unknown) => void;
}

export interface PreviewAgent {
  /** Of an agent that is there. */
  byId(principal: Principal, id: string): Promise<Outcome<AgentPreview>>;
  /** Of one that is not, or not like this. */
  ofBody(principal: Principal, body: unknown): Promise<Outcome<AgentPreview>>;
}

export function makePreviewAgent(deps: PreviewAgentDeps): PreviewAgent {
  const { records } = deps;
  return {
    async byId(principal, id) {
      const found = await records.agents.get(principal, id);
      if (!found.ok) return found;
      return preview(deps, principal, { agentId: parseId("agent", found.value.id) ?? null, agent: found.value.body });
    },
    async ofBody(principal, body) {
      const checked = await records.agents.check(principal, body);
      return checked.ok ? preview(deps, principal, { agentId: null, agent: checked.value }) : checked;
    },
  };
}

async function preview(
  deps: PreviewAgentDeps,
  principal: Principal,
  { agentId, agent }: { readonly agentId: AgentId | null; readonly agent: AgentBody },
): Promise<Outcome<AgentPreview>> {
  const config = { agentId, harnessId: null, modelId: null, settings: {} };
  const setup = await joinSetup(deps, principal, { agent, config });
  if (!setup.ok) return setup;
  const refs = setup.value.capabilities;
  const { workspaceId, userId } = principal;
  const own = await deps.ownCapabilities.open(workspaceId, mergeCapabilityRefs(refs));
  const { onFault } = deps;
  const { tools, prompts } = resolveTools({ capabilities: [...deps.capabilities, ...own], refs, onFault });
  const definitions = await permitTools(deps, {
    session: {
      workspaceId,
      createdBy: userId,
      edit: { ...config, title: null, tags: [], projectId: null, taskId: null },
    },
    setup: setup.value,
    definitions: Array.from(tools.values(), ({ definition }) => definition),
  });
  return accept({ systemPrompt: instructionsOf(setup.value, prompts), tools: definitions });
}
