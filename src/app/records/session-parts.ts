/** What a new session may name: things that are there, its own workspace's, and not archived. */
import { parseId } from "../../core/ids.ts";
import type { Id, IdKind, WorkspaceId } from "../../core/ids.ts";
import { harnessNames } from "../../core/session-words.ts";
import type { HarnessName } from "../../core/session-words.ts";
import { accept } from "../../core/refusal.ts";
import type { Outcome } from "../../core/refusal.ts";
import type { CheckCapabilities } from "../capability-refs.ts";
import type { SessionParts } from "../create-session.ts";
import type { CheckTools } from "../tool-policies.ts";
import { findProject, projectIdOf } from "./find-project.ts";
import { findRecord, getRecord } from "./get-record.ts";
import type { Kinds } from "./kinds.ts";
import { checkReference } from "./references.ts";
import type { KindDeps, Reader } from "./resource.ts";
import { makeWorkspaces } from "./workspaces.ts";

export interface SessionPartsDeps {
  readonly kinds: Pick<Kinds, "agent" | "harness" | "model" | "project" | "workspace">;
  readonly checkCapabilities: CheckCapabilities;
  readonly checkTools: CheckTools;
}

export function makeSessionParts({ kinds, checkCapabilities, checkTools }: SessionPartsDeps): SessionParts {
  const workspaces = makeWorkspaces(kinds);
  return {
    checkAgent: (workspaceId, id) => checkPart(kinds.agent, workspaceId, { kind: "agent", id }),
    checkHarness: (workspaceId, id) => checkPart(kinds.harness, workspaceId, { kind: "harness", id }),
    findHarness: async (workspaceId, name) => {
      const found = await findRecord(kinds.harness, { workspaceId }, name);
      return checkPart(kinds.harness, workspaceId, { kind: "harness", id: found?.id ?? name });
    },
    harnessKind: (workspaceId, named) => harnessKind(kinds, { workspaceId }, named),
    checkModel: (workspaceId, id) => checkPart(kinds.model, workspaceId, { kind: "model", id }),
    findProject: (workspaceId, idOrSlug) => partsOfProject(kinds, { workspaceId }, idOrSlug),
    findDefaultAgent: async (workspaceId) => {
      const { agentId } = await workspaces.readDefaults(workspaceId);
      return agentId === null ? null : (parseId("agent", agentId) ?? null);
    },
    checkCapabilities,
    checkTools,
  };
}

/** Of the harness that is named, else of the agent's own. */
async function harnessKind(
  kinds: SessionPartsDeps["kinds"],
  reader: Reader,
  { agentId, harnessId }: { readonly agentId: string | null; readonly harnessId: string | null },
): Promise<HarnessName> {
  const agent = agentId === null || harnessId !== null ? null : await getRecord(kinds.agent, reader, agentId);
  const ofAgent = agent?.ok === true ? agent.value.body.harness_id : null;
  const harness = await getRecord(kinds.harness, reader, harnessId ?? ofAgent ?? "");
  const kind = harness.ok ? harness.value.body.kind : "hosted";
  return harnessNames.find((name) => name === kind) ?? "hosted";
}

async function partsOfProject(kinds: SessionPartsDeps["kinds"], reader: Reader, idOrSlug: string) {
  const found = await findProject(kinds.project, reader, idOrSlug);
  if (!found.ok) return found;
  const { default_agent_id, default_harness, default_model_id } = found.value.body;
  // What has gone since is left out: the project can then still be worked in.
  const agent = await checkReference(kinds.agent, reader, { id: default_agent_id });
  const model = await checkReference(kinds.model, reader, { id: default_model_id });
  return accept({
    id: projectIdOf(found.value),
    agentId: agent.ok && agent.value !== null ? (parseId("agent", agent.value) ?? null) : null,
    modelId: model.ok && model.value !== null ? (parseId("model", model.value) ?? null) : null,
    harness: default_harness ?? null,
  });
}

async function checkPart<Body, K extends IdKind>(
  deps: KindDeps<Body>,
  workspaceId: WorkspaceId,
  { kind, id }: { readonly kind: K; readonly id: string },
): Promise<Outcome<Id<K>>> {
  const found = await checkReference(deps, { workspaceId }, { id });
  if (!found.ok) return found;
  const known = parseId(kind, found.value ?? "");
  if (known === undefined) throw new Error(`The record "${found.value}" is no ${kind}`);
  return accept(known);
}
