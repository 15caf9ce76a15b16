/**
 * What a turn runs with, looked up anew for every run so that a changed agent, key or model counts from the next turn
 * on (ruling 17): instructions, model, tools, limits. Only reads; a tool's changes are committed by the runner.
 */
import type { MessageControls } from "../core/events/content.ts";
import type { SessionId, WorkspaceId } from "../core/ids.ts";
import type { Limits } from "../core/limits.ts";
import { restrictsHosts } from "../core/network-rules.ts";
import type { Clock } from "../core/ports/clock.ts";
import type { Blobs, FileChange } from "../core/ports/files.ts";
import type { TurnInput } from "../core/ports/harness.ts";
import type { ModelAccess } from "../core/ports/model.ts";
import type { Store } from "../core/ports/store.ts";
import type { Capability, CapabilitySource, SessionNotes, Sessions, Team } from "../core/ports/tools.ts";
import type { Refusal } from "../core/refusal.ts";
import type { HarnessName, SessionRecord } from "../core/session.ts";
import { isSpawned } from "../core/project-work/spawned.ts";
import { mergeCapabilityRefs } from "./capability-refs.ts";
import { ancestorsOf } from "./children/reach.ts";
import type { CheckoutOf } from "./checkout-tools/checkout-tools.ts";
import type { Images } from "./images/images.ts";
import { SCRIPTED_MODEL_ID } from "./records/environment-providers.ts";
import type { Records } from "./records/records.ts";
import { sayRefusal } from "./say-refusal.ts";
import { permitTools } from "./permit-tools.ts";
import { makeToolFiles } from "./tool-files.ts";
import type { ToolFilesDeps } from "./tool-files.ts";
import { makeToolSet } from "./tool-set.ts";
import type { MadeToolSet } from "./tool-set.ts";
import { instructionsOf, networkOf, readTurnSetup } from "./turn-setup.ts";
import type { TurnSetup } from "./turn-setup.ts";
import type { PreparedWork, PrepareWork } from "./project-work/prepare-work.ts";
import type { TurnBudget } from "./project-work/project-budget.ts";
import type { GateOf } from "./project-work/turn-gate.ts";

export type ResolvedTurn =
  | {
      readonly kind: "resolved";
      readonly harness: HarnessName;
      /** It has a working tree, which is seen to at the end of the turn. */
      readonly hasCheckout: boolean;
      /** Its turn waits while as many of these run. */
      readonly gate: GateOf | null;
      readonly budget: TurnBudget | null;
      readonly input: Omit<TurnInput, "sessionId" | "view" | "mintStep" | "mintApproval" | "changed">;
      readonly changesOf: (callId: string) => readonly FileChange[];
      readonly dropChanges: (callId: string) => void;
    }
  /** The turn cannot run; the sentence goes to the user. */
  | { readonly kind: "refused"; readonly error: string; readonly errorCode: string };

export type ResolveTurn = (
  sessionId: SessionId,
  controls: MessageControls,
  signal: AbortSignal,
) => Promise<ResolvedTurn>;

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
  /** Absent: no session has tools over its checkout. */
  readonly checkoutOf?: CheckoutOf;
  readonly prepareWork: PrepareWork;
  readonly budgetOf: (
    record: SessionRecord,
    of: { readonly project: PreparedWork["project"]; readonly price: ModelAccess["price"] },
  ) => TurnBudget | null;
  readonly limits: Limits;
  readonly clock: Pick<Clock, "now">;
  readonly onFault: (fault: unknown) => void;
}

