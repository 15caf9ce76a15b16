/**
 * Who works on what: the store's part. Presence and reservations are written with a session's own write (one commit,
 * one fsync, the event beside the row); they are read across sessions.
 *
 * Contract: deadlines are set and compared inside the store, by its one clock (D5); a row past its deadline counts for
 * nothing, swept or not. A take is decided under the writer's lock: ancestors by key, descendants by one range, then all
 * of its paths or none (D1). Nobody reads a replica (R12).
 */
import type { LogLine } from "../events/envelope.ts";
import type { EventId, SessionId, UserId, WorkspaceId } from "../ids.ts";
import type { SessionRecord } from "../session.ts";
import type { AgentType } from "../team/hook-event.ts";
import type { BranchPolicy, Overlap, Reservation, ReservationId, ReservationMode } from "../team/reservation.ts";
import type { Tree, TreePath } from "../team/tree.ts";

/** What an agent is doing, as it last said. One row per session that has ever reported; class `edit`. */
export interface Presence {
  readonly agentType: AgentType;
  /** The agent's own id of the conversation; unique with workspace and agent type. */
  readonly conversationId: string;
  readonly task: string | null;
  readonly currentFile: string | null;
  readonly branch: string | null;
  readonly headCommit: string | null;
  readonly tree: Tree | null;
  /** Written at most every 30 s by heartbeats alone. */
  readonly heardAt: string;
  readonly endedAt: string | null;
}

/** `heardAt` is always the commit's time. */
export type PresenceChange = Partial<Omit<Presence, "heardAt" | "endedAt">> & { readonly isEnded?: boolean };

export interface TakeWish {
  readonly tree: Tree;
  readonly branch: string | null;
  readonly policy: BranchPolicy;
  readonly mode: ReservationMode;
  readonly holderId: SessionId;
  readonly paths: readonly TreePath[];
  readonly ttlMs: number;
  readonly provisionalFor: string | null;
}

/**
 * All steps of a write, in order, in its commit. Each is decided on what stood before the write, and concerns only what
 * the session of the write holds, or has as its holder. Rows are named by those who read them, so that the events of the
 * write say what is true: if one is not as it was thought, the whole write is refused as `reservations_moved`.
 */
export type ReservationStep =
  /**
   * Meets somebody: the whole write is refused as `held`. `ids` stand beside the paths: of the row that the session holds
   * already (as `findOverlaps` said), or a fresh one.
   */
  | { readonly kind: "take"; readonly wish: TakeWish; readonly ids: readonly ReservationId[] }
  /** Its `post`: what it was granted provisionally stands, the edit is counted, deadlines of what was edited slide. */
  | { readonly kind: "confirm"; readonly toolUseId: string; readonly edited: readonly EditedPath[] }
  /**
   * Failure or denial: frees what only this tool use's `pre` was granted (by its name in `provisionalFor`); without one,
   * all that is still provisional, but for agents within the session's own.
   */
  | { readonly kind: "drop"; readonly toolUseId: string | null }
  /** Slides what the holder has, each by its own TTL, up to its longest. */
  | { readonly kind: "slide"; readonly holderId: SessionId }
  | { readonly kind: "renew"; readonly ids: readonly ReservationId[]; readonly ttlMs: number }
  | { readonly kind: "release"; readonly ids: readonly ReservationId[] }
  /** Of the session and of all whose holder it is; its wishes to be told go with them. */
  | { readonly kind: "release_all" }
  /** Past their deadline at the commit. */
  | { readonly kind: "expire"; readonly ids: readonly ReservationId[] }
  /** Asks to be told when these are free (R11). */
  | {
      readonly kind: "wait";
      readonly wish: Pick<TakeWish, "tree" | "branch" | "policy" | "mode" | "holderId" | "paths">;
    };

export interface EditedPath {
  readonly tree: Tree;
  readonly path: TreePath;
}

/** What a write did to reservations. */
export interface TeamResult {
  /** Of takes and renewals, as they stand now. */
  readonly granted: readonly Reservation[];
  /** On other branches, where the policy of a take says so. */
  readonly warnings: readonly Overlap[];
  /** Released, dropped or expired, as they stood. */
  readonly freed: readonly Reservation[];
}

/** A line that a session's agent is to be told at its next chance, once. */
export interface Notice {
  readonly id: number;
  readonly text: string;
  readonly createdAt: string;
}

/**
 * A hook is one fact however often an IDE fires it (R8). A tool call is open from its `pre` to whatever comes after, and
 * keeps what its session holds (D6).
 */
