/**
 * What harness, agent and session bring to a turn, each after the other: instructions, capabilities, models, limits. Read
 * anew for every run, so what was changed counts from the next turn on (ruling 17). Says nothing of what a turn costs
 * or whether it can run; changes nothing.
 */
import { allowsEveryHost, allowsHost, ruleOfAddress } from "../core/network-rules.ts";
import type { NetworkRules } from "../core/network-rules.ts";
import type { NetworkAccess } from "../core/ports/tools.ts";
import type { AgentBody } from "../core/records/bodies.ts";
import type { ClientTool, ToolPolicies } from "../core/records/client-tool.ts";
import { accept } from "../core/refusal.ts";
import type { Outcome } from "../core/refusal.ts";
import type { CapabilityRef, EditFacts } from "../core/session.ts";
import type { Records } from "./records/records.ts";
import type { Reader } from "./records/resource.ts";

/** Harness first, then agent, then session: what each adds to the turn. */
export interface TurnSetup {
  readonly prompts: readonly string[];
  readonly capabilities: readonly CapabilityRef[];
  /** From the nearest to the most general. */
  readonly modelIds: readonly (string | null | undefined)[];
  readonly maxIterations: number | null;
  /** The client's own: the agent's, then the session's. */
  readonly clientTools: readonly (readonly ClientTool[])[];
  readonly toolPolicies: readonly ToolPolicies[];
  /** Allowed for the rest of the session, whatever the policies say. */
  readonly allowedTools: readonly string[];
  /** A host must pass each of them. */
  readonly networkRules: readonly NetworkRules[];
}

/** What a session says of its own turns, as far as it matters here. */
export type SessionConfig = Pick<EditFacts, "agentId" | "harnessId" | "modelId" | "settings">;

export interface TurnSetupDeps {
  readonly records: Pick<Records, "agents" | "harnesses" | "workspaces">;
}

export async function readTurnSetup(
  deps: TurnSetupDeps,
  reader: Reader,
  config: SessionConfig,
): Promise<Outcome<TurnSetup>> {
  const agent = config.agentId === null ? null : await deps.records.agents.get(reader, config.agentId);
  if (agent !== null && !agent.ok) return agent;
  return joinSetup(deps, reader, { agent: agent?.value.body ?? null, config });
}

/** With an agent that may not be stored at all. */
export async function joinSetup(
  { records }: TurnSetupDeps,
  reader: Reader,
  { agent, config }: { readonly agent: AgentBody | null; readonly config: SessionConfig },
): Promise<Outcome<TurnSetup>> {
  const harnessId = config.harnessId ?? agent?.harness_id ?? null;
  const harness = harnessId === null ? null : await records.harnesses.effective(reader, harnessId);
  if (harness !== null && !harness.ok) return harness;
  const { settings } = config;
  const locale = settings.locale ? `Answer in the language of the locale ${settings.locale}.` : "";
  const defaultModelId = await records.workspaces.readDefaultModel(reader.workspaceId);
  const prompts = [
    ...(harness?.value.systemPrompts ?? []),
    agent?.system_prompt ?? "",
    settings.systemPrompt ?? "",
    locale,
  ];
  return accept({
    prompts: prompts.filter((prompt) => prompt !== ""),
    capabilities: [
      ...(harness?.value.capabilities ?? []),
      ...refsOf(agent?.capabilities ?? []),
      ...(settings.capabilities ?? []),
    ],
    modelIds: [config.modelId, agent?.default_model_id, harness?.value.defaultModelId, defaultModelId],
    maxIterations: settings.maxIterations ?? agent?.max_iterations ?? null,
    clientTools: [agent?.tools ?? [], settings.tools ?? []],
    toolPolicies: [agent?.tool_policies ?? {}, settings.toolPolicies ?? {}],
    allowedTools: settings.allowedTools ?? [],
    networkRules: [settings.inheritedNetwork ?? [], agent?.network_access ?? [], settings.networkAccess ?? []].flat(),
  });
}

/** A stored reference without a configuration has the key left out, not undefined. */
export function refsOf(
  refs: readonly { readonly ref: string; readonly config?: Record<string, unknown> | undefined }[],
): readonly CapabilityRef[] {
  return refs.map(({ ref, config }) => (config === undefined ? { ref } : { ref, config }));
}

/** Nothing: no rule was given, and each capability has its own. */
export function networkOf({ networkRules }: Pick<TurnSetup, "networkRules">): { readonly network?: NetworkAccess } {
  if (networkRules.length === 0) return {};
  const isOpen = allowsEveryHost(networkRules);
  const isNamed = networkRules.some(({ allowed }) => allowed.length > 0);
  return {
    network: {
      isAllowed: (hostname) => allowsHost(networkRules, hostname),
      ruleOfAddress: (lead) => ruleOfAddress(networkRules, lead),
      isOpen,
      isNamed,
    },
  };
}

/** The whole of the instructions: what was said by hand, then what the capabilities add. */
export function instructionsOf({ prompts }: Pick<TurnSetup, "prompts">, added: readonly string[]): string {
  return [...prompts, ...added].join("\n\n");
}