export function makeResolveTurn(deps: ResolveTurnDeps): ResolveTurn {
  return async (sessionId, controls, signal) => {
    const record = await deps.store.readSession(sessionId);
    if (record === undefined) return { kind: "refused", error: "The session is gone.", errorCode: "processing_error" };
    const { workspaceId } = record;
    const setup = await readTurnSetup(deps, record, record.edit);
    if (!setup.ok) return refusedBy(setup.refusal);
    const prepared = await deps.prepareWork(record, signal);
    if (!prepared.ok) return cannotWork(prepared.refusal);
    const work = prepared.value;
    const model = await modelOf(deps, record, { controls, setup: setup.value });
    if (!model.ok) return refusedBy(model.refusal);
    const budget = deps.budgetOf(record, { project: work.project, price: model.value.price });
    if (work.spawned === undefined && (await budget?.isUncountable()) === true) return cannotCount(work, model.value);
    const whole = wholeOf(record, work, setup.value);
    const tools = await openTools(deps, { sessionId, workspaceId, setup: whole });
    const { definitions } = tools.toolSet;
    const permitted = await permitTools(deps, { session: record, setup: whole, definitions });
    return {
      kind: "resolved",
      harness: record.harness,
      hasCheckout: work.checkout !== null,
      gate: await gateOf(deps, record, work),
      budget,
      input: {
        ...waysToBudget(budget, work),
        ...spawnedInput(record, work, { model: model.value, setup: whole }),
        instructions: instructionsOf(whole, tools.prompts),
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

/** With what the project adds; a program of its own has its own tools. */
function wholeOf({ harness }: SessionRecord, { prompts, project }: PreparedWork, setup: TurnSetup): TurnSetup {
  const rules = project?.body.network_access ?? null;
  return {
    ...setup,
    prompts: [...setup.prompts, ...prompts],
    capabilities: isSpawned(harness) ? [] : setup.capabilities,
    networkRules: [...(rules === null ? [] : [rules]), ...setup.networkRules],
  };
}

/** An agent that is a program calls models by itself; nothing here is asked for one that nobody named. */
function modelOf(
  { records }: Pick<ResolveTurnDeps, "records">,
  { harness, workspaceId, edit }: SessionRecord,
  { controls, setup }: { readonly controls: MessageControls; readonly setup: TurnSetup },
) {
  if (!isSpawned(harness)) {
    return records.resolveModel({ workspaceId, modelIds: [controls.model_id, ...setup.modelIds] });
  }
  return records.resolveModel({ workspaceId, modelIds: [controls.model_id, edit.modelId, SCRIPTED_MODEL_ID] });
}

function spawnedInput(
  { edit }: SessionRecord,
  { spawned }: PreparedWork,
  { model, setup }: { readonly model: ModelAccess; readonly setup: TurnSetup },
): Pick<TurnInput, "spawned"> {
  if (spawned === undefined) return {};
  const named = model.modelId === SCRIPTED_MODEL_ID ? null : model.vendorModel;
  const { networkRules } = setup;
  const restricted = restrictsHosts(networkRules) ? { networkRules } : {};
  return { spawned: { ...spawned, ...restricted, model: edit.settings.modelCode ?? named } };
}

/** A program calls models by itself, and may tell what it used when its turn is over. */
function waysToBudget(budget: TurnBudget | null, { spawned }: PreparedWork): Pick<TurnInput, "admitCall" | "usedLate"> {
  if (budget === null) return {};
  return spawned === undefined ? { admitCall: budget.admitCall } : { usedLate: budget.usedLate };
}

async function gateOf(
  { store }: Pick<ResolveTurnDeps, "store">,
  record: SessionRecord,
  { project }: PreparedWork,
): Promise<GateOf | null> {
  const limit = project?.body.max_sessions ?? null;
  if (project === null || limit === null || !isSpawned(record.harness)) return null;
  const above: SessionId[] = [];
  for await (const id of ancestorsOf(store, record)) above.push(id);
  return { key: project.id, limit, sessionId: record.id, above };
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
  const checkout = await deps.checkoutOf?.(sessionId);
  const isUsable = ({ needsCheckout = false }: Capability) => checkout !== undefined || !needsCheckout;
  const left = new Set(deps.capabilities.filter((each) => !isUsable(each)).map(({ id }) => id));
  return makeToolSet({
    capabilities: [...deps.capabilities, ...own],
    refs: setup.capabilities.filter(({ ref }) => !left.has(ref)),
    ports: {
      openFiles: () => makeToolFiles({ store, blobs, limits, sessionId, now }),
      session: deps.notesOf(sessionId),
      ...(deps.sessionsOf === undefined ? {} : { sessions: deps.sessionsOf(sessionId) }),
      ...(deps.teamOf === undefined ? {} : { team: deps.teamOf(sessionId) }),
      ...(checkout === undefined ? {} : { checkout }),
      ...deps.records.sessionStorage.portsOf({ workspaceId, sessionId }),
      ...networkOf(setup),
      now,
    },
    limits,
    onFault: deps.onFault,
  });
}

function cannotWork(refusal: Refusal): ResolvedTurn {
  return { kind: "refused", error: `The turn cannot run: ${sayRefusal(refusal)}.`, errorCode: refusal.code };
}

function cannotCount({ project }: PreparedWork, { vendorModel }: ModelAccess): ResolvedTurn {
  const error =
    `The turn cannot run: the project "${project?.name}" has a budget in dollars, and what the model ${vendorModel} costs is not known. ` +
    "Set the model's price (0 where it costs nothing), limit the project's tokens instead, or choose another model.";
  return { kind: "refused", error, errorCode: "price_unknown" };
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
