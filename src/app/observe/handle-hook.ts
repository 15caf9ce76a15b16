/**
 * One hook of an agent in an IDE: finds or makes its session, and does what its moment asks for (H4, R1–R9). Whatever is
 * not understood counts as a sign of life.
 *
 *   hook ─▶ session ─▶ place ─▶ begin · prompt · before a tool · after it · end · sign of life ─▶ reply
 */
import type { SessionId, WorkspaceId } from "../../core/ids.ts";
import { accept } from "../../core/refusal.ts";
import type { Outcome } from "../../core/refusal.ts";
import type { HookEvent, HookMoment, HookReply, TreeReport } from "../../core/team/hook-event.ts";
import type { BranchPolicy } from "../../core/team/reservation.ts";
import type { Presence } from "../../core/ports/team.ts";
import type { Principal } from "../principal.ts";
import { commitHeard } from "./commit-heard.ts";
import { hearPostTool } from "./hear-post-tool.ts";
import type { PostToolDeps } from "./hear-post-tool.ts";
import { hearPreTool } from "./hear-pre-tool.ts";
import type { PreToolDeps } from "./hear-pre-tool.ts";
import { guardOnly } from "./guard-only.ts";
import type { Unwatched } from "./guard-only.ts";
import { joinStarting } from "./join-starting.ts";
import type { JoinDeps } from "./join-starting.ts";
import { hearEnd, hearPrompt, hearSpawnedPrompt, hearStart, hearTurnEnd, hearWithinEnd } from "./hear-turn.ts";
import type { TurnDeps } from "./hear-turn.ts";
import { ALLOW, holderOf, isObserved, presenceOf } from "./told.ts";
import type { Place, Reply, Told } from "./told.ts";
import { findWatched, openWatched } from "./watched-session.ts";
import type { Watched, WatchedDeps } from "./watched-session.ts";

export interface HookCall {
  readonly event: HookEvent;
  readonly report: TreeReport;
  /** The session that the agent's program says it was started for; anything, from anybody. */
  readonly startedFor?: string;
  readonly options: {
    readonly branchDefault: "deny" | "warn";
    readonly endsAtTurnEnd: boolean;
  };
}

export type HandleHook = (principal: Principal, call: HookCall) => Promise<Outcome<HookReply>>;

/** Where the paths of a hook are: what it reported, else what its session reported before. */
export type Locate = (
  principal: Principal,
  call: Pick<HookCall, "event" | "report"> & { readonly known: Pick<Presence, "tree" | "branch"> | null },
) => Promise<Place>;

export interface HandleHookDeps extends WatchedDeps, PreToolDeps, PostToolDeps, TurnDeps {
  readonly store: JoinDeps["store"] & PreToolDeps["store"] & PostToolDeps["store"];
  readonly locate: Locate;
  /** What the workspace has said about other branches (R4); nothing, where it has not. */
  readonly branchPolicy: (workspaceId: WorkspaceId) => Promise<BranchPolicy | null>;
}

const HEARTBEAT_MS = 30_000;

type Hear = (deps: HandleHookDeps, told: Told) => Promise<Reply>;

const hear = {
  session_start: hearStart,
  session_end: hearEnd,
  turn_start: hearPrompt,
  turn_end: hearTurnEnd,
  pre_tool: hearPreTool,
  post_tool: hearPostTool,
  tool_failed: hearPostTool,
  file_edited: hearPostTool,
  subagent_start: hearSign,
  subagent_end: hearSubagentEnd,
  compact: hearSign,
  heartbeat: hearSign,
} as const satisfies Record<HookMoment, Hear>;

/** Of an agent that a session of ours has spawned and that reports by hooks too: what it holds, and what it is told. */
const hearSpawned = {
  ...hear,
  session_start: hearSpawnedPrompt,
  session_end: hearSign,
  turn_start: hearSpawnedPrompt,
  turn_end: hearSign,
} as const satisfies Record<HookMoment, Hear>;

