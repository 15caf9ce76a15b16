/**
 * What a new session is made of: everything it names is looked up, and what it leaves open comes from its project, then
 * from its workspace (ruling 4). Refuses, and makes nothing.
 */
import { accept, refuse } from "../core/refusal.ts";
import type { Outcome } from "../core/refusal.ts";
import type { AgentId, HarnessId, ModelId, WorkspaceId } from "../core/ids.ts";
import type { EditFacts, HarnessName, SessionSettings } from "../core/session.ts";
import { checkWork, workSettings } from "./new-session.ts";
import type { CreateSessionCommand, ProjectParts, SessionParts } from "./new-session.ts";

export interface NewParts {
  readonly harness: HarnessName;
  readonly edit: EditFacts;
}

export async function checkParts(
  parts: SessionParts,
  workspaceId: WorkspaceId,
  command: CreateSessionCommand,
): Promise<Outcome<NewParts>> {
  const work = checkWork(command);
  if (!work.ok) return work;
  const project =
    command.projectId === undefined ? accept(null) : await parts.findProject(workspaceId, command.projectId);
  if (!project.ok) return project;
  const worker = await findWorker(parts, workspaceId, { command, project: project.value });
  if (!worker.ok) return worker;
  const { modelId } = command;
  const model =
    modelId === undefined || modelId === null
      ? accept(project.value?.modelId ?? null)
      : await parts.checkModel(workspaceId, modelId);
  if (!model.ok) return model;
  const capabilities = await parts.checkCapabilities(command.capabilities ?? [], workspaceId);
  if (!capabilities.ok) return capabilities;
  const { tools = [], toolPolicies: policies = {} } = command;
  const tooling = parts.checkTools({ tools, policies, capabilities: command.capabilities ?? [] });
  if (!tooling.ok) return tooling;
  const { harness, ...named } = worker.value;
  return accept({ harness, edit: editOf(command, { ...named, modelId: model.value, project: project.value }) });
}

interface Named {
  readonly agentId: AgentId | null;
  readonly harnessId: HarnessId | null;
  readonly modelId: ModelId | null;
  readonly project: ProjectParts | null;
}

function editOf(command: CreateSessionCommand, { project, ...named }: Named): EditFacts {
  return {
    ...named,
    title: command.title ?? null,
    tags: command.tags ?? [],
    // Also of one that was removed meanwhile: what goes on in it goes on whole.
    projectId: command.startedBy === undefined ? (project?.id ?? null) : command.startedBy.parent.edit.projectId,
    taskId: command.taskId ?? null,
    settings: settingsOf(command),
  };
}

type Worker = Pick<EditFacts, "agentId" | "harnessId"> & { readonly harness: HarnessName };

/** Who does the work: what is named, else the project's, else the workspace's first agent where there is a project. */
async function findWorker(
  parts: SessionParts,
  workspaceId: WorkspaceId,
  { command, project }: { readonly command: CreateSessionCommand; readonly project: ProjectParts | null },
): Promise<Outcome<Worker>> {
  const { agentId, harnessId, harnessName, harness } = command;
  if (harness === "observed") {
    const reason = "cannot be chosen: such a session is made by the hooks of an agent that is at work elsewhere";
    return refuse({ code: "invalid_input", path: "/harness", reason });
  }
  if ((agentId ?? harnessId ?? harnessName ?? harness) === undefined) {
    return project === null ? nobody() : workerOfProject(parts, workspaceId, project);
  }
  const agent = agentId === undefined ? accept(null) : await parts.checkAgent(workspaceId, agentId);
  if (!agent.ok) return agent;
  const record = await findHarness(parts, workspaceId, command);
  if (!record.ok) return record;
  const named = { agentId: agent.value, harnessId: record.value };
  return accept({ ...named, harness: harness ?? (await kindOf(parts, workspaceId, named)) });
}

async function workerOfProject(
  parts: SessionParts,
  workspaceId: WorkspaceId,
  project: ProjectParts,
): Promise<Outcome<Worker>> {
  const { harness } = project;
  const agentId = project.agentId ?? (harness === null ? await parts.findDefaultAgent(workspaceId) : null);
  if (agentId === null && harness === null) return nobody();
  const named = { agentId, harnessId: null };
  return accept({ ...named, harness: harness ?? (await kindOf(parts, workspaceId, named)) });
}

/** The kind of a record that an older program made observed carries out nothing here. */
async function kindOf(parts: SessionParts, workspaceId: WorkspaceId, named: Pick<EditFacts, "agentId" | "harnessId">) {
  const kind = await parts.harnessKind(workspaceId, named);
  return kind === "observed" ? "hosted" : kind;
}

function nobody() {
  const reason =
    "give agent_id (an agent's configured behaviour), harness_id (a base environment), harness (a program such as codex), or a project_id that has one of them";
  return refuse({ code: "invalid_input", path: "/agent_id", reason });
}

async function findHarness(
  parts: SessionParts,
  workspaceId: WorkspaceId,
  { harnessId, harnessName }: CreateSessionCommand,
): Promise<Outcome<HarnessId | null>> {
  if (harnessName === undefined)
    return harnessId === undefined ? accept(null) : parts.checkHarness(workspaceId, harnessId);
  if (harnessId === undefined) return parts.findHarness(workspaceId, harnessName);
  return refuse({ code: "invalid_input", path: "/harness_name", reason: "give harness_id or harness_name, not both" });
}

function settingsOf(command: CreateSessionCommand): SessionSettings {
  const { capabilities, systemPrompt, maxIterations, locale, whenBusy, networkAccess, hints, data, origin } = command;
  const { tools, toolPolicies, startedBy } = command;
  const inheritedNetwork = startedBy?.networkRules ?? command.inheritedNetwork;
  return {
    origin,
    ...(inheritedNetwork === undefined ? {} : { inheritedNetwork }),
    ...(capabilities === undefined ? {} : { capabilities }),
    ...(systemPrompt === undefined ? {} : { systemPrompt }),
    ...(maxIterations === undefined ? {} : { maxIterations }),
    ...(locale === undefined ? {} : { locale }),
    ...(whenBusy === undefined ? {} : { whenBusy }),
    ...(networkAccess === undefined ? {} : { networkAccess }),
    ...(tools === undefined ? {} : { tools }),
    ...(toolPolicies === undefined ? {} : { toolPolicies }),
    ...(hints === undefined ? {} : { hints }),
    ...(data === undefined ? {} : { data }),
    ...workSettings(command),
  };
}