export interface HookKey {
  readonly toolUseId: string;
  readonly moment: "pre_tool" | "post_tool" | "tool_failed";
}

/** What a write about the team carries beside its events; see `SessionWrite.team`. */
export interface TeamWrite {
  readonly presence?: PresenceChange;
  readonly reservations?: readonly ReservationStep[];
  /** Refused as `hook_known` if it was committed before, and a `pre` also if its tool use is closed (D6). */
  readonly hookKey?: HookKey;
  /** Refused in the same cases, but not kept: a later write keeps it. */
  readonly unlessHeard?: HookKey;
  /** For other sessions' agents: no part of their logs. */
  readonly notices?: readonly { readonly to: SessionId; readonly text: string }[];
  /** Of this session, shown by now. */
  readonly noticesShown?: readonly number[];
}

export interface ReservationQuery {
  readonly workspaceId: WorkspaceId;
  readonly repository?: string;
  readonly sessionId?: SessionId;
  readonly holderId?: SessionId;
  readonly cursor?: ReservationId;
  readonly limit: number;
}

export interface Present {
  readonly session: SessionRecord;
  readonly presence: Presence | null;
  readonly heldPaths: readonly string[];
}

export interface FileEdits {
  readonly edits: number;
  readonly lastAt: string;
  readonly lastBy: SessionId;
}

/** Without a lock (R12): what a take would meet now. */
export interface Overlaps {
  readonly overlaps: readonly Overlap[];
  /** What the session holds of the wish already, path by path. */
  readonly held: readonly { readonly path: TreePath; readonly reservation: Reservation }[];
}

export interface TeamReads {
  readPresence(id: SessionId): Promise<Presence | undefined>;
  findPresence(
    workspaceId: WorkspaceId,
    agentType: AgentType,
    conversationId: string,
  ): Promise<{ readonly sessionId: SessionId; readonly presence: Presence } | undefined>;
  /** Sessions of any harness whose turn runs or that were heard of since; latest first. */
  listPresent(query: {
    readonly workspaceId: WorkspaceId;
    readonly sinceMs: number;
    readonly limit: number;
  }): Promise<readonly Present[]>;
  findOverlaps(
    workspaceId: WorkspaceId,
    wish: Omit<TakeWish, "provisionalFor" | "ttlMs" | "tree" | "holderId"> & {
      readonly tree: Pick<Tree, "repository" | "tree">;
      /** Nobody: everybody's are in the way. */
      readonly sessionId: SessionId | null;
      readonly holderId: SessionId | null;
    },
  ): Promise<Overlaps>;
  listReservations(query: ReservationQuery): Promise<readonly Reservation[]>;
  readReservation(id: ReservationId): Promise<Reservation | undefined>;
  /** Past their deadline and still there, earliest first. */
  findExpired(limit: number): Promise<readonly Reservation[]>;
  readNotices(id: SessionId, limit: number): Promise<readonly Notice[]>;
  /** The trees of a workspace that somebody reported, with the one that holds this absolute path first. */
  findTree(workspaceId: WorkspaceId, host: string, absolutePath: string): Promise<Tree | undefined>;
  readEdits(
    workspaceId: WorkspaceId,
    repository: string,
    keys: readonly string[],
  ): Promise<ReadonlyMap<string, FileEdits>>;
  hasHook(id: SessionId, key: HookKey): Promise<boolean>;
}

/** A line of a workspace's feed: an event of one of its sessions, at its place among the others' (B10). */
export interface FeedLine extends LogLine {
  /** Grows with every commit; has gaps. */
  readonly position: number;
  /** Who made the session. */
  readonly userId: UserId | null;
}

export interface FeedReadBack {
  readonly workspaceId: WorkspaceId;
  /** Strictly before this place; absent: from the end. */
  readonly before?: number;
  readonly limit: number;
  readonly types?: readonly string[];
  readonly sessionId?: SessionId;
}

export interface FeedRead extends Omit<FeedReadBack, "before"> {
  /** Strictly after this place; 0 for the start. */
  readonly after: number;
}

/** Of a deleted session nothing is shown but that it was deleted. */
export interface FeedReads {
  /** `through` is the last place that was looked at; below `end`, which never goes back, there may be more. */
  readFeed(
    read: FeedRead,
  ): Promise<{ readonly lines: readonly FeedLine[]; readonly through: number; readonly end: number }>;
  /** The place of an event of the feed, by its id. */
  findFeedPlace(workspaceId: WorkspaceId, eventId: EventId): Promise<number | undefined>;
  /** The last lines before a place, oldest first. */
  readFeedBack(read: FeedReadBack): Promise<readonly FeedLine[]>;
}
