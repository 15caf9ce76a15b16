/**
 * What a turn runs with, looked up anew for every run so that a changed agent, key or model counts from the next turn
 * on (ruling 17): instructions, model, tools, limits. Only reads; a tool's changes are committed by the runner.
 */
import type { MessageControls } from "../core/events/content.ts";
import type { SessionId, WorkspaceId } from "../core/ids.ts";
import type { Limits } from "../core/limits.ts";
import type { Clock } from "../core/ports/clock.ts";
import type { Blobs, FileChange } from "../core/ports/files.ts";
import type { TurnInput } from "../core/ports/harness.ts";
import type { Store } from "../core/ports/store.ts";
import type { Capability, CapabilitySource, SessionNotes, Sessions, Team } from "../core/ports/tools.ts";
import type { Refusal } from "../core/refusal.ts";
import { mergeCapabilityRefs } from "./capability-refs.ts";
import type { Images } from "./images/images.ts";
import type { Records } from "./records/records.ts";
import { permitTools } from "./permit-tools.ts";
import { makeToolFiles } from "./tool-files.ts";
import type { ToolFilesDeps } from "./tool-files.ts";
import { makeToolSet } from "./tool-set.ts";
import type { MadeToolSet } from "./tool-set.ts";
import { instructionsOf, networkOf, readTurnSetup } from "./turn-setup.ts";
import type { TurnSetup } from "./turn-setup.ts";

export type ResolvedTurn =
  | {
      readonly kind: "resolved";
      readonly input: Omit<TurnInput, "sessionId" | "view" | "mintStep" | "mintApproval" | "changed">;
      readonly changesOf: (callId: string) => readonly FileChange[];
      readonly dropChanges: (callId: string) => void;
    }
  /** The turn cannot run; the sentence goes to the user. */
  | { readonly kind: "refused"; readonly error: string; readonly errorCode: string };

export type ResolveTurn = (sessionId: SessionId, controls: MessageControls) => Promise<ResolvedTurn>;

export interface ResolveTurnDeps {
  readonly store: Pick<Store, "readSession"> & ToolFilesDeps["store"];
  readonly blobs: Blobs;
  readonly records: Pick<
    Records,
    "agents" | "approvalRules" | "harnesses" | "resolveModel" | "sessionStorage" | "workspaces"
  >;
  readonly images: Pick<Images, "load">;
  readonly capabilities: readonly Capability[];
  /** Those that are a workspace's own. */
  readonly ownCapabilities: CapabilitySource;
  readonly notesOf: (sessionId: SessionId) => SessionNotes;
  /** Absent: no session can start others. */
  readonly sessionsOf?: (sessionId: SessionId) => Sessions;
  /** Absent: no session works beside others. */
  readonly teamOf?: (sessionId: SessionId) => Team;
  readonly limits: Limits;
  readonly clock: Pick<Clock, "now">;
  readonly onFault: (fault: unknown) => void;
}

export function makeResolveTurn(deps: ResolveTurnDeps): ResolveTurn {
  return async (sessionId, controls) => {
    const record = await deps.store.readSession(sessionId);
    if (record === undefined) return { kind: "refused", error: "The session is gone.", errorCode: "processing_error" };
    const { workspaceId } = record;
    const setup = await readTurnSetup(deps, record, record.edit);
    if (!setup.ok) return refusedBy(setup.refusal);
    const model = await deps.records.resolveModel({
      workspaceId,
      modelIds: [controls.model_id, ...setup.value.modelIds],
    });
    if (!model.ok) return refusedBy(model.refusal);
    const tools = await openTools(deps, { sessionId, workspaceId, setup: setup.value });
    const { definitions } = tools.toolSet;
    const permitted = await permitTools(deps, { session: record, setup: setup.value, definitions });
    return {
      kind: "resolved",
      input: {
        instructions: instructionsOf(setup.value, tools.prompts),
        model: model.value,
        controls,
        tools: { ...tools.toolSet, definitions: permitted },
        maxIterations: setup.value.maxIterations ?? deps.limits.iterations,
        loadImage: (imageId) => deps.images.load({ workspaceId }, imageId),
      },
      changesOf: (callId) => tools.changesOf(callId),
      dropChanges: (callId) => tools.drop(callId),
    };
  };
}

/** Whether an interrupted call of this tool may be run again (T4). */
export type IsRepeatable = (sessionId: SessionId, toolName: string) => Promise<boolean>;

export function makeIsRepeatable(deps: ResolveTurnDeps): IsRepeatable {
  return async (sessionId, toolName) => {
    const record = await deps.store.readSession(sessionId);
    if (record === undefined) return false;
    const setup = await readTurnSetup(deps, record, record.edit);
    if (!setup.ok) return false;
    const { workspaceId } = record;
    const { toolSet } = await openTools(deps, { sessionId, workspaceId, setup: setup.value });
    return toolSet.definitions.some(({ name, hints }) => name === toolName && hints.isRepeatable);
  };
}

interface Opening {
  readonly sessionId: SessionId;
  readonly workspaceId: WorkspaceId;
  readonly setup: TurnSetup;
}

async function openTools(deps: ResolveTurnDeps, opening: Opening): Promise<MadeToolSet> {
  const { sessionId, workspaceId, setup } = opening;
  const { store, blobs, limits, clock } = deps;
  const now = () => clock.now();
  const own = await deps.ownCapabilities.open(workspaceId, mergeCapabilityRefs(setup.capabilities));
  return makeToolSet({
    capabilities: [...deps.capabilities, ...own],
    refs: setup.capabilities,
    ports: {
      openFiles: () => makeToolFiles({ store, blobs, limits, sessionId, now }),
      session: deps.notesOf(sessionId),
      ...(deps.sessionsOf === undefined ? {} : { sessions: deps.sessionsOf(sessionId) }),
      ...(deps.teamOf === undefined ? {} : { team: deps.teamOf(sessionId) }),
      ...deps.records.sessionStorage.portsOf({ workspaceId, sessionId }),
      ...networkOf(setup),
      now,
    },
    limits,
    onFault: deps.onFault,
  });
}

const MISSING: Partial<Record<string, string>> = { model: "model_not_configured", provider: "model_not_configured" };

function refusedBy(refusal: Refusal): ResolvedTurn {
  if (refusal.code === "not_found") {
    const error = `The ${refusal.kind} ${refusal.id} that this session uses is gone; choose another one and send the message again.`;
    return { kind: "refused", error, errorCode: MISSING[refusal.kind] ?? "processing_error" };
  }
  const reason = refusal.code === "invalid_input" ? refusal.reason : refusal.code;
  return { kind: "refused", error: `The turn cannot run: ${reason}.`, errorCode: "model_not_configured" };
}
