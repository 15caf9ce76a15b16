/**
 * Sets an agent to work in a project: its issue is read, its session and working tree are made, and then its first turn
 * begins (ruling 25). What fails on the way takes back what was made; the session that is given back is the one right
 * before its turn.
 */
import { issuePrompt } from "../core/issue-prompt.ts";
import type { SessionId } from "../core/ids.ts";
import { accept, refuse } from "../core/refusal.ts";
import type { Outcome } from "../core/refusal.ts";
import type { Origin, SessionRecord } from "../core/session.ts";
import { shortTitle } from "../core/short-title.ts";
import type { Beginnings } from "./beginnings.ts";
import type { ControlSession } from "./control-session.ts";
import type { CreateSession } from "./create-session.ts";
import type { GetSession } from "./get-session.ts";
import type { ReadProjectIssue } from "./issue-of-project.ts";
import type { Principal } from "./principal.ts";
import type { Project } from "./records/find-project.ts";
import type { Projects } from "./records/projects.ts";
import type { SendText } from "./send-text.ts";
import type { EnsureCheckout } from "./project-work/ensure-checkout.ts";

export interface SpawnCommand {
  /** Id or slug. */
  readonly projectId: string;
  readonly issueId: string | null;
  readonly prompt: string | null;
  readonly branch: string | null;
  /** The agent of that name works on it, if there is one; it is kept in any case. */
  readonly role: string | null;
  readonly origin: Origin;
}

export interface SpawnSessionDeps {
  readonly projects: Pick<Projects, "get">;
  readonly findAgent: (principal: Principal, name: string) => Promise<string | null>;
  readonly readIssue: ReadProjectIssue;
  readonly createSession: CreateSession;
  readonly ensureCheckout: EnsureCheckout;
  readonly getSession: GetSession;
  readonly sendText: SendText;
  readonly controlSession: ControlSession;
  readonly beginnings: Pick<Beginnings, "begins">;
  /** How long the working tree may take. */
  readonly timeoutMs: number;
}

export type SpawnSession = (principal: Principal, command: SpawnCommand) => Promise<Outcome<SessionRecord>>;

export function makeSpawnSession(deps: SpawnSessionDeps): SpawnSession {
  return async (principal, command) => {
    const project = await deps.projects.get(principal, command.projectId);
    if (!project.ok) return project;
    if (project.value.archivedAt !== null) return refuse({ code: "not_found", kind: "project", id: command.projectId });
    const work = await workOf(deps, project.value, command);
    if (!work.ok) return work;
    const made = await create(deps, principal, { command, project: project.value, ...work.value });
    if (!made.ok) return made;
    using _beginning = deps.beginnings.begins(made.value.id);
    return await begin(deps, principal, { id: made.value.id, prompt: work.value.prompt });
  };
}

interface Work {
  readonly prompt: string;
  readonly title: string | null;
}

async function workOf(
  { readIssue }: SpawnSessionDeps,
  project: Project,
  { issueId, prompt }: SpawnCommand,
): Promise<Outcome<Work>> {
  if (issueId === null) return accept({ prompt: prompt ?? "", title: shortTitle(prompt ?? "") });
  const issue = await readIssue(project.body, issueId);
  if (!issue.ok) return issue;
  return accept({ prompt: issuePrompt(issue.value, prompt), title: shortTitle(issue.value.title) });
}

interface Creating extends Work {
  readonly command: SpawnCommand;
  readonly project: Project;
}

async function create(deps: SpawnSessionDeps, principal: Principal, { command, project, prompt, title }: Creating) {
  const { role, branch, issueId, origin } = command;
  const agentId = role === null ? null : await deps.findAgent(principal, role);
  return deps.createSession(principal, {
    origin,
    title,
    projectId: project.id,
    role,
    issueId,
    branchName: branch,
    initialPrompt: prompt,
    beginsAtOnce: true,
    ...(agentId === null ? {} : { agentId }),
  });
}

async function begin(
  deps: SpawnSessionDeps,
  principal: Principal,
  { id, prompt }: { readonly id: SessionId; readonly prompt: string },
): Promise<Outcome<SessionRecord>> {
  const checkout = await checkoutInTime(deps, id);
  if (!checkout.ok) {
    await deps.controlSession(principal, id, { action: "delete", isPermanent: true });
    return checkout;
  }
  const ready = await deps.getSession(principal, id);
  if (!ready.ok) return ready;
  const sent = await deps.sendText(principal, { id, text: prompt });
  if (sent.ok) return ready;
  // Into the trash: whoever takes the tree away reads what is there of the session.
  await deps.controlSession(principal, id, { action: "delete" });
  return sent;
}

async function checkoutInTime({ ensureCheckout, timeoutMs }: SpawnSessionDeps, id: SessionId) {
  const deadline = AbortSignal.timeout(timeoutMs);
  try {
    return await ensureCheckout(id, deadline);
  } catch (error) {
    // An abort is the only reason of ours to reject, and nothing was left behind by it.
    if (!deadline.aborted) throw error;
    return refuse({ code: "timed_out", what: "the working tree", afterMs: timeoutMs });
  }
}
