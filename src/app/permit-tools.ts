/**
 * What a turn's tools may do without asking: puts policies on the server's tools, takes those off again that a person
 * has allowed for the session or for good, and adds the tools that the client carries out.
 */
import type { ToolDefinition, ToolPolicy } from "../core/ports/tools.ts";
import type { SessionRecord } from "../core/session.ts";
import type { ApprovalRules } from "./records/approval-rules.ts";
import { clientDefinitions, mergePolicies } from "./tool-policies.ts";
import type { TurnSetup } from "./turn-setup.ts";

export interface PermitDeps {
  readonly records: { readonly approvalRules: Pick<ApprovalRules, "isAllowed"> };
  /** Contract: cheap, never throws. */
  readonly onFault: (fault: unknown) => void;
}

export interface Permitting {
  readonly session: Pick<SessionRecord, "workspaceId" | "createdBy" | "edit">;
  readonly setup: Pick<TurnSetup, "clientTools" | "toolPolicies" | "allowedTools">;
  /** The server's. */
  readonly definitions: readonly ToolDefinition[];
}

export async function permitTools(deps: PermitDeps, permitting: Permitting): Promise<readonly ToolDefinition[]> {
  const { setup, definitions } = permitting;
  const saidOf = mergePolicies(setup.toolPolicies);
  const permitted = await Promise.all(
    definitions.map(async (definition) => {
      const policy = saidOf(definition.name) ?? definition.policy ?? "auto";
      return { ...definition, policy: await withoutAsking(deps, permitting, { name: definition.name, policy }) };
    }),
  );
  const taken = new Set(definitions.map(({ name }) => name));
  const clients = clientDefinitions(setup.clientTools).filter(({ name }) => {
    if (taken.has(name))
      deps.onFault(new Error(`The client's tool "${name}" is left out: the server has one so named`));
    return !taken.has(name);
  });
  return [...permitted, ...clients];
}

async function withoutAsking(
  { records }: PermitDeps,
  { session, setup }: Permitting,
  { name, policy }: { readonly name: string; readonly policy: ToolPolicy },
): Promise<ToolPolicy> {
  if (policy !== "approve") return policy;
  if (setup.allowedTools.includes(name)) return "auto";
  const { workspaceId, createdBy: userId, edit } = session;
  if (userId === null || edit.agentId === null) return policy;
  const rule = { userId, agentId: edit.agentId, tool: name };
  return (await records.approvalRules.isAllowed(workspaceId, rule)) ? "auto" : policy;
}
