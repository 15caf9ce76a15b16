/** What making a session says, and how what it names is looked up. */
import type { AgentId, HarnessId, ModelId, ProjectId, SessionId, WorkspaceId } from "../core/ids.ts";
import type { NetworkRules } from "../core/network-rules.ts";
import type { ClientTool, ToolPolicies } from "../core/records/client-tool.ts";
import { accept, refuse } from "../core/refusal.ts";
import type { Outcome } from "../core/refusal.ts";
import { isBranchName } from "../core/project-work/branch-name.ts";
import type { CapabilityRef, HarnessName, Origin, SessionRecord, SessionSettings, WhenBusy } from "../core/session.ts";
import type { CheckCapabilities } from "./capability-refs.ts";
import type { InitialFile } from "./initial-files.ts";
import type { CheckTools } from "./tool-policies.ts";

export interface CreateSessionCommand extends WorkSettings {
  /** Minted by whoever must know it before the session is there. */
  readonly sessionId?: SessionId;
  readonly agentId?: string;
  readonly harnessId?: string;
  /** Instead of `harnessId`. */
  readonly harnessName?: string;
  /** By its name; a program such as codex needs no record. */
  readonly harness?: HarnessName;
  /** Id or slug. */
  readonly projectId?: string;
  readonly taskId?: string | null;
  readonly title?: string | null;
  readonly tags?: readonly string[];
  readonly modelId?: string | null;
  readonly capabilities?: readonly CapabilityRef[];
  readonly systemPrompt?: string | null;
  readonly maxIterations?: number | null;
  readonly locale?: string | null;
  readonly whenBusy?: WhenBusy;
  readonly networkAccess?: NetworkRules | null;
  readonly tools?: readonly ClientTool[];
  readonly toolPolicies?: ToolPolicies;
  readonly hints?: Readonly<Record<string, unknown>> | null;
  readonly initialFiles?: readonly InitialFile[];
  readonly origin: Origin;
  readonly data?: Readonly<Record<string, unknown>>;
  readonly conversationId?: string | null;
  /** What the session that had it made may reach, it may at most. */
  readonly inheritedNetwork?: readonly NetworkRules[];
  /** By a call of another session's turn. */
  readonly startedBy?: StartedBy;
  /** Its first prompt is sent right after; where a crash comes between, it is sent all the same. */
  readonly beginsAtOnce?: boolean;
  readonly idempotency?: { readonly key: string; readonly bodyHash: string };
}

export interface StartedBy {
  /** Whose project it is in as well, so that its work draws on the same budget. */
  readonly parent: Pick<SessionRecord, "id" | "rootId" | "edit">;
  readonly callId: string;
  /** First characters of what it is asked for. */
  readonly task: string;
  /** What the parent may reach, it may at most. */
  readonly networkRules: readonly NetworkRules[];
}

/** What sessions of a project begin with; what has gone since is left out. */
export interface ProjectParts {
  readonly id: ProjectId;
  readonly agentId: AgentId | null;
  readonly modelId: ModelId | null;
  readonly harness: HarnessName | null;
}

/** Looks up what a session names; each says `not_found` for unknown and foreign ids alike. */
export interface SessionParts {
  checkAgent(workspaceId: WorkspaceId, id: string): Promise<Outcome<AgentId>>;
  checkHarness(workspaceId: WorkspaceId, id: string): Promise<Outcome<HarnessId>>;
  findHarness(workspaceId: WorkspaceId, name: string): Promise<Outcome<HarnessId>>;
  harnessKind(
    workspaceId: WorkspaceId,
    named: { readonly agentId: AgentId | null; readonly harnessId: HarnessId | null },
  ): Promise<HarnessName>;
  checkModel(workspaceId: WorkspaceId, id: string): Promise<Outcome<ModelId>>;
  findProject(workspaceId: WorkspaceId, idOrSlug: string): Promise<Outcome<ProjectParts>>;
  findDefaultAgent(workspaceId: WorkspaceId): Promise<AgentId | null>;
  readonly checkCapabilities: CheckCapabilities;
  readonly checkTools: CheckTools;
}

/** Settings that making and changing a session say in the same words. */
export type WorkSettings = Pick<
  SessionSettings,
  "role" | "issueId" | "deepWorkId" | "autoCommit" | "branchName" | "modelCode" | "initialPrompt"
>;

/** Refuses what no repository could take, before anything is made of it. */
export function checkWork({ branchName }: WorkSettings): Outcome<null> {
  if (branchName === undefined || branchName === null || isBranchName(branchName)) return accept(null);
  const reason = `"${branchName.slice(0, 80)}" is no name for a branch; use letters, digits, - _ . and /`;
  return refuse({ code: "invalid_input", path: "/branch_name", reason });
}

export function workSettings(command: { readonly [Name in keyof WorkSettings]: unknown } & WorkSettings): WorkSettings {
  const { role, issueId, deepWorkId, autoCommit, branchName, modelCode, initialPrompt } = command;
  return {
    ...(role === undefined ? {} : { role }),
    ...(issueId === undefined ? {} : { issueId }),
    ...(deepWorkId === undefined ? {} : { deepWorkId }),
    ...(autoCommit === undefined ? {} : { autoCommit }),
    ...(branchName === undefined ? {} : { branchName }),
    ...(modelCode === undefined ? {} : { modelCode }),
    ...(initialPrompt === undefined ? {} : { initialPrompt }),
  };
}
