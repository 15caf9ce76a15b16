/** Everything about plain resources, opened once by `main`. */
import type { Limits } from "../../core/limits.ts";
import type { MintId } from "../../core/ids.ts";
import type { KeyStore } from "../../core/ports/keys.ts";
import type { ProbeMcp } from "../../core/ports/mcp.ts";
import type { ModelLister, ProviderProbe } from "../../core/ports/model.ts";
import type { BudgetStore } from "../../core/ports/budgets.ts";
import type { RecordStore } from "../../core/ports/records.ts";
import type { SessionReads } from "../../core/ports/store.ts";
import type { UserBody } from "../../core/records/bodies.ts";
import type { Outcome } from "../../core/refusal.ts";
import type { CheckCapabilities } from "../capability-refs.ts";
import type { SessionParts } from "../create-session.ts";
import { makeSessionStorage } from "../session-storage/session-storage.ts";
import type { SessionStorage } from "../session-storage/session-storage.ts";
import type { CheckTools } from "../tool-policies.ts";
import type { Secrets } from "../secrets.ts";
import { makeAgentFiles } from "./agent-files.ts";
import type { AgentFiles } from "./agent-files.ts";
import { makeAgents } from "./agents.ts";
import type { Agents } from "./agents.ts";
import { makeApprovalRules } from "./approval-rules.ts";
import type { ApprovalRules } from "./approval-rules.ts";
import type { LookupAddresses } from "./base-url.ts";
import { createWorkspace } from "./create-workspace.ts";
import type { CreatedWorkspace, CreateWorkspace } from "./create-workspace.ts";
import type { EnvironmentProviders } from "./environment-providers.ts";
import { makeHarnesses } from "./harnesses.ts";
import type { Harnesses } from "./harnesses.ts";
import { makeKinds } from "./kinds.ts";
import type { Kinds } from "./kinds.ts";
import { makeMcpServers } from "./mcp-servers.ts";
import type { McpServerRecords } from "./mcp-servers.ts";
import { makeModels } from "./models.ts";
import type { Models } from "./models.ts";
import { makeProjects } from "./projects.ts";
import type { CheckRepository, Projects } from "./projects.ts";
import { makeProviders } from "./providers.ts";
import type { Providers } from "./providers.ts";
import { makeResolveModel } from "./resolve-model.ts";
import type { ResolveModel } from "./resolve-model.ts";
import type { Writer } from "./resource.ts";
import { makeResources } from "./resources.ts";
import type { Resources } from "./resources.ts";
import { makeSessionParts } from "./session-parts.ts";
import { syncModels } from "./sync-models.ts";
import type { SyncedModels } from "./sync-models.ts";
import { testProvider } from "./test-provider.ts";
import type { ProviderTest, TestProvider } from "./test-provider.ts";
import { makeWorkspaces } from "./workspaces.ts";
import type { Workspaces } from "./workspaces.ts";

export interface RecordsDeps {
  readonly store: RecordStore & KeyStore & Pick<SessionReads, "readSession"> & Pick<BudgetStore, "readBudget">;
  readonly now: () => number;
  readonly mint: MintId;
  readonly randomBytes: (count: number) => Uint8Array;
  readonly limits: Limits;
  readonly environment: EnvironmentProviders;
  readonly secrets: Secrets;
  readonly checkCapabilities: CheckCapabilities;
  readonly checkTools: CheckTools;
  readonly probe: ProviderProbe;
  readonly lister: ModelLister;
  readonly lookup: LookupAddresses;
  readonly probeMcp: ProbeMcp;
  readonly checkRepository: CheckRepository;
}

export interface Records {
  readonly agents: Agents;
  readonly agentFiles: AgentFiles;
  readonly harnesses: Harnesses;
  readonly providers: Providers & {
    test(writer: Writer, command: TestProvider): Promise<Outcome<ProviderTest>>;
    sync(
      writer: Writer,
      command: { readonly id: string; readonly signal: AbortSignal },
    ): Promise<Outcome<SyncedModels>>;
  };
  readonly models: Models;
  readonly users: Resources<UserBody>;
  readonly workspaces: Workspaces & {
    create(writer: Writer, command: CreateWorkspace): Promise<Outcome<CreatedWorkspace>>;
  };
  readonly approvalRules: ApprovalRules;
  readonly mcpServers: McpServerRecords;
  readonly projects: Projects;
  readonly sessionStorage: SessionStorage;
  readonly resolveModel: ResolveModel;
  readonly sessionParts: SessionParts;
  /** For `bootstrapWorkspace`. */
  readonly kinds: Kinds;
}

export function makeRecords(deps: RecordsDeps): Records {
  const kinds = makeKinds(deps);
  const own = { ...deps, kinds };
  const agents = makeAgents(own);
  return {
    kinds,
    agents,
    agentFiles: makeAgentFiles({ kinds, agents }),
    harnesses: makeHarnesses(own),
    providers: {
      ...makeProviders(own),
      test: (writer, command) => testProvider(own, writer, command),
      sync: (writer, command) => syncModels(own, writer, command),
    },
    models: makeModels(kinds),
    users: makeResources(kinds.user),
    workspaces: { ...makeWorkspaces(kinds), create: (writer, command) => createWorkspace(own, writer, command) },
    approvalRules: makeApprovalRules(kinds),
    mcpServers: makeMcpServers(own),
    projects: makeProjects(own),
    sessionStorage: makeSessionStorage(deps),
    resolveModel: makeResolveModel(own),
    sessionParts: makeSessionParts(own),
  };
}