export function makeHandleHook(deps: HandleHookDeps): HandleHook {
  return async (principal, call) => {
    const { event } = call;
    const { boundTo } = principal;
    const known = await findWatched(deps, principal, event);
    const named = boundTo === undefined ? call : { event, startedFor: boundTo };
    const found = known === undefined ? await joinStarting(deps, principal, named) : known;
    if (boundTo !== undefined && found?.session.id !== boundTo) {
      return accept(await hearUnwatched(deps, principal, { ...call, ...(await holderBound(deps, boundTo)) }));
    }
    // Nobody has heard of it, or somebody has deleted it: there is nothing to end.
    if (found === null) return accept(await hearUnwatched(deps, principal, call));
    if (found === undefined && event.moment === "session_end") return accept(unwatched());
    const place = await deps.locate(principal, { event, report: call.report, known: found?.presence ?? null });
    const told = { event, tree: place.tree, branch: place.branch };
    const watched = found ?? (await openWatched(deps, principal, told));
    if (watched === null) return accept(unwatched());
    const moments = isObserved(watched) ? hear : hearSpawned;
    const reply = await moments[event.moment](deps, await toldOf(deps, { principal, call, watched, place }));
    return accept({ sessionId: watched.session.id, ...reply });
  };
}

interface UnwatchedCall extends HookCall {
  /** Whose reservations are not in its way. */
  readonly holder?: Holder;
}

/**
 * Its session was deleted, or its key is bound to another one, whose agent has started it (H10): nothing of it is kept,
 * but it does not get to write over the others.
 */
async function hearUnwatched(deps: HandleHookDeps, principal: Principal, call: UnwatchedCall): Promise<HookReply> {
  const { event, options, report, holder = NOBODY } = call;
  if (event.moment !== "pre_tool") return unwatched();
  const place = await deps.locate(principal, { event, report, known: null });
  const { workspaceId } = principal;
  const policy = (await deps.branchPolicy(workspaceId)) ?? options.branchDefault;
  return { ...unwatched(), ...(await guardOnly(deps, { workspaceId, ...holder, event, place, policy })) };
}

type Holder = Pick<Unwatched, "sessionId" | "holderId">;

const NOBODY: Holder = { sessionId: null, holderId: null };

async function holderBound({ store }: HandleHookDeps, id: SessionId): Promise<{ readonly holder: Holder }> {
  const session = await store.readSession(id);
  return { holder: session === undefined ? NOBODY : { sessionId: id, holderId: holderOf(session) } };
}

function unwatched(): HookReply {
  return { sessionId: "", ...ALLOW, releasedFiles: [] };
}

async function toldOf(
  { branchPolicy }: HandleHookDeps,
  { principal, call, watched, place }: Pick<Told, "principal" | "watched" | "place"> & { readonly call: HookCall },
): Promise<Told> {
  const { branchDefault, endsAtTurnEnd } = call.options;
  const policy = (await branchPolicy(principal.workspaceId)) ?? branchDefault;
  return { principal, watched, event: call.event, place, policy, endsAtTurnEnd };
}

/**
 * Written at most every half minute, unless the agent has moved (D5). A sign that comes late is no reason to open a
 * session again that has ended, but where every answer ends it (ruling 28).
 */
async function hearSign(deps: HandleHookDeps, told: Told): Promise<Reply> {
  const isEnded = told.watched.session.facts.lifecycle !== "open";
  if (isEnded && !(told.endsAtTurnEnd && isObserved(told.watched))) return ALLOW;
  const presence = { ...presenceOf(told), ...(isEnded ? { isEnded: false } : {}) };
  const { heardAt } = told.watched.presence;
  if (Object.keys(presence).length === 0 && deps.clock.now() - Date.parse(heardAt) < HEARTBEAT_MS) return ALLOW;
  const reservations = [{ kind: "slide" as const, holderId: holderOf(told.watched.session) }];
  await commitHeard(deps, told.watched, { delivered: [], facts: [], team: { presence, reservations } });
  return ALLOW;
}

async function hearSubagentEnd(deps: HandleHookDeps, told: Told): Promise<Reply> {
  return (await hearWithinEnd(deps, told)) ?? hearSign(deps, told);
}

/** For who knows the session and not the agent's conversation. */
export async function keepAlive(deps: HandleHookDeps, { session, presence }: Watched): Promise<void> {
  const isEnded = session.facts.lifecycle !== "open";
  if (isEnded || deps.clock.now() - Date.parse(presence.heardAt) < HEARTBEAT_MS) return;
  const reservations = [{ kind: "slide" as const, holderId: holderOf(session) }];
  await deps.commit({ sessionId: session.id, events: [], team: { presence: {}, reservations } });
}
