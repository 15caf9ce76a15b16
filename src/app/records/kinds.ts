/**
 * What kinds there are and how to read them: table, id, schema, and the virtual ones that the program itself makes.
 * Enough for reading; the rules for writing a kind are in the file of the kind, which adds them.
 */
import type { MintId } from "../../core/ids.ts";
import type { RecordRow, RecordStore } from "../../core/ports/records.ts";
import {
  agentBody,
  approvalRuleBody,
  harnessBody,
  modelBody,
  providerBody,
  userBody,
  workspaceBody,
} from "../../core/records/bodies.ts";
import type {
  AgentBody,
  ApprovalRuleBody,
  HarnessBody,
  ModelBody,
  ProviderBody,
  UserBody,
  WorkspaceBody,
} from "../../core/records/bodies.ts";
import { mcpServerBody } from "../../core/records/mcp-server.ts";
import type { McpServerBody } from "../../core/records/mcp-server.ts";
import { projectBody } from "../../core/records/project.ts";
import type { ProjectBody } from "../../core/records/project.ts";
import { conventionBody, decisionBody } from "../../core/records/team.ts";
import type { ConventionBody, DecisionBody } from "../../core/records/team.ts";
import { fullTextOfConvention, fullTextOfDecision } from "../../core/team/decision.ts";
import { builtInHarnesses } from "./built-in-harnesses.ts";
import type { EnvironmentProviders } from "./environment-providers.ts";
import type { KindDeps, KindDescription, Resource } from "./resource.ts";

export const mcpServerKind: KindDescription<McpServerBody> = {
  kind: "mcp_server",
  idKind: "mcp_server",
  refusalKind: "mcp_server",
  schema: mcpServerBody,
  removal: "delete",
};

export const decisionKind: KindDescription<DecisionBody> = {
  kind: "decision",
  idKind: "decision",
  refusalKind: "decision",
  schema: decisionBody,
  removal: "delete",
  hasNames: false,
  fullText: fullTextOfDecision,
};

export const conventionKind: KindDescription<ConventionBody> = {
  kind: "convention",
  idKind: "convention",
  refusalKind: "convention",
  schema: conventionBody,
  removal: "delete",
  hasNames: false,
  fullText: fullTextOfConvention,
};

export const projectKind: KindDescription<ProjectBody> = {
  kind: "project",
  idKind: "project",
  refusalKind: "project",
  schema: projectBody,
  removal: "archive",
};

export interface Kinds {
  readonly agent: KindDeps<AgentBody>;
  readonly harness: KindDeps<HarnessBody>;
  readonly provider: KindDeps<ProviderBody>;
  readonly model: KindDeps<ModelBody>;
  readonly user: KindDeps<UserBody>;
  readonly workspace: KindDeps<WorkspaceBody>;
  readonly approvalRule: KindDeps<ApprovalRuleBody>;
  readonly mcpServer: KindDeps<McpServerBody>;
  readonly decision: KindDeps<DecisionBody>;
  readonly convention: KindDeps<ConventionBody>;
  readonly project: KindDeps<ProjectBody>;
}

export const userKind: KindDescription<UserBody> = {
  kind: "user",
  idKind: "user",
  refusalKind: "user",
  schema: userBody,
  removal: "archive",
};

export const workspaceKind: KindDescription<WorkspaceBody> = {
  kind: "workspace",
  idKind: "workspace",
  refusalKind: "workspace",
  schema: workspaceBody,
  removal: "archive",
};

export const agentKind: KindDescription<AgentBody> = {
  kind: "agent",
  idKind: "agent",
  refusalKind: "agent",
  schema: agentBody,
  removal: "archive",
};

export const harnessKind: KindDescription<HarnessBody> = {
  kind: "harness",
  idKind: "harness",
  refusalKind: "harness",
  schema: harnessBody,
  removal: "archive",
  virtual: builtInHarnesses,
};

export const approvalRuleKind: KindDescription<ApprovalRuleBody> = {
  kind: "approval_rule",
  idKind: "rule",
  refusalKind: "approval_rule",
  schema: approvalRuleBody,
  removal: "delete",
};

export interface KindsDeps {
  readonly store: RecordStore;
  readonly mint: MintId;
  readonly environment: Pick<EnvironmentProviders, "providers" | "models">;
}

export function makeKinds({ store, mint, environment }: KindsDeps): Kinds {
  const tools = { store, mint, known: new WeakMap<RecordRow, Resource<unknown>>() };
  return {
    agent: { ...tools, kind: agentKind },
    harness: { ...tools, kind: harnessKind },
    user: { ...tools, kind: userKind },
    workspace: { ...tools, kind: workspaceKind },
    approvalRule: { ...tools, kind: approvalRuleKind },
    mcpServer: { ...tools, kind: mcpServerKind },
    decision: { ...tools, kind: decisionKind },
    convention: { ...tools, kind: conventionKind },
    project: { ...tools, kind: projectKind },
    provider: {
      ...tools,
      kind: {
        kind: "provider",
        idKind: "provider",
        refusalKind: "provider",
        schema: providerBody,
        removal: "delete",
        virtual: environment.providers,
      },
    },
    model: {
      ...tools,
      kind: {
        kind: "model",
        idKind: "model",
        refusalKind: "model",
        schema: modelBody,
        removal: "delete",
        virtual: environment.models,
      },
    },
  };
}
