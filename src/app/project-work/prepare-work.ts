/**
 * What a turn of a session with a project or a spawned agent needs beside its setup: its working tree, made with the first
 * turn, the project's rules, and how its program is to be started.
 */
import { parseLine } from "../../core/events/envelope.ts";
import type { SessionId } from "../../core/ids.ts";
import type { Checkout } from "../../core/ports/checkouts.ts";
import type { McpServerInput, SpawnedInput } from "../../core/ports/harness.ts";
import type { SessionReads } from "../../core/ports/store.ts";
import { accept } from "../../core/refusal.ts";
import type { Outcome } from "../../core/refusal.ts";
import type { HarnessName, SessionRecord } from "../../core/session.ts";
import { isSpawned, wantsCheckout } from "../../core/project-work/spawned.ts";
import type { Project } from "../records/find-project.ts";
import type { Projects } from "../records/projects.ts";
import type { EnsureCheckout } from "./ensure-checkout.ts";

export interface PreparedWork {
  readonly checkout: Checkout | null;
  readonly project: Project | null;
  /** Words for the agent, after those of harness, agent and session. */
  readonly prompts: readonly string[];
  readonly spawned?: Omit<SpawnedInput, "model">;
}

export type PrepareWork = (record: SessionRecord, signal: AbortSignal) => Promise<Outcome<PreparedWork>>;

export interface PrepareDeps {
  readonly store: Pick<SessionReads, "readLogBack">;
  readonly projects: Pick<Projects, "get">;
  readonly ensureCheckout: EnsureCheckout;
  /** Private to a session, for its program. */
  readonly stateFolderOf: (sessionId: SessionId) => string;
  /** Given by configuration instead of what is found on this machine. */
  readonly programOf: (harness: HarnessName) => SpawnedInput["program"];
  /** Serai's own tools, as this session may use them. */
  readonly mcpServersOf: (record: SessionRecord) => Promise<readonly McpServerInput[]>;
  readonly isIsolated: boolean;
}

const NOTHING: PreparedWork = { checkout: null, project: null, prompts: [] };

export function makePrepareWork(deps: PrepareDeps): PrepareWork {
  return async (record, signal) => {
    if (!wantsCheckout(record)) return accept(NOTHING);
    const project = record.edit.projectId === null ? null : await deps.projects.get(record, record.edit.projectId);
    if (project !== null && !project.ok) return project;
    const checkout = await deps.ensureCheckout(record.id, signal);
    if (!checkout.ok) return checkout;
    // A checkout may take minutes, and what was changed meanwhile holds for this turn.
    const now = project === null ? null : await deps.projects.get(record, project.value.id);
    const found = { checkout: checkout.value, project: now?.ok === true ? now.value : (project?.value ?? null) };
    const prompts = promptsOf(record, found);
    if (!isSpawned(record.harness) || checkout.value === null) return accept({ ...found, prompts });
    return accept({ ...found, prompts, spawned: await spawnedOf(deps, record, checkout.value) });
  };
}

function promptsOf(
  { edit, harness }: SessionRecord,
  { project, checkout }: Omit<PreparedWork, "prompts">,
): readonly string[] {
  const { role } = edit.settings;
  const place =
    checkout === null || !isSpawned(harness)
      ? ""
      : `You work in ${checkout.path}, a git working tree of your own on the branch "${checkout.branch}"; stay on it, and commit there.`;
  const as = role === undefined || role === null ? "" : `Your role is: ${role}.`;
  return [as, place, project?.body.rules ?? ""].filter((prompt) => prompt !== "");
}

async function spawnedOf(
  deps: PrepareDeps,
  record: SessionRecord,
  { path }: Checkout,
): Promise<Omit<SpawnedInput, "model">> {
  const program = deps.programOf(record.harness);
  return {
    harness: record.harness,
    folder: path,
    stateFolder: deps.stateFolderOf(record.id),
    ...(program === undefined ? {} : { program }),
    resume: await lastAgentSession(deps, record),
    mcpServers: await deps.mcpServersOf(record),
    isIsolated: deps.isIsolated,
    allowedTools: record.edit.settings.allowedTools ?? [],
  };
}

/** What a fork has copied is the other session's conversation, which goes on there. */
async function lastAgentSession({ store }: PrepareDeps, { id, edit }: SessionRecord): Promise<string | null> {
  const [line] = await store.readLogBack({ sessionId: id, limit: 1, types: ["process.started"] });
  if (line === undefined || line.seq <= (edit.settings.forkedFrom?.seq ?? 0)) return null;
  const event = parseLine(line);
  return event.known && event.type === "process.started" ? event.data.agent_session_id : null;
}
