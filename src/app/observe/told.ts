/** A hook as the parts of this folder see it: who spoke, about which session, and where its paths are. */
import type { HookEvent, HookReply } from "../../core/team/hook-event.ts";
import type { BranchPolicy, Overlap, ReservationId } from "../../core/team/reservation.ts";
import type { Tree, TreePath } from "../../core/team/tree.ts";
import type { Fact } from "../../core/events/envelope.ts";
import type { SessionId, WorkspaceId } from "../../core/ids.ts";
import type { PresenceChange, TakeWish } from "../../core/ports/team.ts";
import { toolUseOf } from "../../core/team/grant-names.ts";
import { acquiredFacts } from "../../core/team/reservation-facts.ts";
import type { SessionRecord } from "../../core/session.ts";
import type { Principal } from "../principal.ts";
import type { Watched } from "./watched-session.ts";

/** Where the hook's paths are. */
export interface Place {
  /** Nothing: outside of any repository that is known; then nothing can be reserved (R1). */
  readonly tree: Tree | null;
  readonly branch: string | null;
  readonly head: string | null;
  /** The tree's root on this machine, where it is the agent's machine too. */
  readonly localRoot: string | null;
  /** Nothing: outside of the tree. Contract: never throws, whatever the text. */
  resolve(path: string): Promise<TreePath | null>;
  /** Of a path outside of the tree; nothing: in none that can be known. Contract: never throws, whatever the text. */
  elsewhere(path: string): Promise<InTree | null>;
}

export interface InTree {
  readonly tree: Tree;
  /** Nothing: nobody can say it now. */
  readonly branch: string | null;
  readonly path: TreePath;
}

export interface Told {
  readonly principal: Principal;
  readonly watched: Watched;
  readonly event: HookEvent;
  readonly place: Place;
  readonly policy: BranchPolicy;
  /** `turn_end` ends the session (ruling 28). */
  readonly endsAtTurnEnd: boolean;
}

export type Reply = Pick<HookReply, "verdict" | "context" | "releasedFiles">;

export const ALLOW: Reply = { verdict: { permission: "allow" } };

/** What people and agents are told of those who stand in the way (R5). */
export interface HoldWords {
  readonly deny: (
    workspaceId: WorkspaceId,
    overlaps: readonly Overlap[],
  ) => Promise<{ readonly reason: string; readonly brief: string }>;
  readonly warn: (workspaceId: WorkspaceId, overlaps: readonly Overlap[]) => Promise<string>;
  /** For who wrote into it, and for who held it. */
  readonly violated: (
    overlaps: readonly Overlap[],
    by: Watched,
  ) => Promise<{ readonly toWriter: string; readonly toHolder: string }>;
}

/** What the hook says of its agent; nothing of it needs a commit of its own. */
export function presenceOf({ event, place, watched }: Told, currentFile?: string): PresenceChange {
  const { presence, session } = watched;
  // Opened again by somebody since its agent said goodbye, or by its agent: the session's own state is what counts.
  const isBack = presence.endedAt !== null && (session.facts.lifecycle === "open" || event.moment === "session_start");
  const isMoved = place.tree !== null && place.tree.tree !== presence.tree?.tree;
  // What was told of another tree is nothing that is known of this one.
  const isSwitched = (place.branch !== null || isMoved) && place.branch !== presence.branch;
  const isAhead = (place.head !== null || isMoved) && place.head !== presence.headCommit;
  return {
    ...(isMoved ? { tree: place.tree } : {}),
    ...(isSwitched ? { branch: place.branch } : {}),
    ...(isAhead ? { headCommit: place.head } : {}),
    ...(currentFile === undefined || currentFile === presence.currentFile ? {} : { currentFile }),
    ...(isBack ? { isEnded: false } : {}),
  };
}

/** Whoever a session was started by holds what it holds (R2). */
export function holderOf({ id, rootId }: Pick<SessionRecord, "id" | "rootId">): SessionId {
  return rootId ?? id;
}

/** Hooks tell the turns of an observed session; those of a spawned agent's are its harness's to tell (ruling 30). */
export function isObserved({ session }: Watched): boolean {
  return session.harness === "observed";
}

export function holdersOf(overlaps: readonly Overlap[]) {
  return overlaps.map(({ reservation, wished }) => ({
    path: wished.path,
    held_by_session_id: reservation.sessionId,
    reservation_id: reservation.id,
    expires_at: reservation.expiresAt,
  }));
}

const LONGEST_COMMAND = 2_000;
/** In one event; those that are reserved are all named by the events of that. */
const MOST_PATHS_TOLD = 200;

/** Names and commands only: what a tool writes is nobody's business here. */
export function startedFact({ event }: Told, callId: string, paths: readonly string[]): Fact {
  const { tool, command } = event;
  const input = {
    ...(paths.length === 0 ? {} : { paths: paths.slice(0, MOST_PATHS_TOLD) }),
    ...(command === undefined ? {} : { command: command.slice(0, LONGEST_COMMAND) }),
  };
  return { type: "tool.started", data: { tool_call: { id: callId, name: tool?.name ?? "tool", arguments: input } } };
}

export function completedFact({ event }: Told, callId: string): Fact {
  const isDone = event.moment !== "tool_failed" && event.error === undefined;
  const data = { tool_call_id: callId, tool_name: event.tool?.name ?? "tool", success: isDone };
  if (isDone) return { type: "tool.completed", data: { ...data, status: "success" } };
  const error = event.error?.slice(0, LONGEST_COMMAND) ?? "The tool failed";
  return { type: "tool.completed", data: { ...data, status: "error", error } };
}

/** What a take makes known. Contract: an id for each path. */
export function takenFacts(
  { tree: { repository }, paths, mode, ttlMs, branch, provisionalFor }: TakeWish,
  ids: readonly ReservationId[],
): readonly Fact[] {
  const rows = paths.flatMap((path, index) => {
    const id = ids[index];
    return id === undefined ? [] : [{ id, path }];
  });
  const toolUseId = provisionalFor === null ? null : toolUseOf(provisionalFor);
  return acquiredFacts({ repository, rows, mode, ttlMs, branch, toolUseId });
}
